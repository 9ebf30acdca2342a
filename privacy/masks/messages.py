"""The letters that hospitals exchange for one masked sum, each bound to that sum and signed.

A letter's signature covers its canonical body with its kind, so no letter can pass for another kind or
another sum. Shares are printed in no representation of a letter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar, TypeVar

from onggi.errors import NotTrusted
from privacy.masks.context import DIGEST_BYTES, SumContext, digest_of
from privacy.masks.shamir import SHARE_BYTES
from privacy.masks.wire import (
    LARGEST_MESSAGE,
    MOST_PARTICIPANTS,
    VERSION,
    Fields,
    Json,
    malformed,
    read_message,
    to_canonical,
    to_text,
)

POINT_BYTES = 65
LONGEST_SIGNATURE = 80
TAG_BYTES = 16
DEALT_BYTES = 2 * SHARE_BYTES
_SIGNED = b"onggi.masks.v1/signed\0"
_HEADER = 4

Sign = Callable[[bytes], bytes]
SiteBytes = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What every letter has: its sender and the digest of the sum that it belongs to."""

    kind: ClassVar[str]
    sender: str
    context: bytes

    def body(self) -> dict[str, Json]:
        """All but the signature."""
        return {
            "kind": self.kind,
            "version": VERSION,
            "sender": self.sender,
            "context": to_text(self.context),
        }

    def to_bytes(self) -> bytes:
        """The one spelling in which the letter travels."""
        return to_canonical(self.body())


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLetter(Letter):
    """A letter under the sender's identity key."""

    signature: bytes = field(default=b"", repr=False)

    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        return _SIGNED + to_canonical(self.body())

    def to_bytes(self) -> bytes:
        """The one spelling in which the letter travels."""
        return to_canonical({**self.body(), "signature": to_text(self.signature)})


SomeLetter = TypeVar("SomeLetter", bound=Letter)
Signable = TypeVar("Signable", bound=SignedLetter)


def sign_letter(letter: Signable, *, sign: Sign) -> Signable:
    """The letter with its signature."""
    return replace(letter, signature=sign(letter.signed_bytes()))


