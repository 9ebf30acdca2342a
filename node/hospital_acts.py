"""What the hospital's own people decide: consent, stops, held replies, pause. Each with its audit event.

The running node is another process: it sees these rows within a heartbeat and carries them out. `by` names
the console's account that decided; a decision of the command line has none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from node.decisions.run_states import Party, RunState, check_move
from node.registers.audit import NodeEvent, lock_registers, record_event
from node.registers.budget import reserve_run
from node.registers.outbox import NodeOutbox
from node.registers.run_stops import is_stopped
from node.state.memory import is_paused, note_time, set_fact
from node.state.tables import HeldReply, Run, RunStop
from onggi.errors import Fact, Refused
from onggi.protocol.messages import Decision
from onggi.protocol.parcels import ParcelKind
from onggi.spec.base import as_instant
from onggi.spec.ids import OrderId, RunId
from onggi.spec.job import JobSpec

REFUSED_BY_HOSPITAL = "consent.refused"
LONGEST_REASON = 200


def record_consent(
    session: Session, outbox: NodeOutbox, *, run: str, given: bool, now: datetime, by: str | None = None
) -> Run:
    """Gives or refuses consent to a run that waits for it, and prepares the answer to the coordinator.

    Raises:
        Refused: ``run.not_found``; ``run.no_such_move`` where the run does not wait for the hospital;
            ``budget.no_ceiling``, ``budget.exhausted``, ``budget.behind`` where noise cannot be paid for.
    """
    row = session.get(Run, run)
    if row is None:
        raise Refused("run.not_found", run=run)
    to = RunState.ACCEPTED if given else RunState.DECLINED
    move = check_move(RunState(row.state), to, Party.HOSPITAL)
    row.state, row.state_since = str(to), as_instant(now)
    row.code = None if given else REFUSED_BY_HOSPITAL
    record_event(session, NodeEvent(move.event), about=run, now=now, facts=_decided(by))
    if given:
        spec = JobSpec.model_validate_json(row.spec)
        reserve_run(session, run=run, spec=spec, spec_digest=row.spec_digest, now=now)
    note_time(session, now)
    _record_decision(session, outbox, row, verdict="accepted" if given else "declined")
    return row


def _record_decision(
    session: Session, outbox: NodeOutbox, row: Run, *, verdict: Literal["accepted", "declined"]
) -> None:
    header = Decision(
        order=OrderId(row.order_id),
        run=RunId(row.run),
        spec=row.spec_digest,
        verdict=verdict,
        code=row.code,
    )
    outbox.record(
        session,
        id=f"{row.order_id}:decision:{verdict}",
        kind=ParcelKind.DECISION,
        about=row.run,
        header=header,
    )


def record_stop(
    session: Session, *, run: str, now: datetime, by: str | None = None, reason: str = ""
) -> bool:
    """Has one run ended; nothing of it leaves from now on. False where it was stopped before.

    The running node ends it at its next look, or before anything else at its next start. The coordinator
    learns that the hospital stopped it; who and why stay in this hospital's audit log.

    Raises:
        Refused: ``run.not_found``; ``run.no_such_move`` where it is over; ``run.stop_reason`` where the
            reason is no single line of at most 200 signs.
    """
    lock_registers(session)
    row = session.get(Run, run)
    if row is None:
        raise Refused("run.not_found", run=run)
    if is_stopped(session, run):
        return False
    check_move(RunState(row.state), RunState.CANCELLED, Party.HOSPITAL)
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise Refused("run.stop_reason", maximum=LONGEST_REASON)
    session.add(RunStop(run=run, at=as_instant(now)))
    why: dict[str, Fact] = {"reason": reason} if reason else {}
    record_event(session, NodeEvent.RUN_STOPPED, about=run, now=now, facts=why | _decided(by))
    note_time(session, now)
    return True


def record_held_decision(
    session: Session, *, held: int, approved: bool, now: datetime, by: str | None = None
) -> HeldReply:
    """Lets a held reply go, or keeps it for good.

    Raises:
        Refused: ``reply.not_held`` where there is none of that number; ``reply.already_decided``.
    """
    row = session.get(HeldReply, held)
    if row is None:
        raise Refused("reply.not_held", number=held)
    if row.decision is not None:
        raise Refused("reply.already_decided", number=held)
    row.decision = "approved" if approved else "refused"
    event = NodeEvent.HELD_APPROVED if approved else NodeEvent.HELD_REFUSED
    facts: dict[str, Fact] = {"held": held, "ordinal": row.ordinal, "digest": row.object_digest}
    record_event(session, event, about=row.run, now=now, facts=facts | _decided(by))
    note_time(session, now)
    return row


def record_pause(session: Session, *, paused: bool, now: datetime, by: str | None = None) -> bool:
    """Stops or resumes runs and releases. False where that was so already; then nothing is written."""
    if is_paused(session) == paused:
        return False
    set_fact(session, "paused", "yes" if paused else "no")
    event = NodeEvent.NODE_PAUSED if paused else NodeEvent.NODE_RESUMED
    record_event(session, event, about="node", now=now, facts=_decided(by))
    note_time(session, now)
    return True


def _decided(by: str | None) -> dict[str, Fact]:
    return {} if by is None else {"by": by}
