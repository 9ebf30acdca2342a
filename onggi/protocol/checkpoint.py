"""The log's signed head, and the hospitals' dated signatures that they saw the same head.

* Text form of C2SP checkpoints and signed notes: origin, size, root hash, then one line per signature.
* The log signs with ECDSA P-256, signature type 0x02; its key id is the hash of the public key, as C2SP
  defines for that type. Go's and Sigstore's tools read such a line.
* A hospital's cosignature is dated. C2SP's own cosignatures are Ed25519 (type 0x04) or ML-DSA-44; ours
  signs the same text (`cosignature/v1`, `time N`, the checkpoint) with the same layout (8 bytes of
  time, then the signature) but with ECDSA P-256, because a hospital has one identity key, of the kind that
  Korean validation lists and every key module supports. So that no C2SP reader mistakes it for its own,
  its key id is made with type 0xff and a name of ours, as C2SP asks of unassigned types; readers skip it.
* A checkpoint carries no time of its own. It is as fresh as the dated signatures that it needs are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import decode_base64, encode_base64
from onggi.protocol.keys import PublicKey, SigningKey
from onggi.protocol.merkle import EMPTY_ROOT, HASH_LENGTH, LARGEST_SIZE

LARGEST_NOTE = 65_536
MOST_SIGNATURE_LINES = 100
FRESH_FOR = timedelta(hours=24)
LARGEST_SKEW = timedelta(minutes=5)
_COSIGNATURE_TYPE = b"\xffonggi/cosignature-p256/v1\n"
_TIME_LENGTH = 8
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$"
_NAME = re.compile(NAME_PATTERN)
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_SIGNATURE_LINE = re.compile(r"— ([^\s+]{1,200}) ([A-Za-z0-9+/=]{8,2000})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: its name, how many entries it holds, and the hash over all of them."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        sound = _NAME.fullmatch(self.origin) and 0 <= self.size <= LARGEST_SIZE
        if not sound or len(self.root) != HASH_LENGTH or (self.size == 0) != (self.root == EMPTY_ROOT):
            raise NotTrusted("log.checkpoint_malformed")

    def body(self) -> bytes:
        """The signed text, with its final newline."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line: a name, four bytes that hint at the key, and the signature."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint as it travels. Nothing in it is believed before `verify_checkpoint`."""

    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...] = ()

    def render(self) -> bytes:
        lines = (
            f"— {line.name} {encode_base64(line.key_hash + line.signature)}\n" for line in self.signatures
        )
        return self.checkpoint.body() + b"\n" + "".join(lines).encode()

    @classmethod
    def parse(cls, note: bytes) -> SignedCheckpoint:
        """Reads the text form; anything that a second reader could see differently is refused."""
        try:
            text = note.decode("utf-8") if len(note) <= LARGEST_NOTE else ""
            body, lines = _split_note(text)
            signatures = tuple(_parse_line(line) for line in lines)
            origin, size, root = body
            if not _SIZE.fullmatch(size):
                raise ValueError("size")
            checkpoint = Checkpoint(origin=origin, size=int(size), root=decode_base64(root))
        except (ValueError, Refused):
            raise NotTrusted("log.checkpoint_malformed") from None
        return cls(checkpoint=checkpoint, signatures=signatures)


def _split_note(text: str) -> tuple[list[str], list[str]]:
    body, separator, tail = text.rpartition("\n\n")
    lines = tail.split("\n")
    if not separator or lines.pop() != "" or not 1 <= len(lines) <= MOST_SIGNATURE_LINES:
        raise ValueError("not a signed note")
    return body.split("\n"), lines


def _parse_line(line: str) -> NoteSignature:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise ValueError("not a signature line")
    value = decode_base64(match.group(2))
    if len(value) <= 4:
        raise ValueError("no signature in the line")
    return NoteSignature(name=match.group(1), key_hash=value[:4], signature=value[4:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody whose dated signature counts: a hospital of the root, by its site id and identity key."""

    name: str
    key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """One checked cosignature: who says to have seen this head, and when."""

    name: str
    fingerprint: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCheckpoint:
    """A head whose signatures were checked. Made by `verify_checkpoint` alone."""

    checkpoint: Checkpoint
    witnessed: tuple[Witnessed, ...]
    dated: tuple[int, ...]
    """The times that decide on freshness: the witnesses', or the log's own where no witness is required."""
    needed: int


