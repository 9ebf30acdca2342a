"""The corpus has teeth, and the reader who judges it neither misses what was told nor imagines it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.trackers.attacker import Verdict, judge
from tests.trackers.corpus import TRACKERS
from tests.trackers.corpus.descriptions import UNDECIDED
from tests.trackers.corpus.town import ILL, TARGET, asks, on_the_town
from tests.trackers.desk import THRESHOLD, Answer, Desk, OpensDesk, SilentDesk, ThresholdDesk, show_exactly
from tests.trackers.questions import EVERYBODY, Question, count, funnel, groups, having, overlap
from tests.trackers.tracker import Family, Tracker
from tests.trackers.world import Persons, Population, people, shaken

_ALL = (*TRACKERS, *UNDECIDED)
EACH = pytest.mark.parametrize("tracker", _ALL, ids=[each.name for each in _ALL])
TURNS = 3


@EACH
def test_every_tracker_tells_its_secret_where_only_small_numbers_are_withheld(tracker: Tracker) -> None:
    for truth in tracker.truths:
        assert judge(tracker, truth, lambda _: ThresholdDesk(exact=True)) is Verdict.TOLD


@EACH
def test_no_tracker_learns_from_a_desk_that_says_nothing(tracker: Tracker) -> None:
    for truth in tracker.truths:
        assert judge(tracker, truth, lambda _: SilentDesk()) is Verdict.HIDDEN


def test_the_corpus_has_every_family_and_both_answers_of_each_secret() -> None:
    assert len({each.name for each in TRACKERS}) == len(TRACKERS)
    by_family = Counter(each.family for each in TRACKERS)
    assert set(by_family) == set(Family)
    assert min(by_family.values()) >= 3
    for tracker in TRACKERS:
        sizes = [tracker.secret.size_in(truth) for truth in tracker.truths]
        assert len(set(sizes)) == 2, tracker.name
        assert min(sizes) < THRESHOLD, f"{tracker.name}: a large group is no secret"


def test_rounding_alone_does_not_stop_them() -> None:
    """What made the guard necessary, in figures: they change only where the corpus does."""
    judged = [
        judge(tracker, shaken(truth, turn=turn), lambda _: ThresholdDesk(exact=False))
        for tracker in TRACKERS
        for truth in tracker.truths
        for turn in range(TURNS)
    ]
    assert len(judged) == 642
    assert judged.count(Verdict.TOLD) > 120


class _ToldOnlyByRefusals:
    """Refuses where a set differs from an earlier one by fewer than ten, but not where it is the same.

    This is the guard that comes to mind first. It refuses if she is ill, and answers if she is not.
    """

    def __init__(self) -> None:
        self._earlier: list[Persons] = []
        self.left_out = None

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        for persons in sets:
            apart = [len(np.setxor1d(persons, other, assume_unique=True)) for other in self._earlier]
            if len(persons) < THRESHOLD or any(0 < each < THRESHOLD for each in apart):
                return None
        self._earlier += sets
        return tuple(show_exactly(len(persons)) for persons in sets)

    def load_next(self) -> None:
        """Sets are remembered over generations."""

    def publish(self, everybody: Persons) -> None:
        self._earlier.append(everybody)


def test_the_reader_listens_to_refusals() -> None:
    found = {
        tracker.name: [judge(tracker, truth, lambda _: _ToldOnlyByRefusals()) for truth in tracker.truths]
        for tracker in TRACKERS
    }
    assert found["added to others if she is ill"] == [Verdict.TOLD, Verdict.TOLD]
    assert found["taken from others if she is ill"] == [Verdict.TOLD, Verdict.TOLD]
    assert found["four persons"] == [Verdict.HIDDEN, Verdict.TOLD], "refused for four, answered for nobody"
    assert found["rows against columns"] == [Verdict.TOLD, Verdict.TOLD], "each two are far apart"
    assert found["seven blocks, seven questions"] == [Verdict.TOLD, Verdict.TOLD]


@dataclass(slots=True)
class _Listening:
    """Hands questions on, and keeps what they count."""

    desk: Desk
    counted: list[list[int]] = field(default_factory=list)
    left_out: None = None

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        self.counted.append([len(persons) for persons in sets])
        return self.desk.ask(who, question, sets)

    def load_next(self) -> None:
        self.desk.load_next()

    def publish(self, everybody: Persons) -> None:
        self.desk.publish(everybody)


@pytest.mark.parametrize(
    "question", [count(ILL), funnel(EVERYBODY, ILL), groups(EVERYBODY, ILL), overlap(ILL, having("old"))]
)
def test_one_honest_question_tells_nothing_of_one_person(question: Question) -> None:
    harmless = on_the_town("harmless", Family.TWO_QUERIES, *asks(question))
    for truth in harmless.truths:
        assert judge(harmless, truth, lambda _: ThresholdDesk(exact=True)) is Verdict.HIDDEN


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        (count(ILL), [5]),
        (count(~ILL & TARGET), [1]),
        (count(ILL, sites=("b",)), [2]),
        (funnel(EVERYBODY, ILL, ~TARGET), [9, 5, 3]),
        (groups(EVERYBODY, TARGET, ILL & ~TARGET), [3, 3, 3]),
        (overlap(ILL, TARGET), [5, 3, 2, 3, 1]),
    ],
)
def test_questions_count_whom_they_say(question: Question, counted: list[int]) -> None:
    world = people(("ill", 1), ("ill target", 2), ("target", 1), ("", 3)) | people(("ill", 2), site="b")
    sets = Population.of(world).sets_of(question, at=0)
    assert [len(persons) for persons in sets] == counted


def test_persons_keep_their_numbers_over_generations() -> None:
    population = Population.of(people(("ill -> ", 3), (" -> ill", 4), ("- -> ill", 5), ("ill -> ill", 6)))
    before, after = (population.select(ILL, at=at) for at in (0, 1))
    assert (len(before), len(after)) == (9, 15)
    assert len(np.intersect1d(before, after)) == 6


def _always(desk: Desk) -> OpensDesk:
    def opened(_: Population) -> Desk:
        return desk

    return opened


def test_a_desk_is_asked_as_the_tracker_says() -> None:
    tracker = next(each for each in TRACKERS if each.name == "one person joined")
    listening = _Listening(ThresholdDesk(exact=True))
    assert judge(tracker, tracker.truths[0], _always(listening)) is Verdict.TOLD
    assert listening.counted[:2] == [[74], [75]]
