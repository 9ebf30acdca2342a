"""Decides which share of each hospital is revealed, so that never both of one hospital's are.

* Of a hospital in the sum: the share of its self-mask seed. Of one that dropped out after dealing its
  shares: the share of its mask key. Which it is follows from the survivors; a letter cannot choose.
* Sealed, the same shares go to each survivor in an envelope of its own, and the coordinator reads none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from onggi.errors import NotTrusted
from privacy.masks.context import DIGEST_BYTES
from privacy.masks.messages import (
    TAG_BYTES,
    Letter,
    SignedLetter,
    SiteBytes,
    pairs_to_json,
    read_pairs,
)
from privacy.masks.shamir import SHARE_BYTES
from privacy.masks.wire import MOST_PARTICIPANTS, Json, malformed, read_message, to_text


@dataclass(frozen=True, slots=True)
class HeldShares:
    """The two shares that one hospital holds of one dealer. Never printed."""

    dealer: str
    mask_key: bytes = field(repr=False)
    seed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RevealedShares:
    """One share of each dealer: of the seed where it is in the sum, of the mask key where it is not."""

    seeds: tuple[SiteBytes, ...] = field(repr=False)
    mask_keys: tuple[SiteBytes, ...] = field(repr=False)

    def check_complete(self, *, sharers: Sequence[str], survivors: Collection[str], giver: str) -> None:
        """NotTrusted unless exactly the right share of exactly every dealer is there."""
        seeds = [site for site in sharers if site in survivors]
        mask_keys = [site for site in sharers if site not in survivors]
        if [site for site, _ in self.seeds] != seeds or [site for site, _ in self.mask_keys] != mask_keys:
            raise NotTrusted("masks.reveal_wrong", site=giver)


def decide_reveal(held: Sequence[HeldShares], *, survivors: Collection[str]) -> RevealedShares:
    """The shares to reveal for these survivors."""
    return RevealedShares(
        seeds=tuple((one.dealer, one.seed) for one in held if one.dealer in survivors),
        mask_keys=tuple((one.dealer, one.mask_key) for one in held if one.dealer not in survivors),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasking(SignedLetter):
    """Step 4: the revealed shares, for everybody who is to know the sum."""

    kind: ClassVar[str] = "masked-sum-unmasking"
    statement: bytes
    shares: RevealedShares

    def body(self) -> dict[str, Json]:
        """All but the signature."""
        return {
            **Letter.body(self),
            "statement": to_text(self.statement),
            "seeds": pairs_to_json(self.shares.seeds),
            "mask_keys": pairs_to_json(self.shares.mask_keys),
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> Unmasking:
        """Reads the letter, or raises NotTrusted; one dealer in both lists is refused."""
        names = ("sender", "context", "statement", "seeds", "mask_keys", "signature")
        fields = read_message(data, kind=cls.kind, names=names)
        shares = RevealedShares(
            seeds=read_pairs(fields, "seeds", kind=cls.kind, length=SHARE_BYTES),
            mask_keys=read_pairs(fields, "mask_keys", kind=cls.kind, length=SHARE_BYTES),
        )
        if {site for site, _ in shares.seeds} & {site for site, _ in shares.mask_keys}:
            raise malformed(cls.kind)
        return cls(
            sender=fields.name("sender"),
            context=fields.data("context", length=DIGEST_BYTES),
            statement=fields.data("statement", length=DIGEST_BYTES),
            shares=shares,
            signature=fields.data("signature", most=80),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedUnmasking(SignedLetter):
    """Step 4, sealed: the revealed shares in one envelope for each other survivor."""

    kind: ClassVar[str] = "masked-sum-sealed-unmasking"
    statement: bytes
    sealed: tuple[SiteBytes, ...] = field(repr=False)

    def body(self) -> dict[str, Json]:
        """All but the signature."""
        return {
            **Letter.body(self),
            "statement": to_text(self.statement),
            "sealed": pairs_to_json(self.sealed),
        }

    def for_receiver(self, site: str) -> bytes:
        """The envelope for one survivor."""
        found: Mapping[str, bytes] = dict(self.sealed)
        if site not in found:
            raise NotTrusted("masks.reveal_wrong", site=self.sender)
        return found[site]

    @classmethod
    def from_bytes(cls, data: bytes) -> SealedUnmasking:
        """Reads the letter, or raises NotTrusted."""
        names = ("sender", "context", "statement", "sealed", "signature")
        fields = read_message(data, kind=cls.kind, names=names)
        most = MOST_PARTICIPANTS * SHARE_BYTES + TAG_BYTES
        return cls(
            sender=fields.name("sender"),
            context=fields.data("context", length=DIGEST_BYTES),
            statement=fields.data("statement", length=DIGEST_BYTES),
            sealed=read_pairs(fields, "sealed", kind=cls.kind, most=most),
            signature=fields.data("signature", most=80),
        )


def pack_shares(shares: RevealedShares) -> bytes:
    """Shares as plain bytes for an envelope: seeds, then mask keys, in the order of sites."""
    return b"".join(data for _, data in (*shares.seeds, *shares.mask_keys))


def unpack_shares(
    data: bytes, *, sharers: Sequence[str], survivors: Collection[str], giver: str
) -> RevealedShares:
    """The shares of an opened envelope; the survivors say which share each one is."""
    if len(data) != len(sharers) * SHARE_BYTES:
        raise NotTrusted("masks.reveal_wrong", site=giver)
    ordered = [site for site in sharers if site in survivors] + [
        site for site in sharers if site not in survivors
    ]
    pairs = [
        (site, data[number * SHARE_BYTES : (number + 1) * SHARE_BYTES]) for number, site in enumerate(ordered)
    ]
    return RevealedShares(
        seeds=tuple(pair for pair in pairs if pair[0] in survivors),
        mask_keys=tuple(pair for pair in pairs if pair[0] not in survivors),
    )
