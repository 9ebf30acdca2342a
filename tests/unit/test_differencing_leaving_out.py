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
    left = leave_out(answered, asked, order=ORDER, threshold=THRESHOLD)
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
    lacking = [_without(COHORT & ~half, few) for few in (0, 3, 6)]
    remaining = [int((each & ~_left(answered, each)).sum()) for each in lacking]
    # Two sets may be off by twice as many persons as one.
    assert remaining == [(COHORT & ~half).sum() - 2 * THRESHOLD + 1] * 3


def test_the_same_persons_are_left_out_of_every_wording() -> None:
    """Or asking in many words would average them away; each further wording costs further persons."""
    answered = _answered(COHORT)
    first = _without(COHORT, 3) & ~_left(answered, _without(COHORT, 3))
    once_more = _without(COHORT, 4) & ~_left(answered, _without(COHORT, 4))
    assert (first & ~once_more).sum() <= 1
    answered.sets.add(pack(first))
    third = _without(COHORT, 5) & ~_left(answered, _without(COHORT, 5))
    assert third.sum() <= COHORT.sum() - 2 * THRESHOLD


def test_who_counts_twice_in_a_combination_does_not_show_in_how_many_remain() -> None:
    """Persons of `few` are in what was lost twice: only the number that the reader has may be the measure."""
    for size in (0, 1, 3, 6):
        few, one, other = (
            (np.arange(PERSONS) >= low) & (np.arange(PERSONS) < high)
            for low, high in ((0, size), (20, 60), (60, 100))
        )
        answered = _answered(COHORT, COHORT & ~few & ~one, COHORT & ~one & ~other)
        asked = COHORT & ~few & ~other
        remaining = asked & ~_left(answered, asked)
        told = COHORT.sum() - (COHORT & ~few & ~one).sum() + (COHORT & ~one & ~other).sum()
        assert told - remaining.sum() == 2 * THRESHOLD - 1


def test_the_rest_of_a_set_stands_apart_as_well() -> None:
    """Or whoever has no outcome would tell by how many fewer they are."""
    ill = COHORT & (np.arange(PERSONS) % 3 == 0)
    answered = _answered(COHORT, ill)
    asked = [_without(COHORT, 1), _without(ill, 1, start=51)]
    left = _left(answered, *asked)
    assert (asked[1] & ~left).sum() == ill.sum() - THRESHOLD
    healthy = COHORT & ~ill & ~left
    assert healthy.sum() <= (COHORT & ~ill).sum() - THRESHOLD


@pytest.mark.parametrize("few", range(4))
def test_a_whole_whose_number_is_known_does_not_tell_how_many_of_a_part_are_new(few: int) -> None:
    """Twelve persons more, `few` of them ill: the ill come near to the earlier ones, everybody does not."""
    ill = COHORT & (np.arange(PERSONS) % 3 == 0)
    more = (np.arange(PERSONS) >= 300) & (np.arange(PERSONS) < 312)
    new = more & (np.arange(PERSONS) < 300 + few)
    left = _left(_answered(COHORT, ill), COHORT | more, ill | new)
    assert ((ill | new) & ~left).sum() == ill.sum() - THRESHOLD
    # Beyond two the others who are new are few themselves, and nobody new remains.
    assert ((COHORT | more) & ~left).sum() == COHORT.sum() - (8 if few < 3 else 29)


def test_only_the_named_answers_count_where_some_are_named() -> None:
    answered = _answered(COHORT, _without(COHORT, 12))
    at_all = [
        leave_out(answered, [COHORT], order=ORDER, threshold=THRESHOLD, beside=[at]) for at in ([1], [])
    ]
    left_of_one, of_none = at_all
    assert left_of_one is not None
    assert left_of_one.sum() == THRESHOLD
    assert of_none is not None
    assert not of_none.any()


def test_a_set_is_not_used_up() -> None:
    """Where hardly anybody remains, everybody else's number would tell how many there were."""
    few = np.arange(PERSONS) < 2 * THRESHOLD - 1
    assert leave_out(_answered(few), [few], order=ORDER, threshold=THRESHOLD) is None


def test_too_many_persons_are_not_left_out() -> None:
    answered = _answered(COHORT)
    remaining = COHORT
    for _ in range(MOST_TIMES_THRESHOLD + 1):
        left = leave_out(answered, [COHORT], order=ORDER, threshold=THRESHOLD)
        if left is None:
            return
        remaining = COHORT & ~left
        answered.sets.add(pack(remaining))
    pytest.fail("the cohort could be asked for in ever other words")
