"""The bodies of the parcels that node and coordinator exchange: closed types, and nothing else crosses.

A body is one JSON header of a known type, then any number of binary attachments, each with its length:

    u32 header length | header (UTF-8 JSON) | u32 attachments | { u64 length | bytes } ...

Decoding is strict: unknown fields, missing bytes and bytes left over are refused (`message.malformed`).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Literal, TypeAlias, TypeVar

from pydantic import Field, ValidationError

from onggi.errors import NotTrusted
from onggi.protocol.canonical import canonical_json
from onggi.protocol.dsse import Envelope
from onggi.protocol.orders import Hash, Logged
from onggi.protocol.statements import FailureCode
from onggi.spec.base import Digest, Frozen
from onggi.spec.ids import OrderId, RunId, SiteId
from onggi.spec.near_earlier import NOTHING_NEAR, NearEarlier

_HEADER_LIMIT = 64 * 2**20
_ATTACHMENT_LIMIT = 10_000


class Decision(Frozen):
    """Node -> coordinator: the order is accepted, waits for the hospital, or is declined with a code."""

    order: OrderId
    run: RunId
    spec: Digest
    verdict: Literal["accepted", "asked", "declined"]
    code: FailureCode | None = None


class RunMessage(Frozen):
    """Coordinator -> node: message number `ordinal` of a run; attachment 0 is the records of the message.

    From ordinal 1 on, what follows proves the pooled sum of the ordinal before, from which the node
    derives this message's parameters itself: under masks attachment 1 is the transcript of its main sum
    (of attempt `previous_attempt`); in clear, attachments 1.. are the signed replies of `previous_sites`.
    """

    run: RunId
    ordinal: int = Field(ge=0)
    attempt: int = Field(default=0, ge=0, le=1000)
    """Under masks: which try at summing this ordinal. A new try has new keys and the same inputs."""
    previous_attempt: int = Field(default=0, ge=0, le=1000)
    previous_sites: tuple[SiteId, ...] = ()
    previous_signatures: tuple[str, ...] = ()


class RunReply(Frozen):
    """Node -> coordinator: the released reply to an ordinal (attachment 0), or the code of its refusal.

    `signature` is the hospital's identity key over `reply_signed_bytes`: other hospitals check with it
    that the pooled numbers they are shown are the ones that hospitals sent.
    """

    run: RunId
    ordinal: int = Field(ge=0)
    code: FailureCode | None = None
    signature: str | None = Field(default=None, max_length=200)


def reply_signed_bytes(*, run: str, site: str, spec: str, ordinal: int, records: bytes | memoryview) -> bytes:
    """What a hospital signs for a clear reply."""
    digest = hashlib.sha256(records).hexdigest()
    return reply_signed_digest(run=run, site=site, spec=spec, ordinal=ordinal, records=digest)


def reply_signed_digest(*, run: str, site: str, spec: str, ordinal: int, records: str) -> bytes:
    """The same where the caller has hashed the records already: `records` is their SHA-256 in hex."""
    return canonical_json(
        {
            "type": "urn:onggi:run-reply:v1",
            "run": run,
            "site": site,
            "spec": spec,
            "ordinal": ordinal,
            "records": records,
        }
    )


SumPhase = Literal["advertise", "share", "mask", "confirm", "seal", "unmask"]


class SumStep(Frozen):
    """One exchange of the two masked sums of an ordinal: `evidence`, opened by hospitals alone, then `main`.

    Node -> coordinator, what the parties made in this phase:
        advertise, share, mask, confirm: [evidence letter, main letter];
        seal: [evidence sealed unmasking]; unmask: [main unmasking].
    Coordinator -> node, what all `senders` made in the phase before, in their order:
        share: advertisements; mask: the shares for this node; confirm: input claims; seal: confirmations,
        each as pairs evidence, main; unmask: sealed unmaskings, then the masked inputs of the evidence sum.
    """

    run: RunId
    ordinal: int = Field(ge=0)
    attempt: int = Field(ge=0, le=1000)
    phase: SumPhase
    senders: tuple[SiteId, ...] = ()
    code: FailureCode | None = None
    near_earlier: NearEarlier = NOTHING_NEAR
    """With the last step of a first sum: what its numbers owe to earlier answers."""


class Finish(Frozen):
    """Coordinator -> node: the run is over; destroy its workspace and say so."""

    run: RunId
    outcome: Literal["finished", "failed", "cancelled"]
    code: FailureCode | None = None


class Stage(Frozen):
    """Node -> coordinator: how far a run has come. No text, no figure about persons."""

    run: RunId
    stage: Literal[
        "staging", "starting", "running", "finished", "failed", "cancelled", "waiting_for_hospital"
    ]
    failure: FailureCode | None = None


class CheckpointOffer(Frozen):
    """Coordinator -> node: a log checkpoint to verify against what the node saw last, and to co-sign."""

    checkpoint: str = Field(max_length=100_000)
    from_size: int = Field(ge=0)
    consistency: tuple[Hash, ...] = Field(max_length=64)


class Cosignature(Frozen):
    """Node -> coordinator: one witness line for the checkpoint of that size.

    Without a line: the offered proof did not start where this node stands; it saw the log up to `size`.
    """

    size: int = Field(ge=0)
    line: str | None = Field(default=None, max_length=2000)


class RegisterHead(Frozen):
    """A node's release register, signed by the hospital: how many entries, and the hash of the last.

    Node -> coordinator after every release; coordinator -> node on connecting, so that a node restored
    from an old backup notices that its register is behind and releases nothing.
    """

    site: SiteId
    entries: int = Field(ge=0)
    head: Hash
    signature: str = Field(max_length=200)


def register_signed_bytes(*, site: str, entries: int, head: str) -> bytes:
    """What a hospital signs for the head of its release register."""
    return canonical_json(
        {"type": "urn:onggi:register-head:v1", "site": site, "entries": entries, "head": head}
    )


class BudgetHead(Frozen):
    """A node's register of privacy budgets, signed by the hospital, like the head of its releases."""

    site: SiteId
    entries: int = Field(ge=0)
    head: Hash
    signature: str = Field(max_length=200)


