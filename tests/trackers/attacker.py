"""The best reader there can be: is the secret the only one that fits all that was answered and refused?

It knows the rules, the questions, every answer and refusal, and the groups that the tracker calls known, and
looks for another world that fits all this and has another secret. A whole-number programme over how many
persons live each life, bound by each shown number, proposes such worlds; then the desk itself is asked the
same questions about one, with other persons in other places where that matters. Only the very same answers
and refusals make it a witness: `HIDDEN` is proven. Where no witness is found the secret counts as told,
whether or not a formula for it is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.trackers.desk import Answer, Desk, OpensDesk
from tests.trackers.questions import EVERYBODY, is_description
from tests.trackers.tracker import NEXT, PUBLISHED, Ask, Tracker
from tests.trackers.world import Group, Life, Population, World, selected

Row: TypeAlias = tuple[npt.NDArray[np.float64], int, int]
"""Which lives are counted, the least and the largest number of persons that they may be."""

_OFF_BY = (-1, 1, -2, 2, -3, 3, -5, 5)
_WORLDS_EACH = 6
DRAWS = 100
"""So often other persons live a world's other lives; a reader of less patience takes more for told."""
_FEW_DRAWS = 4


class Verdict(StrEnum):
    """What the reader has in the end."""

    HIDDEN = "hidden"
    """Another secret fits as well."""
    TOLD = "told"
    """No other secret was found that fits."""


def judge(tracker: Tracker, truth: World, opens: OpensDesk) -> Verdict:
    """Plays the tracker in one world and looks for a witness that the secret stayed one."""
    population = Population.of(truth)
    desk = opens(population)
    heard = _ask(tracker, population, desk)
    # Who it is that lives another life makes a difference where persons are left out one by one, and less so
    # where they are at hospitals that the reader does not know.
    likely = desk.left_out
    draws = 1 if likely is None else DRAWS if likely else _FEW_DRAWS
    for world in _other_worlds(tracker, truth, heard):
        for draw in range(draws):
            other = population.turned_into(world, likely=likely or {}, draw=draw)
            if play(tracker, other, opens) == heard:
                return Verdict.HIDDEN
    return Verdict.TOLD


def play(tracker: Tracker, population: Population, opens: OpensDesk) -> list[Answer]:
    """Every answer in order."""
    return _ask(tracker, population, opens(population))


def _ask(tracker: Tracker, population: Population, desk: Desk) -> list[Answer]:
    generation = 0
    heard = []
    for step in tracker.steps:
        if isinstance(step, Ask):
            sets = population.sets_of(step.question, at=generation)
            heard.append(desk.ask(step.who, step.question, sets))
        elif step is PUBLISHED:
            desk.publish(population.select(EVERYBODY, at=generation))
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
    at_each = [*rows, *_rows_at_each_hospital(tracker, truth, heard)]
    secret, draw = _counted(lives, tracker.secret), np.random.default_rng(1)
    size = tracker.secret.size_in(truth)
    for turn in range(_WORLDS_EACH):
        for off_by in _OFF_BY:
            if size + off_by < 0:
                continue
            cost = np.ones(2 * len(lives)) if turn == 0 else draw.uniform(1, 9, 2 * len(lives))
            fitting = at_each if turn % 2 else rows
            found = _solve(now, [*fitting, (secret, size + off_by, size + off_by)], cost)
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
    known, generation = list(tracker.known), 0
    for step in tracker.steps:
        if step is PUBLISHED:
            known.append(selected(EVERYBODY, at=generation))
        generation += step is NEXT
    for group in known:
        size = group.size_in(truth)
        yield _counted(tracker.lives, group), size, size


def _shown_rows(tracker: Tracker, heard: list[Answer]) -> Iterator[Row]:
    answers, generation = iter(heard), 0
    for step in tracker.steps:
        if not isinstance(step, Ask):
            generation += step is NEXT
            continue
        question, answer = step.question, next(answers)
        for people, shown in zip(question.numbers, answer or (), strict=False):
            if shown is not None:
                group = selected(people, at=generation, sites=question.sites, lost=question.lost)
                yield _counted(tracker.lives, group), shown.least, shown.most


def _rows_at_each_hospital(tracker: Tracker, truth: World, heard: list[Answer]) -> Iterator[Row]:
    """What was described exactly stays as it is at each hospital: whom it leaves out depends on that."""
    sites = sorted({life.site for life in tracker.lives})
    questions = [step.question for step in tracker.steps if isinstance(step, Ask)]
    if len(sites) == 1 or NEXT in tracker.steps:
        return
    for question, answer in zip(questions, heard, strict=True):
        for people, shown in zip(question.numbers, answer or (), strict=False):
            if is_description(question) and shown is not None and shown.least == shown.most:
                for site in sites:
                    group = selected(people, sites=(site,))
                    yield _counted(tracker.lives, group), group.size_in(truth), group.size_in(truth)


def _counted(lives: tuple[Life, ...], group: Group) -> npt.NDArray[np.float64]:
    return np.array([group.test(life) for life in lives], dtype=np.float64)