def sign_checkpoint(checkpoint: Checkpoint, *, key: SigningKey) -> SignedCheckpoint:
    """The log's own signature."""
    line = NoteSignature(
        name=checkpoint.origin, key_hash=_log_key_hash(key.public_key), signature=key.sign(checkpoint.body())
    )
    return SignedCheckpoint(checkpoint=checkpoint, signatures=(line,))


def cosign_checkpoint(
    signed: SignedCheckpoint, *, name: str, key: SigningKey, at: datetime
) -> SignedCheckpoint:
    """Adds a dated signature. The caller has first checked that this head continues the last one it saw.

    A log of a federation without witnesses dates its own heads in this way, under its origin as name.
    """
    seconds = int(at.timestamp())
    line = NoteSignature(
        name=name,
        key_hash=_cosigner_key_hash(name, key.public_key),
        signature=seconds.to_bytes(_TIME_LENGTH, "big") + key.sign(_dated(signed.checkpoint, seconds)),
    )
    return replace(signed, signatures=(*signed.signatures, line))


def verify_checkpoint(
    signed: SignedCheckpoint, *, origin: str, log_key: PublicKey, witnesses: Sequence[Witness], quorum: int
) -> VerifiedCheckpoint:
    """Checks the log's signature and counts distinct witnesses. Lines of unknown keys are ignored."""
    checkpoint = signed.checkpoint
    if checkpoint.origin != origin:
        raise NotTrusted("log.wrong_origin", expected=origin)
    _check_log_signature(signed, log_key=log_key)
    latest: dict[str, Witnessed] = {}
    for witness in witnesses:
        for seen in _cosignatures(signed, by=witness):
            known = latest.get(seen.fingerprint)
            latest[seen.fingerprint] = seen if known is None or seen.at > known.at else known
    if len(latest) < quorum:
        raise NotTrusted("log.too_few_witnesses", have=len(latest), need=quorum)
    counted = tuple(latest.values())
    dating = counted if quorum else _cosignatures(signed, by=Witness(name=origin, key=log_key))
    return VerifiedCheckpoint(
        checkpoint=checkpoint,
        witnessed=counted,
        dated=tuple(seen.at for seen in dating),
        needed=max(quorum, 1),
    )


def _check_log_signature(signed: SignedCheckpoint, *, log_key: PublicKey) -> None:
    expected = (signed.checkpoint.origin, _log_key_hash(log_key))
    own = [line for line in signed.signatures if (line.name, line.key_hash) == expected]
    if not own:
        raise NotTrusted("log.signature_missing", origin=signed.checkpoint.origin)
    for line in own:
        try:
            log_key.verify(line.signature, signed.checkpoint.body())
        except NotTrusted:
            raise NotTrusted("log.signature_invalid", origin=signed.checkpoint.origin) from None


def _cosignatures(signed: SignedCheckpoint, *, by: Witness) -> tuple[Witnessed, ...]:
    expected = (by.name, _cosigner_key_hash(by.name, by.key))
    found = []
    for line in signed.signatures:
        if (line.name, line.key_hash) != expected:
            continue
        at = int.from_bytes(line.signature[:_TIME_LENGTH], "big")
        try:
            by.key.verify(line.signature[_TIME_LENGTH:], _dated(signed.checkpoint, at))
        except NotTrusted:
            raise NotTrusted("log.cosignature_invalid", witness=by.name) from None
        found.append(Witnessed(name=by.name, fingerprint=by.key.fingerprint, at=at))
    return tuple(found)


def check_fresh(
    verified: VerifiedCheckpoint,
    *,
    now: datetime,
    max_age: timedelta = FRESH_FOR,
    max_skew: timedelta = LARGEST_SKEW,
) -> None:
    """Raises unless enough dated signatures are young, and not dated ahead of this hospital's clock."""
    clock = now.timestamp()
    ahead = [at for at in verified.dated if at - clock > max_skew.total_seconds()]
    in_time = [at for at in verified.dated if at not in ahead and clock - at <= max_age.total_seconds()]
    if len(in_time) >= verified.needed:
        return
    if len(in_time) + len(ahead) >= verified.needed:
        raise NotTrusted("log.from_the_future", seconds=int(max(ahead) - clock))
    raise NotTrusted("log.stale", newest=max(verified.dated, default=0), need=verified.needed)


def _dated(checkpoint: Checkpoint, seconds: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % seconds + checkpoint.body()


def _log_key_hash(key: PublicKey) -> bytes:
    return hashlib.sha256(key.spki_der).digest()[:4]


def _cosigner_key_hash(name: str, key: PublicKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _COSIGNATURE_TYPE + key.spki_der).digest()[:4]
