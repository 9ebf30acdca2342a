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
from analysis_jobs.kinds.guarded import PooledVerdict, evidence_of, judge_pooled
from node.agent.run_sets import Asked, RunSets, new_set, put_number
from node.decisions.masked_sets import Here, decide_turn, look_here, to_stand_apart_from
from node.decisions.told_sets import NewSet, Sites
from node.registers.told_before import HOLD_S
from onggi.errors import Refused
from onggi.spec.near_earlier import NOTHING_NEAR, NearEarlier


@dataclass(frozen=True, slots=True)
class _Claim:
    """What was claimed, and how it stands here."""

    asked: Asked
    here: Here


class MaskedGuard:
    """One run's guard under masks. The caller keeps its calls in order."""

    def __init__(self, of: RunSets) -> None:
        self.of = of
        self._claim: _Claim | None = None
        self._shared_at: float | None = None
        self._work_out: frozenset[int] = frozenset()
        self._small_beside: frozenset[str] | None = None
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
            here = await asyncio.to_thread(self._look, asked)
            if any(each.apart < of.threshold and not each.same for each in here.sets):
                told.check_settled(of.of.run)
            arrays, sets = summary.arrays, []
            for at, each in enumerate(here.sets):
                sets.append(new_set(asked, at, shrunk=of.has_left_out))
                if each.given:
                    number = here.near[at].number(asked.standing)
                    arrays = put_number(arrays, of.told[at], number)
                    within = here.near[at].within(of.threshold - 1)
                    sets[at] = NewSet(at, sets[at].definition, number, within)
            if any(each.given for each in here.sets):
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
            self._claim = _Claim(asked, here)
        evidence = evidence_of(here.sets)
        return replace(summary, arrays=dict(arrays), evidence=summary.evidence | evidence)

    def _look(self, asked: Asked) -> Here:
        return look_here(
            asked.standing,
            asked.sets,
            sites=self._participants,
            threshold=self.of.threshold,
            work_out=self._work_out,
        )

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
            whole=set(survivors) == set(self._participants),
            threshold=of.threshold,
        )
        refusal = self._refusal(verdict, claim, survivors)
        if refusal is None:
            apart = verdict.most_apart
            within = max((claim.here.near[at].within(apart[at]) for at in verdict.worked_out), default=0)
            small = verdict.small_beside(claim.here.sets)
            self._small_beside = frozenset(claim.asked.sets[at].definition for at in small)
            self.near = NearEarlier(within=within, left_out=of.has_left_out)
            return
        raise refusal

    def _refusal(self, verdict: PooledVerdict, claim: _Claim, survivors: Sites) -> Refused | None:
        of, standing = self.of, claim.asked.standing
        turn = decide_turn(
            verdict,
            claim.here.near,
            standing,
            participants=self._participants,
            survivors=survivors,
            turned=of.has_left_out or bool(self._work_out),
        )
        if turn.other_hospitals:
            return Refused("differencing.one_hospital")
        if turn.near:
            beside = to_stand_apart_from(verdict, claim.here.near, standing, sites=self._participants)
            return of.too_near(claim.asked, turn.near, beside)
        if turn.work_out:
            self._work_out |= {*turn.work_out}
            return Refused("differencing.work_out")
        return None

    def write_opened(self, session: Session, survivors: Sites) -> None:
        """The claimed sets are released, in the transaction before the share is given."""
        released, now = self.of.services.told_before.released, self.of.services.clock()
        released.release_claims(
            session, self.of.answer, sites=survivors, small_beside=self._small_beside, now=now
        )

    def withdraw(self) -> None:
        """The sum is certain never to be opened: what was claimed for it was told to nobody."""
        services = self.of.services
        with services.sessions.begin() as session:
            services.told_before.released.drop_claims(session, self.of.answer, now=services.clock())
        self.free()

    def free(self) -> None:
        """The run holds no claim any more."""
        self.of.services.told_before.free(self.of.of.run)

    def leave(self) -> None:
        """The run ends, perhaps in the middle of a sum that others can open."""
        self.of.services.told_before.leave(self.of.of.run)
