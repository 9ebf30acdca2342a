"""The best reader there can be: is the secret the only one that fits all that was answered and refused?

It knows the rules, the questions, every answer and refusal, how many persons each generation of the data
holds (hospitals publish that), and the groups that the tracker calls known, and looks for another world that
fits all this and has another secret. A whole-number programme over how many persons live each life, bound by
each shown number, proposes such worlds; then the desk itself is asked the same questions about one. Only the
very same answers and refusals make it a witness: `HIDDEN` is proven. Where no witness is found the secret
counts as told, whether or not a formula for it is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.trackers.desk import Answer, OpensDesk
from tests.trackers.questions import EVERYBODY
from tests.trackers.tracker import Ask, Tracker
from tests.trackers.world import Group, Life, Population, World, selected

Row: TypeAlias = tuple[npt.NDArray[np.float64], int, int]
"""Which lives are counted, the least and the largest number of persons that they may be."""

_OFF_BY = (-1, 1, -2, 2, -3, 3, -5, 5)
_WORLDS_EACH = 5


class Verdict(StrEnum):
    """What the reader has in the end."""

    HIDDEN = "hidden"
    """Another secret fits as well."""
    TOLD = "told"
    """No other secret was found that fits."""


def judge(tracker: Tracker, truth: World, opens: OpensDesk) -> Verdict:
    """Plays the tracker in one world and looks for a witness that the secret stayed one."""
    heard = play(tracker, truth, opens)
    proposed = _other_worlds(tracker, truth, heard)
    return Verdict.HIDDEN if any(play(tracker, one, opens) == heard for one in proposed) else Verdict.TOLD


def play(tracker: Tracker, world: World, opens: OpensDesk) -> list[Answer]:
    """Every answer in order."""
    population, generation = Population(world), 0
    desk = opens(population.everybody())
    heard = []
    for step in tracker.steps:
        if isinstance(step, Ask):
            sets = population.sets_of(step.question, at=generation)
            heard.append(desk.ask(step.who, step.question, sets))
        else:
            generation += 1
            desk.load_next()
    return heard


def _other_worlds(tracker: Tracker, truth: World, heard: list[Answer]) -> Iterator[World]:
    """Worlds near the truth with another secret, in which every shown number fits."""
    lives = tracker.lives
    missing = [life for life in truth if life not in lives]
    if missing:
        raise ValueError(f"{tracker.name}: the reader holds {missing[0]} for impossible")
    now = np.array([truth.get(life, 0) for life in lives], dtype=np.float64)
    rows = [*_known_rows(tracker, truth), *_shown_rows(tracker, heard)]
    secret, draw = _counted(lives, tracker.secret), np.random.default_rng(1)
    size = tracker.secret.size_in(truth)
    for turn in range(_WORLDS_EACH):
        for off_by in _OFF_BY:
            if size + off_by < 0:
                continue
            cost = np.ones(2 * len(lives)) if turn == 0 else draw.uniform(1, 9, 2 * len(lives))
            found = _solve(now, [*rows, (secret, size + off_by, size + off_by)], cost)
            if found is not None:
                yield {life: int(number) for life, number in zip(lives, found, strict=True) if number}


def _solve(
    now: npt.NDArray[np.float64], rows: list[Row], cost: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64] | None:
    """The world that fits with the fewest persons moved, weighed by cost; None where there is none."""
    which = np.array([row for row, _, _ in rows])
    counted = which @ now
    low, high = (np.array([row[at] for row in rows]) for at in (1, 2))
    moves = LinearConstraint(np.hstack([which, -which]), low - counted, high - counted)
    most = np.concatenate([np.full(len(now), now.sum()), now])
    solved = milp(cost, constraints=moves, bounds=Bounds(0, most), integrality=np.ones(len(cost)))
    if solved.x is None:
        return None
    come, go = np.split(np.rint(solved.x), 2)
    return np.asarray(now + come - go, dtype=np.int64)


def _known_rows(tracker: Tracker, truth: World) -> Iterator[Row]:
    generations = max(len(life.course) for life in tracker.lives)
    for group in (*tracker.known, *(selected(EVERYBODY, at=at) for at in range(generations))):
        size = group.size_in(truth)
        yield _counted(tracker.lives, group), size, size


def _shown_rows(tracker: Tracker, heard: list[Answer]) -> Iterator[Row]:
    answers, generation = iter(heard), 0
    for step in tracker.steps:
        if not isinstance(step, Ask):
            generation += 1
            continue
        question, answer = step.question, next(answers)
        for people, shown in zip(question.numbers, answer or (), strict=False):
            if shown is not None:
                group = selected(people, at=generation, sites=question.sites)
                yield _counted(tracker.lives, group), shown.least, shown.most


def _counted(lives: tuple[Life, ...], group: Group) -> npt.NDArray[np.float64]:
    return np.array([group.test(life) for life in lives], dtype=np.float64)
