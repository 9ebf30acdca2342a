"""The hospital's list of all that left: what, when, for which project, how many bytes, and the bytes.

* A release is recorded, with its audit event and the outgoing parcel, in one transaction; sending follows.
* Entries are chained; the head is signed by the hospital and kept by the coordinator too, so that a node
  restored from an old backup notices that entries are missing (`register.behind`) and releases nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from node.registers.audit import NodeEvent, lock_registers, record_event
from node.registers.chained_rows import ChainedRows
from node.state.tables import Release, table_of
from onggi.errors import Fact, NotTrusted, Refused
from onggi.protocol.canonical import decode_base64, encode_base64
from onggi.protocol.keys import PublicKey, SigningKey
from onggi.protocol.messages import RegisterHead, register_signed_bytes
from onggi.spec.base import as_instant
from onggi.spec.ids import SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Something about to leave: already stored as an object, not yet sent."""

    run: str
    ordinal: int
    spec_digest: str
    project: str
    what: Literal["masked_sum", "aggregate"]
    result: str
    size: int
    object_digest: str
    decision: Literal["sent", "approved"]
    judged: str | None = None
    """Digest of the report of how the disclosure rules judged it; what is masked is judged as a sum."""


_RELEASES = table_of(Release)
_CHAIN = ChainedRows(
    table=_RELEASES,
    number="entry",
    content=(
        "at",
        "run",
        "ordinal",
        "spec_digest",
        "project",
        "what",
        "result",
        "bytes",
        "object_digest",
        "decision",
    ),
    failure="register.chain_broken",
)


def record_release(session: Session, leaving: Leaving, *, now: datetime) -> int:
    """Appends one entry, with its audit event, in the session's transaction; returns its number."""
    lock_registers(session)
    row: dict[str, object] = {
        "at": as_instant(now),
        "run": leaving.run,
        "ordinal": leaving.ordinal,
        "spec_digest": leaving.spec_digest,
        "project": leaving.project,
        "what": leaving.what,
        "result": leaving.result,
        "bytes": leaving.size,
        "object_digest": leaving.object_digest,
        "decision": leaving.decision,
    }
    appended = _RELEASES.insert().returning(_RELEASES.c.entry)
    written = session.execute(appended, _CHAIN.link(session, row))
    facts: dict[str, Fact] = {"bytes": leaving.size, "ordinal": leaving.ordinal, "what": leaving.what}
    if leaving.judged is not None:
        facts["judged"] = leaving.judged
    record_event(session, NodeEvent.REPLY_RELEASED, about=leaving.run, now=now, facts=facts)
    return int(written.scalar_one())


def check_register(session: Session) -> tuple[int, str]:
    """(entries, head hash). Raises NotTrusted(``register.chain_broken``) at the first break."""
    return _CHAIN.check(session)


def current_head(session: Session) -> tuple[int, str]:
    """(number of the last entry, its hash) without walking the chain."""
    return _CHAIN.head(session)


def sign_head(session: Session, *, site: SiteId, key: SigningKey) -> RegisterHead:
    """The head as the coordinator keeps it."""
    entries, head = current_head(session)
    signature = encode_base64(key.sign(register_signed_bytes(site=site, entries=entries, head=head)))
    return RegisterHead(site=site, entries=entries, head=head, signature=signature)


def check_our_head(kept: RegisterHead, *, site: SiteId, key: PublicKey) -> None:
    """Raises NotTrusted(``register.head_forged``) unless this hospital signed the head."""
    if kept.site != site:
        raise NotTrusted("register.head_forged")
    try:
        key.verify(
            decode_base64(kept.signature),
            register_signed_bytes(site=site, entries=kept.entries, head=kept.head),
        )
    except (NotTrusted, Refused):
        raise NotTrusted("register.head_forged") from None


def check_not_behind(session: Session, kept: RegisterHead, *, site: SiteId, key: PublicKey) -> None:
    """Raises Refused(``register.behind``) when the coordinator holds a head that this register lacks."""
    check_our_head(kept, site=site, key=key)
    if kept.entries == 0:
        return
    if _CHAIN.hash_at(session, kept.entries) != kept.head:
        raise Refused("register.behind", kept=kept.entries, here=current_head(session)[0])
