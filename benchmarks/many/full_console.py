"""A hospital's node after years of work: ten thousand runs, what left of them, and every book about it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

from sqlalchemy.orm import Session

from node.decisions.run_states import RunState
from node.registers.audit import NodeEvent, record_event
from node.registers.budget import Spender, charge, reserve
from node.registers.budget_populations import WHOLE_HOSPITAL, set_ceiling
from node.registers.objects import ObjectStore
from node.registers.releases import Leaving, record_release
from node.state.tables import DeletionRecord, PermitJob, Run
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.keys import FileKey
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import Deletion
from onggi.spec.base import as_instant
from onggi.spec.ids import RunId, SiteId
from privacy.budgets.losses import ConcentratedLoss
from tests.support.console_house import ConsoleHouse, make_order_spec, make_permit, set_to_work
from tests.support.console_papers import leave_with_papers
from tests.support.coordinator_house import HandClock
from tests.support.federation_root import NOW
from tests.support.node_desk import REPLY, SITE, ready_node

_PROJECTS = 50
_EVERY = timedelta(hours=2)
"""Between two runs: ten thousand of them are two years and three months."""
_COST = ConcentratedLoss(pico_rho=10**9)
_ENDS = (RunState.FINISHED,) * 8 + (RunState.CANCELLED, RunState.DECLINED)


@dataclass
class FullConsole:
    """The house, the names of one object of each kind, and how much there is."""

    house: ConsoleHouse
    runs: int
    releases: int
    names: dict[str, str] = field(default_factory=dict)


@contextmanager
def full_console(*, runs: int, releases: int) -> Iterator[FullConsole]:
    with tempfile.TemporaryDirectory(prefix="onggi-console-") as folder:
        house = ConsoleHouse(ready_node(Path(folder)), HandClock(NOW - (runs + 1) * _EVERY))
        try:
            _serve_signing(house)
            house.add_people()
            with house.desk.state() as session:
                _set_ceiling(session)
                _fill(session, house, runs=runs, a_run=releases // runs)
            house.clock.now = NOW
            set_to_work(house)
            house.clock.now = NOW + timedelta(days=1)
            entry = leave_with_papers(house)
            house.clock.forward(seconds=timedelta(days=14).total_seconds())
            full = FullConsole(house, runs, releases)
            full.names = {
                "entry": str(entry),
                "number": "1",
                "run": "run-asked",
                "under_way": "run-held",
                "first": f"{NOW.date() - timedelta(days=365)}",
                "last": f"{NOW.date()}",
                "written": "2026-W47",
                "unwritten": "2026-W48",
            }
            house.write_letter(full.names["written"])
            yield full
        finally:
            house.close()


def _serve_signing(house: ConsoleHouse) -> None:
    file = house.desk.settings.file
    table = '[signing]\ncoordinator = "http://localhost:9"\norigin = "https://console.hospital.example"\n'
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{table}", encoding="utf-8")


def _fill(session: Session, house: ConsoleHouse, *, runs: int, a_run: int) -> None:
    """Every run with its releases, its deletion record and its events, in the chains of the real books."""
    objects = ObjectStore(house.desk.settings.objects)
    key = FileKey.read(house.desk.settings.identity_key)
    spec, permit = make_order_spec(), make_permit()
    digest = objects.put(session, REPLY)
    for number, state in zip(range(runs), cycle(_ENDS), strict=False):
        run, moment = f"run-x{number:06d}", NOW - (runs - number) * _EVERY
        own = spec.model_copy(
            update={"title": f"Question {number}", "project": f"project-{number % _PROJECTS}"}
        )
        granted = permit.model_copy(
            update={"id": f"permit-{number % _PROJECTS}", "project": own.project, "issued": moment}
        )
        told = digest_of(own)
        session.add(
            Run(
                run=run,
                order_id=f"order-of-{run}",
                spec_digest=told,
                spec=canonical_json(own).decode(),
                permit=granted.model_dump_json(),
                state=str(state),
                state_since=as_instant(moment),
                code="node.paused" if state is RunState.CANCELLED else None,
                workspace_bytes=4096,
                received_at=as_instant(moment),
            )
        )
        session.flush()
        if state is RunState.DECLINED:
            record_event(session, NodeEvent.ORDER_DECLINED, about=run, now=moment)
            continue
        session.add(PermitJob(permit=granted.id, spec_digest=told, accepted_at=as_instant(moment)))
        session.add(DeletionRecord(run=run, envelope=_deletion(run, told, moment, key=key)))
        for event in (NodeEvent.ORDER_ACCEPTED, NodeEvent.RUN_STARTED):
            record_event(session, event, about=run, now=moment)
        if number % 2:
            spender = Spender(run=run, project=own.project, permit=granted.id, spec_digest=told)
            reserve(session, spender, dataset=own.dataset, losses={0: _COST}, now=moment)
            if state is RunState.FINISHED:
                charge(session, run=run, ordinal=0, loss=_COST, now=moment)
        for ordinal in range(a_run + 1 if number % 4 else a_run):  # declined runs leave nothing
            leaving = Leaving(
                run=run,
                ordinal=ordinal,
                spec_digest=told,
                project=own.project,
                what="aggregate",
                result="count_table",
                size=len(REPLY),
                object_digest=digest,
                decision="sent",
            )
            record_release(session, leaving, now=moment)
        for event in (NodeEvent.RUN_ENDED, NodeEvent.WORKSPACE_DESTROYED):
            record_event(session, event, about=run, now=moment)


def _set_ceiling(session: Session) -> None:
    set_ceiling(
        session,
        WHOLE_HOSPITAL,
        micro_epsilon=50 * 10**6,
        femto_delta=10**9,
        by="it-1",
        reason="first ceiling",
        now=NOW - timedelta(days=1500),
    )


def _deletion(run: str, spec: str, at: datetime, *, key: FileKey) -> str:
    deletion = Deletion(
        id=f"deletion-of-{run}",
        federation="heart-federation",
        issued=at,
        expires=at + timedelta(days=3650),
        summary=UNSET,
        run=RunId(run),
        site=SiteId(SITE),
        spec=spec,
        workspace=f"sha256:{'2' * 64}",
        outcome="finished",
    )
    return seal_statement(deletion, keys=[key]).to_json().decode()
