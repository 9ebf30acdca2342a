"""Ends a run for good: worker gone, workspace and key destroyed, and a signed record that says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sqlalchemy.orm import Session

from node.agent.workspace import Contents, destroy_workspace
from node.decisions.run_states import FINAL, Party, RunState, check_move
from node.failpoints import NodePoint
from node.registers.audit import NodeEvent, record_event
from node.registers.budget import give_back_ended
from node.services import NodeServices
from node.state.tables import DeletionRecord, Run
from onggi.errors import Fact
from onggi.protocol.canonical import sha256_hex
from onggi.protocol.messages import SignedStatement, Stage
from onggi.protocol.parcels import ParcelKind
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import Deletion
from onggi.spec.base import as_instant
from onggi.spec.ids import RunId

Outcome = Literal["finished", "failed", "cancelled"]
_KEPT = timedelta(days=3650)
_STATES: dict[Outcome, RunState] = {
    "finished": RunState.FINISHED,
    "failed": RunState.FAILED,
    "cancelled": RunState.CANCELLED,
}


def end_run(
    services: NodeServices,
    *,
    run: str,
    outcome: Outcome,
    by: Party,
    code: str | None,
    lay_there: Contents,
    federation: str,
) -> None:
    """Moves the run to its end and destroys what it left. Safe to repeat after a crash at any line.

    The worker and the staging must have ended before: what lies in the workspace is named with the end.
    The state moves first: a crash after it leaves a final run whose workspace is destroyed at the next
    start. A coordinator that did not end the run itself learns of it by a parcel that survives the crash
    too: otherwise it would wait for this hospital in vain. Budget that nothing was charged for is given back.
    """
    now = services.clock()
    with services.sessions.begin() as session:
        row = session.get_one(Run, run)
        state = RunState(row.state)
        if state not in FINAL:
            check_move(state, _STATES[outcome], by)
            if row.workspace_key is not None:
                row.workspace_digest, row.workspace_bytes = lay_there.digest, lay_there.size
            row.state, row.state_since, row.code = str(_STATES[outcome]), as_instant(now), code
            facts: dict[str, Fact] = {"by": str(by), "code": code}
            record_event(session, NodeEvent.RUN_ENDED, about=run, now=now, facts=facts)
            give_back_ended(session, run=run, now=now)
            if by is not Party.COORDINATOR:
                _record_end(session, services, run=run, outcome=outcome, code=code)
    services.failpoint(NodePoint.RUN_ENDED)
    services.outbox.send_recorded(_end_parcel_id(run))
    destroy_run(services, run=run, federation=federation)


def destroy_run(services: NodeServices, *, run: str, federation: str) -> None:
    """Destroys the workspace of a final run, drops its key and signs the record."""
    destroy_workspace(services.settings.workspaces, run=run)
    services.failpoint(NodePoint.WORKSPACE_REMOVED)
    with services.sessions.begin() as session:
        row = session.get_one(Run, run)
        had_key, row.workspace_key = row.workspace_key is not None, None
        if session.get(DeletionRecord, run) is not None or not had_key:
            return
        _record_deletion(session, services, row, federation=federation)
    services.failpoint(NodePoint.DELETION_RECORDED)
    services.outbox.send_recorded(_parcel_id(run))


def _record_end(
    session: Session, services: NodeServices, *, run: str, outcome: Outcome, code: str | None
) -> None:
    services.outbox.record(
        session,
        id=_end_parcel_id(run),
        kind=ParcelKind.STAGE,
        about=run,
        header=Stage.model_validate({"run": run, "stage": outcome, "failure": code}),
    )


def _end_parcel_id(run: str) -> str:
    return f"{run}:ended"


def _parcel_id(run: str) -> str:
    return f"{run}:deletion"


def _record_deletion(session: Session, services: NodeServices, row: Run, *, federation: str) -> None:
    now = services.clock()
    digest, size = row.workspace_digest, row.workspace_bytes
    assert digest is not None, "a final run that had a workspace says what lay there"
    assert size is not None, "the digest and the size are written together"
    outcomes = {str(state): outcome for outcome, state in _STATES.items()}
    deletion = Deletion(
        id=f"deletion-{sha256_hex(f'{services.settings.site}:{row.run}'.encode())[:32]}",
        federation=federation,
        issued=now,
        expires=now + _KEPT,
        summary=UNSET,
        run=RunId(row.run),
        site=services.settings.site,
        spec=row.spec_digest,
        workspace=digest,
        outcome=outcomes[row.state],
    )
    envelope = seal_statement(deletion, keys=[services.identity])
    session.add(DeletionRecord(run=row.run, envelope=envelope.to_json().decode()))
    record_event(session, NodeEvent.WORKSPACE_DESTROYED, about=row.run, now=now, facts={"bytes": size})
    services.outbox.record(
        session,
        id=_parcel_id(row.run),
        kind=ParcelKind.DELETION,
        about=row.run,
        header=SignedStatement(run=RunId(row.run), envelope=envelope),
    )
