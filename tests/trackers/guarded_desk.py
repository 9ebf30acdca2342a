"""The guard of one hospital as a desk of the corpus: every answer in clear is held against earlier ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from privacy.differencing.guard import Answered, AskedSet, Fresh, TooNear, Verdict, WorkedOut, judge
from privacy.differencing.leaving_out import MOST_TIMES_THRESHOLD, Order, leave_out
from privacy.differencing.released_sets import Members
from tests.trackers.desk import THRESHOLD, Answer, Shown, show_exactly
from tests.trackers.questions import Question, is_description
from tests.trackers.world import Persons, Population

_ROOM = 1_000
MOST_TURNS = 3
"""So often persons are left out of one answer (`node.agent.run_sets`)."""


class GuardedDesk:
    """Withholds small numbers, then asks the guard. Nothing is rounded.

    Args:
        draw: which secret order the hospital has.
    """

    def __init__(self, population: Population, *, draw: int = 0) -> None:
        self._generation = 0
        # The same for worlds of a few persons more: their secret orders would have nothing in common.
        self._positions = _ROOM * (1 + len(population.sites) // _ROOM)
        self._draw = draw
        self.answered = Answered()
        self.left_out: Counter[int] = Counter()

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        if is_description(question):
            return self._describe(question, [self._members(each) for each in sets])
        large = [len(persons) >= THRESHOLD for persons in sets]
        asked = [
            AskedSet(self._definition(question, at), self._members(persons))
            for at, persons in enumerate(sets)
            if large[at]
        ]
        judged = judge(self.answered, asked, threshold=THRESHOLD)
        self.answered = judged.after
        verdicts = iter(judged.verdicts)
        return tuple(
            _shown(next(verdicts), len(persons)) if is_large else None
            for persons, is_large in zip(sets, large, strict=True)
        )

    def _describe(self, question: Question, sets: Sequence[Members]) -> Answer:
        """Persons are left out until the sets stand apart. What is told is exact: sums over them tell it."""
        left = np.zeros(self._positions, dtype=np.bool_)
        for turn in range(MOST_TURNS + 1):
            rest = [members & ~left for members in sets]
            stand = rest if question.shape == "model" else rest[:1]
            if not all(np.count_nonzero(members) >= THRESHOLD for members in stand):
                return None
            asked = [
                AskedSet(self._definition(question, at, left=left), members, described=at == 0)
                for at, members in enumerate(stand)
            ]
            judged = judge(self.answered, asked, threshold=THRESHOLD)
            before = len(self.answered.sets)
            self.answered = judged.after
            if turn:
                self.answered.shrunk |= set(range(before, len(self.answered.sets)))
            if not any(isinstance(verdict, TooNear) for verdict in judged.verdicts):
                return show_rest(rest, most=turn * MOST_TIMES_THRESHOLD * THRESHOLD)
            found = self.leave_out(stand, partial(self._is_told, question, left))
            if found is None:
                return None
            self.left_out.update(np.flatnonzero(found).tolist())
            left |= found
        return None

    def leave_out(self, asked: Sequence[Members], is_told: Callable[[int, Members], bool]) -> Members | None:
        """Whom the next turn goes without."""
        return leave_out(self.answered, asked, order=self.order(), threshold=THRESHOLD, is_told=is_told)

    def _is_told(self, question: Question, left: Members, at: int, further: Members) -> bool:
        given = self.answered.numbers.get(self._definition(question, at, left=left | further))
        return given is not None and not given.within

    def order(self) -> Order:
        """The secret order, the same for every question."""
        return np.random.default_rng(self._draw).permutation(self._positions).astype(np.uint64)

    def load_next(self) -> None:
        self._generation += 1

    def publish(self, everybody: Persons) -> None:
        self.answered.load(self._members(everybody))

    def _definition(self, question: Question, at: int, *, left: Members | None = None) -> str:
        own = "" if left is None or not left.any() else f", but for {np.flatnonzero(left).tolist()}"
        where = f"in {self._generation} at {question.sites} without {question.lost}"
        return f"{question.numbers[at].text} {where}{own}"

    def _members(self, persons: Persons) -> Members:
        members = np.zeros(self._positions, dtype=np.bool_)
        members[persons] = True
        return members


def show_rest(rest: Sequence[npt.NDArray[np.bool_]], *, most: int) -> Answer:
    """Exact numbers of those who remain; `most` may have been left out."""
    told = [int(np.count_nonzero(members)) for members in rest]
    return tuple(Shown(number, number, number + most) for number in told)


def _shown(verdict: Verdict, persons: int) -> Shown | None:
    match verdict:
        case Fresh():
            return show_exactly(persons)
        case WorkedOut(number=int(number), within=within):
            return Shown(number, number - within, number + within)
        case _:
            return None
