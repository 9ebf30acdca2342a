"""Whoever is left out hides the few: the same number of persons remains whether these are none or nine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from privacy.differencing.guard import Answered, find_near
from privacy.differencing.leaving_out import MOST_TIMES_THRESHOLD, leave_out
from privacy.differencing.released_sets import pack

PERSONS = 500
THRESHOLD = 10
_DRAW = np.random.default_rng(5)
ORDER = _DRAW.permutation(PERSONS).astype(np.uint64)
COHORT = np.arange(PERSONS) < 300


def _answered(*released: np.ndarray[Any, Any]) -> Answered:
    answered = Answered()
    answered.load(np.ones(PERSONS, dtype=np.bool_))
    for members in released:
        answered.sets.add(pack(members))
    return answered


def _without(members: np.ndarray[Any, Any], few: int, *, start: int = 50) -> np.ndarray[Any, Any]:
    rest = members.copy()
    rest[start : start + few] = False
    return rest


def _left(answered: Answered, *asked: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    left = leave_out(answered, [(each, True) for each in asked], order=ORDER, threshold=THRESHOLD)
    assert left is not None
    return left


@pytest.mark.parametrize("few", range(THRESHOLD))
def test_as_many_remain_whether_none_or_nine_lack_a_value(few: int) -> None:
    asked = _without(COHORT, few)
    left = _left(_answered(COHORT), asked)
    remaining = asked & ~left
    assert remaining.sum() == COHORT.sum() - THRESHOLD
    assert not (remaining & ~COHORT).any()


@pytest.mark.parametrize("few", range(THRESHOLD))
def test_whoever_is_beyond_the_earlier_set_is_left_out_too(few: int) -> None:
    beyond = COHORT.copy()
    beyond[400 : 400 + few] = True
    remaining = beyond & ~_left(_answered(COHORT), beyond)
    assert remaining.sum() == COHORT.sum() - THRESHOLD
    assert not remaining[400:].any()


def test_nobody_is_left_out_of_what_stands_apart() -> None:
    assert not _left(_answered(COHORT), _without(COHORT, THRESHOLD)).any()


def test_what_remains_stands_apart_from_all_that_was_answered() -> None:
    groups = [COHORT & (np.arange(PERSONS) % 3 == at) for at in range(3)]
    answered = _answered(COHORT, *groups)
    asked = [_without(COHORT, 4), _without(groups[1], 2, start=49), groups[0] | groups[2]]
    left = _left(answered, *asked)
    for members in asked:
        assert find_near(answered.sets, members & ~left, threshold=THRESHOLD) is None


def test_a_combination_comes_near_as_well() -> None:
    half = COHORT & (np.arange(PERSONS) % 2 == 0)
    answered = _answered(COHORT, half)
    remaining = _without(COHORT & ~half, 3) & ~_left(answered, _without(COHORT & ~half, 3))
    assert remaining.sum() == (COHORT & ~half).sum() - THRESHOLD


def test_the_same_persons_are_left_out_of_every_wording() -> None:
    """Or asking in many words would average them away; each further wording costs further persons."""
    answered = _answered(COHORT)
    first = _without(COHORT, 3) & ~_left(answered, _without(COHORT, 3))
    once_more = _without(COHORT, 4) & ~_left(answered, _without(COHORT, 4))
    assert (first & ~once_more).sum() <= 1
    answered.sets.add(pack(first))
    third = _without(COHORT, 5) & ~_left(answered, _without(COHORT, 5))
    assert third.sum() <= COHORT.sum() - 2 * THRESHOLD


def test_an_equal_question_loses_nobody_unless_another_set_of_its_answer_does() -> None:
    answered = _answered(COHORT)
    other = _without(COHORT, 3)
    kept = leave_out(answered, [(COHORT, False)], order=ORDER, threshold=THRESHOLD)
    both = leave_out(answered, [(other, True), (COHORT, False)], order=ORDER, threshold=THRESHOLD)
    assert kept is not None
    assert not kept.any()
    assert both is not None
    for members in (COHORT, other):
        assert find_near(answered.sets, members & ~both, threshold=THRESHOLD) is None


def test_too_many_persons_are_not_left_out() -> None:
    answered = _answered(COHORT)
    remaining = COHORT
    for _ in range(MOST_TIMES_THRESHOLD + 1):
        left = leave_out(answered, [(COHORT, True)], order=ORDER, threshold=THRESHOLD)
        if left is None:
            return
        remaining = COHORT & ~left
        answered.sets.add(pack(remaining))
    pytest.fail("the cohort could be asked for in ever other words")
