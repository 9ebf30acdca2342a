"""t shares give the secret back, t-1 say nothing, and a wrong share does not go unseen."""

from __future__ import annotations

from itertools import combinations

import pytest

from onggi.errors import NotTrusted, Refused
from privacy.masks.shamir import PRIME, SHARE_BYTES, rebuild_secret, split_secret
from tests.support.masked_sums import seeded_random

SECRET = bytes(range(32))


def split(secret: bytes = SECRET, *, holders: int = 5, threshold: int = 3) -> dict[int, bytes]:
    random = seeded_random("coefficients")
    shares = split_secret(secret, holders=holders, threshold=threshold, coefficient=lambda power: random(64))
    return dict(enumerate(shares, start=1))


def test_the_field_is_a_prime_above_every_secret() -> None:
    assert PRIME > 2**256
    odd, twos = PRIME - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53):  # Miller-Rabin
        powers = [pow(base, odd << step, PRIME) for step in range(twos)]
        assert powers[0] == 1 or PRIME - 1 in powers, base


@pytest.mark.parametrize("secret", [SECRET, bytes(32), b"\xff" * 32])
def test_every_large_enough_group_rebuilds_the_secret(secret: bytes) -> None:
    shares = split(secret)
    for size in (3, 4, 5):
        for group in combinations(shares, size):
            assert rebuild_secret({number: shares[number] for number in group}, threshold=3) == secret


def test_shares_lie_on_the_polynomial_that_was_drawn() -> None:
    random = seeded_random("coefficients")
    first, second = (int.from_bytes(random(64), "big") % PRIME for _ in range(2))
    for number, share in split().items():
        expected = (int.from_bytes(SECRET, "big") + first * number + second * number**2) % PRIME
        assert int.from_bytes(share, "big") == expected


def test_one_share_too_few_fits_every_other_secret_equally_well() -> None:
    shares = split()
    known = [(number, int.from_bytes(shares[number], "big")) for number in (2, 4)]
    for other in (0, 1, 2**255, PRIME - 1):
        # Through (0, other) and both known points runs exactly one polynomial of degree two.
        points = [(0, other), *known]
        third = sum(
            value * weight % PRIME
            for (at, value), weight in zip(points, weights([at for at, _ in points], at=5), strict=True)
        )
        candidate = {2: shares[2], 4: shares[4], 5: (third % PRIME).to_bytes(SHARE_BYTES, "big")}
        if other < 2**256:
            assert rebuild_secret(candidate, threshold=3) == other.to_bytes(32, "big")


def weights(numbers: list[int], *, at: int) -> list[int]:
    found = []
    for one in numbers:
        weight = 1
        for other in numbers:
            if other != one:
                weight = weight * (at - other) * pow(one - other, -1, PRIME) % PRIME
        found.append(weight)
    return found


def test_too_few_shares_are_refused() -> None:
    shares = split()
    with pytest.raises(Refused) as refused:
        rebuild_secret({1: shares[1], 2: shares[2]}, threshold=3)
    assert refused.value.code == "masks.below_threshold"


@pytest.mark.parametrize("number", [0, -1, PRIME, PRIME + 1])
def test_a_share_numbered_zero_or_beyond_the_field_is_refused(number: int) -> None:
    shares = split()
    with pytest.raises(Refused) as refused:
        rebuild_secret({number: shares[1], 2: shares[2], 3: shares[3]}, threshold=3)
    assert refused.value.code == "masks.share_index_wrong"


@pytest.mark.parametrize("wrong", [b"", bytes(32), bytes(34), PRIME.to_bytes(33, "big"), b"\xff" * 33])
def test_a_share_that_is_no_field_element_is_not_trusted(wrong: bytes) -> None:
    shares = split()
    with pytest.raises(NotTrusted) as error:
        rebuild_secret({1: wrong, 2: shares[2], 3: shares[3]}, threshold=3)
    assert error.value.code == "masks.share_wrong"


def test_a_wrong_share_beyond_the_threshold_is_seen_whoever_gave_it() -> None:
    shares = split()
    for number in shares:
        wrong = (int.from_bytes(shares[number], "big") ^ 1).to_bytes(SHARE_BYTES, "big")
        with pytest.raises(NotTrusted):
            rebuild_secret({**shares, number: wrong}, threshold=3)


@pytest.mark.parametrize(("holders", "threshold"), [(3, 4), (3, 1), (3, 0)])
def test_senseless_thresholds_are_refused(holders: int, threshold: int) -> None:
    with pytest.raises(Refused) as refused:
        split(holders=holders, threshold=threshold)
    assert refused.value.code == "masks.share_index_wrong"
    with pytest.raises(Refused):
        split(SECRET[:31])
