"""Combinations of released sets that come near to a new one: those that are there are found, no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.differencing.guard import Answered, AskedSet, Fresh, WorkedOut, judge
from privacy.differencing.near_span import find_near_combination
from privacy.differencing.released_sets import ReleasedSets, count, differing, pack

THRESHOLD = 10
PERSONS = 3_000


def _hospital(seed: int, *, sets: int = 40) -> Any:
    """Sets as studies draw them: everybody, broad groups, diseases, parts of each other."""
    draw = np.random.default_rng(seed)
    found = [np.ones(PERSONS, dtype=np.bool_)]
    for at in range(1, sets):
        share = draw.choice([0.5, 0.2, 0.05, 0.02])
        some = draw.random(PERSONS) < share
        found.append(some & found[draw.integers(0, at)] if at % 3 == 0 else some)
    return np.array(found)


def _few(draw: np.random.Generator, number: int) -> Any:
    return draw.choice(PERSONS, size=number, replace=False)


def _differs_at(released: Any, asked: Any, terms: Any) -> int:
    values = sum(times * released[at].astype(float) for at, times in terms)
    return int((np.abs(values - asked) > 1e-6).sum())


@pytest.mark.parametrize("off_by", [0, 4])
@pytest.mark.parametrize("seed", range(2))
def test_planted_combinations_are_found(seed: int, off_by: int) -> None:
    draw = np.random.default_rng(100 + seed)
    base = _hospital(seed)
    one, other, third = base[3], base[4] & ~base[3], base[5]
    released = np.array([*base, other, one & third, one & third & base[7], base[7] & one, base[7] & third])
    planted = [
        ~third,
        one | other,
        one & ~third,
        one | third,
        ~(one | third),
        third & ~(one & third),
        one | third | base[7],
    ]
    for exactly in planted:
        asked = exactly.copy()
        asked[_few(draw, off_by)] ^= True
        found = find_near_combination(released, asked, threshold=THRESHOLD)
        assert found is not None
        assert _differs_at(released, asked, found.terms) < THRESHOLD


@pytest.mark.parametrize("seed", range(2))
def test_what_is_apart_is_left_alone(seed: int) -> None:
    draw = np.random.default_rng(200 + seed)
    released = _hospital(seed)
    for share in (0.5, 0.1, 0.01):
        assert find_near_combination(released, draw.random(PERSONS) < share, threshold=THRESHOLD) is None
    nearly = released[5].copy()
    nearly[_few(draw, THRESHOLD)] ^= True
    assert find_near_combination(released[:6], nearly, threshold=THRESHOLD) is None


def test_nothing_released_is_near_to_nothing() -> None:
    assert find_near_combination(np.zeros((0, 5), np.bool_), np.ones(5, np.bool_), threshold=10) is None


@st.composite
def small_worlds(draw: st.DrawFn) -> tuple[Any, Any]:
    """A few sets over blocks of persons, so that many combinations come near, and questions about them."""
    sizes = draw(st.lists(st.integers(1, 14), min_size=2, max_size=9))
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    chosen = draw(st.lists(st.lists(st.booleans(), min_size=len(sizes), max_size=len(sizes)), max_size=8))
    return len(blocks), [np.array(each, dtype=np.bool_)[blocks] for each in chosen]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(world=small_worlds())
def test_a_number_that_is_worked_out_is_as_near_to_the_truth_as_it_says(world: tuple[int, Any]) -> None:
    persons, questions = world
    answered = Answered()
    answered.load(np.ones(persons, dtype=np.bool_))
    exact = {persons}
    for at, members in enumerate(questions):
        judged = judge(answered, [AskedSet(str(at), members)], threshold=THRESHOLD)
        (verdict,) = judged.verdicts
        answered = judged.after
        true = int(members.sum())
        match verdict:
            case WorkedOut(number=int(number), within=within):
                assert abs(number - true) <= within
                assert number >= THRESHOLD
            case Fresh():
                exact.add(true)
    assert set(answered.sets.sizes.tolist()) == exact


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.booleans(), min_size=40, max_size=40), min_size=1, max_size=8), st.integers(1, 40)
)
def test_near_equal_sets_are_all_found(drawn: list[list[bool]], threshold: int) -> None:
    members = np.array(drawn, dtype=np.bool_)
    sets = ReleasedSets()
    for each in members[1:]:
        sets.add(pack(each))
    wanted = [
        (at, int((each ^ members[0]).sum()))
        for at, each in enumerate(members[1:])
        if (each ^ members[0]).sum() < threshold
    ]
    assert list(sets.nearly_equal(pack(members[0]), threshold=threshold)) == wanted


def test_the_nearest_sets_are_those_that_share_most() -> None:
    sets = ReleasedSets()
    base = np.arange(400) < 200
    for start in range(0, 200, 10):
        sets.add(pack(np.roll(base, start)))
    assert sets.nearest(pack(base), most=3) == [0, 1, 2]
    assert sets.nearest(pack(base), most=100) == list(range(20))
    copy = sets.branch()
    copy.add(pack(~base))
    assert (len(sets), len(copy)) == (20, 21)


def test_sets_of_other_lengths_are_compared() -> None:
    short, long = pack(np.ones(9, np.bool_)), pack(np.ones(30, np.bool_))
    assert (count(short), count(long)) == (9, 30)
    assert differing(short, long) == differing(long, short) == 21
    assert count(pack(np.zeros(12, np.bool_))) == 0
