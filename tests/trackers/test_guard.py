"""No tracker learns from the guard, guards broken on purpose are found out, honest people are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from privacy.differencing import guard, leaving_out
from privacy.differencing.guard import (
    Answered,
    AskedSet,
    Fresh,
    Verdict,
    WorkedOut,
    find_near,
    is_released,
)
from privacy.differencing.leaving_out import Order
from privacy.differencing.released_sets import Members, pack
from tests.trackers import attacker
from tests.trackers.attacker import Verdict as Found
from tests.trackers.attacker import judge
from tests.trackers.corpus import TRACKERS
from tests.trackers.desk import THRESHOLD, Answer, OpensDesk
from tests.trackers.guarded_desk import GuardedDesk
from tests.trackers.honest.hospital import PERSONS
from tests.trackers.honest.queries import Query, honest_queries
from tests.trackers.honest_answers import answers_to, asked_of
from tests.trackers.masked_desk import MaskedDesk
from tests.trackers.questions import Question, is_description
from tests.trackers.quota_desk import with_quota
from tests.trackers.tracker import Ask, Family, Tracker
from tests.trackers.world import Persons, Population, shaken

TURNS = 4
_FEW_PERSONS = 3_000


def told(opens: OpensDesk, trackers: Iterable[Tracker] = TRACKERS, *, turn: int = 0) -> Iterator[str]:
    """Names of the trackers that learn their secret."""
    for tracker in trackers:
        if any(judge(tracker, shaken(truth, turn=turn), opens) is Found.TOLD for truth in tracker.truths):
            yield tracker.name


@pytest.mark.parametrize("turn", range(TURNS))
def test_no_tracker_learns_its_secret(turn: int) -> None:
    """Exact numbers are shown: whoever sees them rounded sees less."""
    assert list(told(with_quota(GuardedDesk), turn=turn)) == []


class _Forgetful(GuardedDesk):
    """Registry off: nothing released is remembered."""

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        self.answered = Answered()
        return super().ask(who, question, sets)


class _PerAccount(GuardedDesk):
    """Each account has a registry of its own."""

    def __init__(self, population: Population) -> None:
        super().__init__(population)
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
        super().load_next()
        self.answered = Answered()


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
    judged = guard._judge_count

    def asks(known: Answered, asked: AskedSet, *, threshold: int) -> Verdict:
        bits = pack(asked.members)
        if any(apart == 0 for _, apart in known.sets.nearly_equal(bits, threshold=threshold)):
            return WorkedOut(int(asked.members.sum()), 0)
        return judged(known, asked, threshold=threshold)

    monkeypatch.setattr(guard, "_judge_count", asks)


def _worked_out_from_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    """The true number is shown, and called approximate."""
    judged = guard._judge_count

    def asks(known: Answered, asked: AskedSet, *, threshold: int) -> Verdict:
        verdict = judged(known, asked, threshold=threshold)
        true = int(asked.members.sum())
        return WorkedOut(true, verdict.within) if isinstance(verdict, WorkedOut) else verdict

    monkeypatch.setattr(guard, "_judge_count", asks)


@pytest.mark.parametrize("broken", [_nobody_near, _pairs_alone, _equal_is_fresh, _worked_out_from_the_truth])
def test_a_guard_broken_inside_is_found_out(broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    assert next(told(GuardedDesk), None) is not None


@pytest.mark.parametrize(
    ("desk", "family"),
    [(_Forgetful, Family.TWO_QUERIES), (_PerAccount, Family.ACCOUNTS), (_PerGeneration, Family.REFRESHES)],
)
def test_a_guard_that_forgets_is_found_out(desk: Any, family: Family) -> None:
    of_family = [each for each in TRACKERS if each.family is family]
    assert next(told(desk, of_family), None) is not None


class _OnlyTheFew(GuardedDesk):
    """Of a description only those are left out who are beside the earlier answer."""

    def leave_out(self, asked: Sequence[Members], is_told: Callable[[int, Members], bool]) -> Members | None:
        near = find_near(self.answered.sets, asked[0], threshold=THRESHOLD)
        self.answered = Answered()  # and nobody looks again
        return None if near is None else np.zeros_like(asked[0])


class _PublicOrder(GuardedDesk):
    """Everybody knows who is left out first: the reader's friends."""

    def order(self) -> Order:
        return np.arange(len(super().order()), dtype=np.uint64)


@pytest.mark.parametrize("desk", [_OnlyTheFew, _PublicOrder])
def test_a_guard_that_leaves_out_the_wrong_persons_is_found_out(desk: Any) -> None:
    descriptions = [each for each in TRACKERS if each.family is Family.DESCRIPTIONS]
    assert next(told(desk, descriptions), None) is not None


class _LeavesOutAgain(GuardedDesk):
    """Persons are left out beside answers of which persons were left out already."""

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        self.answered.shrunk.clear()
        return super().ask(who, question, sets)


def test_a_guard_that_leaves_persons_out_again_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacker, "DRAWS", 8)
    by = "described by what she has, then by who she is"
    tracker = [each for each in TRACKERS if each.name == by]
    assert list(told(_LeavesOutAgain, tracker)) == [by]


def _worked_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A definition whose number was only worked out counts as one that was told."""

    def was_told(known: Answered, asked: AskedSet) -> bool:
        return asked.definition in known.numbers and is_released(known.sets, asked.members)

    monkeypatch.setattr(guard, "_was_told", was_told)


def _rests_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the persons without the outcome."""
    for module in (guard, leaving_out):
        monkeypatch.setattr(module, "rests_of", lambda *_, **__: [])


def _counts_of_descriptions_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a description, only what it rests on is held against earlier answers."""
    judged = guard._judge_described

    def asks(known: Answered, asked: AskedSet, *, threshold: int) -> Verdict:
        return judged(known, asked, threshold=threshold) if asked.described else Fresh()

    monkeypatch.setattr(guard, "_judge_described", asks)


@pytest.mark.parametrize("broken", [_worked_out_is_told, _rests_are_forgotten, _counts_of_descriptions_alone])
def test_a_description_that_tells_of_few_is_found_out(broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    describing = [
        each
        for each in TRACKERS
        if any(is_description(one.question) for one in each.steps if isinstance(one, Ask))
    ]
    assert next(told(GuardedDesk, describing), None) is not None


def test_without_a_quota_refusals_tell_in_the_end() -> None:
    refusals = [each for each in TRACKERS if each.family is Family.REFUSALS]
    assert list(told(GuardedDesk, refusals)) == ["ward by ward"]
    assert list(told(with_quota(GuardedDesk), refusals)) == []


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


def _fifth() -> list[Query]:
    return [query for query in honest_queries() if int(query.project.rpartition("-")[2]) % 5 == 0]


@pytest.mark.parametrize("opens", [GuardedDesk, MaskedDesk])
def test_honest_questions_are_answered(opens: OpensDesk) -> None:
    said = answers_to(_fifth(), persons=_FEW_PERSONS, opens=with_quota(opens))
    assert asked_of(said) > 20
    assert said["refused"] <= 0.05 * asked_of(said)


@pytest.mark.soak
@pytest.mark.parametrize("opens", [GuardedDesk, MaskedDesk])
def test_the_whole_honest_log_is_answered(opens: OpensDesk) -> None:
    said = answers_to(honest_queries(), persons=PERSONS, opens=with_quota(opens))
    assert asked_of(said) == 292
    assert said["refused"] <= 0.05 * asked_of(said)
