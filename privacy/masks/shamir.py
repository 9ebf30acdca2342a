"""Splits a 32-byte secret among n holders so that t of them can rebuild it and t-1 learn nothing.

* Shamir's scheme over the prime field just above 2^256, so every 32-byte secret is one field element.
* Holders are numbered from 1; number 0 would be the secret itself and is refused, as is a number twice.
* Every share given must lie on one polynomial of degree t-1: a wrong one is noticed even beyond the t
  needed, unless exactly t are given. Whether the secret is the right one is checked by the caller
  against a commitment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from onggi.errors import NotTrusted, Refused

PRIME = 2**256 + 297
SECRET_BYTES = 32
SHARE_BYTES = 33
# 64 bytes reduced modulo the prime leave a bias under 2^-255.
COEFFICIENT_BYTES = 64


def split_secret(
    secret: bytes, *, holders: int, threshold: int, coefficient: Callable[[int], bytes]
) -> tuple[bytes, ...]:
    """Shares for the holders 1..holders. `coefficient(k)` gives 64 random bytes for the power k."""
    if len(secret) != SECRET_BYTES or not 2 <= threshold <= holders:
        raise Refused("masks.share_index_wrong")
    polynomial = [int.from_bytes(secret, "big")]
    for power in range(1, threshold):
        random = coefficient(power)
        if len(random) != COEFFICIENT_BYTES:
            raise RuntimeError("the source of randomness gave too few bytes")
        polynomial.append(int.from_bytes(random, "big") % PRIME)
    return tuple(
        _value_at(polynomial, holder).to_bytes(SHARE_BYTES, "big") for holder in range(1, holders + 1)
    )


def rebuild_secret(shares: Mapping[int, bytes], *, threshold: int) -> bytes:
    """The secret of at least `threshold` shares, by holder number. NotTrusted when they do not agree."""
    if len(shares) < threshold or threshold < 2:
        raise Refused("masks.below_threshold", have=len(shares), needed=threshold)
    points = [(holder, _read_share(holder, share)) for holder, share in sorted(shares.items())]
    basis, others = points[:threshold], points[threshold:]
    for holder, value in others:
        if _interpolate(basis, at=holder) != value:
            raise NotTrusted("masks.share_wrong")
    secret = _interpolate(basis, at=0)
    if secret >> 256:
        raise NotTrusted("masks.share_wrong")
    return secret.to_bytes(SECRET_BYTES, "big")


def _read_share(holder: int, share: bytes) -> int:
    value = int.from_bytes(share, "big")
    if len(share) != SHARE_BYTES or value >= PRIME:
        raise NotTrusted("masks.share_wrong")
    if not 0 < holder < PRIME:
        raise Refused("masks.share_index_wrong")
    return value


def _value_at(polynomial: Sequence[int], point: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = (value * point + coefficient) % PRIME
    return value


def _interpolate(points: Sequence[tuple[int, int]], *, at: int) -> int:
    total = 0
    for holder, value in points:
        above = below = 1
        for other, _ in points:
            if other != holder:
                above = above * (at - other) % PRIME
                below = below * (holder - other) % PRIME
        total += value * above * pow(below, -1, PRIME)
    return total % PRIME
