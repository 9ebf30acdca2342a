"""Holds a run's first answer under masks against earlier ones, together with the other hospitals.

Each says as masked evidence how its sets stand here; all judge the sum and come to the same verdict before
any gives its share. A hospital's sets are claimed before its inputs leave, and count as released from then
on: whether the sum was opened elsewhere cannot be seen from here.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from analysis_jobs.kinds.contract import Arrays, Summary
from analysis_jobs.kinds.guarded import PooledVerdict, SetHere, evidence_of, judge_pooled
from node.agent.run_sets import Asked, RunSets, new_set, put_number
from node.registers.released_persons import NewSet, Sites, Standing
from node.registers.told_before import HOLD_S
from onggi.errors import Refused
from onggi.spec.near_earlier import NOTHING_NEAR, NearEarlier
from privacy.differencing.combinations import Combination
from privacy.differencing.guard import MOST_TIMES_APART, AskedSet, find_near, is_released, least_apart
from privacy.differencing.released_sets import pack


@dataclass(frozen=True, slots=True)
class _Near:
    """What comes near to one of our sets: a combination over the same hospitals, if there is one, and by how
    many persons it differs here; over which hospitals nearly equal sets were summed; how many persons at
    least tell the set from everything."""

    combination: Combination | None
    beside: int
    sites: frozenset[Sites]
    apart: int


@dataclass(frozen=True, slots=True)
class _Claim:
    """What was claimed, and how it stands here."""

    asked: Asked
    near: tuple[_Near, ...]


class MaskedGuard:
    """One run's guard under masks. The caller keeps its calls in order."""

    def __init__(self, of: RunSets) -> None:
        self.of = of
        self._claim: _Claim | None = None
        self._shared_at: float | None = None
        self._work_out: frozenset[int] = frozenset()
        self.near = NOTHING_NEAR
        """What the opened numbers owe to earlier answers."""

    @property
    def _participants(self) -> Sites:
        return self.of.of.spec.participants

    def keys_shared(self) -> None:
        """From now on the sum must be opened within `HOLD_S`."""
        self._shared_at = time.monotonic()

    async def claim(self, summary: Summary) -> Summary:
        """Claims the sets; the summary with the guard's evidence, and with earlier numbers where agreed.

        Raises:
            Refused: ``differencing.busy`` while another run holds a claim, or one that ended with a claim
                comes near.
        """
        of, told = self.of, self.of.services.told_before
        async with told.judging:
            told.check_free(of.of.run)
            asked = of.read()
            here, near = await asyncio.to_thread(self._look, asked)
            if any(each.apart < of.threshold and not each.same for each in here):
                told.check_settled(of.of.run)
            arrays, sets = summary.arrays, []
            for at, each in enumerate(here):
                sets.append(new_set(asked, at))
                if each.given:
                    number = _number_of(near[at], asked.standing)
                    arrays = put_number(arrays, of.told[at], number)
                    within = _within(near[at], of.threshold - 1)
                    sets[at] = NewSet(at, sets[at].definition, number, within)
            if any(each.given for each in here):
                sets = [each for each in sets if not of.told[each.place].implied]
            with of.services.sessions.begin() as session:
                told.released.write(
                    session,
                    sets,
                    answer=of.answer,
                    sites=self._participants,
                    claimed=True,
                    now=of.services.clock(),
                )
            told.hold(of.of.run)
            self._claim = _Claim(asked, tuple(near))
        return replace(summary, arrays=dict(arrays), evidence=summary.evidence | evidence_of(here))

    def _look(self, asked: Asked) -> tuple[list[SetHere], list[_Near]]:
        standing, threshold = asked.standing, self.of.threshold
        near = [_what_is_near(standing, each, self._participants, threshold=threshold) for each in asked.sets]
        here = [
            SetHere(
                apart=beside.apart,
                same=_was_told(standing, each, self._participants)
                # That a last part is empty everywhere follows from the others.
                or (each.left_over and not each.members.any()),
                reference=_name_of(beside, standing),
                beside=beside.beside,
                given=at in self._work_out and beside.combination is not None,
            )
            for at, (each, beside) in enumerate(zip(asked.sets, near, strict=True))
        ]
        return here, near

    def check_opened(self, evidence: Arrays, survivors: Sites) -> None:
        """Judges the pooled evidence, as every hospital does.

        Raises:
            Refused: ``differencing.leave_out``, ``differencing.work_out`` for another turn;
                ``differencing.too_near``; ``differencing.one_hospital`` where an earlier answer on nearly the
                same persons had one hospital more or fewer: the difference would show it alone;
                ``masks.exchange_lost`` where the sum comes too late, or another claim stands.
        """
        of, claim, shared_at = self.of, self._claim, self._shared_at
        late = shared_at is None or time.monotonic() - shared_at > HOLD_S
        if claim is None or late or not of.services.told_before.is_held_by(of.of.run):
            raise Refused("masks.exchange_lost", ordinal=0)
        verdict = judge_pooled(
            evidence,
            told=of.told,
            sites=len(survivors),
            threshold=of.threshold,
        )
        refusal = self._refusal(verdict, claim, survivors)
        if refusal is None:
            apart = verdict.most_apart
            within = max((_within(claim.near[at], apart[at]) for at in verdict.worked_out), default=0)
            self.near = NearEarlier(within=within, left_out=of.has_left_out)
            return
        raise refusal

    def _refusal(self, verdict: PooledVerdict, claim: _Claim, survivors: Sites) -> Refused | None:
        beside = {sites for each in claim.near for sites in each.sites}
        if any(len({*sites} ^ {*survivors}) == 1 for sites in beside):
            return Refused("differencing.one_hospital")
        numbers = (*verdict.to_work_out, *verdict.worked_out)
        # An earlier number is of all participants: over fewer hospitals it would be a new one.
        whole = set(survivors) == set(self._participants)
        near = tuple(sorted({*verdict.near, *(() if whole and not self.of.is_described else numbers)}))
        if near:
            return self.of.too_near(claim.asked, near)
        if verdict.to_work_out:
            self._work_out |= set(verdict.to_work_out)
            return Refused("differencing.work_out")
        return None

    def write_opened(self, session: Session, survivors: Sites) -> None:
        """The claimed sets are released, in the transaction before the share is given."""
        released = self.of.services.told_before.released
        released.release_claims(session, self.of.answer, sites=survivors)

    def withdraw(self) -> None:
        """The sum is certain never to be opened: what was claimed for it was told to nobody."""
        with self.of.services.sessions.begin() as session:
            self.of.services.told_before.released.drop_claims(session, self.of.answer)
        self.free()

    def free(self) -> None:
        """The run holds no claim any more."""
        self.of.services.told_before.free(self.of.of.run)

    def leave(self) -> None:
        """The run ends, perhaps in the middle of a sum that others can open."""
        self.of.services.told_before.leave(self.of.of.run)


