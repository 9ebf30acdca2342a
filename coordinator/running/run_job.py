"""Leads one job from its orders to its held result, and tells every hospital when it is over.

* Hospitals answer in their own time. The job goes on when all that are reachable have answered and at
  least the spec's minimum accepted; silent and declining ones are not named to anybody.
* The server app runs in a sandbox of its own; its typed result passes the kind's disclosure rules again.
* Everything here can be repeated from the beginning after a crash: orders, messages and replies are
  found again where they were written.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from analysis_jobs.kinds.noisy.kind import kind_of
from analysis_jobs.kinds.noisy.plan import plan_noise
from analysis_jobs.runner import flower_adapter
from analysis_jobs.runner.bubblewrap import SandboxSpec
from analysis_jobs.runner.limits import SandboxLimits
from analysis_jobs.runner.worker_keeper import SERVER_WORKER, Worker, worker_spec
from analysis_jobs.runner.worker_setup import WorkerConfig
from coordinator.database.group_commit import GroupCommit
from coordinator.database.payloads import IN_ROWS, Payloads
from coordinator.failpoints import CoordinatorPoint
from coordinator.jobs.job_store import Job
from coordinator.jobs.result_store import DisclosureVerdict
from coordinator.running.early_worker import EarlyWorker
from coordinator.running.grid import JobGrid, RunFacts
from coordinator.running.orders import Order, OrderBook
from coordinator.running.outbox import SiteOutbox
from coordinator.running.verdict import verdict_of
from coordinator.running.witnesses import Witnesses
from coordinator.services import Services
from onggi.errors import NotTrusted, OnggiError, Refused, Unreachable
from onggi.protocol.canonical import canonical_json
from onggi.protocol.messages import Finish, pack
from onggi.protocol.orders import SHOW_AGAIN
from onggi.protocol.parcels import ParcelKind
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import ProjectPermit
from onggi.spec.ids import RunId, SiteId
from onggi.spec.job import Limits
from onggi.spec.results import Result
from privacy.disclosure.looks import listen_to_looks

_RESULT: TypeAdapter[Result] = TypeAdapter(Result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the coordinator waits, in seconds."""

    witnesses: float = 30.0
    absent: float = 60.0
    """For hospitals that are not connected, once enough others accepted."""
    silent: float = 2.0
    """For the answer to an order, before it is shown again."""
    phase: float = 60.0
    """For one exchange with hospitals that take part."""
    look: float = 0.2


def room_spec(limits: Limits, *, uid: int | None) -> SandboxSpec:
    """The room in which the server app of a job with these limits runs."""
    bounds = SandboxLimits(memory_bytes=limits.memory_mib * 2**20, wall_seconds=float(limits.wall_seconds))
    return worker_spec(SERVER_WORKER, uid=uid if os.getuid() == 0 else None, limits=bounds)


