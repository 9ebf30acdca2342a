"""Makes all of one hospital's secrets for one sum out of a single random root.

A step that is repeated after a crash therefore makes the same keys, polynomials and envelopes again:
an encryption key never meets two different messages, and a secret is never shared out twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from privacy.masks.agreement import PrivateKey, private_key_from, scalar_of
from privacy.masks.context import SumContext, digest_of
from privacy.masks.keystream import KEY_BYTES, derive_key
from privacy.masks.shamir import COEFFICIENT_BYTES, split_secret
from privacy.masks.wire import to_text

ROOT_BYTES = 32
_SEED_COMMITMENT = b"onggi.masks.v1/seed-commitment\0"


@dataclass(frozen=True, slots=True)
class OwnSecrets:
    """The two key pairs and the seed of one hospital for one sum."""

    mask_key: PrivateKey = field(repr=False)
    share_key: PrivateKey = field(repr=False)
    seed: bytes = field(repr=False)


def derive_secrets(context: SumContext, *, site: str, root: bytes) -> OwnSecrets:
    """The same root, sum and site always give the same secrets."""
    binding = _binding(context, site)
    return OwnSecrets(
        mask_key=private_key_from(derive_key(root, purpose="own-mask-key", binding=binding, length=48)),
        share_key=private_key_from(derive_key(root, purpose="own-share-key", binding=binding, length=48)),
        seed=derive_key(root, purpose="own-seed", binding=binding),
    )


def split_own_secrets(
    context: SumContext, *, site: str, root: bytes, secrets: OwnSecrets
) -> tuple[tuple[bytes, bytes], ...]:
    """For each participant in order: its share of the mask key and its share of the seed."""
    binding = _binding(context, site)

    def split(secret: bytes, name: str) -> tuple[bytes, ...]:
        return split_secret(
            secret,
            holders=len(context.participants),
            threshold=context.threshold,
            coefficient=lambda power: derive_key(
                root, purpose=f"own-{name}-power-{power}", binding=binding, length=COEFFICIENT_BYTES
            ),
        )

    mask_key = split(scalar_of(secrets.mask_key), "mask-key")
    return tuple(zip(mask_key, split(secrets.seed, "seed"), strict=True))


def commit_to_seed(seed: bytes) -> bytes:
    """A seed is 32 random bytes, so its hash hides it and binds it."""
    return hashlib.sha256(_SEED_COMMITMENT + seed).digest()


def self_mask_key(seed: bytes, *, context: SumContext, site: str) -> bytes:
    """The key of a hospital's own mask."""
    return derive_key(seed, purpose="self-mask", binding=_binding(context, site), length=KEY_BYTES)


def _binding(context: SumContext, site: str) -> bytes:
    return digest_of({"context": to_text(context.digest()), "site": site})
