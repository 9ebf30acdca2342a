"""No tracker learns from the guard, guards broken on purpose are found out, honest people are answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from privacy.differencing import guard
from privacy.differencing.guard import Answered, AskedSet, Fresh, Verdict, WorkedOut
from tests.trackers.attacker import Verdict as Found
from tests.trackers.attacker import judge
from tests.trackers.corpus import TRACKERS
from tests.trackers.desk import THRESHOLD, Answer
from tests.trackers.guarded_desk import GuardedDesk
from tests.trackers.honest.hospital import PERSONS
from tests.trackers.honest.queries import honest_queries
from tests.trackers.honest_answers import answers_to
from tests.trackers.questions import Question
from tests.trackers.tracker import Family, Tracker
from tests.trackers.world import Persons, shaken

TURNS = 4
_FEW_PERSONS = 3_000


def _told(opens: Any, *, turn: int = 0) -> list[Tracker]:
    return [
        tracker
        for tracker in TRACKERS
        if any(judge(tracker, shaken(truth, turn=turn), opens) is Found.TOLD for truth in tracker.truths)
    ]


@pytest.mark.parametrize("turn", range(TURNS))
def test_no_tracker_learns_its_secret(turn: int) -> None:
    """Exact numbers are shown: whoever sees them rounded sees less."""
    assert [each.name for each in _told(GuardedDesk, turn=turn)] == []


class _Forgetful(GuardedDesk):
    """Registry off: nothing released is remembered."""

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        self.answered = Answered()
        return super().ask(who, question, sets)


class _PerAccount(GuardedDesk):
    """Each account has a registry of its own."""

    def __init__(self, everybody: Sequence[Persons]) -> None:
        super().__init__(everybody)
        self._accounts: dict[str, Answered] = {}
        self._first = self.answered

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        self.answered = self._accounts.get(who, self._first)
        answer = super().ask(who, question, sets)
        self._accounts[who] = self.answered
        return answer


class _PerGeneration(GuardedDesk):
    """The registry is emptied when data are loaded."""

    def load_next(self) -> None:
        self.answered = Answered()
        super().load_next()


def _nobody_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threshold off: one person apart is apart."""
    near = guard.find_near
    monkeypatch.setattr(
        guard, "find_near", lambda sets, members, *, threshold: near(sets, members, threshold=1)
    )


def _pairs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets are held against single ones, never against sums of several."""
    monkeypatch.setattr(guard, "find_near_combination", lambda *_, **__: None)


def _equal_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """An equal set is answered as it is, a nearly equal one is worked out: the difference tells which."""
    judged = guard._judge_one

    def asks(known: Answered, asked: AskedSet, *, threshold: int) -> Verdict:
        bits = guard.pack(asked.members)
        if any(apart == 0 for _, apart in known.sets.nearly_equal(bits, threshold=threshold)):
            return WorkedOut(int(asked.members.sum()), 0)
        return judged(known, asked, threshold=threshold)

    monkeypatch.setattr(guard, "_judge_one", asks)


def _worked_out_from_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    """The true number is shown, and called approximate."""
    judged = guard._judge_one

    def asks(known: Answered, asked: AskedSet, *, threshold: int) -> Verdict:
        verdict = judged(known, asked, threshold=threshold)
        true = int(asked.members.sum())
        return WorkedOut(true, verdict.within) if isinstance(verdict, WorkedOut) else verdict

    monkeypatch.setattr(guard, "_judge_one", asks)


@pytest.mark.parametrize("broken", [_nobody_near, _pairs_alone, _equal_is_fresh, _worked_out_from_the_truth])
def test_a_guard_broken_inside_is_found_out(broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    assert _told(GuardedDesk)


@pytest.mark.parametrize(
    ("desk", "family"),
    [(_Forgetful, Family.TWO_QUERIES), (_PerAccount, Family.ACCOUNTS), (_PerGeneration, Family.REFRESHES)],
)
def test_a_guard_that_forgets_is_found_out(desk: Any, family: Family) -> None:
    assert family in {each.family for each in _told(desk)}


def test_a_repeat_gets_the_same_number_unmarked() -> None:
    """Cache off would mark it as approximate."""
    people = np.arange(300)
    answered = Answered()
    answered.load(np.ones(300, dtype=np.bool_))
    asked = AskedSet("ill", people < 100)
    first = guard.judge(answered, [asked], threshold=THRESHOLD)
    again = guard.judge(first.after, [asked], threshold=THRESHOLD)
    assert first.verdicts == (Fresh(),)
    assert again.verdicts == (WorkedOut(100, 0),)


def test_honest_questions_are_answered() -> None:
    fifth = [query for query in honest_queries() if int(query.project.rpartition("-")[2]) % 5 == 0]
    said = answers_to(fifth, persons=_FEW_PERSONS)
    assert said.total() > 20
    assert said["refused"] <= 0.05 * said.total()


@pytest.mark.soak
def test_the_whole_honest_log_is_answered() -> None:
    said = answers_to(honest_queries(), persons=PERSONS)
    assert said.total() == 292
    assert said["refused"] <= 0.05 * said.total()