@dataclass(slots=True)
class JobRun:
    """One job being led. The runner feeds it what hospitals send."""

    services: Services
    book: OrderBook
    writes: GroupCommit
    witnesses: Witnesses
    outbox: SiteOutbox
    connected: Callable[[], Collection[SiteId]]
    patience: Patience
    job: Job
    sandbox_uid: int | None
    payloads: Payloads = IN_ROWS
    take_room: Callable[[SandboxSpec], EarlyWorker] = EarlyWorker
    run: str = ""
    grid: JobGrid | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _show_again: set[SiteId] = field(default_factory=set)
    """Hospitals that may not have their order, or want it with newer log evidence."""
    _cancelled: str | None = None

    async def lead(self) -> tuple[Result, DisclosureVerdict]:
        """From the orders to the pooled result and what the disclosure rules said of it.

        Raises OnggiError with a code.
        """
        early = self.take_room(room_spec(self.job.spec.limits, uid=self.sandbox_uid))
        early.wait_at_most()
        try:
            return self._read_result(await self._converse(early))
        finally:
            if self.grid is not None:
                self.grid.close()
                await self.grid.finish_writing()
            await early.stop()

    async def _converse(self, early: EarlyWorker) -> bytes:
        """The server app's answer, from the hospitals that accepted."""
        self.run = self.book.open_run(self.job)
        # A job goes on after a restart among the same hospitals: their answers already build on each other.
        sites = self.book.settled_sites(self.run)
        if sites is None:
            await self._send_orders(self.book.orders(self.run))
            sites = self.book.settle_sites(self.run, await self._wait_for_answers())
        self.grid = self._make_grid(sites)
        for order in self.book.orders(self.run):
            if order.is_over:
                self.grid.on_lost(order.site, order.code or "run.not_active")
        worker = await early.take()
        await self._configure(worker)
        return await worker.combine(self.grid)

    # --- orders --------------------------------------------------------------------------------------

    async def _send_orders(self, orders: Sequence[Order]) -> None:
        """Shows each silent, connected hospital its order with log evidence that it accepts now."""
        waiting = [
            order
            for order in orders
            if order.answer is None and order.is_open and order.site in self.connected()
        ]
        if not waiting:
            return
        # A node refuses a head older than the last one it signed, so the head must reach that far too.
        seen = max(self.witnesses.seen_by(order.site) for order in waiting)
        head = await self.witnesses.witnessed_head(
            holding=max(self.book.last_index(self.job), seen - 1), patience_s=self.patience.witnesses
        )
        for order in waiting:
            bundle = self.book.bundle(
                self.job,
                order,
                head=head,
                seen=self.witnesses.seen_by(order.site),
                root_version=self.witnesses.root_version_of(order.site),
            )
            self.outbox.pass_raw(
                order.site,
                id=f"{order.id}:{secrets.token_hex(4)}",
                kind=ParcelKind.ORDER,
                about=self.run,
                body=bundle.model_dump_json(by_alias=True).encode(),
            )

    def on_decision(self, order: str, *, site: SiteId, verdict: str, code: str | None) -> None:
        """Takes a hospital's answer. A hospital that wants newer log evidence gets its order again."""
        if code in SHOW_AGAIN:
            self._show_again.add(site)
        else:
            self.book.record_answer(order, site=site, answer=verdict, code=code)
        self._changed.set()

    def on_connected(self, site: SiteId) -> None:
        """A hospital came (back): it may not have its order, and may have lost an exchange."""
        if self.grid is not None:
            self.grid.on_reconnect(site)
        self._show_again.add(site)
        self._changed.set()

    def on_lost(self, site: SiteId, code: str) -> None:
        """A hospital ended its run by itself. Before the first message the job goes on without it."""
        if self.grid is not None:
            self.grid.on_lost(site, code)
        self._changed.set()

    def cancel(self, code: str) -> None:
        """Stops waiting for hospitals."""
        self._cancelled = code
        self._changed.set()

    async def _wait_for_answers(self) -> tuple[SiteId, ...]:
        """The hospitals that accepted, once enough did and no reachable one is still silent."""
        loop = asyncio.get_running_loop()
        begun, enough_at = loop.time(), None
        while True:
            if self._cancelled is not None:
                raise Refused(self._cancelled)
            orders = self.book.orders(self.run)
            accepted = tuple(
                order.site for order in orders if order.answer == "accepted" and not order.is_over
            )
            silent = [order for order in orders if order.is_open]
            enough = len(accepted) >= self.job.spec.minimum_sites
            if len(accepted) + len(silent) < self.job.spec.minimum_sites:
                raise _why_declined(orders)
            if enough and enough_at is None:
                enough_at = loop.time()
            if enough and (not silent or self._waited_enough(silent, loop.time() - (enough_at or 0))):
                return accepted
            if loop.time() - begun > self.job.spec.answer_within_seconds:
                if enough:
                    return accepted
                raise Unreachable("run.too_few_answered", minimum=self.job.spec.minimum_sites)
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), self.patience.silent)
            except TimeoutError:
                await self._send_orders(silent)
            else:
                again = self._show_again.intersection(self.connected())
                self._show_again -= again
                await self._send_orders([order for order in silent if order.site in again])

    def _waited_enough(self, silent: Sequence[Order], waited: float) -> bool:
        """Hospitals that think it over are given the spec's time; absent ones only a short while."""
        thinking = any(order.answer == "asked" or order.site in self.connected() for order in silent)
        return not thinking and waited >= self.patience.absent

    # --- server app ----------------------------------------------------------------------------------

    def _make_grid(self, sites: tuple[SiteId, ...]) -> JobGrid:
        return JobGrid(
            facts=RunFacts(
                run=self.run,
                spec=self.job.spec,
                spec_digest=self.job.digest,
                root=self.services.roots.get_current(),
                sites=sites,
            ),
            kind=kind_of(self.job.spec),
            database=self.services.database,
            writes=self.writes,
            outbox=self.outbox,
            clock=self.services.clock,
            patience_s=self.patience.phase,
            failpoint=self.services.failpoint,
            payloads=self.payloads,
        )

    async def _configure(self, worker: Worker) -> None:
        number = int.from_bytes(hashlib.sha256(self.run.encode()).digest()[:7], "big")
        config = WorkerConfig(
            app=self.job.spec.kind,
            run_id=number,
            node_id=1,
            task_id=number,
            seed=self.job.spec.seed,
            node_config={"data-path": "/data"},
        )
        await worker.configure(config)
        await worker.send_file("spec.json", [canonical_json(self.job.spec)])

    def _read_result(self, records: bytes) -> tuple[Result, DisclosureVerdict]:
        """The app's one output, as a known type, after the kind's own disclosure rules."""
        state = flower_adapter.records_from_bytes(records)
        if "failure" in state:
            raise Refused(str(dict(state["failure"])["code"]))
        try:
            answer = _RESULT.validate_json(str(dict(state["result"])["json"]))
        except (KeyError, ValidationError):
            raise NotTrusted("run.no_result") from None
        federation = self.services.roots.get_current().federation
        envelope = self.services.jobs.permit_of(self.job.id).envelope
        permit = read_statement(envelope, ProjectPermit, federation=federation)
        kind = kind_of(self.job.spec)
        with listen_to_looks() as looks:
            result = kind.release(self.job.spec, answer, exact=permit.exact_counts)
        result = self._with_noise(result.model_copy(update={"near_earlier": answer.near_earlier}))
        return result, verdict_of(result, looks)

    def _with_noise(self, result: Result) -> Result:
        """The result, saying how much noise is in it."""
        plan = plan_noise(self.job.spec, root=self.services.roots.get_current())
        return result.model_copy(update={"noise": plan and plan.told(sites=result.sites)})

    # --- end -----------------------------------------------------------------------------------------

    def tell_finished(self, error: OnggiError | None) -> None:
        """Every hospital that has the order learns that the run is over, however it ended."""
        if not self.run:
            return
        outcome = "finished" if error is None else "failed"
        code = None if error is None else error.code
        finish = Finish.model_validate({"run": RunId(self.run), "outcome": outcome, "code": code})
        self.outbox.forget(self.run, sites=self.job.spec.participants)
        with self.services.database.writing() as session:
            parcels = [
                (
                    order.site,
                    self.outbox.record_within(
                        session,
                        order.site,
                        id=f"{self.run}:finish",
                        kind=ParcelKind.FINISH,
                        about=self.run,
                        body=pack(finish),
                    ),
                )
                for order in self.book.orders(self.run)
                if order.answer in ("accepted", "asked")
            ]
        self.services.failpoint(CoordinatorPoint.FINISH_RECORDED)
        for site, parcel in parcels:
            self.outbox.send(site, parcel)
        self.book.close_run(self.run)


def _why_declined(orders: Sequence[Order]) -> OnggiError:
    """One reason that hospitals gave, without the hospital: what the researcher may need to mend."""
    gone = [order for order in orders if order.answer == "declined" or order.is_over]
    codes = sorted({order.code for order in gone if order.code})
    return Refused("run.too_few_accepted", reason=codes[0] if codes else "none given")
