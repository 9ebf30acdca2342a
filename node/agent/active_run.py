"""One run at this hospital: stage, start the sandbox, answer messages in order, destroy everything.

* Messages of a run are handled one after another. A reply that was stored is sent again byte for byte;
  nothing is computed twice, and nothing is computed for a message that does not follow from the spec and
  the verified sums.
* Every failure crosses the border as a code. What the code hides stays in this hospital's own audit.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from functools import partial

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from analysis_jobs.kinds.contract import Arrays, Ask, Kind, Layout, Summary
from analysis_jobs.kinds.guarded import is_guarded, layout_of_sum
from analysis_jobs.kinds.noisy.kind import kind_of
from analysis_jobs.kinds.records import (
    arrays_to_pieces,
    ask_to_pieces,
    read_ask,
    read_reply_arrays,
    read_summary,
)
from analysis_jobs.runner import flower_adapter
from analysis_jobs.runner.worker_keeper import Worker
from analysis_jobs.runner.worker_setup import WorkerConfig
from analysis_jobs.sums.contexts import participants_of
from node.agent.clear_guard import ToldInClear, judge_clear, write_clear
from node.agent.derive_message import (
    Pooled,
    check_same_ask,
    check_same_sites,
    derive_ask,
    pooled_from_replies,
    pooled_from_transcript,
)
from node.agent.drawn_noise import DrawnOnce
from node.agent.masked_rounds import MaskedRounds, RunFacts
from node.agent.pooled_history import load_history, record_history
from node.agent.run_sets import TRY_ANEW, RunSets
from node.agent.staging import SPEC, STATE, TABLE, new_workspace, reopen_workspace, stage_in_thread
from node.agent.workspace import Workspace
from node.decisions.refusal_quota import is_telling
from node.decisions.still_in_force import check_not_run_out
from node.egress.disclosure_report import make_report
from node.egress.release_reply import (
    OfRun,
    message_digest_of,
    release_clear,
    reply_parcel_id,
    resend_reply,
)
from node.failpoints import NodePoint
from node.registers.policies import current_policy
from node.registers.refusals import check_refusals, record_refusal
from node.services import NodeServices
from node.state.tables import HeldReply, Reply, Run, table_of
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.messages import RunMessage, RunReply, SumStep
from onggi.protocol.parcels import ParcelKind
from onggi.protocol.statements import ProjectPermit
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.ids import RunId
from onggi.spec.job import JobSpec
from privacy.disclosure.looks import listen_to_looks

Letters = Sequence[memoryview]
_DATA_PATH = "/data"
_REPLIES = table_of(Reply)
_OWN_OBJECT = select(_REPLIES.c.object_digest).where(
    _REPLIES.c.run == bindparam("run"), _REPLIES.c.ordinal == bindparam("ordinal")
)


class ActiveRun:
    """A run between acceptance and destruction."""

    def __init__(
        self,
        services: NodeServices,
        *,
        run: str,
        spec: JobSpec,
        spec_digest: str,
        permit: ProjectPermit,
        root: TrustRoot,
    ) -> None:
        self.run = run
        self.spec = spec
        self._permit = permit
        self.spec_digest = spec_digest
        self._services = services
        self._root = root
        self._keys = {key.holder: key for key in root.site_keys().values()}
        self._kind: Kind = kind_of(spec)
        self._noise = DrawnOnce.plan(services, run=run, spec=spec, root=root)
        self.of = OfRun(run=run, spec=spec, spec_digest=spec_digest, permit_expires=permit.expires)
        self._history: list[Pooled] = []
        self._worker: Worker | None = None
        self._workspace: Workspace | None = None
        self._generation = 0
        self._sets: RunSets | None = None
        self._masked = MaskedRounds(
            services,
            facts=RunFacts(of=self.of, federation=root.federation, participants=participants_of(root, spec)),
            kind=self._kind,
            summarise=self._summarise,
        )
        self._busy = asyncio.Lock()

    # --- beginning and end -------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Stages the data and starts the worker. Idempotent after a crash at any line."""
        self._check_alive()
        with self._services.sessions() as session:
            row = session.get_one(Run, self.run)
            wrapped, generation = row.workspace_key, row.generation
            self._history = load_history(session, self.run)
        assert generation is not None, "an accepted run names its data generation"
        workspace = None if wrapped is None else reopen_workspace(self._services, self.run, wrapped)
        if workspace is None or not workspace.complete:
            workspace, wrapped = new_workspace(self._services, self.run)
            with self._services.sessions.begin() as session:
                session.get_one(Run, self.run).workspace_key = wrapped
            self._services.failpoint(NodePoint.WORKSPACE_CREATED)
            await stage_in_thread(self._services, workspace, self.spec, generation=generation)
            self._services.failpoint(NodePoint.WORKSPACE_STAGED)
        self._noise.keep_in(workspace)
        self._workspace = workspace
        self._generation = generation
        await self._start_worker(workspace)

    async def _leave_out(self, sets: RunSets) -> None:
        """Goes on without some persons: their rows leave, and the worker starts anew."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop(patience_s=0.5)
        await sets.leave_out()
        assert self._workspace is not None, "sets are of a workspace"
        await self._start_worker(self._workspace)

    async def _start_worker(self, workspace: Workspace) -> None:
        # Kept before data goes in: a run that is called off meanwhile ends it too.
        worker = self._worker = await self._services.workers.take(self.spec.limits)
        number = int.from_bytes(hashlib.sha256(self.run.encode()).digest()[:7], "big")
        config = WorkerConfig(
            app=self.spec.kind,
            run_id=number,
            node_id=self.spec.participants.index(self._services.settings.site) + 1,
            task_id=number,
            seed=self.spec.seed,
            node_config={"data-path": _DATA_PATH},
        )
        await worker.configure(config, state=workspace.find(STATE))
        for name in (TABLE, SPEC):
            await worker.send_file(name, workspace.read(name))

    @property
    def worker_pid(self) -> int | None:
        """The process whose descendants do this run's work, while there is one."""
        return None if self._worker is None else self._worker.process.pid

    async def close(self) -> None:
        """Ends the worker; its memory, with the data in it, is gone when this returns."""
        self._masked.close()
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop(patience_s=0.5)

    def _check_alive(self) -> None:
        """An order that was good when it came must not be kept in hand until its permit has run out."""
        check_not_run_out(self.spec, permit_expires=self._permit.expires, now=self._services.clock())

    def _check_refusals(self) -> None:
        """Jobs that were taken together must not be refused one after another for ever."""
        services = self._services
        with services.sessions() as session:
            policy = current_policy(session, services.objects, services.settings)
            check_refusals(session, policy, project=self.spec.project, now=services.clock())

    # --- messages ----------------------------------------------------------------------------------

    async def on_message(self, message: RunMessage, attachments: Letters) -> None:
        """Answers message number `ordinal`, in clear or by beginning a masked exchange."""
        async with self._busy:
            if not attachments:
                raise NotTrusted("message.malformed", kind="RunMessage")
            self._check_alive()
            if self._answered(message, attachments[0]):
                return
            self._check_refusals()
            ask = self._next_ask(message, attachments)
            told = read_ask(flower_adapter.records_from_bytes(attachments[0], views=True))
            check_same_ask(told, ask)
            if self.spec.privacy.masked:
                self._masked.begin(
                    ask,
                    message.attempt,
                    layout=self._layout(ask),
                    history=self._history,
                    sets=self._sets_of(ask),
                )
                return
            while True:
                try:
                    await self._answer_in_clear(ask, message_digest=message_digest_of(attachments[0]))
                except Refused as refused:
                    if refused.code not in TRY_ANEW:
                        raise
                else:
                    return

    async def _answer_in_clear(self, ask: Ask, *, message_digest: str) -> None:
        """Computes, judges and releases one reply."""
        summary = await self._summarise(ask)
        with listen_to_looks() as looks:
            self._kind.check_site(self.spec, ask, summary)
        judged = make_report(self.spec, looks, of="site", now=self._services.clock())
        if self._sets_of(ask) is not None:
            await self._services.told_before.until_free(self.run)
        async with self._services.told_before.judging:
            self._check_refusals()
            sets, told = self._sets_of(ask), ToldInClear(summary.arrays)
            if sets is not None:
                told = await judge_clear(sets, summary.arrays)
            self._services.failpoint(NodePoint.REPLY_COMPUTED)
            release_clear(
                self._services,
                self.of,
                ordinal=ask.ordinal,
                records=arrays_to_pieces(told.arrays, near=told.near),
                message_digest=message_digest,
                judged=judged,
                follows_from=partial(self._record_with_reply, told),
            )

    def _record_with_reply(self, told: ToldInClear, session: Session) -> None:
        record_history(session, self.run, self._history)
        if self._sets is not None and told.sets:
            write_clear(self._sets, told, session)

    def _answered(self, message: RunMessage, content: memoryview) -> bool:
        """Sends a stored reply again. The same ordinal with other content is refused."""
        if message.ordinal > len(self._history):
            return False  # a reply is stored together with the sums before it
        with self._services.sessions() as session:
            row = session.get(Reply, (self.run, message.ordinal))
            held = session.scalar(
                select(HeldReply).where(HeldReply.run == self.run, HeldReply.ordinal == message.ordinal)
            )
            known = row or held
            if known is None:
                return False
            if known.message_digest != message_digest_of(content):
                raise NotTrusted("message.replayed", ordinal=message.ordinal)
            if row is not None:
                self._resend(row)
            return True

    def _resend(self, row: Reply) -> None:
        """The stored reply, whose parcel the coordinator acknowledged and lost, goes out once more."""
        resend_reply(self._services, self.of, ordinal=row.ordinal, digest=row.object_digest)

    def _next_ask(self, message: RunMessage, attachments: Letters) -> Ask:
        """The ask of this ordinal, derived from the sums before it; verifies the newest sum first."""
        if message.ordinal >= self.spec.limits.rounds:
            raise Refused("run.too_many_rounds", maximum=self.spec.limits.rounds)
        if message.ordinal == len(self._history) + 1:
            pooled = self._verify_previous(message, attachments)
            check_same_sites(self._history, pooled)
            self._history.append(pooled)
        if message.ordinal != len(self._history):
            raise NotTrusted("message.out_of_order", expected=len(self._history))
        return derive_ask(self.spec, self._kind, self._history)

    def _verify_previous(self, message: RunMessage, attachments: Letters) -> Pooled:
        previous = derive_ask(self.spec, self._kind, self._history)
        if self.spec.privacy.masked:
            if len(attachments) != 2:
                raise NotTrusted("message.malformed", kind="RunMessage")
            return pooled_from_transcript(
                attachments[1],
                federation=self._root.federation,
                spec_digest=self.spec_digest,
                run=self.run,
                ask=previous,
                attempt=message.previous_attempt,
                layout=self._layout(previous),
                participants=participants_of(self._root, self.spec),
                site=self._services.settings.site,
            )
        return self._pooled_clear(message, attachments[1:], previous)

    def _pooled_clear(self, message: RunMessage, letters: Letters, previous: Ask) -> Pooled:
        sites, signatures = message.previous_sites, message.previous_signatures
        if not len(sites) == len(signatures) == len(letters) or len(set(sites)) != len(sites):
            raise NotTrusted("message.malformed", kind="RunMessage")
        with self._services.sessions() as session:
            own = session.scalar(_OWN_OBJECT, {"run": self.run, "ordinal": previous.ordinal})
        if own is None:
            raise NotTrusted("message.not_our_sum")
        layout = self._layout(previous)
        read: dict[str, Arrays] = {
            site: read_reply_arrays(flower_adapter.records_from_bytes(letter, views=True), layout)
            for site, letter in zip(sites, letters, strict=True)
        }
        return pooled_from_replies(
            {site: (letter, sig) for site, letter, sig in zip(sites, letters, signatures, strict=True)},
            read=read,
            keys=self._keys,
            spec=self.spec,
            spec_digest=self.spec_digest,
            run=self.run,
            ordinal=previous.ordinal,
            site=self._services.settings.site,
            own_digest=bytes.fromhex(own.removeprefix("sha256:")),
        )

    def _sets_of(self, ask: Ask) -> RunSets | None:
        """The sets that the answer is the first to describe, if there are any."""
        if not is_guarded(self.spec):
            return None
        if self._sets is None or self._sets.answer != (self.run, ask.ordinal):
            assert self._workspace is not None, "messages are handled after the run was prepared"
            self._sets = RunSets(
                self._services,
                of=self.of,
                kind=self._kind,
                generation=self._generation,
                workspace=self._workspace,
                ask=ask,
            )
        return self._sets if self._sets.told else None

    def _layout(self, ask: Ask) -> Layout:
        return layout_of_sum(self._kind, self.spec, ask, participants=len(self.spec.participants))

    def _kind_layout(self, ask: Ask) -> Layout:
        """What the worker answers: without the guard's evidence, of which it knows nothing."""
        return self._kind.layout(self.spec, ask, participants=len(self.spec.participants))

    async def _summarise(self, ask: Ask) -> Summary:
        """This hospital's reply as it may leave: with its noise, where the job asks for any."""
        return await self._noise.add_to(ask.ordinal, partial(self._compute, ask))

    async def _compute(self, ask: Ask) -> Summary:
        """The reply, computed in the sandbox and checked against the layout."""
        sets = self._sets_of(ask)
        if sets is not None and sets.must_leave_out:
            await self._leave_out(sets)
        assert self._worker is not None, "messages are handled after the run was prepared"
        asked = flower_adapter.instruction_pieces(
            ask_to_pieces(ask),
            run_id=1,
            message_id=f"{self.run}:{ask.ordinal}",
            message_type="query.ask",
            group_id=str(ask.ordinal),
            created_at=0.0,
            ttl=86400.0,
        )
        reply = await self._worker.answer(*asked)
        message = flower_adapter.message_from_bytes(reply.message, views=True)
        if not message.has_content():
            raise NotTrusted("reply.other_arrays")
        if sets is not None:
            sets.take(message.content)
        # Nothing of the worker's bytes passes: what leaves is written anew from the checked numbers.
        return read_summary(message.content, self._kind_layout(ask))

    async def on_sum(self, step: SumStep, letters: Letters) -> None:
        """Answers one phase of the exchange of the current attempt."""
        async with self._busy:
            self._check_alive()
            self._check_refusals()
            await self._masked.answer(step, letters)

    # --- failures ----------------------------------------------------------------------------------

    def report_failure(self, error: OnggiError, *, ordinal: int, step: SumStep | None) -> None:
        """Tells the coordinator the code, and nothing else."""
        if is_telling(error.code):
            try:
                self._check_refusals()
            except Refused as spent:  # by others that were asked at the same time
                error = spent
        with self._services.sessions.begin() as session:
            record_refusal(session, self.run, code=error.code, now=self._services.clock())
        if step is not None:
            self._masked.send(step.model_copy(update={"senders": (), "code": error.code}), [])
            return
        # Each failure is news, also to a coordinator that was told of one before.
        parcel = f"{reply_parcel_id(self.run, ordinal)}:failed:{self._services.random(4).hex()}"
        # Recorded: the message is acknowledged next, and nobody would ask this hospital again.
        with self._services.sessions.begin() as session:
            self._services.outbox.record(
                session,
                id=parcel,
                kind=ParcelKind.REPLY,
                about=self.run,
                header=RunReply(run=RunId(self.run), ordinal=ordinal, code=error.code),
            )
        self._services.outbox.send_recorded(parcel)
