"""The product's guard as a desk of the corpus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from privacy.differencing.guard import Answered, AskedSet, Fresh, TooNear, Verdict, WorkedOut, judge
from tests.trackers.desk import THRESHOLD, Answer, Shown, show_exactly
from tests.trackers.questions import Question
from tests.trackers.world import Persons


class GuardedDesk:
    """Withholds small numbers, then asks the guard. Nothing is rounded."""

    def __init__(self, everybody: Sequence[Persons]) -> None:
        self._generations = list(everybody)
        self._generation = 0
        self._size = 1 + max(int(each.max(initial=0)) for each in everybody)
        self.answered = Answered()
        self.answered.load(self._members(self._generations[0]))

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        described = question.shape == "model"
        large = [len(persons) >= THRESHOLD for persons in sets]
        if described and not all(large):
            return None
        asked = [
            AskedSet(
                f"{people.text} in {self._generation} at {question.sites}",
                self._members(persons),
                described=described,
            )
            for people, persons, is_large in zip(question.numbers, sets, large, strict=True)
            if is_large
        ]
        judged = judge(self.answered, asked, threshold=THRESHOLD)
        self.answered = judged.after
        if any(isinstance(verdict, TooNear) for verdict in judged.verdicts):
            return None
        verdicts = iter(judged.verdicts)
        return tuple(
            _shown(next(verdicts), len(persons)) if is_large else None
            for persons, is_large in zip(sets, large, strict=True)
        )

    def load_next(self) -> None:
        self._generation += 1
        self.answered.load(self._members(self._generations[self._generation]))

    def _members(self, persons: Persons) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        members = np.zeros(self._size, dtype=np.bool_)
        members[persons] = True
        return members


def _shown(verdict: Verdict, persons: int) -> Shown | None:
    match verdict:
        case Fresh():
            return show_exactly(persons)
        case WorkedOut(number=int(number), within=within):
            return Shown(number, number - within, number + within)
        case _:
            return None
