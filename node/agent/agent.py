"""The node at work: takes parcels from the link, keeps the runs, and watches for the hospital's decisions.

* Nothing that arrives can stop the node: a parcel that breaks a rule is refused with its code, noted in
  the audit, and the next one is handled.
* A fault of our own ends the run it belongs to with the code ``node.fault``; its text stays here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from weakref import WeakValueDictionary

from sqlalchemy import select

from node.agent.active_run import ActiveRun
from node.agent.end_run import Outcome, destroy_run, end_run
from node.agent.receive_order import read_bundle, receive_order
from node.agent.witness import accept_revocations, accept_roots, cosign_offer, current_root
from node.decisions.run_states import FINAL, Party, RunState, check_move
from node.decisions.still_in_force import ENDED_FOR_GOOD
from node.egress.release_reply import release_held
from node.failpoints import NodePoint
from node.registers.audit import NodeEvent, record_event
from node.registers.releases import check_our_head, current_head, sign_head
from node.services import NodeServices
from node.state.memory import is_paused, load_log, load_roots, set_fact
from node.state.tables import HeldReply, Outgoing, Run
from onggi.errors import Fact, NotTrusted, OnggiError, Refused
from onggi.protocol.messages import (
    CheckpointOffer,
    Decision,
    Finish,
    RegisterHead,
    Revocations,
    Roots,
    RunMessage,
    Stage,
    SumStep,
    unpack,
)
from onggi.protocol.orders import SHOW_AGAIN, OrderBundle
from onggi.protocol.parcels import Hello, Parcel, ParcelKind
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import JobOrder, ProjectPermit
from onggi.spec.base import as_instant
from onggi.spec.ids import RunId
from onggi.spec.job import JobSpec

_log = logging.getLogger("onggi.node")
_WATCH_S = 0.25


class NodeAgent:
    """One hospital's running node."""

    def __init__(self, services: NodeServices) -> None:
        self._services = services
        self._runs: dict[str, asyncio.Task[ActiveRun]] = {}
        self._ending: set[str] = set()
        self._ends: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._told: set[str] = set()
        """Decisions handed to the link by this process, by parcel id."""
        self._stages = 0
        self._told_entries = 0
        """How long the release register was when its head was last told."""

    # --- life of the process -----------------------------------------------------------------------

    def hello(self) -> Hello:
        """What the node says when it connects."""
        with self._services.sessions() as session:
            roots = load_roots(session, fingerprint=self._services.settings.root_fingerprint)
            view = load_log(session, origin=self._services.settings.log_origin)
            orders = session.scalars(select(Run.order_id).where(Run.state.not_in([*map(str, FINAL)])))
            return Hello(root_version=roots.latest.version, log_size=view.size, orders=tuple(orders))

    async def recover(self) -> None:
        """Goes on where the last process stopped: live runs are resumed, ended ones fully destroyed."""
        with self._services.sessions() as session:
            rows = list(session.scalars(select(Run)))
            federation = current_root(session, self._services).federation
        for row in rows:
            state = RunState(row.state)
            if state in (RunState.ACCEPTED, RunState.RUNNING):
                self._start(row.run)
            elif row.workspace_key is not None:
                destroy_run(self._services, run=row.run, federation=federation)

    async def watch(self) -> None:
        """Carries out what the hospital decides at the console or command line, within a heartbeat."""
        while True:
            await asyncio.sleep(_WATCH_S)
            try:
                self._tell_register()
                self._services.outbox.forget_acknowledged()
                await self._watch_once()
            except OnggiError as error:
                _log.info("watch: %s", error.code)
            except Exception as fault:  # a database that is busy once must not leave a pause without effect
                _log.error("fault while watching: %s", type(fault).__name__)

    async def close(self) -> None:
        """Ends workers; runs stay as they are and are resumed by the next process."""
        for task in self._runs.values():
            task.cancel()
            if task.done() and not task.cancelled() and task.exception() is None:
                await task.result().close()
        await self._services.workers.close()

    # --- parcels -----------------------------------------------------------------------------------

    async def on_parcel(self, parcel: Parcel) -> None:
        """Handles one parcel. Returns when it may be acknowledged; raises nothing for bad parcels."""
        try:
            await self._dispatch(parcel)
        except OnggiError as error:
            self._note_refused(parcel, error)
        except Exception as fault:  # whatever one parcel sets off, the node serves the next one
            # The type's name is ours or a library's, never data; the text could hold a value.
            _log.error("fault while handling %s: %s", parcel.kind, type(fault).__name__)
            self._note_refused(parcel, Refused("node.fault"))
            if parcel.about in self._runs:
                await self._end(parcel.about, "failed", by=Party.NODE, code="node.fault")

    async def _dispatch(self, parcel: Parcel) -> None:
        match parcel.kind:
            case ParcelKind.ORDER:
                self._take_order(parcel)
            case ParcelKind.MESSAGE:
                await self._take_message(parcel)
            case ParcelKind.SUM:
                await self._take_sum(parcel)
            case ParcelKind.FINISH | ParcelKind.CANCEL:
                finish, _ = unpack(Finish, parcel.body)
                await self._end(finish.run, finish.outcome, by=Party.COORDINATOR, code=finish.code)
            case ParcelKind.CHECKPOINT:
                self._cosign(parcel)
            case ParcelKind.REVOCATION:
                told, _ = unpack(Revocations, parcel.body)
                await self._withdraw(accept_revocations(self._services, told))
            case ParcelKind.ROOTS:
                roots, _ = unpack(Roots, parcel.body)
                accept_roots(self._services, roots.roots)
            case ParcelKind.REGISTER:
                head, _ = unpack(RegisterHead, parcel.body)
                # Kept only if we signed it: a forged one must not stand in the way of releases.
                check_our_head(
                    head, site=self._services.settings.site, key=self._services.identity.public_key
                )
                with self._services.sessions.begin() as session:
                    set_fact(session, "register_head", head.model_dump_json())
                self._services.failpoint(NodePoint.REGISTER_HEAD_RECORDED)
            case _:
                raise Refused("message.unexpected", kind=str(parcel.kind))

    def _note_refused(self, parcel: Parcel, error: OnggiError) -> None:
        with self._services.sessions.begin() as session:
            record_event(
                session,
                NodeEvent.MESSAGE_REFUSED,
                about=parcel.about[:80] or str(parcel.kind),
                now=self._services.clock(),
                facts={"kind": str(parcel.kind), "code": error.code},
            )

    def _take_order(self, parcel: Parcel) -> None:
        bundle = read_bundle(parcel.body)
        with self._services.sessions() as session:
            federation = current_root(session, self._services).federation
        try:
            decision = receive_order(self._services, bundle, federation=federation)
        except NotTrusted as error:
            self._ask_for_newer(bundle, error, federation=federation)
            raise
        self._services.failpoint(NodePoint.ORDER_RECORDED)
        self._told.add(decision)
        self._services.outbox.send_recorded(decision)
        run = decision_run(self._services, decision)
        if run is not None:
            self._start(run)

    def _ask_for_newer(self, bundle: OrderBundle, error: NotTrusted, *, federation: str) -> None:
        """The order came with log evidence older than this node's view: it may be shown again."""
        if error.code not in SHOW_AGAIN:
            return
        order = read_statement(bundle.order, JobOrder, federation=federation)
        header = Decision(
            order=order.order, run=order.run, spec=order.spec, verdict="declined", code=error.code
        )
        self._stages += 1
        self._services.outbox.pass_on(
            id=f"{order.order}:again:{self._stages}",
            kind=ParcelKind.DECISION,
            about=order.run,
            header=header,
        )

    async def _take_message(self, parcel: Parcel) -> None:
        message, attachments = unpack(RunMessage, parcel.body)
        run = await self._get_run(message.run)
        try:
            await run.on_message(message, attachments)
        except OnggiError as error:
            run.report_failure(error, ordinal=message.ordinal, step=None)
            raise

    async def _take_sum(self, parcel: Parcel) -> None:
        step, letters = unpack(SumStep, parcel.body)
        run = await self._get_run(step.run)
        try:
            await run.on_sum(step, letters)
        except OnggiError as error:
            run.report_failure(error, ordinal=step.ordinal, step=step)
            raise

    async def _get_run(self, run: str) -> ActiveRun:
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

    def _tell_register(self) -> None:
        """A new head of the register goes to the coordinator, which shows it to a restored node.

        With the heartbeat, not with every reply; a node that was cut off before tells it when it is back.
        """
        with self._services.sessions() as session:
            entries, _ = current_head(session)
            if entries == self._told_entries:
                return
            head = sign_head(session, site=self._services.settings.site, key=self._services.identity)
        self._told_entries = head.entries
        self._services.outbox.pass_on(
            id=f"register:{head.entries}:{head.head[:16]}",
            kind=ParcelKind.REGISTER,
            about="register",
            header=head,
        )

    def _cosign(self, parcel: Parcel) -> None:
        offer, _ = unpack(CheckpointOffer, parcel.body)
        cosignature = cosign_offer(self._services, offer)
        self._services.outbox.pass_on(
            id=f"{parcel.id}:cosigned",
            kind=ParcelKind.COSIGNATURE,
            about=parcel.about,
            header=cosignature,
        )

    # --- runs --------------------------------------------------------------------------------------

    def _start(self, run: str) -> None:
        if run not in self._runs:
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
        self._end_now(active.run, "failed", by=Party.NODE, code=code)
        self._services.workers.refill()

    async def _end(self, run: str, outcome: Outcome, *, by: Party, code: str | None) -> None:
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
            self._end_now(run, outcome, by=by, code=code)
        finally:
            self._ending.discard(run)
            if task is not None:
                self._services.workers.refill()

    def _end_now(self, run: str, outcome: Outcome, *, by: Party, code: str | None) -> None:
        with self._services.sessions() as session:
            row = session.get(Run, run)
            federation = current_root(session, self._services).federation
        if row is None:
            raise Refused("run.not_active", run=run)
        # A run that never started has nothing to finish or to fail at: the coordinator called it off.
        waiting = RunState(row.state) in (RunState.ASKED, RunState.ACCEPTED)
        called_off = waiting and by is Party.COORDINATOR
        end_run(
            self._services,
            run=run,
            outcome="cancelled" if called_off else outcome,
            by=by,
            code=code,
            federation=federation,
        )

    async def _withdraw(self, targets: set[str]) -> None:
        with self._services.sessions() as session:
            rows = list(session.scalars(select(Run).where(Run.state.not_in([*map(str, FINAL)]))))
        for row in rows:
            permit = JobSpec.model_validate_json(row.spec).permit
            if permit in targets or row.spec_digest in targets:
                code = "permit.withdrawn" if permit in targets else "job.withdrawn"
                await self._end(row.run, "cancelled", by=Party.COMMITTEE, code=code)

    def _tell_stage(self, run: str, stage: str) -> None:
        self._stages += 1
        header = Stage.model_validate({"run": RunId(run), "stage": stage})
        self._services.outbox.pass_on(
            id=f"{run}:stage:{stage}:{self._stages}", kind=ParcelKind.STAGE, about=run, header=header
        )

    # --- the hospital's own decisions ----------------------------------------------------------------

    async def _watch_once(self) -> None:
        with self._services.sessions() as session:
            paused = is_paused(session)
            accepted = session.scalars(select(Run.run).where(Run.state == str(RunState.ACCEPTED)))
            to_start = [run for run in accepted if run not in self._runs and run not in self._ending]
            decided = list(session.scalars(select(Outgoing.id).where(Outgoing.kind == "decision")))
            held = list(session.scalars(select(HeldReply).where(HeldReply.decision.is_not(None))))
        for decision in decided:
            # Written by another process, the command line's: this one holds the link.
            if decision not in self._told:
                self._told.add(decision)
                self._services.outbox.send_recorded(decision)
        if paused:
            for run in list(self._runs):
                await self._end(run, "cancelled", by=Party.HOSPITAL, code="node.paused")
            return
        for run in to_start:
            self._start(run)
        await self._carry_out(held)

    async def _carry_out(self, held: Sequence[HeldReply]) -> None:
        for row in held:
            task = self._runs.get(row.run)
            if task is None or not task.done() or row.decision == "done":
                continue
            if task.cancelled() or task.exception() is not None:
                continue  # its run has ended: nothing of it leaves, and the others' replies need not wait
            active = task.result()
            refused = self._let_go(active, row) if row.decision == "approved" else Refused("release.refused")
            if refused is not None:
                active.report_failure(refused, ordinal=row.ordinal, step=None)
            with self._services.sessions.begin() as session:
                session.get_one(HeldReply, row.id).decision = "done"
                if refused is not None and row.decision == "approved":
                    facts: dict[str, Fact] = {"held": row.id, "ordinal": row.ordinal, "code": refused.code}
                    now = self._services.clock()
                    record_event(session, NodeEvent.REPLY_WITHHELD, about=row.run, now=now, facts=facts)

    def _let_go(self, active: ActiveRun, row: HeldReply) -> Refused | None:
        """Sends an approved reply. Returns why it will never leave, where its approval came too late."""
        try:
            release_held(self._services, active.of, held=row.id)
        except Refused as error:
            if error.code not in ENDED_FOR_GOOD:
                raise  # a pause, for one, ends: the reply leaves then
            return error
        return None


def decision_run(services: NodeServices, decision: str) -> str | None:
    """The run to start after a decision parcel, or None where it was declined or waits for the hospital."""
    order = decision.split(":decision:")[0]
    with services.sessions() as session:
        row = session.scalar(select(Run).where(Run.order_id == order))
        return row.run if row is not None and row.state == str(RunState.ACCEPTED) else None