def check_letter(context: SumContext, letter: Letter) -> None:
    """NotTrusted unless the letter belongs to this sum, comes from a participant and is signed by it."""
    context.get_participant(letter.sender)
    if letter.context != context.digest():
        raise NotTrusted("masks.other_sum", site=letter.sender)
    if isinstance(letter, SignedLetter):
        code = "masks.key_not_signed" if isinstance(letter, Advertisement) else "masks.signature_wrong"
        context.check_signature(letter.sender, letter.signed_bytes(), letter.signature, code=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertisement(SignedLetter):
    """Step 0: two fresh public keys, and a commitment to the secret of the self-mask."""

    kind: ClassVar[str] = "masked-sum-advertisement"
    mask_key: bytes
    share_key: bytes
    seed_commitment: bytes

    def body(self) -> dict[str, Json]:
        """All but the signature."""
        return {
            **Letter.body(self),
            "mask_key": to_text(self.mask_key),
            "share_key": to_text(self.share_key),
            "seed_commitment": to_text(self.seed_commitment),
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> Advertisement:
        """Reads the letter, or raises NotTrusted."""
        fields = _read_letter(data, cls, ("mask_key", "share_key", "seed_commitment", "signature"))
        return cls(
            sender=fields.name("sender"),
            context=fields.data("context", length=DIGEST_BYTES),
            mask_key=fields.data("mask_key", length=POINT_BYTES),
            share_key=fields.data("share_key", length=POINT_BYTES),
            seed_commitment=fields.data("seed_commitment", length=DIGEST_BYTES),
            signature=fields.data("signature", most=LONGEST_SIGNATURE),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedShare(Letter):
    """Step 1, one envelope: what one hospital deals to another, readable by the receiver alone."""

    kind: ClassVar[str] = "masked-sum-share"
    receiver: str
    sealed: bytes = field(repr=False)

    def body(self) -> dict[str, Json]:
        """The whole letter; its authenticity is the envelope's own."""
        return {**Letter.body(self), "receiver": self.receiver, "sealed": to_text(self.sealed)}

    @classmethod
    def from_bytes(cls, data: bytes) -> EncryptedShare:
        """Reads the letter, or raises NotTrusted."""
        fields = _read_letter(data, cls, ("receiver", "sealed"))
        return cls(
            sender=fields.name("sender"),
            context=fields.data("context", length=DIGEST_BYTES),
            receiver=fields.name("receiver"),
            sealed=fields.data("sealed", length=DEALT_BYTES + TAG_BYTES),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares(Letter):
    """Step 1: one hospital's envelopes for all its peers; the coordinator deals them out."""

    kind: ClassVar[str] = "masked-sum-shares"
    sealed: tuple[SiteBytes, ...] = field(repr=False)

    def body(self) -> dict[str, Json]:
        """The whole letter; its authenticity is that of each envelope."""
        return {**Letter.body(self), "sealed": pairs_to_json(self.sealed)}

    def for_receiver(self, site: str) -> EncryptedShare:
        """The envelope for one peer."""
        for receiver, sealed in self.sealed:
            if receiver == site:
                return EncryptedShare(
                    sender=self.sender, context=self.context, receiver=receiver, sealed=sealed
                )
        raise NotTrusted("masks.sender_unknown")

    @classmethod
    def from_bytes(cls, data: bytes) -> Shares:
        """Reads the letter, or raises NotTrusted."""
        fields = _read_letter(data, cls, ("sealed",))
        return cls(
            sender=fields.name("sender"),
            context=fields.data("context", length=DIGEST_BYTES),
            sealed=read_pairs(fields, "sealed", kind=cls.kind, length=DEALT_BYTES + TAG_BYTES),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InputClaim(SignedLetter):
    """Step 2, the slip: the digest of one masked input, and of the sharing that it was masked under."""

    kind: ClassVar[str] = "masked-sum-input"
    sharing: bytes
    data_digest: bytes

    def body(self) -> dict[str, Json]:
        """All but the signature."""
        return {
            **Letter.body(self),
            "sharing": to_text(self.sharing),
            "data_digest": to_text(self.data_digest),
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> InputClaim:
        """Reads the letter, or raises NotTrusted."""
        fields = _read_letter(data, cls, ("sharing", "data_digest", "signature"))
        return cls(
            sender=fields.name("sender"),
            context=fields.data("context", length=DIGEST_BYTES),
            sharing=fields.data("sharing", length=DIGEST_BYTES),
            data_digest=fields.data("data_digest", length=DIGEST_BYTES),
            signature=fields.data("signature", most=LONGEST_SIGNATURE),
        )


@dataclass(frozen=True, slots=True)
class MaskedInput:
    """Step 2: the masked vector (little-endian 64-bit numbers) with its signed slip."""

    claim: InputClaim
    data: bytes | memoryview = field(repr=False)

    def to_bytes(self) -> bytes:
        """The slip's length, the slip, the vector: a large vector is never spelt out as text."""
        slip = self.claim.to_bytes()
        return b"".join((len(slip).to_bytes(_HEADER, "big"), slip, self.data))

    @classmethod
    def from_bytes(cls, data: bytes | memoryview, *, entries: int) -> MaskedInput:
        """Reads a vector of exactly `entries` numbers without copying it, or raises NotTrusted."""
        view = memoryview(data).cast("B")
        length = int.from_bytes(view[:_HEADER], "big")
        if len(view) < _HEADER or length > LARGEST_MESSAGE:
            raise malformed(InputClaim.kind)
        start = _HEADER + length
        if len(view) != start + entries * 8:
            raise NotTrusted("masks.input_wrong_length", expected=entries)
        return cls(InputClaim.from_bytes(bytes(view[_HEADER:start])), view[start:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation(SignedLetter):
    """Step 3: one signature over the exact survivors and the digests of their masked inputs."""

    kind: ClassVar[str] = "masked-sum-confirmation"
    statement: bytes

    def body(self) -> dict[str, Json]:
        """All but the signature."""
        return {**Letter.body(self), "statement": to_text(self.statement)}

    @classmethod
    def from_bytes(cls, data: bytes) -> Confirmation:
        """Reads the letter, or raises NotTrusted."""
        fields = _read_letter(data, cls, ("statement", "signature"))
        return cls(
            sender=fields.name("sender"),
            context=fields.data("context", length=DIGEST_BYTES),
            statement=fields.data("statement", length=DIGEST_BYTES),
            signature=fields.data("signature", most=LONGEST_SIGNATURE),
        )


def sharing_digest(
    context: SumContext, *, advertisements: tuple[Advertisement, ...], sharers: tuple[str, ...]
) -> bytes:
    """Digest of which keys were advertised and who dealt shares under them."""
    # Bodies without signatures: the same signature can be spelt in two ways, a body cannot.
    return digest_of(
        {
            "kind": "masked-sum-sharing",
            "context": to_text(context.digest()),
            "advertisements": [letter.body() for letter in advertisements],
            "sharers": list(sharers),
        }
    )


def statement_digest(context: SumContext, *, sharing: bytes, inputs: tuple[SiteBytes, ...]) -> bytes:
    """Digest of what survivors confirm: the sharing, and each survivor with its masked input's digest."""
    return digest_of(
        {
            "kind": "masked-sum-survivors",
            "context": to_text(context.digest()),
            "sharing": to_text(sharing),
            "inputs": pairs_to_json(inputs),
        }
    )


def order_letters(context: SumContext, letters: list[SomeLetter]) -> tuple[SomeLetter, ...]:
    """Checked letters in the order of sites, each sender once."""
    by_site: dict[str, SomeLetter] = {}
    for letter in letters:
        check_letter(context, letter)
        if letter.sender in by_site:
            raise NotTrusted("masks.sender_twice", site=letter.sender)
        by_site[letter.sender] = letter
    return tuple(by_site[site] for site in context.sites if site in by_site)


def pairs_to_json(pairs: tuple[SiteBytes, ...]) -> list[Json]:
    """Sites with bytes, as JSON."""
    return [{"site": site, "data": to_text(data)} for site, data in pairs]


def read_pairs(
    fields: Fields, name: str, *, kind: str, length: int | None = None, most: int | None = None
) -> tuple[SiteBytes, ...]:
    """Sites with bytes, each site once."""

    def read(item: object) -> SiteBytes:
        pair = Fields(item, kind=kind, names=("site", "data"))
        return pair.name("site"), pair.data("data", length=length, most=most)

    pairs = fields.items(name, read, most=MOST_PARTICIPANTS)
    if len({site for site, _ in pairs}) != len(pairs):
        raise malformed(kind)
    return pairs


def _read_letter(data: bytes, letter: type[Letter], names: tuple[str, ...]) -> Fields:
    return read_message(data, kind=letter.kind, names=("sender", "context", *names))