def budget_signed_bytes(*, site: str, entries: int, head: str) -> bytes:
    """What a hospital signs for the head of its budget register."""
    return canonical_json(
        {"type": "urn:onggi:budget-head:v1", "site": site, "entries": entries, "head": head}
    )


class Revocations(Frozen):
    """Coordinator -> node: withdrawn permits and jobs, each logged."""

    revocations: tuple[Logged, ...] = Field(max_length=1000)


class Roots(Frozen):
    """Coordinator -> node: federation root versions after the node's own, in order."""

    roots: tuple[Envelope, ...] = Field(max_length=1000)


class SignedStatement(Frozen):
    """Node -> coordinator: a deletion or run report, signed with the hospital's identity key."""

    run: RunId
    envelope: Envelope


Body = TypeVar("Body", bound=Frozen)


Attachment: TypeAlias = bytes | bytearray | memoryview | Sequence[bytes | bytearray | memoryview]
"""What travels behind a header: bytes, or pieces that are joined on the way."""


def pieces_of(attachment: Attachment) -> Sequence[bytes | bytearray | memoryview]:
    """The pieces that make it up: one, where it is whole."""
    return [attachment] if isinstance(attachment, bytes | bytearray | memoryview) else attachment


def size_of(attachment: Attachment) -> int:
    """Its length in bytes."""
    return sum(map(len, pieces_of(attachment)))


def pack(header: Frozen, attachments: Sequence[Attachment] = ()) -> bytes:
    """The bytes of a parcel body."""
    return pack_raw(header.model_dump_json(by_alias=True, exclude_none=True).encode(), attachments)


def pack_raw(text: bytes, attachments: Sequence[Attachment] = ()) -> bytes:
    """The bytes of a parcel body whose header was written before."""
    parts: list[bytes | bytearray | memoryview] = [
        struct.pack("!I", len(text)),
        text,
        struct.pack("!I", len(attachments)),
    ]
    for attachment in attachments:
        parts += (struct.pack("!Q", size_of(attachment)), *pieces_of(attachment))
    return b"".join(parts)


def unpack(body_type: type[Body], body: bytes | memoryview) -> tuple[Body, list[memoryview]]:
    """(header, attachments). Raises NotTrusted(``message.malformed``)."""
    view = memoryview(body)
    try:
        (length,) = struct.unpack_from("!I", view, 0)
        if length > min(_HEADER_LIMIT, len(view) - 8):
            raise NotTrusted("message.malformed", kind=body_type.__name__)
        header = body_type.model_validate_json(bytes(view[4 : 4 + length]))
        position = 4 + length
        (count,) = struct.unpack_from("!I", view, position)
        if count > _ATTACHMENT_LIMIT:
            raise NotTrusted("message.malformed", kind=body_type.__name__)
        position += 4
        attachments = []
        for _ in range(count):
            (size,) = struct.unpack_from("!Q", view, position)
            position += 8
            if size > len(view) - position:
                raise NotTrusted("message.malformed", kind=body_type.__name__)
            attachments.append(view[position : position + size])
            position += size
    except (struct.error, ValidationError, UnicodeDecodeError):
        raise NotTrusted("message.malformed", kind=body_type.__name__) from None
    if position != len(view):
        raise NotTrusted("message.malformed", kind=body_type.__name__)
    return header, attachments
