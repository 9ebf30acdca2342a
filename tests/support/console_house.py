"""A hospital's console for tests: a node's folder with runs, releases, held replies, and its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from argon2 import PasswordHasher
from sqlalchemy import select

from node.console.accounts import ConsoleRole, record_account
from node.console.services import ConsoleServices, open_console
from node.console.site import create_console
from node.decisions.told_sets import NewSet
from node.papers.weekly_letter import OfNode, write_letter
from node.registers.budget import Spender, charge, reserve
from node.registers.budget_populations import WHOLE_HOSPITAL, assign_dataset, set_ceiling
from node.registers.objects import ObjectStore
from node.registers.releases import Leaving, record_release
from node.state.tables import AuditEvent, DeletionRecord, HeldReply, Run
from onggi import Cohort, concepts, events
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import FileKey
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import DatasetGrant, Deletion, ProjectPermit
from onggi.spec.base import as_instant
from onggi.spec.ids import ProjectId, RunId, SiteId
from onggi.spec.job import JobSpec
from privacy.budgets.losses import PICO, PureLoss
from privacy.differencing.released_sets import pack
from tests.support.coordinator_house import CODE, HandClock
from tests.support.federation_root import NOW, SITES
from tests.support.node_desk import REPLY, SITE, NodeDesk, ready_node
from tests.support.page_visitor import Browser

ADDRESS = "https://console.example"
PASSWORD = "a long enough password"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEOPLE = {"it-1": ConsoleRole.IT, "it-2": ConsoleRole.IT, "auditor-1": ConsoleRole.AUDITOR}
_PAIN = concepts("Chest pain", 77670, descendants=True)
_STATIN = concepts("Statin", 1539403, descendants=True)
COHORT = Cohort.entering(events.condition(_PAIN), observed_before=365).rule(
    "A statin within a year", events.drug(_STATIN).after(0, 365)
)


@dataclass
class ConsoleHouse:
    """One hospital with its console."""

    desk: NodeDesk
    clock: HandClock

    @cached_property
    def services(self) -> ConsoleServices:
        return open_console(self.desk.settings, clock=self.clock, hasher=HASHER)

    def close(self) -> None:
        self.services.sessions.kw["bind"].dispose()

    def visitor(self, *, language: str = "en") -> ConsoleVisitor:
        return ConsoleVisitor(self, language=language)

    def add_people(self) -> None:
        with self.desk.state() as session:
            for name, role in PEOPLE.items():
                record_account(
                    session,
                    name,
                    role=role,
                    password=PASSWORD,
                    passwords=self.services.passwords,
                    now=self.clock(),
                )

    def add_run(self, run: str = "run-1", *, state: str = "asked", code: str | None = None) -> None:
        spec = make_order_spec()
        with self.desk.state() as session:
            session.add(
                Run(
                    run=run,
                    order_id=f"order-of-{run}",
                    spec_digest=digest_of(spec),
                    spec=canonical_json(spec).decode(),
                    permit=make_permit().model_dump_json(),
                    state=state,
                    state_since=as_instant(self.clock()),
                    code=code,
                    received_at=as_instant(self.clock()),
                )
            )

    def hold(self, run: str = "run-1", *, ordinal: int = 0, content: bytes = REPLY) -> int:
        """A reply of a run that waits for the hospital: its number."""
        with self.desk.state() as session:
            digest = ObjectStore(self.desk.settings.objects).put(session, content)
            held = HeldReply(
                run=run,
                ordinal=ordinal,
                since=as_instant(self.clock()),
                object_digest=digest,
                message_digest=digest,
            )
            session.add(held)
            session.flush()
            return held.id

    def leave(self, run: str = "run-1", *, content: bytes = REPLY, **changes: Any) -> int:
        """Something that left: its entry's number."""
        with self.desk.state() as session:
            digest = ObjectStore(self.desk.settings.objects).put(session, content)
            fields: dict[str, Any] = {
                "run": run,
                "ordinal": 0,
                "spec_digest": digest_of(make_order_spec()),
                "project": "heart-1",
                "what": "aggregate",
                "result": "count_table",
                "size": len(content),
                "object_digest": digest,
                "decision": "sent",
            }
            return record_release(session, Leaving(**fields | changes), now=self.clock())

    def spend(self) -> None:
        """A ceiling with room for three answers of equal cost: one left, one is reserved."""
        losses = {0: PureLoss(pico_epsilon=PICO)}
        with self.desk.state() as session:
            set_ceiling(
                session,
                WHOLE_HOSPITAL,
                micro_epsilon=3 * 10**6,
                femto_delta=10**9,
                by="it-2",
                reason="as the review board decided",
                now=self.clock(),
            )
            for run in ("run-left", "run-held"):
                spender = Spender(
                    run=run,
                    project="heart-1",
                    permit="permit-heart-1",
                    spec_digest=digest_of(make_order_spec()),
                )
                reserve(session, spender, dataset="cdm", losses=losses, now=self.clock())
            charge(session, run="run-left", ordinal=0, loss=losses[0], now=self.clock())

    def set_apart(self, *, micro_epsilon: int = 2 * 10**6, answers: int = 0) -> None:
        """A data set of other persons, with a ceiling and answers that are reserved."""
        by, reason, now = "it-1", "as the review board decided", self.clock()
        with self.desk.state() as session:
            assign_dataset(session, "donors", population="donors", by=by, reason=reason, now=now)
            set_ceiling(
                session,
                "donors",
                micro_epsilon=micro_epsilon,
                femto_delta=10**9,
                by=by,
                reason=reason,
                now=now,
            )
            spender = Spender(
                run="run-asked",
                project="heart-1",
                permit="permit-heart-1",
                spec_digest=digest_of(make_order_spec()),
            )
            losses = dict.fromkeys(range(answers), PureLoss(pico_epsilon=PICO))
            reserve(session, spender, dataset="donors", losses=losses, now=now)

    def describe(self, run: str = "run-left") -> None:
        """Numbers of a run in clear that describe two sets of persons."""
        told = self.desk.told_before()
        with self.desk.state() as session:
            told.positions.learn(session, np.arange(20, dtype=np.int64))
            sets = [
                NewSet(place, f"{place:064d}", persons, bits=pack(np.ones(persons, dtype=np.bool_)))
                for place, persons in enumerate((12, 20))
            ]
            told.released.write(session, sets, answer=(run, 0), sites=(), claimed=False, now=self.clock())

    def delete(self, run: str = "run-1") -> None:
        """A signed deletion record of a run that ended."""
        deletion = Deletion(
            id=f"deletion-of-{run}",
            federation="heart-federation",
            issued=self.clock(),
            expires=self.clock() + timedelta(days=3650),
            summary=UNSET,
            run=RunId(run),
            site=SiteId(SITE),
            spec=digest_of(make_order_spec()),
            workspace=f"sha256:{'2' * 64}",
            outcome="finished",
        )
        sealed = seal_statement(deletion, keys=[FileKey.read(self.desk.settings.identity_key)])
        with self.desk.state() as session:
            session.get_one(Run, run).workspace_bytes = 4096
            session.add(DeletionRecord(run=run, envelope=sealed.to_json().decode()))

    def write_letter(self, week: str) -> Envelope:
        """The letter of a week that is over, signed by this hospital."""
        node = OfNode(settings=self.desk.settings, objects=ObjectStore(self.desk.settings.objects))
        with self.desk.state() as session:
            return write_letter(session, node, week=week, now=self.clock(), by="it-1")[0]

    def events(self) -> list[str]:
        """The tags of the audit trail, oldest first."""
        with self.desk.state() as session:
            return list(session.scalars(select(AuditEvent.event).order_by(AuditEvent.number)))


