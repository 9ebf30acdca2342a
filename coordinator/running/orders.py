"""Writes orders for a run and makes, for each hospital, the bundle that it needs to judge its order alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.database.running import OrderRow, RunRow
from coordinator.database.sessions import Database
from coordinator.failpoints import CoordinatorPoint, Failpoint, no_failpoint
from coordinator.federation.root_store import RootStore
from coordinator.jobs.job_store import Job, JobStore, StoredAct
from coordinator.sources import Clock, NewId
from coordinator.transparency.log_service import LogService
from onggi.protocol.checkpoint import SignedCheckpoint
from onggi.protocol.dsse import Envelope
from onggi.protocol.orders import Logged, OrderBundle
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import JobOrder
from onggi.spec.ids import JobId, OrderId, RunId, SiteId

_LONGEST_LINK = timedelta(days=7)
_OVER = frozenset({"failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One hospital's order and how it stands."""

    id: str
    run: str
    site: SiteId
    envelope: Envelope
    answer: str | None
    code: str | None
    stage: str | None

    @property
    def is_over(self) -> bool:
        """Whether the hospital ended its run by itself: paused, permit withdrawn, or unable to go on."""
        return self.stage in _OVER

    @property
    def is_open(self) -> bool:
        """Whether the hospital may still accept."""
        return self.answer in (None, "asked") and not self.is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBook:
    """All runs and their orders."""

    database: Database
    jobs: JobStore
    roots: RootStore
    log: LogService
    clock: Clock
    new_id: NewId
    failpoint: Failpoint = no_failpoint

    def open_run(self, job: Job) -> str:
        """The job's run with one signed, logged order for each participant; the same one when repeated."""
        with self.database.reading() as session:
            known = session.scalar(select(RunRow.id).where(RunRow.job == job.id))
        if known is not None:
            return known
        run, now = self.new_id("run"), self.clock()
        with self.database.writing() as session:
            session.add(RunRow(id=run, job=job.id, started=now, ended=None, sites=None))
            session.flush()
            for site in job.spec.participants:
                envelope = self._sign_order(job, run, site)
                self.log.append_within(session, envelope)
                self.failpoint(CoordinatorPoint.ORDER_LOGGED)
                session.add(
                    OrderRow(
                        id=_order_id(run, site),
                        run=run,
                        site=site,
                        envelope=envelope.to_json().decode(),
                        since=now,
                    )
                )
            audit = Audit(event=AuditEvent.RUN_ORDERED, actor=COORDINATOR, subject=job.id)
            record_event(session, audit, at=now)
        self.failpoint(CoordinatorPoint.RUN_OPENED)
        return run

    def _sign_order(self, job: Job, run: str, site: SiteId) -> Envelope:
        now = self.clock()
        order = JobOrder(
            id=_order_id(run, site),
            federation=self.roots.get_current().federation,
            issued=now,
            expires=min(job.spec.expires, now + _LONGEST_LINK),
            summary=UNSET,
            order=OrderId(_order_id(run, site)),
            run=RunId(run),
            site=site,
            job=JobId(job.id),
            spec=job.digest,
        )
        return seal_statement(order, keys=[self.log.key], subject=job.id, digest=job.digest)

    def orders(self, run: str) -> list[Order]:
        """By site."""
        with self.database.reading() as session:
            rows = session.scalars(select(OrderRow).where(OrderRow.run == run).order_by(OrderRow.site))
            return [
                Order(
                    id=row.id,
                    run=row.run,
                    site=SiteId(row.site),
                    envelope=Envelope.from_json(row.envelope.encode()),
                    answer=row.answer,
                    code=row.code,
                    stage=row.stage,
                )
                for row in rows
            ]

    def orders_of(self, job: str) -> list[Order]:
        """The job's orders; none before it was started."""
        with self.database.reading() as session:
            run = session.scalar(select(RunRow.id).where(RunRow.job == job))
        return [] if run is None else self.orders(run)

    def record_answer(self, order: str, *, site: SiteId, answer: str, code: str | None) -> bool:
        """Keeps how a hospital answered its own order; True when that is news."""
        with self.database.writing() as session:
            row = session.get(OrderRow, order)
            if row is None or row.site != site or (row.answer, row.code) == (answer, code):
                return False
            if row.stage in _OVER:
                return False  # an answer repeated after the run's end says nothing new
            row.answer, row.code, row.since = answer, code, self.clock()
            audit = Audit(
                event=AuditEvent.ORDER_ANSWERED,
                actor=site,
                subject=row.run,
                facts={"answer": answer, "code": code},
            )
            record_event(session, audit, at=self.clock())
        self.failpoint(CoordinatorPoint.DECISION_RECORDED)
        return True

    def record_stage(self, run: str, *, site: SiteId, stage: str, failure: str | None) -> None:
        """Keeps how far a hospital's run has come; a hospital whose run is over is not waited for."""
        with self.database.writing() as session:
            row = session.get(OrderRow, _order_id(run, site))
            if row is not None and row.stage not in _OVER:
                row.stage, row.since = stage, self.clock()
                row.code = failure or row.code

    def settle_sites(self, run: str, sites: Sequence[SiteId]) -> tuple[SiteId, ...]:
        """The hospitals among which the run is led: those settled before, else these, from now on."""
        with self.database.writing() as session:
            row = session.get_one(RunRow, run)
            if row.sites is None:
                row.sites = ",".join(sites)
            return tuple(SiteId(site) for site in row.sites.split(","))

    def settled_sites(self, run: str) -> tuple[SiteId, ...] | None:
        """The hospitals settled for this run; None before its first message."""
        with self.database.reading() as session:
            row = session.get_one(RunRow, run)
        return None if row.sites is None else tuple(SiteId(site) for site in row.sites.split(","))

    def record_deletion(self, run: str, *, site: SiteId, envelope: Envelope) -> None:
        """Keeps and logs a hospital's signed deletion record, once."""
        with self.database.writing() as session:
            row = session.get(OrderRow, _order_id(run, site))
            if row is None or row.deletion is not None:
                return
            row.deletion = envelope.to_json().decode()
            index = self.log.append_within(session, envelope)
            audit = Audit(
                event=AuditEvent.DELETION_RECEIVED, actor=site, subject=run, facts={"log_index": index}
            )
            record_event(session, audit, at=self.clock())
        self.failpoint(CoordinatorPoint.DELETION_RECORDED)

    def close_run(self, run: str) -> None:
        """Notes that nothing more will be asked of this run."""
        with self.database.writing() as session:
            session.get_one(RunRow, run).ended = self.clock()
        self.failpoint(CoordinatorPoint.RUN_CLOSED)

    def runs_left_open(self) -> dict[str, str]:
        """Runs whose end the hospitals were not told yet, by job."""
        with self.database.reading() as session:
            rows = session.scalars(select(RunRow).where(RunRow.ended.is_(None)))
            return {row.job: row.id for row in rows}

    def is_open(self, run: str) -> bool:
        """Whether answers to this run still matter."""
        with self.database.reading() as session:
            row = session.get(RunRow, run)
            return row is not None and row.ended is None

    def last_index(self, job: Job) -> int:
        """The highest log index of what the job's orders rely on."""
        acts = [self.jobs.permit_of(job.id), *self.jobs.approvals_of(job.id)]
        return max(act.log_index for act in acts)

    def bundle(
        self, job: Job, order: Order, *, head: SignedCheckpoint, seen: int, root_version: int
    ) -> OrderBundle:
        """What one hospital needs to judge its order, relative to how far it has seen the log."""
        size = head.checkpoint.size
        steps = self.log.consistency(seen, size) if 0 < seen <= size else ()
        return OrderBundle(
            order=order.envelope,
            spec=job.spec,
            permit=self._logged(self.jobs.permit_of(job.id), size),
            approvals=tuple(self._logged(act, size) for act in self.jobs.approvals_of(job.id)),
            checkpoint=head.render().decode(),
            from_size=seen,
            consistency=_hex(steps),
            roots=tuple(self.roots.envelopes(after=root_version)),
        )

    def _logged(self, act: StoredAct, size: int) -> Logged:
        return Logged(
            envelope=act.envelope,
            index=act.log_index,
            proof=_hex(self.log.inclusion(act.log_index, size)),
        )


def _order_id(run: str, site: str) -> str:
    return f"order-{run.removeprefix('run-')}-{site}"


def _hex(steps: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(step.hex() for step in steps)
