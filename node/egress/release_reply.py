"""Lets a checked reply leave, or holds it: register, audit event and outgoing parcel in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from node.decisions.site_policy import SitePolicy, decide_release
from node.decisions.still_in_force import check_not_run_out, check_not_withdrawn
from node.egress.disclosure_report import DisclosureReport, record_report
from node.failpoints import NodePoint
from node.registers.audit import NodeEvent, lock_registers, record_event
from node.registers.budget import pay_answer
from node.registers.policies import current_policy
from node.registers.releases import Leaving, check_not_behind, record_release
from node.registers.run_stops import check_not_stopped
from node.services import NodeServices
from node.state.memory import get_fact, is_paused, note_time
from node.state.tables import HeldReply, Reply, Revoked, table_of
from onggi.errors import Fact, Refused
from onggi.protocol.canonical import encode_base64
from onggi.protocol.messages import Attachment, RegisterHead, RunReply, reply_signed_digest, size_of
from onggi.protocol.parcels import ParcelKind
from onggi.spec.base import as_instant
from onggi.spec.ids import RunId
from onggi.spec.job import JobSpec

_REPLIES = table_of(Reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRun:
    """Whose reply it is."""

    run: str
    spec: JobSpec
    spec_digest: str
    permit_expires: datetime


def _check_may_leave(session: Session, services: NodeServices, of: OfRun) -> None:
    """What the committee ended does not leave, nor anything of a paused hospital, or with a cut register."""
    check_not_run_out(of.spec, permit_expires=of.permit_expires, now=services.clock())
    named = select(Revoked.target).where(Revoked.target.in_((of.spec.permit, of.spec_digest)))
    check_not_withdrawn(of.spec, of.spec_digest, revoked=frozenset(session.scalars(named)))
    if is_paused(session):
        raise Refused("node.paused")
    check_not_stopped(session, of.run)
    kept = get_fact(session, "register_head")
    if kept is not None:
        head = RegisterHead.model_validate_json(kept)
        check_not_behind(session, head, site=services.settings.site, key=services.identity.public_key)


def _leaving(
    of: OfRun,
    *,
    ordinal: int,
    what: Literal["masked_sum", "aggregate"],
    size: int,
    digest: str,
    decision: Literal["sent", "approved"],
    judged: str | None = None,
) -> Leaving:
    return Leaving(
        run=of.run,
        ordinal=ordinal,
        spec_digest=of.spec_digest,
        project=of.spec.project,
        what=what,
        result=of.spec.releases[0].result,
        size=size,
        object_digest=digest,
        decision=decision,
        judged=judged,
    )


def release_masked(services: NodeServices, of: OfRun, *, ordinal: int, letters: Sequence[bytes]) -> None:
    """Records masked inputs that are about to leave. Raises Refused when nothing may leave now."""
    content = b"".join(letters)
    with services.sessions.begin() as session:
        _check_may_leave(session, services, of)
        if decide_release(_policy(session, services), of.spec) == "hold":
            raise Refused("release.masked_held")
        digest = services.objects.put(session, content)
        leaving = _leaving(
            of, ordinal=ordinal, what="masked_sum", size=len(content), digest=digest, decision="sent"
        )
        record_release(session, leaving, now=services.clock())
        pay_answer(session, run=of.run, spec=of.spec, ordinal=ordinal, now=services.clock())
        note_time(session, services.clock())


def reply_parcel_id(run: str, ordinal: int) -> str:
    return f"{run}:{ordinal}:reply"


def _policy(session: Session, services: NodeServices) -> SitePolicy:
    return current_policy(session, services.objects, services.settings)


def release_clear(
    services: NodeServices,
    of: OfRun,
    *,
    ordinal: int,
    records: Attachment,
    message_digest: str,
    judged: DisclosureReport,
    follows_from: Callable[[Session], None],
) -> Literal["sent", "held"]:
    """Stores a clear reply for good and sends it, or holds it for the hospital's own decision.

    Args:
        judged: how the disclosure rules judged it.
        follows_from: writes down, in the same transaction, what the question was derived from.
    """
    with services.sessions.begin() as session:
        lock_registers(session)
        _check_may_leave(session, services, of)
        follows_from(session)
        report = record_report(session, services.objects, judged, run=of.run, ordinal=ordinal)
        digest = services.objects.put(session, records)
        is_held = decide_release(_policy(session, services), of.spec) == "hold"
        if is_held:
            _hold(
                session,
                services,
                of,
                ordinal=ordinal,
                size=size_of(records),
                digest=digest,
                message_digest=message_digest,
                judged=report,
            )
        else:
            _send(
                session,
                services,
                of,
                ordinal=ordinal,
                records=records,
                digest=digest,
                message_digest=message_digest,
                decision="sent",
                judged=report,
            )
    if is_held:
        services.failpoint(NodePoint.REPLY_HELD)
        return "held"
    services.failpoint(NodePoint.REPLY_RECORDED)
    services.outbox.send_recorded(reply_parcel_id(of.run, ordinal))
    return "sent"


def _hold(
    session: Session,
    services: NodeServices,
    of: OfRun,
    *,
    ordinal: int,
    size: int,
    digest: str,
    message_digest: str,
    judged: str,
) -> None:
    """Keeps a reply here until the hospital has decided."""
    session.add(
        HeldReply(
            run=of.run,
            ordinal=ordinal,
            since=as_instant(services.clock()),
            object_digest=digest,
            message_digest=message_digest,
        )
    )
    facts: dict[str, Fact] = {"bytes": size, "judged": judged, "ordinal": ordinal}
    record_event(session, NodeEvent.REPLY_HELD, about=of.run, now=services.clock(), facts=facts)


def release_held(services: NodeServices, of: OfRun, *, held: int) -> None:
    """Sends a held reply that the hospital approved, if it may still leave: days may lie in between."""
    with services.sessions.begin() as session:
        row = session.get_one(HeldReply, held)
        if session.get(Reply, (row.run, row.ordinal)) is not None:
            return
        _check_may_leave(session, services, of)
        records = services.objects.get(session, row.object_digest)
        _send(
            session,
            services,
            of,
            ordinal=row.ordinal,
            records=records,
            digest=row.object_digest,
            message_digest=row.message_digest,
            decision="approved",
        )
        ordinal = row.ordinal
    services.failpoint(NodePoint.HELD_RELEASED)
    services.outbox.send_recorded(reply_parcel_id(of.run, ordinal))


def _send(
    session: Session,
    services: NodeServices,
    of: OfRun,
    *,
    ordinal: int,
    records: Attachment,
    digest: str,
    message_digest: str,
    decision: Literal["sent", "approved"],
    judged: str | None = None,
) -> None:
    now = services.clock()
    leaving = _leaving(
        of,
        ordinal=ordinal,
        what="aggregate",
        size=size_of(records),
        digest=digest,
        decision=decision,
        judged=judged,
    )
    entry = record_release(session, leaving, now=now)
    pay_answer(session, run=of.run, spec=of.spec, ordinal=ordinal, now=now)
    reply = {"run": of.run, "ordinal": ordinal, "message_digest": message_digest}
    session.execute(_REPLIES.insert(), reply | {"object_digest": digest, "release": entry})
    _record_parcel(session, services, of, ordinal=ordinal, digest=digest, records=records)
    note_time(session, now)


def _record_parcel(
    session: Session,
    services: NodeServices,
    of: OfRun,
    *,
    ordinal: int,
    digest: str,
    records: Attachment,
    again: str = "",
) -> str:
    """Queues the signed reply and returns the parcel's id."""
    # The store has just hashed the bytes, or compared them with the digest that names them.
    signed = reply_signed_digest(
        run=of.run,
        site=services.settings.site,
        spec=of.spec_digest,
        ordinal=ordinal,
        records=digest.removeprefix("sha256:"),
    )
    signature = encode_base64(services.identity.sign(signed))
    parcel = reply_parcel_id(of.run, ordinal) + again
    services.outbox.record(
        session,
        id=parcel,
        kind=ParcelKind.REPLY,
        about=of.run,
        header=RunReply(run=RunId(of.run), ordinal=ordinal, signature=signature),
        object_digest=digest,
        content=records,
    )
    return parcel


def resend_reply(services: NodeServices, of: OfRun, *, ordinal: int, digest: str) -> None:
    """Sends a stored reply once more, its records byte for byte. It is on the register already.

    The parcel is a new one: under its old id a coordinator that had the reply before it asked again would
    take it for done and wait for ever.
    """
    with services.sessions.begin() as session:
        if is_paused(session):
            raise Refused("node.paused")
        check_not_stopped(session, of.run)
        records = services.objects.get(session, digest)
        again = f":again:{services.random(4).hex()}"
        parcel = _record_parcel(
            session, services, of, ordinal=ordinal, digest=digest, records=records, again=again
        )
    services.outbox.send_recorded(parcel)


def message_digest_of(records: bytes | memoryview) -> str:
    """What a message is remembered with: the same ordinal with other content is refused."""
    return f"sha256:{hashlib.sha256(records).hexdigest()}"
