"""What follows by its meaning alone, and what does not."""

from __future__ import annotations

import math

import pytest

from privacy.differencing.meanings import (
    MISSING,
    Among,
    Between,
    Holds,
    KnownMeanings,
    Meaning,
    Missing,
    meaning_of,
    read_meaning,
    varying_columns,
    write_meaning,
)

COHORT = Among("cohort", ("in",), ("in", "out"))
NO, YES = (Among("male", (level,), ("no", "yes")) for level in ("no", "yes"))
A, B, C = (Among("group", (level,), ("a", "b", "c", MISSING)) for level in "abc")
OF_NO_GROUP = Among("group", (MISSING,), ("a", "b", "c", MISSING))
WITH_GROUP = Among("group", ("a", "b", "c"), ("a", "b", "c", MISSING))


def _set(*conditions: Holds) -> Meaning:
    meaning = meaning_of((COHORT, *conditions))
    assert meaning is not None
    return meaning


def _aged(low: float, high: float) -> Between:
    return Between("age", low, high)


AGE_KNOWN, YOUNG, OLD = _aged(-math.inf, math.inf), _aged(-math.inf, 50), _aged(50, math.inf)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (_set(), [_set()]),
        (_set(YES), [_set(), _set(NO)]),
        (_set(), [_set(YES), _set(NO)]),
        (_set(C), [_set(WITH_GROUP), _set(A), _set(B)]),
        (_set(C), [_set(), _set(A), _set(B), _set(OF_NO_GROUP)]),
        (_set(_aged(30, 50)), [_set(YOUNG), _set(_aged(-math.inf, 30))]),
        (_set(_aged(40, 60)), [_set(_aged(40, 45)), _set(_aged(45, 50)), _set(_aged(50, 60))]),
        (_set(Missing("age")), [_set(), _set(AGE_KNOWN)]),
        (_set(YES, OLD), [_set(AGE_KNOWN), _set(NO, OLD), _set(NO, YOUNG), _set(YES, YOUNG)]),
        (_set(YES, OLD), [_set(OLD), _set(NO, OLD)]),
        (_set(Among("male", (), ("no", "yes"))), [_set()]),
    ],
)
def test_sums_and_differences_follow(asked: Meaning, told: list[Meaning]) -> None:
    known = KnownMeanings(told)
    varying = varying_columns([asked, *told])
    assert known.follows(asked, varying=varying)
    assert not KnownMeanings(told[1:]).follows(asked, varying=varying)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (_set(C), [_set(), _set(A), _set(B)]),  # who has no group is in none
        (_set(OLD), [_set(), _set(YOUNG)]),  # nor has everybody an age
        (_set(_aged(30, 50)), [_set(YOUNG), _set(_aged(-math.inf, 31))]),
        (_set(YES, OLD), [_set(YES), _set(OLD), _set(AGE_KNOWN)]),
        ((YES,), [_set(YES)]),
        (_set(Among("other", ("yes",), ("no", "yes"))), [_set(), _set(NO)]),
    ],
)
def test_what_only_seems_to_follow_does_not(asked: Meaning, told: list[Meaning]) -> None:
    assert not KnownMeanings(told).follows(asked, varying=varying_columns([asked, *told]))


def test_the_last_level_of_a_model_with_many_columns_follows_from_the_others() -> None:
    """The universe of all columns together would be too large to look at."""
    columns = [Between(f"number {at}", -math.inf, math.inf) for at in range(20)]
    levels = [
        [Among(f"category {at}", (level,), ("a", "b", "c", "d", MISSING)) for level in "abcd"]
        for at in range(9)
    ]
    known = [Among(f"category {at}", tuple("abcd"), ("a", "b", "c", "d", MISSING)) for at in range(9)]
    told = [_set(*columns, *known)]
    told += [_set(*columns, *known, level) for every in levels for level in every[:-1]]
    last = [_set(*columns, *known, every[-1]) for every in levels]
    varying = varying_columns([*told, *last])
    assert all(KnownMeanings(told).follows(each, varying=varying) for each in last)
    assert not any(KnownMeanings(told[:1]).follows(each, varying=varying) for each in last)


def test_a_meaning_is_one_whichever_way_it_is_said() -> None:
    assert _set(WITH_GROUP, A) == _set(A) == _set(A, WITH_GROUP)
    assert _set(AGE_KNOWN, _aged(30, 60), _aged(40, 90)) == _set(_aged(40, 60))
    assert meaning_of([OLD, Missing("age")]) is None
    for each in (_set(A, OLD), _set(Missing("age")), _set(AGE_KNOWN, YES)):
        assert read_meaning(write_meaning(each)) == each
