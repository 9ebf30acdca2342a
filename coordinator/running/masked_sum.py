"""Leads one masked sum: carries letters between hospitals, learns the pooled sum and nothing else.

* Six phases; each waits for every hospital, or for enough of them once patience is over.
* Hospitals judge the pooled evidence among themselves. When it is too thin they say a code, and no share
  for the main sum is ever given.
* An attempt that breaks (a node restarted, a letter was lost) is followed by another with new keys over
  the same inputs. The set of hospitals of a run never changes once a sum was opened: nodes refuse that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from analysis_jobs.kinds.contract import Layout
from analysis_jobs.sums.contexts import WHICH, Which, sum_context
from onggi.errors import NotTrusted, OnggiError, Refused, Unreachable
from onggi.protocol.messages import SumPhase, SumStep
from onggi.spec.ids import RunId, SiteId
from onggi.spec.near_earlier import NOTHING_NEAR, NearEarlier
from privacy.masks.combine import RunningSum, remove_masks
from privacy.masks.context import Participant, SumContext
from privacy.masks.fixed_point import Ring
from privacy.masks.messages import Advertisement, Confirmation, InputClaim, MaskedInput, Shares
from privacy.masks.reveal import Unmasking
from privacy.masks.transcript import Transcript

Letters = list[memoryview]
SendStep = Callable[[SiteId, SumStep, Sequence[bytes | memoryview]], None]
SendMessage = Callable[[int], None]
"""Sends the ordinal's message to every hospital for an attempt, which makes them advertise."""

TRY_AGAIN = frozenset(
    {
        "masks.exchange_lost",
        "masks.out_of_order",
        "run.not_active",
        "differencing.busy",
        "differencing.leave_out",
        "differencing.work_out",
    }
)
ATTEMPTS = 8
BUSY_S: Final = 150.0
"""So long attempts that met another sum under way do not count: hospitals hold one for two minutes."""
_JOINING: frozenset[SumPhase] = frozenset({"advertise", "share", "mask"})
"""Phases in which a hospital joins the set; in the later ones enough of the set suffice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOf:
    """Which sum is led, and among whom."""

    federation: str
    spec_digest: str
    run: str
    ordinal: int
    participants: tuple[Participant, ...]
    layout: Layout

    def context(self, which: Which, attempt: int) -> SumContext:
        return sum_context(
            federation=self.federation,
            spec_digest=self.spec_digest,
            run=self.run,
            ordinal=self.ordinal,
            attempt=attempt,
            which=which,
            participants=self.participants,
            layout=self.layout,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSum:
    """The pooled ring vector, the hospitals in it, and the record that proves it."""

    total: Ring
    sites: tuple[str, ...]
    attempt: int
    transcript: bytes
    near: NearEarlier


class _AttemptBroken(Exception):
    """This attempt cannot be finished; another may."""


@dataclass(slots=True)
class MaskedSum:
    """The sums of one ordinal. Feed it letters with `on_step`; `run` returns the opened sum."""

    of: SumOf
    sites: tuple[SiteId, ...]
    """Hospitals that take part; after the first sum of a run exactly those of that sum."""
    fixed: bool
    send_step: SendStep
    send_message: SendMessage
    patience_s: float
    _attempt: int = -1
    _arrived: dict[SumPhase, dict[SiteId, Letters]] = field(default_factory=dict)
    _near: NearEarlier = NOTHING_NEAR
    _failed: OnggiError | None = None
    _lost: bool = False
    _busy: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def on_step(self, site: SiteId, step: SumStep, letters: Letters) -> None:
        """Takes what a hospital sent. Letters of other attempts are too late and are dropped."""
        if step.attempt != self._attempt or site not in self.sites:
            return
        if step.code is None:
            self._arrived.setdefault(step.phase, {}).setdefault(site, letters)
            if step.phase == "unmask":
                self._near = _both(self._near, step.near_earlier)
        elif step.code in TRY_AGAIN:
            self._lost = True
            self._busy |= step.code == "differencing.busy"
        else:
            self._failed = self._failed or Refused(step.code)
        self._changed.set()

    def on_message_failed(self, code: str) -> None:
        """A hospital refused the message itself."""
        if code in TRY_AGAIN:
            self._lost = True
        else:
            self._failed = self._failed or Refused(code)
        self._changed.set()

    def on_reconnect(self, site: SiteId) -> None:
        """A node that came back may have lost the exchange; waiting for it would be in vain."""
        if site in self.sites:
            self._lost = True
            self._changed.set()

    async def run(self) -> OpenedSum:
        """Attempts until one succeeds. Raises Refused with a hospital's code, or Unreachable."""
        clock = asyncio.get_running_loop().time
        begun, counted = clock(), 0
        for attempt in count():
            self._attempt, self._arrived, self._lost, self._busy = attempt, {}, False, False
            self._near = NOTHING_NEAR
            self.send_message(attempt)
            try:
                return await self._lead(attempt)
            except _AttemptBroken:
                counted += not (self._busy and clock() - begun < BUSY_S)
            if counted == ATTEMPTS:
                break
            await asyncio.sleep(min(0.2 * 2**attempt, 5.0))
        raise Unreachable("run.sum_not_finished", attempts=attempt + 1)

    async def _lead(self, attempt: int) -> OpenedSum:
        contexts = {which: self.of.context(which, attempt) for which in WHICH}
        advertised = await self._collect("advertise", among=self.sites)
        self._ask("share", advertised)
        shared = await self._collect("share", among=tuple(advertised))
        self._deal(shared)
        masked = await self._collect("mask", among=tuple(shared))
        inputs = _read_inputs(contexts, masked)
        self._ask("confirm", {site: [_claim(one) for one in pair] for site, pair in inputs.items()})
        confirmed = await self._collect("confirm", among=tuple(masked))
        # From here on hospitals give shares for this very set: no later attempt may ask for another.
        self.sites, self.fixed = tuple(masked), True
        self._ask("seal", confirmed)
        sealed = await self._collect("seal", among=tuple(confirmed))
        self._ask_unmask(sealed, inputs)
        unmasked = await self._collect("unmask", among=tuple(sealed))
        return _open(
            contexts["main"],
            attempt=attempt,
            advertised=advertised,
            sharers=tuple(shared),
            inputs=[pair[1] for _, pair in sorted(inputs.items())],
            confirmed=confirmed,
            unmasked=unmasked,
            near=self._near,
        )

    async def _collect(self, phase: SumPhase, *, among: tuple[SiteId, ...]) -> dict[SiteId, Letters]:
        """What all of `among` sent for a phase; fewer, but enough, once patience is over."""
        deadline = asyncio.get_running_loop().time() + self.patience_s
        while True:
            arrived = self._arrived.get(phase, {})
            if self._failed is not None:
                raise self._failed
            if self._lost:
                raise _AttemptBroken
            if len(arrived) == len(among):
                return dict(sorted(arrived.items()))
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                # Whoever gave its input may be silent afterwards; the set itself may not shrink.
                if (self.fixed and phase in _JOINING) or len(arrived) < self.of.context(
                    "main", self._attempt
                ).threshold:
                    raise _AttemptBroken
                return dict(sorted(arrived.items()))
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                continue

    def _step(self, phase: SumPhase, senders: Sequence[SiteId]) -> SumStep:
        return SumStep(
            run=RunId(self.of.run),
            ordinal=self.of.ordinal,
            attempt=self._attempt,
            phase=phase,
            senders=tuple(senders),
        )

    def _ask(self, phase: SumPhase, letters: Mapping[SiteId, Sequence[bytes | memoryview]]) -> None:
        """Shows everybody who is still in what all of them made in the phase before."""
        step = self._step(phase, list(letters))
        flat = [letter for pair in letters.values() for letter in pair]
        for site in letters:
            self.send_step(site, step, flat)

    def _deal(self, shared: Mapping[SiteId, Letters]) -> None:
        """Gives every hospital the envelopes that were written for it."""
        dealt = {
            site: [Shares.from_bytes(bytes(letter)) for letter in letters] for site, letters in shared.items()
        }
        step = self._step("mask", list(shared))
        for receiver in shared:
            # A hospital keeps its own share; it needs no envelope for that.
            others = (pair for dealer, pair in dealt.items() if dealer != receiver)
            flat = [one.for_receiver(receiver).to_bytes() for pair in others for one in pair]
            self.send_step(receiver, step, flat)

    def _ask_unmask(
        self, sealed: Mapping[SiteId, Letters], inputs: Mapping[SiteId, Sequence[MaskedInput]]
    ) -> None:
        """The sealed shares go to those whom they are for; the coordinator cannot read them."""
        step = self._step("unmask", list(sealed))
        letters: list[bytes | memoryview] = [pair[0] for pair in sealed.values()]
        letters += [pair[0].to_bytes() for pair in inputs.values()]
        for site in sealed:
            self.send_step(site, step, letters)


