"""This hospital's side of a run's masked sums: one exchange at a time, over a summary computed once.

* The summary is computed while keys are exchanged; another attempt over the same question uses it again.
* Masked inputs are on the release register before they are handed to the link.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from analysis_jobs.kinds.contract import Arrays, Ask, Kind, Layout, Summary
from analysis_jobs.kinds.guarded import split_evidence
from analysis_jobs.sums.contexts import Which
from node.agent.derive_message import Pooled
from node.agent.masked_exchange import ExchangeOf, MaskedExchange
from node.agent.masked_guard import MaskedGuard
from node.agent.pooled_history import record_begun, record_reveal
from node.agent.run_sets import RunSets
from node.egress.disclosure_report import make_report
from node.egress.release_reply import OfRun, release_masked
from node.failpoints import NodePoint
from node.services import NodeServices
from onggi.errors import NotTrusted, Refused
from onggi.protocol.messages import SumStep
from onggi.protocol.parcels import ParcelKind
from onggi.spec.ids import RunId
from privacy.disclosure.looks import Look
from privacy.masks.context import Participant

Letters = Sequence[memoryview]
_OURS_ALONE: Final = frozenset({"masks.exchange_lost", "differencing.one_hospital"})
"""Why this hospital alone may give no share: enough others may open the sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Which run the sums belong to, and among whom."""

    of: OfRun
    federation: str
    participants: tuple[Participant, ...]


class MaskedRounds:
    """The exchanges of one run. The caller keeps its letters in order."""

    def __init__(
        self,
        services: NodeServices,
        *,
        facts: RunFacts,
        kind: Kind,
        summarise: Callable[[Ask], Coroutine[None, None, Summary]],
    ) -> None:
        self._services = services
        self._facts = facts
        self._kind = kind
        self._summarise = summarise
        self.guard: MaskedGuard | None = None
        """Of the current answer, where it describes new sets."""
        self._summary: tuple[int, asyncio.Task[Summary]] | None = None
        self._exchange: tuple[int, int, MaskedExchange] | None = None
        """Ordinal, attempt and secrets of the current attempt."""

    def close(self) -> None:
        """Forgets the secrets and stops computing."""
        if self._summary is not None:
            self._summary[1].cancel()
        self._exchange = None
        if self.guard is not None:
            self.guard.leave()

    def begin(
        self,
        ask: Ask,
        attempt: int,
        *,
        layout: Layout,
        history: Sequence[Pooled],
        sets: RunSets | None,
    ) -> None:
        """Starts computing and, at the same time, the exchange of keys.

        Args:
            sets: those that the answer is the first to describe.
        """
        facts, services = self._facts, self._services
        run, ordinal = facts.of.run, ask.ordinal
        # The same attempt again comes from a coordinator that restarted: refused, so that it begins another.
        record_begun(services, run, ordinal=ordinal, attempt=attempt, history=history)
        self._guard_answer(history, sets)
        if self._summary is None or self._summary[0] != ordinal:
            self._summary = (ordinal, asyncio.create_task(self._summarise(ask)))
        exchange = MaskedExchange.begin(
            ExchangeOf(
                federation=facts.federation,
                spec=facts.of.spec,
                spec_digest=facts.of.spec_digest,
                run=run,
                ask=ask,
                attempt=attempt,
                layout=layout,
                participants=facts.participants,
            ),
            site=services.settings.site,
            check_pooled=partial(self._check_pooled, ask),
            may_reveal=partial(self._may_reveal, ordinal),
            sign=services.identity.sign,
            random=services.random,
        )
        self._exchange = (ordinal, attempt, exchange)
        step = SumStep(run=RunId(run), ordinal=ordinal, attempt=attempt, phase="advertise")
        self.send(step, exchange.advertise())

    def _guard_answer(self, history: Sequence[Pooled], sets: RunSets | None) -> None:
        """One guard for all attempts at an answer. Those before it were opened, with our share or without."""
        if self.guard is not None and self.guard.of is sets:
            return
        if self.guard is not None:
            self.guard.free()
        run, released = self._facts.of.run, self._services.told_before.released
        with self._services.sessions.begin() as session:
            for earlier in released.claimed_by(session, run) if history else ():
                if earlier < len(history):
                    released.release_claims(
                        session, (run, earlier), sites=history[earlier].sites, now=self._services.clock()
                    )
        self.guard = None if sets is None else MaskedGuard(sets)

    def _check_pooled(self, ask: Ask, evidence: Arrays, survivors: tuple[str, ...]) -> None:
        own, of_guard = split_evidence(evidence)
        guard = self.guard
        try:
            self._kind.check_pooled(self._facts.of.spec, ask, own)
            if guard is not None:
                guard.check_opened(of_guard, survivors)
        except Refused as refused:
            self._summary = None  # over other persons next time
            if guard is not None and refused.code not in _OURS_ALONE:
                # Every hospital sees this evidence: no share for the sum is ever given.
                guard.withdraw()
            raise

    def _may_reveal(
        self, ordinal: int, which: Which, survivors: tuple[str, ...], looks: Sequence[Look]
    ) -> None:
        of, services = self._facts.of, self._services
        judged = None
        if which == "main":  # the evidence is what the rules look at; its sum shows nothing to others
            judged = make_report(of.spec, looks, of="pooled", now=services.clock())
        guard = self.guard if which == "main" else None
        also = None if guard is None else partial(guard.write_opened, survivors=survivors)
        record_reveal(services, of.run, ordinal, which=which, survivors=survivors, judged=judged, also=also)
        if guard is not None:
            guard.free()

    async def answer(self, step: SumStep, letters: Letters) -> None:
        """Answers one phase of the current attempt. Raises Refused(``masks.exchange_lost``) for another."""
        current = self._exchange
        if current is None or current[:2] != (step.ordinal, step.attempt):
            raise Refused("masks.exchange_lost", ordinal=step.ordinal)
        made = await self._answer_phase(current[2], step, letters)
        answer: dict[str, object] = {"senders": (), "code": None}
        guard = self.guard
        if guard is not None and step.phase == "unmask":
            answer["near_earlier"] = guard.near
        self.send(step.model_copy(update=answer), made)

    async def _answer_phase(self, exchange: MaskedExchange, step: SumStep, letters: Letters) -> list[bytes]:
        match step.phase:
            case "share":
                return await self._share(exchange, step, letters)
            case "mask":
                return await self._mask(exchange, step, letters)
            case "confirm":
                return exchange.confirm(letters)
            case "seal":
                return exchange.seal(letters)
            case "unmask":
                return exchange.unmask(letters, sealed=len(step.senders))
            case "advertise":
                raise NotTrusted("message.malformed", kind="SumStep")

    async def _share(self, exchange: MaskedExchange, step: SumStep, letters: Letters) -> list[bytes]:
        guard = self.guard
        if guard is not None:
            # The computing is done before the time runs in which the sum must be opened.
            await self._wait_for_summary(step)
            guard.keys_shared()
        return exchange.share(letters)

    async def _mask(self, exchange: MaskedExchange, step: SumStep, letters: Letters) -> list[bytes]:
        summary = await self._wait_for_summary(step)
        spec = self._facts.of.spec
        if not spec.privacy.small_hospitals:
            # What is small here may leave only where the permit says so, although nobody would see it alone.
            self._kind.check_site(spec, exchange.of.ask, summary)
        guard = self.guard
        if guard is not None:
            summary = await guard.claim(summary)
        made = exchange.mask(letters, summary)
        release_masked(self._services, self._facts.of, ordinal=step.ordinal, letters=made)
        self._services.failpoint(NodePoint.MASKED_RECORDED)
        return made

    async def _wait_for_summary(self, step: SumStep) -> Summary:
        if self._summary is None:
            raise Refused("masks.exchange_lost", ordinal=step.ordinal)
        computing = self._summary[1]
        try:
            return await asyncio.shield(computing)
        except asyncio.CancelledError:
            if not computing.cancelled():
                raise
            # The run was ended meanwhile: that refuses this letter, and must not take the link's task along.
            raise Refused("run.not_active", run=self._facts.of.run) from None

    def send(self, step: SumStep, letters: Sequence[bytes]) -> None:
        """Hands a step to the link; it may be lost with the process, as the exchange is."""
        self._services.outbox.pass_on(
            id=f"{self._facts.of.run}:{step.ordinal}:{step.attempt}:{step.phase}",
            kind=ParcelKind.SUM,
            about=self._facts.of.run,
            header=step,
            attachments=letters,
        )
