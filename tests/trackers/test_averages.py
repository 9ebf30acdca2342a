"""Asking about her in many cohorts averages nothing away: the same few stand beside her again and again."""

from __future__ import annotations

from typing import Any

import numpy as np

from privacy.differencing.leaving_out import Order
from tests.trackers.guarded_desk import GuardedDesk
from tests.trackers.questions import EVERYBODY, Question, Selection
from tests.trackers.world import Life, Population

_PERSONS, _COHORTS, _WORLDS = 100, 10, 12
_TARGET, _ILL = 0, 0.1
_SOMEBODY = Life("a", (frozenset(),))


class _NewOrder(GuardedDesk):
    """Who is left out is drawn anew for each question."""

    _orders = 0

    def order(self) -> Order:
        self._orders += 1
        return np.random.default_rng(self._orders).permutation(self._positions).astype(np.uint64)


def _right_guesses(opens: Any) -> float:
    """How often a reader says rightly whether she is ill, from the mean of many differences.

    One in ten is ill. Each cohort is a random half of them and her; the reader has its total with
    her and without.
    """
    right = 0
    for world in range(_WORLDS):
        random = np.random.default_rng(world)
        ill = random.random(_PERSONS) < _ILL
        ill[_TARGET] = world % 2
        desk = opens(Population([_SOMEBODY] * _PERSONS), draw=world)
        differences = []
        for cohort in range(_COHORTS):
            with_her = np.flatnonzero(random.random(_PERSONS) < 1 / 2)
            with_her = np.union1d(with_her, [_TARGET])
            answers = []
            for name, persons in (("with", with_her), ("without", with_her[1:])):
                question = Question("sum", (Selection(f"{cohort} {name}", EVERYBODY.test), EVERYBODY))
                answers.append(desk.ask("researcher-1", question, [persons, persons[ill[persons]]]))
            if all(answers):
                (n, total), (fewer, less) = answers
                differences.append(total.number - less.number - (n.number - fewer.number - 1) * _ILL)
        right += (np.mean(differences) > 1 / 2) == ill[_TARGET]
    return right / _WORLDS


def test_a_secret_order_is_not_averaged_away() -> None:
    assert _right_guesses(GuardedDesk) < 0.85


def test_an_order_drawn_anew_is() -> None:
    assert _right_guesses(_NewOrder) > 0.85
