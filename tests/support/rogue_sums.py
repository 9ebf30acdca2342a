"""Carries the letters of masked sums between real nodes, as a coordinator does, and may carry other letters.

Each phase can be taken honestly for all, or asked of one hospital with whatever letters a test chooses. A
hospital's refusal is raised as `Declined` with its code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from analysis_jobs.kinds.contract import Ask, Layout
from analysis_jobs.kinds.guarded import layout_of_sum
from analysis_jobs.kinds.noisy.kind import kind_of
from analysis_jobs.sums.contexts import WHICH, Which, participants_of, sum_context
from analysis_jobs.sums.vector import decode_sum
from node.agent.derive_message import Pooled
from onggi.protocol.messages import RunMessage, RunReply, SumPhase, SumStep, pack, unpack
from onggi.protocol.parcels import Parcel, ParcelKind
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.ids import RunId, SiteId
from privacy.masks.combine import RunningSum, remove_masks
from privacy.masks.context import SumContext
from privacy.masks.fixed_point import Ring
from privacy.masks.messages import Advertisement, Confirmation, MaskedInput, Shares
from privacy.masks.reveal import Unmasking
from privacy.masks.transcript import Transcript
from tests.support.rogue_runs import Led, ask_bytes

Pair = list[bytes]
"""What a hospital made in a phase: the evidence letter, the main letter."""


class Declined(Exception):
    """A hospital refused a letter, with this code and nothing else."""


@dataclass
class Carried:
    """One attempt at the sums of one message; letters are kept by site."""

    led: Led
    root: TrustRoot
    attempt: int
    proof: bytes | None = None
    """The transcript of the sum before."""
    proof_attempt: int = 0
    advertised: dict[SiteId, Pair] = field(default_factory=dict)
    shared: dict[SiteId, Pair] = field(default_factory=dict)
    masked: dict[SiteId, Pair] = field(default_factory=dict)
    confirmed: dict[SiteId, Pair] = field(default_factory=dict)
    sealed: dict[SiteId, Pair] = field(default_factory=dict)
    unmasked: dict[SiteId, Pair] = field(default_factory=dict)
    ask: Ask = field(init=False)

    def __post_init__(self) -> None:
        self.ask = self.led.next_ask()

    @property
    def sites(self) -> tuple[SiteId, ...]:
        return tuple(self.led.nodes)

    @property
    def layout(self) -> Layout:
        spec = self.led.spec
        return layout_of_sum(kind_of(spec), spec, self.ask, participants=len(spec.participants))

    def context(self, which: Which) -> SumContext:
        return sum_context(
            federation=self.root.federation,
            spec_digest=self.led.digest,
            run=self.led.run,
            ordinal=self.ask.ordinal,
            attempt=self.attempt,
            which=which,
            participants=participants_of(self.root, self.led.spec),
            layout=self.layout,
        )

    # --- one letter to one hospital ------------------------------------------------------------------

    async def message(self, site: SiteId, *, proof: bytes | None = None, ask: Ask | None = None) -> Pair:
        """Begins the attempt at one hospital; its advertisements come back."""
        shown = self.proof if proof is None else proof
        header = RunMessage(
            run=RunId(self.led.run),
            ordinal=self.ask.ordinal,
            attempt=self.attempt,
            previous_attempt=self.proof_attempt,
        )
        body = pack(header, [ask_bytes(ask or self.ask), *([] if shown is None else [shown])])
        sent = await self.led.nodes[site].take(ParcelKind.MESSAGE, body, about=self.led.run)
        return _letters(sent)

    async def tell(
        self, site: SiteId, phase: SumPhase, letters: Sequence[bytes], *, senders: Sequence[SiteId] = ()
    ) -> Pair:
        """One phase at one hospital."""
        step = SumStep(
            run=RunId(self.led.run),
            ordinal=self.ask.ordinal,
            attempt=self.attempt,
            phase=phase,
            senders=tuple(senders),
        )
        body = pack(step, letters)
        sent = await self.led.nodes[site].take(ParcelKind.SUM, body, about=self.led.run)
        return _letters([parcel for parcel in sent if parcel.about == self.led.run])

    # --- whole phases, honestly ----------------------------------------------------------------------

    async def advertise(self) -> Carried:
        for site in self.sites:
            self.advertised[site] = await self.message(site)
        return self

    async def share(self) -> Carried:
        for site in self.advertised:
            self.shared[site] = await self.tell(site, "share", flat(self.advertised))
        return self

    def dealt_to(self, receiver: SiteId, *, dealers: Sequence[SiteId] | None = None) -> list[bytes]:
        """The envelopes written for one hospital."""
        return [
            Shares.from_bytes(letter).for_receiver(receiver).to_bytes()
            for dealer in dealers or list(self.shared)
            if dealer != receiver
            for letter in self.shared[dealer]
        ]

    async def mask(self) -> Carried:
        for site in self.shared:
            self.masked[site] = await self.tell(site, "mask", self.dealt_to(site))
        return self

    def claims(self, sites: Sequence[SiteId]) -> list[bytes]:
        """The signed slips of these hospitals' masked inputs."""
        return [self.input_of(site, which).claim.to_bytes() for site in sites for which in WHICH]

    def input_of(self, site: SiteId, which: Which) -> MaskedInput:
        letter = self.masked[site][WHICH.index(which)]
        return MaskedInput.from_bytes(letter, entries=self.context(which).entries)

    async def confirm(self, sites: Sequence[SiteId] | None = None) -> Carried:
        chosen = list(sites or self.masked)
        for site in chosen:
            self.confirmed[site] = await self.tell(site, "confirm", self.claims(chosen))
        return self

    async def seal(self) -> Carried:
        for site in self.confirmed:
            self.sealed[site] = await self.tell(site, "seal", flat(self.confirmed))
        return self

    def unmask_letters(self) -> list[bytes]:
        inputs = [self.input_of(site, "evidence").to_bytes() for site in self.confirmed]
        return [*(pair[0] for pair in self.sealed.values()), *inputs]

    async def unmask(self) -> Carried:
        for site in self.sealed:
            self.unmasked[site] = await self.tell(
                site, "unmask", self.unmask_letters(), senders=tuple(self.sealed)
            )
        return self

    # --- opening -------------------------------------------------------------------------------------

    def masked_total(self, which: Which) -> Ring:
        """What the coordinator can add up without any share."""
        running = RunningSum(self.context(which))
        for site in self.masked:
            running.add(self.input_of(site, which))
        return running.take_total()

    def open_main(self) -> tuple[Pooled, bytes]:
        """The pooled sum and the record that proves it."""
        context = self.context("main")
        advertisements = tuple(Advertisement.from_bytes(pair[1]) for pair in self.advertised.values())
        confirmations = tuple(Confirmation.from_bytes(pair[1]) for pair in self.confirmed.values())
        unmaskings = tuple(Unmasking.from_bytes(pair[0]) for pair in self.unmasked.values())
        inputs = tuple(self.input_of(site, "main") for site in self.confirmed)
        running = RunningSum(context)
        for one in inputs:
            running.add(one)
        total = remove_masks(
            context,
            running,
            advertisements=advertisements,
            sharers=tuple(self.shared),
            confirmations=confirmations,
            unmaskings=unmaskings,
        )
        transcript = Transcript(
            context=context.digest(),
            advertisements=advertisements,
            sharers=tuple(self.shared),
            inputs=inputs,
            confirmations=confirmations,
            unmaskings=unmaskings,
        )
        arrays = decode_sum(
            np.array(total),
            self.layout.arrays,
            participants=len(self.led.spec.participants),
            contributors=len(inputs),
        )
        pooled = Pooled(arrays=arrays, sites=tuple(sorted(self.confirmed)))
        return pooled, transcript.to_bytes()


def flat(letters: Mapping[SiteId, Pair]) -> list[bytes]:
    """All pairs one after another, as they travel."""
    return [letter for pair in letters.values() for letter in pair]


def _letters(sent: Sequence[Parcel]) -> Pair:
    for parcel in sent:
        if parcel.kind is ParcelKind.REPLY:
            reply, attachments = unpack(RunReply, parcel.body)
            assert not attachments
            raise Declined(reply.code)
        if parcel.kind is ParcelKind.SUM:
            step, letters = unpack(SumStep, parcel.body)
            if step.code is not None:
                assert not letters
                raise Declined(step.code)
            return [bytes(letter) for letter in letters]
    return cast("Pair", [])