def _read_inputs(
    contexts: Mapping[Which, SumContext], masked: Mapping[SiteId, Letters]
) -> dict[SiteId, tuple[MaskedInput, MaskedInput]]:
    read = {}
    for site, letters in masked.items():
        if len(letters) != 2:
            raise NotTrusted("message.malformed", kind="SumStep")
        evidence, main = (
            MaskedInput.from_bytes(letter, entries=contexts[which].entries)
            for which, letter in zip(WHICH, letters, strict=True)
        )
        if evidence.claim.sender != site or main.claim.sender != site:
            raise NotTrusted("masks.sender_unknown")
        read[site] = (evidence, main)
    return read


def _both(one: NearEarlier, other: NearEarlier) -> NearEarlier:
    """Hospitals judge the same evidence, and say the same."""
    return NearEarlier(within=max(one.within, other.within), left_out=one.left_out or other.left_out)


def _claim(masked: MaskedInput) -> bytes:
    claim: InputClaim = masked.claim
    return claim.to_bytes()


def _open(
    context: SumContext,
    *,
    attempt: int,
    advertised: Mapping[SiteId, Letters],
    sharers: tuple[SiteId, ...],
    inputs: Sequence[MaskedInput],
    confirmed: Mapping[SiteId, Letters],
    unmasked: Mapping[SiteId, Letters],
    near: NearEarlier,
) -> OpenedSum:
    """Takes the remaining masks off and keeps the record from which every hospital does the same."""
    advertisements = tuple(Advertisement.from_bytes(bytes(pair[1])) for pair in advertised.values())
    confirmations = tuple(Confirmation.from_bytes(bytes(pair[1])) for pair in confirmed.values())
    unmaskings = tuple(Unmasking.from_bytes(bytes(letters[0])) for letters in unmasked.values())
    running = RunningSum(context)
    for masked in inputs:
        running.add(masked)
    total = remove_masks(
        context,
        running,
        advertisements=advertisements,
        sharers=sharers,
        confirmations=confirmations,
        unmaskings=unmaskings,
    )
    transcript = Transcript(
        context=context.digest(),
        advertisements=advertisements,
        sharers=tuple(sharers),
        inputs=tuple(inputs),
        confirmations=confirmations,
        unmaskings=unmaskings,
    )
    return OpenedSum(
        total=total,
        sites=tuple(sorted(masked.claim.sender for masked in inputs)),
        attempt=attempt,
        transcript=transcript.to_bytes(),
        near=near,
    )
