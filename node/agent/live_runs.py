"""Keeps the runs of this node alive: prepares them, finds them for what arrives, and ends them for good."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from sqlalchemy import select

from node.agent.active_run import ActiveRun
from node.agent.end_run import Outcome, destroy_run, end_run
from node.agent.witness import current_root
from node.agent.workspace import measure_workspace
from node.decisions.run_states import FINAL, Party, RunState, check_move
from node.failpoints import NodePoint
from node.registers.audit import NodeEvent, record_event
from node.registers.run_stops import STOPPED_BY_HOSPITAL, list_to_end
from node.services import NodeServices
from node.state.tables import Run
from onggi.errors import OnggiError, Refused
from onggi.protocol.messages import Stage
from onggi.protocol.parcels import ParcelKind
from onggi.protocol.statements import ProjectPermit
from onggi.spec.base import as_instant
from onggi.spec.ids import RunId
from onggi.spec.job import JobSpec


class LiveRuns:
    """All runs between acceptance and destruction, each prepared in a task of its own."""

    def __init__(self, services: NodeServices) -> None:
        self._services = services
        self._runs: dict[str, asyncio.Task[ActiveRun]] = {}
        self._ending: set[str] = set()
        self._ends: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._stages = 0

    def recover(self) -> None:
        """Goes on where the last process stopped: live runs are resumed, ended ones fully destroyed."""
        with self._services.sessions() as session:
            rows = list(session.scalars(select(Run)))
            federation = current_root(session, self._services).federation
        for row in rows:
            state = RunState(row.state)
            if state in (RunState.ACCEPTED, RunState.RUNNING):
                self.start(row.run)
            elif row.workspace_key is not None:
                destroy_run(self._services, run=row.run, federation=federation)

    async def close(self) -> None:
        """Ends the workers; runs stay as they are and are resumed by the next process."""
        for task in self._runs.values():
            task.cancel()
            if task.done() and not task.cancelled() and task.exception() is None:
                await task.result().close()

    def is_live(self, run: str) -> bool:
        """Whether it was started here and has not ended."""
        return run in self._runs

    def find_ready(self, run: str) -> ActiveRun | None:
        """The run, if it is prepared and alive now."""
        task = self._runs.get(run)
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        return task.result()

    def worker_pids(self) -> dict[str, int]:
        """The worker of each run that is prepared."""
        ready = {run: self.find_ready(run) for run in self._runs}
        found = {run: active.worker_pid for run, active in ready.items() if active is not None}
        return {run: pid for run, pid in found.items() if pid is not None}

    async def get(self, run: str) -> ActiveRun:
        """The run, once it is prepared. Raises Refused(``run.not_active``)."""
        task = self._runs.get(run)
        if task is None or run in self._ending:
            raise Refused("run.not_active", run=run)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            # Ended while it was being staged: that refuses this parcel, and no other.
            raise Refused("run.not_active", run=run) from None

    def start(self, run: str) -> None:
        """Prepares an accepted run, once."""
        if run not in self._runs and run not in self._ending:
            self._runs[run] = asyncio.create_task(self._prepare(run))

    async def _prepare(self, run: str) -> ActiveRun:
        services = self._services
        with services.sessions() as session:
            row = session.get_one(Run, run)
            root = current_root(session, services)
        active = ActiveRun(
            services,
            run=run,
            spec=JobSpec.model_validate_json(row.spec),
            spec_digest=row.spec_digest,
            permit=ProjectPermit.model_validate_json(row.permit),
            root=root,
        )
        self._tell_stage(run, "staging")
        try:
            await active.prepare()
        except OnggiError as error:
            await self._give_up(active, error.code)
            raise
        except asyncio.CancelledError:
            await active.close()  # called off while the data went in: whoever cancelled destroys it next
            raise
        with services.sessions.begin() as session:
            row = session.get_one(Run, run)
            if RunState(row.state) is RunState.ACCEPTED:
                check_move(RunState.ACCEPTED, RunState.RUNNING, Party.NODE)
                row.state, row.state_since = str(RunState.RUNNING), as_instant(services.clock())
                record_event(session, NodeEvent.RUN_STARTED, about=run, now=services.clock())
        services.failpoint(NodePoint.RUN_STARTED)
        services.workers.refill_later()
        self._tell_stage(run, "running")
        return active

    async def _give_up(self, active: ActiveRun, code: str) -> None:
        await active.close()
        await self._end_now(active.run, "failed", by=Party.NODE, code=code)
        self._services.workers.refill()

    async def end(self, run: str, outcome: Outcome, *, by: Party, code: str | None) -> None:
        """Ends a run, whatever it is doing, and destroys what it left. Repeating it is harmless."""
        # One after another: a second reason to end must not sign a deletion while the worker still lives.
        async with self._ends.setdefault(run, asyncio.Lock()):
            await self._end_once(run, outcome, by=by, code=code)

    async def _end_once(self, run: str, outcome: Outcome, *, by: Party, code: str | None) -> None:
        self._ending.add(run)
        task = self._runs.pop(run, None)
        try:
            active: ActiveRun | None = None
            if task is not None:
                if not task.done():
                    task.cancel()
                try:
                    active = await task
                except (OnggiError, asyncio.CancelledError):
                    active = None
                if active is not None:
                    await active.close()
            await self._end_now(run, outcome, by=by, code=code)
        finally:
            self._ending.discard(run)
            if task is not None:
                self._services.workers.refill()

    async def _end_now(self, run: str, outcome: Outcome, *, by: Party, code: str | None) -> None:
        with self._services.sessions() as session:
            row = session.get(Run, run)
            federation = current_root(session, self._services).federation
        if row is None:
            raise Refused("run.not_active", run=run)
        # In a thread: at a large hospital gigabytes are read once more before they are destroyed.
        lay_there = await asyncio.to_thread(measure_workspace, self._services.settings.workspaces, run=run)
        # A run that never started has nothing to finish or to fail at: the coordinator called it off.
        waiting = RunState(row.state) in (RunState.ASKED, RunState.ACCEPTED)
        called_off = waiting and by is Party.COORDINATOR
        end_run(
            self._services,
            run=run,
            outcome="cancelled" if called_off else outcome,
            by=by,
            code=code,
            lay_there=lay_there,
            federation=federation,
        )

    async def end_all(self, *, by: Party, code: str) -> None:
        """Ends every live run."""
        for run in list(self._runs):
            await self.end(run, "cancelled", by=by, code=code)

    async def end_stopped(self) -> None:
        """Ends the runs that the hospital stopped one by one."""
        with self._services.sessions() as session:
            stopped = list_to_end(session)
        for run in stopped:
            await self.end(run, "cancelled", by=Party.HOSPITAL, code=STOPPED_BY_HOSPITAL)

    async def withdraw(self, targets: set[str]) -> None:
        """Ends the runs of withdrawn permits and jobs, also those that wait for the hospital."""
        with self._services.sessions() as session:
            rows = list(session.scalars(select(Run).where(Run.state.not_in([*map(str, FINAL)]))))
        for row in rows:
            permit = JobSpec.model_validate_json(row.spec).permit
            if permit in targets or row.spec_digest in targets:
                code = "permit.withdrawn" if permit in targets else "job.withdrawn"
                await self.end(row.run, "cancelled", by=Party.COMMITTEE, code=code)

    def _tell_stage(self, run: str, stage: str) -> None:
        self._stages += 1
        header = Stage.model_validate({"run": RunId(run), "stage": stage})
        self._services.outbox.pass_on(
            id=f"{run}:stage:{stage}:{self._stages}", kind=ParcelKind.STAGE, about=run, header=header
        )


def accepted_run(services: NodeServices, decision: str) -> str | None:
    """The run to start after a decision parcel, or None where it was declined or waits for the hospital."""
    order = decision.split(":decision:")[0]
    with services.sessions() as session:
        row = session.scalar(select(Run).where(Run.order_id == order))
        return row.run if row is not None and row.state == str(RunState.ACCEPTED) else None