class ConsoleVisitor(Browser):
    """One person before the console."""

    def __init__(self, house: ConsoleHouse, *, language: str = "en") -> None:
        super().__init__(create_console(house.services), address=ADDRESS, language=language)


def console_house(folder: Path) -> ConsoleHouse:
    """A console with its people; the node has seen nothing yet."""
    house = ConsoleHouse(ready_node(folder), HandClock(NOW))
    house.add_people()
    return house


def furnished_console(folder: Path) -> ConsoleHouse:
    """A console of a node that has been at work."""
    house = console_house(folder)
    set_to_work(house)
    return house


def set_to_work(house: ConsoleHouse) -> None:
    """Runs in several states, releases, a held reply."""
    house.add_run("run-left", state="finished")
    house.leave("run-left")
    house.delete("run-left")
    house.add_run("run-stopped", state="cancelled", code="node.paused")
    house.clock.forward(seconds=3600)
    house.add_run("run-held", state="running")
    house.hold("run-held")
    house.add_run("run-asked", state="asked")
    house.leave("run-masked", what="masked_sum", content=b"\x00\x01" * 600, project="lung-2")


def make_permit() -> ProjectPermit:
    """The permit that the test runs stand on."""
    return ProjectPermit(
        id="permit-heart-1",
        federation="heart-federation",
        issued=NOW,
        expires=NOW + timedelta(days=90),
        summary=UNSET,
        project=ProjectId("heart-1"),
        title="Chest pain and statins",
        purpose="How many patients with chest pain get a statin",
        organisation="University of Example",
        people=("researcher-1", "researcher-2"),
        datasets=(DatasetGrant(site=SiteId(SITE), dataset="cdm", review="sha256:" + "9" * 64),),
    )


def make_order_spec() -> JobSpec:
    """A count with one step after the entry: REPLY holds its two numbers."""
    return JobSpec.model_validate(
        {
            "title": "Statins after chest pain",
            "project": "heart-1",
            "permit": "permit-heart-1",
            "dataset": "cdm",
            "participants": sorted(SITES),
            "minimum_sites": 3,
            "cohort": COHORT.to_dict(),
            "parameters": {"kind": "count"},
            "privacy": {"masked": False},
            "releases": [{"result": "count_table"}],
            "code": CODE.model_dump(),
            "expires": as_instant(NOW + timedelta(days=30)),
        }
    )
