"""The node at work: takes parcels from the link, keeps the runs, and watches for the hospital's decisions.

* Nothing that arrives can stop the node: a parcel that breaks a rule is refused with its code, noted in
  the audit, and the next one is handled.
* A fault of our own ends the run it belongs to with the code ``node.fault``; its text stays here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from sqlalchemy import select

from node.agent.active_run import ActiveRun
from node.agent.live_runs import LiveRuns, accepted_run
from node.agent.receive_order import read_bundle, receive_order
from node.agent.witness import accept_revocations, accept_roots, cosign_offer, current_root
from node.decisions.run_states import FINAL, Party, RunState
from node.decisions.still_in_force import ENDED_FOR_GOOD
from node.egress.release_reply import release_held
from node.failpoints import NodePoint
from node.registers import budget_chain
from node.registers.audit import NodeEvent, record_event
from node.registers.policies import adopt_file
from node.registers.releases import check_our_head, current_head, sign_head
from node.services import NodeServices
from node.state.memory import is_paused, load_log, load_roots, set_fact
from node.state.tables import HeldReply, Outgoing, Run
from onggi import __version__
from onggi.errors import Fact, NotTrusted, OnggiError, Refused
from onggi.protocol.messages import (
    BudgetHead,
    CheckpointOffer,
    Decision,
    Finish,
    RegisterHead,
    Revocations,
    Roots,
    RunMessage,
    SumStep,
    unpack,
)
from onggi.protocol.orders import SHOW_AGAIN, OrderBundle
from onggi.protocol.parcels import Hello, Parcel, ParcelKind
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import JobOrder

_log = logging.getLogger("onggi.node")
_WATCH_S = 0.25


class NodeAgent:
    """One hospital's running node."""

    def __init__(self, services: NodeServices) -> None:
        self._services = services
        self._runs = LiveRuns(services)
        self._told: set[str] = set()
        """Decisions handed to the link by this process, by parcel id."""
        self._shown_again = 0
        self._told_entries = 0
        """How long the release register was when its head was last told."""
        self._told_budget = 0
        """The same of the budget register."""

    # --- life of the process -----------------------------------------------------------------------

    def hello(self) -> Hello:
        """What the node says when it connects."""
        with self._services.sessions() as session:
            roots = load_roots(session, fingerprint=self._services.settings.root_fingerprint)
            view = load_log(session, origin=self._services.settings.log_origin)
            orders = session.scalars(select(Run.order_id).where(Run.state.not_in([*map(str, FINAL)])))
            return Hello(
                software=__version__,
                root_version=roots.latest.version,
                log_size=view.size,
                orders=tuple(orders),
            )

    async def recover(self) -> None:
        """Goes on where the last process stopped: live runs are resumed, ended ones fully destroyed.

        What the hospital wrote meanwhile counts first: a stopped run is not begun again, and a policy that
        was changed by hand in the settings file is in force before the first order. So does what was claimed
        for sums that others may be opening just now.
        """
        services = self._services
        with services.sessions.begin() as session:
            adopt_file(session, services.objects, services.settings, now=services.clock())
            services.told_before.take_up(session)
        await self._runs.end_stopped()
        self._runs.recover()

    async def watch(self) -> None:
        """Carries out what the hospital decides at the console or command line, within a heartbeat."""
        while True:
            await asyncio.sleep(_WATCH_S)
            try:
                self._tell_register()
                self._tell_budget()
                self._services.outbox.forget_acknowledged()
                await self._watch_once()
            except OnggiError as error:
                _log.info("watch: %s", error.code)
            except Exception as fault:  # a database that is busy once must not leave a pause without effect
                _log.error("fault while watching: %s", type(fault).__name__)

    async def close(self) -> None:
        """Ends workers; runs stay as they are and are resumed by the next process."""
        await self._runs.close()
        await self._services.workers.close()

    def worker_pids(self) -> dict[str, int]:
        """The worker of each run under way."""
        return self._runs.worker_pids()

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
            if self._runs.is_live(parcel.about):
                await self._runs.end(parcel.about, "failed", by=Party.NODE, code="node.fault")

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
                await self._runs.end(finish.run, finish.outcome, by=Party.COORDINATOR, code=finish.code)
            case ParcelKind.CHECKPOINT:
                self._cosign(parcel)
            case ParcelKind.REVOCATION:
                told, _ = unpack(Revocations, parcel.body)
                await self._runs.withdraw(accept_revocations(self._services, told))
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
            case ParcelKind.BUDGET:
                self._keep_budget_head(parcel)
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
        run = accepted_run(self._services, decision)
        if run is not None:
            self._runs.start(run)

    def _ask_for_newer(self, bundle: OrderBundle, error: NotTrusted, *, federation: str) -> None:
        """The order came with log evidence older than this node's view: it may be shown again."""
        if error.code not in SHOW_AGAIN:
            return
        order = read_statement(bundle.order, JobOrder, federation=federation)
        header = Decision(
            order=order.order, run=order.run, spec=order.spec, verdict="declined", code=error.code
        )
        self._shown_again += 1
        self._services.outbox.pass_on(
            id=f"{order.order}:again:{self._shown_again}",
            kind=ParcelKind.DECISION,
            about=order.run,
            header=header,
        )

    async def _take_message(self, parcel: Parcel) -> None:
        message, attachments = unpack(RunMessage, parcel.body)
        run = await self._runs.get(message.run)
        try:
            await run.on_message(message, attachments)
        except OnggiError as error:
            run.report_failure(error, ordinal=message.ordinal, step=None)
            raise

    async def _take_sum(self, parcel: Parcel) -> None:
        step, letters = unpack(SumStep, parcel.body)
        run = await self._runs.get(step.run)
        try:
            await run.on_sum(step, letters)
        except OnggiError as error:
            run.report_failure(error, ordinal=step.ordinal, step=step)
            raise

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

    def _tell_budget(self) -> None:
        """The same for the head of the budget register."""
        services = self._services
        with services.sessions() as session:
            if budget_chain.current_head(session)[0] == self._told_budget:
                return
            head = budget_chain.sign_budget_head(session, site=services.settings.site, key=services.identity)
        self._told_budget = head.entries
        services.outbox.pass_on(
            id=f"budget:{head.entries}:{head.head[:16]}",
            kind=ParcelKind.BUDGET,
            about="budget",
            header=head,
        )

    def _keep_budget_head(self, parcel: Parcel) -> None:
        head, _ = unpack(BudgetHead, parcel.body)
        services = self._services
        with services.sessions.begin() as session:
            budget_chain.keep_budget_head(
                session, head, site=services.settings.site, key=services.identity.public_key
            )
        services.failpoint(NodePoint.REGISTER_HEAD_RECORDED)

    def _cosign(self, parcel: Parcel) -> None:
        offer, _ = unpack(CheckpointOffer, parcel.body)
        cosignature = cosign_offer(self._services, offer)
        self._services.outbox.pass_on(
            id=f"{parcel.id}:cosigned",
            kind=ParcelKind.COSIGNATURE,
            about=parcel.about,
            header=cosignature,
        )

    # --- the hospital's own decisions ----------------------------------------------------------------

    async def _watch_once(self) -> None:
        await self._runs.end_stopped()  # before it is read what is to start
        with self._services.sessions() as session:
            paused = is_paused(session)
            accepted = session.scalars(select(Run.run).where(Run.state == str(RunState.ACCEPTED)))
            to_start = list(accepted)
            decided = list(session.scalars(select(Outgoing.id).where(Outgoing.kind == "decision")))
            held = list(
                session.scalars(select(HeldReply).where(HeldReply.decision.in_(("approved", "refused"))))
            )
        for decision in decided:
            # Written by another process, the command line's: this one holds the link.
            if decision not in self._told:
                self._told.add(decision)
                self._services.outbox.send_recorded(decision)
        if paused:
            await self._runs.end_all(by=Party.HOSPITAL, code="node.paused")
            return
        for run in to_start:
            self._runs.start(run)
        await self._carry_out(held)

    async def _carry_out(self, held: Sequence[HeldReply]) -> None:
        for row in held:
            active = self._runs.find_ready(row.run)
            if active is None:
                continue  # not ready yet, or ended: then nothing of it leaves
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