def _what_is_near(standing: Standing, asked: AskedSet, sites: Sites, *, threshold: int) -> _Near:
    sets = standing.answered.sets
    near = list(sets.nearly_equal(pack(asked.members), threshold=threshold))
    least = least_apart(sets, asked.members, threshold=threshold)
    beside = frozenset(standing.sites[at] for at, _ in near if standing.sites[at])
    for at, apart in near:
        if standing.sites[at] == sites:
            return _Near(Combination(((at, 1.0),)), apart, beside, least)
    found = find_near(sets, asked.members, threshold=threshold)
    if found is None:
        return _Near(None, 0, beside, least)
    useful = found.within(apart=1) <= MOST_TIMES_APART
    if not useful or not found.terms or any(standing.sites[at] != sites for at, _ in found.terms):
        return _Near(None, 0, beside, least)
    return _Near(found, threshold - 1, beside, least)


def _name_of(near: _Near, standing: Standing) -> str | None:
    """Equal at every hospital where the combination is."""
    if near.combination is None:
        return None
    terms = sorted((standing.names[at], f"{times:.6g}") for at, times in near.combination.terms)
    return ", ".join(f"{times} {name}" for name, times in terms)


def _number_of(near: _Near, standing: Standing) -> int:
    assert near.combination is not None, "hospitals agreed on what comes near"
    return near.combination.number(standing.answered.sets.sizes)


def _within(near: _Near, apart: int) -> int:
    assert near.combination is not None, "hospitals agreed on what comes near"
    return near.combination.within(apart=apart)


def _was_told(standing: Standing, asked: AskedSet, sites: Sites) -> bool:
    """Whether the very set, on the same data, was summed over the same hospitals before."""
    told = sites in standing.by_definition.get(asked.definition, ())
    return told and is_released(standing.answered.sets, asked.members)
