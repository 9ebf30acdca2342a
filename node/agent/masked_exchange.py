"""One hospital's side of the masked sums of one message: answers each phase, reveals for one set only.

* Secrets of an exchange live in memory alone. After a crash the exchange is lost, not its promise: the
  survivor set for which shares were revealed is in the state before they leave, and another set is refused.
* The pooled evidence is opened here, judged, and only then is the share for the main sum given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Layout, Summary
from analysis_jobs.sums.contexts import WHICH, Which, entries_of, sum_context
from analysis_jobs.sums.vector import decode_sum, encode_sum
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec
from privacy.disclosure.looks import Look, listen_to_looks
from privacy.masks.context import Participant, SumContext
from privacy.masks.messages import Advertisement, Confirmation, EncryptedShare, InputClaim, MaskedInput
from privacy.masks.party import SumParty
from privacy.masks.reveal import SealedUnmasking

Letters = Sequence[memoryview]
MayReveal = Callable[[Which, tuple[str, ...], Sequence[Look]], None]
"""Records the survivor set of a reveal durably, with what the disclosure rules looked at before it.

It raises when another set was revealed before.
"""
CheckPooled = Callable[[Arrays, tuple[str, ...]], None]
"""Judges the pooled evidence of these hospitals. Raises where it is too thin, or near an earlier answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeOf:
    """Which message's sums these are, and among whom."""

    federation: str
    spec: JobSpec
    spec_digest: str
    run: str
    ask: Ask
    attempt: int
    layout: Layout
    participants: tuple[Participant, ...]

    def context(self, which: Which) -> SumContext:
        return sum_context(
            federation=self.federation,
            spec_digest=self.spec_digest,
            run=self.run,
            ordinal=self.ask.ordinal,
            attempt=self.attempt,
            which=which,
            participants=self.participants,
            layout=self.layout,
        )


@dataclass(slots=True)
class MaskedExchange:
    """The two parties of one attempt. Wrong order is refused by the parties themselves."""

    of: ExchangeOf
    site: str
    check_pooled: CheckPooled
    may_reveal: MayReveal
    _parties: dict[Which, SumParty] = field(repr=False)
    _survivors: tuple[str, ...] = ()
    _confirmations: dict[Which, list[Confirmation]] = field(default_factory=dict, repr=False)

    @classmethod
    def begin(
        cls,
        of: ExchangeOf,
        *,
        site: str,
        check_pooled: CheckPooled,
        may_reveal: MayReveal,
        sign: Callable[[bytes], bytes],
        random: Callable[[int], bytes],
    ) -> MaskedExchange:
        parties = {which: SumParty(of.context(which), site=site, sign=sign, random=random) for which in WHICH}
        return cls(of=of, site=site, check_pooled=check_pooled, may_reveal=may_reveal, _parties=parties)

    def advertise(self) -> list[bytes]:
        return [self._parties[which].advertise().to_bytes() for which in WHICH]

    def share(self, letters: Letters) -> list[bytes]:
        """Answers the advertisements of all, in pairs evidence, main."""
        return [
            self._parties[which].share(map(Advertisement.from_bytes, map(bytes, part))).to_bytes()
            for which, part in self._pairs(letters)
        ]

    def mask(self, letters: Letters, summary: Summary) -> list[bytes]:
        """Masks evidence and arrays towards the hospitals whose shares came."""
        made = []
        count = len(self.of.participants)
        numbers: Mapping[Which, Mapping[str, Array]] = {"evidence": summary.evidence, "main": summary.arrays}
        for which, part in self._pairs(letters):
            vector = encode_sum(numbers[which], entries_of(self.of.layout, which), participants=count)
            shares = [EncryptedShare.from_bytes(bytes(letter)) for letter in part]
            made.append(self._parties[which].mask(shares, vector).to_bytes())
        return made

    def confirm(self, letters: Letters) -> list[bytes]:
        """Signs who is in both sums. The two sets must be one."""
        claims = {
            which: [InputClaim.from_bytes(bytes(letter)) for letter in part]
            for which, part in self._pairs(letters)
        }
        sets = {tuple(sorted(claim.sender for claim in part)) for part in claims.values()}
        if len(sets) != 1:
            raise NotTrusted("masks.survivors_disagree", site=self.site)
        survivors = sets.pop()
        check_minimum(survivors, self.of.spec)
        # All checks first: a party that confirmed could be taken to the next step.
        made = [self._parties[which].confirm(claims[which]).to_bytes() for which in WHICH]
        self._survivors = survivors
        return made

    def seal(self, letters: Letters) -> list[bytes]:
        """Gives the other hospitals, and nobody else, the shares that open the evidence."""
        if not self._survivors:
            raise Refused("masks.out_of_order")
        for which, part in self._pairs(letters):
            self._confirmations[which] = [Confirmation.from_bytes(bytes(letter)) for letter in part]
        # The party checks the confirmations first: a set that nobody confirmed must not be remembered.
        letter = self._parties["evidence"].unmask_sealed(self._confirmations["evidence"]).to_bytes()
        # Both at once: a set that may not see the main sum must not see the evidence either.
        self.may_reveal("evidence", self._survivors, ())
        return [letter]

    def unmask(self, letters: Letters, *, sealed: int) -> list[bytes]:
        """Opens the pooled evidence, judges it, and only then gives the share for the main sum.

        Args:
            letters: `sealed` sealed unmaskings, then the evidence's masked inputs.
        Raises:
            Refused: ``disclosure.*`` when the pooled evidence is too thin, ``differencing.*``.
        """
        context = self.of.context("evidence")
        unmaskings = [SealedUnmasking.from_bytes(bytes(letter)) for letter in letters[:sealed]]
        inputs = [MaskedInput.from_bytes(letter, entries=context.entries) for letter in letters[sealed:]]
        total = self._parties["evidence"].open_sealed(unmaskings, inputs)
        evidence = decode_sum(
            total,
            self.of.layout.evidence,
            participants=len(self.of.participants),
            contributors=len(self._survivors),
        )
        with listen_to_looks() as looks:
            self.check_pooled(evidence, self._survivors)
        letter = self._parties["main"].unmask(self._confirmations["main"]).to_bytes()
        self.may_reveal("main", self._survivors, looks)
        return [letter]

    @property
    def survivors(self) -> tuple[str, ...]:
        return self._survivors

    def _pairs(self, letters: Letters) -> list[tuple[Which, list[memoryview]]]:
        if len(letters) % 2:
            raise NotTrusted("message.malformed", kind="SumStep")
        return [(which, list(letters[place::2])) for place, which in enumerate(WHICH)]


def check_minimum(survivors: tuple[str, ...], spec: JobSpec) -> None:
    """Fewer hospitals than the spec's minimum are no answer to its question."""
    if len(survivors) < spec.minimum_sites:
        raise Refused("run.too_few_sites", have=len(survivors), minimum=spec.minimum_sites)
