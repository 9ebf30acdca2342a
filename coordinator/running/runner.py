"""Leads every job that is ready, and hands what hospitals send to the job or record it belongs to.

* Any number of jobs at once, each in a task of its own; one that fails takes no other with it.
* What a hospital sends is believed only where its identity key stands behind it; the rest is bookkeeping.
* After a restart, jobs that were running are led again from what is written down.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.database.group_commit import GroupCommit
from coordinator.database.payloads import IN_ROWS, Payloads
from coordinator.database.running import SiteRow
from coordinator.failpoints import CoordinatorPoint
from coordinator.jobs.job_store import Job
from coordinator.running.grid import JobGrid
from coordinator.running.orders import OrderBook
from coordinator.running.outbox import SiteOutbox
from coordinator.running.run_job import JobRun, Patience, room_spec
from coordinator.running.warm_room import WarmRoom
from coordinator.running.witnesses import Witnesses
from coordinator.services import Services
from coordinator.states import JobState, Party
from onggi.errors import NotTrusted, OnggiError, Refused, Unreachable
from onggi.protocol.canonical import decode_base64
from onggi.protocol.dsse import verified_signers
from onggi.protocol.messages import (
    BudgetHead,
    Cosignature,
    Decision,
    RegisterHead,
    Revocations,
    Roots,
    RunReply,
    SignedStatement,
    Stage,
    SumStep,
    budget_signed_bytes,
    pack,
    register_signed_bytes,
    unpack,
)
from onggi.protocol.orders import SHOW_AGAIN, Logged
from onggi.protocol.parcels import Hello, Parcel, ParcelKind
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import Deletion
from onggi.spec.ids import SiteId
from onggi.spec.job import Limits

_log = logging.getLogger("onggi.runner")
_REVOCATIONS = 100
"""So many fit one parcel."""
_TURNS_PER_HEAD = 5
"""A head of a growing log is published at most every so many looks: each costs every hospital a signature."""


@dataclass(slots=True)
class Runner:
    """The coordinator's running jobs. `on_parcel` and `on_hello` are the gateway's."""

    services: Services
    outbox: SiteOutbox
    connected: Callable[[], Collection[SiteId]]
    sandbox_uids: tuple[int, int] = (63000, 63999)
    payloads: Payloads = IN_ROWS
    patience: Patience = field(default_factory=Patience)
    keep_room: bool = False
    """Whether a room waits for the next job; only a coordinator that lives long gains by it."""
    _runs: dict[str, JobRun] = field(default_factory=dict)
    """By job id."""
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _told: dict[SiteId, int] = field(default_factory=dict)
    """How many withdrawals each hospital was told of since it connected."""
    _uids: Iterator[int] = field(init=False)
    writes: GroupCommit = field(init=False)
    witnesses: Witnesses = field(init=False)
    book: OrderBook = field(init=False)
    _room: WarmRoom = field(init=False)

    def __post_init__(self) -> None:
        low, high = self.sandbox_uids
        self._uids = itertools.cycle(range(low, high + 1))
        self._room = WarmRoom(lambda: room_spec(Limits(), uid=next(self._uids)))
        services = self.services
        self.writes = GroupCommit(services.database)
        self.witnesses = Witnesses(
            database=services.database,
            log=services.log,
            outbox=self.outbox,
            clock=services.clock,
            connected=self.connected,
            failpoint=services.failpoint,
        )
        self.book = OrderBook(
            database=services.database,
            jobs=services.jobs,
            roots=services.roots,
            log=services.log,
            clock=services.clock,
            new_id=services.new_id,
            failpoint=services.failpoint,
        )

    # --- jobs ----------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Starts what is ready and ends what was cancelled, until the task is cancelled."""
        self._refill_room()
        try:
            self._close_left_open()
            for turn in itertools.count():
                self._start_ready()
                self._end_stopped()
                self._tell_withdrawn(self.connected())
                if turn % _TURNS_PER_HEAD == 0:
                    self.witnesses.keep_current()
                await asyncio.sleep(self.patience.look)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await self._room.close()

    def _refill_room(self) -> None:
        if self.keep_room:
            self._room.refill_later()

    def _start_ready(self) -> None:
        wanted = (JobState.READY, JobState.RUNNING)
        for job in self.services.jobs.jobs(states=wanted, limit=1000):
            if job.id not in self._tasks:
                self._tasks[job.id] = asyncio.create_task(self._lead(job))

    def _close_left_open(self) -> None:
        """Hospitals learn of jobs that ended just before, or while, no coordinator was running."""
        for job_id, run_id in self.book.runs_left_open().items():
            job = self.services.jobs.get(job_id)
            if job.state in (JobState.READY, JobState.RUNNING):
                continue
            run = self._make_run(job)
            run.run = run_id
            run.tell_finished(self._why_ended(job))

    def _why_ended(self, job: Job) -> OnggiError | None:
        """None where it ended with a result, whatever became of that since."""
        try:
            self.services.results.get(job.id)
        except Refused:
            return Refused(job.code or f"job.{job.state.value}")
        return None

    def _end_stopped(self) -> None:
        """Jobs that a researcher cancelled or a committee withdrew stop at every hospital."""
        for job_id, run in list(self._runs.items()):
            state = self.services.jobs.get(job_id).state
            if state in (JobState.CANCELLED, JobState.REFUSED, JobState.EXPIRED):
                run.cancel(f"job.{state.value}")
                self._tasks[job_id].cancel()

    def _tell_withdrawn(self, sites: Collection[SiteId]) -> None:
        """Every connected hospital learns what a committee withdrew, and stops it by itself."""
        withdrawn = self.services.statements.revocations()
        for site in sites:
            for start in range(self._told.get(site, 0), len(withdrawn), _REVOCATIONS):
                part = withdrawn[start : start + _REVOCATIONS]
                told = Revocations(
                    revocations=tuple(
                        # No proof: one valid signature stops a hospital, logged or not.
                        Logged(envelope=envelope, index=index, proof=())
                        for envelope, index in part
                    )
                )
                self._pass(site, ParcelKind.REVOCATION, f"revocations:{start}", pack(told))
            self._told[site] = len(withdrawn)

    def _make_run(self, job: Job) -> JobRun:
        return JobRun(
            services=self.services,
            book=self.book,
            writes=self.writes,
            witnesses=self.witnesses,
            outbox=self.outbox,
            connected=self.connected,
            patience=self.patience,
            job=job,
            sandbox_uid=next(self._uids),
            payloads=self.payloads,
            take_room=self._room.take,
        )

    async def _lead(self, job: Job) -> None:
        run = self._make_run(job)
        self._runs[job.id] = run
        error: OnggiError | None = None
        try:
            if job.state is JobState.READY:
                self._move(job, JobState.RUNNING, AuditEvent.JOB_STARTED)
                self.services.failpoint(CoordinatorPoint.JOB_STARTED)
            result, verdict = await run.lead()
            self.services.failpoint(CoordinatorPoint.RESULT_COMPUTED)
            self.services.results.record(job.id, result, verdict)
            self.services.failpoint(CoordinatorPoint.RESULT_RECORDED)
        except OnggiError as refused:
            error = refused
        except asyncio.CancelledError:
            error = Refused("job.cancelled")
            if self.services.jobs.get(job.id).state is JobState.RUNNING:
                raise  # the process is stopping: the job goes on with the next one
        except Exception as fault:  # whatever goes wrong in one job ends that job, with a code, and no other
            _log.error("fault while leading a job: %s", type(fault).__name__)
            error = Refused("coordinator.fault")
        finally:
            self._runs.pop(job.id, None)
            self._refill_room()
        self._conclude(job, run, error)

    def _conclude(self, job: Job, run: JobRun, error: OnggiError | None) -> None:
        if error is not None and self.services.jobs.get(job.id).state is JobState.RUNNING:
            self._move(job, JobState.FAILED, AuditEvent.JOB_FAILED, code=error.code)
            self.services.failpoint(CoordinatorPoint.JOB_FAILED)
        run.tell_finished(error)
        self._tasks.pop(job.id, None)

    def _move(self, job: Job, to: JobState, event: AuditEvent, *, code: str | None = None) -> None:
        audit = Audit(event=event, actor=COORDINATOR, subject=job.id, facts={"code": code})
        self.services.jobs.set_state(job.id, to, by=Party.COORDINATOR, audit=audit, code=code)

    def _find_run(self, run: str) -> JobRun | None:
        return next((one for one in self._runs.values() if one.run == run), None)

    def _find_grid(self, run: str) -> JobGrid | None:
        """The grid that waits for this run's answers; None when nobody will.

        Raises:
            Unreachable: ``run.not_active`` while the run is open and not led yet, as after a restart.
        """
        found = self._find_run(run)
        if found is not None and found.grid is not None:
            return found.grid
        if self.book.is_open(run):
            raise Unreachable("run.not_active", run=run)
        return None

    # --- parcels -------------------------------------------------------------------------------------

    async def on_hello(self, site: SiteId, hello: Hello) -> None:
        """A hospital connected: it gets what it missed, and its orders."""
        self.witnesses.on_hello(site, hello)
        newer = self.services.roots.envelopes(after=hello.root_version) if hello.root_version else []
        if newer:
            name = f"roots:{hello.root_version}:{len(newer)}"
            self._pass(site, ParcelKind.ROOTS, name, pack(Roots(roots=tuple(newer))))
        with self.services.database.reading() as session:
            row = session.scalar(select(SiteRow).where(SiteRow.site == site))
        if row is not None and row.register_head:
            head = RegisterHead.model_validate_json(row.register_head)
            self._pass(site, ParcelKind.REGISTER, f"register:{head.entries}", pack(head))
        if row is not None and row.budget_head:
            budget = BudgetHead.model_validate_json(row.budget_head)
            self._pass(site, ParcelKind.BUDGET, f"budget:{budget.entries}", pack(budget))
        self._told.pop(site, None)
        for run in self._runs.values():
            run.on_connected(site)

    def _pass(self, site: SiteId, kind: ParcelKind, name: str, body: bytes) -> None:
        self.outbox.pass_raw(
            site, id=f"{name}:{self.services.new_id('p')}", kind=kind, about="log", body=body
        )

    async def on_parcel(self, site: SiteId, parcel: Parcel) -> None:
        """Handles one parcel. A parcel that breaks a rule is noted by its code and forgotten."""
        try:
            await self._dispatch(site, parcel)
        except Unreachable:
            raise  # it came too early: the link brings it again
        except OnggiError as error:
            _log.info("parcel %s from %s refused: %s", parcel.kind, site, error.code)

    async def _dispatch(self, site: SiteId, parcel: Parcel) -> None:
        match parcel.kind:
            case ParcelKind.DECISION:
                decision, _ = unpack(Decision, parcel.body)
                run = self._find_run(decision.run)
                if run is not None:
                    run.on_decision(decision.order, site=site, verdict=decision.verdict, code=decision.code)
                elif decision.code not in SHOW_AGAIN:
                    self.book.record_answer(
                        decision.order, site=site, answer=decision.verdict, code=decision.code
                    )
            case ParcelKind.REPLY:
                reply, attachments = unpack(RunReply, parcel.body)
                if (grid := self._find_grid(reply.run)) is not None:
                    await grid.on_reply(site, reply, attachments)
            case ParcelKind.SUM:
                step, letters = unpack(SumStep, parcel.body)
                # Letters of an exchange that this process did not begin are of no use to it.
                if (run := self._find_run(step.run)) is not None and run.grid is not None:
                    run.grid.on_step(site, step, letters)
            case ParcelKind.STAGE:
                self._take_stage(site, parcel)
            case ParcelKind.COSIGNATURE:
                cosignature, _ = unpack(Cosignature, parcel.body)
                self.witnesses.on_cosignature(site, cosignature)
            case ParcelKind.REGISTER:
                head, _ = unpack(RegisterHead, parcel.body)
                signed = register_signed_bytes(site=site, entries=head.entries, head=head.head)
                await self._keep_head(site, head, signed=signed)
            case ParcelKind.BUDGET:
                budget, _ = unpack(BudgetHead, parcel.body)
                signed = budget_signed_bytes(site=site, entries=budget.entries, head=budget.head)
                await self._keep_head(site, budget, signed=signed)
            case ParcelKind.DELETION:
                told, _ = unpack(SignedStatement, parcel.body)
                self._keep_deletion(site, told)
            case _:
                raise Refused("message.unexpected", kind=str(parcel.kind))

    def _take_stage(self, site: SiteId, parcel: Parcel) -> None:
        stage, _ = unpack(Stage, parcel.body)
        self.book.record_stage(stage.run, site=site, stage=stage.stage, failure=stage.failure)
        if stage.failure is not None and (run := self._find_run(stage.run)) is not None:
            run.on_lost(site, stage.failure)

    async def _keep_head(self, site: SiteId, head: RegisterHead | BudgetHead, *, signed: bytes) -> None:
        """The newest head of a hospital's register, if the hospital signed it."""
        root = self.services.roots.get_current()
        keys = {key.holder: key for key in root.site_keys().values()}
        if head.site != site or site not in keys:
            raise NotTrusted("register.head_forged")
        keys[site].public_key.verify(decode_base64(head.signature), signed)

        def keep(session: Session) -> None:
            row = session.get(SiteRow, site)
            if row is None:
                return
            if isinstance(head, BudgetHead):
                if head.entries > row.budget_entries:
                    row.budget_entries, row.budget_head = head.entries, head.model_dump_json()
            elif head.entries > row.register_entries:
                row.register_entries, row.register_head = head.entries, head.model_dump_json()

        await self.writes.write(keep)
        self.services.failpoint(CoordinatorPoint.REGISTER_HEAD_RECORDED)

    def _keep_deletion(self, site: SiteId, told: SignedStatement) -> None:
        root = self.services.roots.get_current()
        deletion = read_statement(told.envelope, Deletion, federation=root.federation)
        signers = verified_signers(told.envelope, root.site_keys())
        if deletion.site != site or [key.holder for key in signers] != [site]:
            raise NotTrusted("deletion.not_signed")
        self.book.record_deletion(deletion.run, site=site, envelope=told.envelope)
