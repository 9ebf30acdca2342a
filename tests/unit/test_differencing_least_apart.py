"""Persons who tell a set from all that was released: a lower bound here, and added up over hospitals."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import PersonSet
from analysis_jobs.kinds.guarded import SetHere, evidence_of, judge_pooled
from privacy.differencing.guard import least_apart
from privacy.differencing.released_sets import ReleasedSets, pack

PERSONS = 400
THRESHOLD = 10
Members = np.ndarray[Any, np.dtype[np.bool_]]


def _released(*sets: Members) -> ReleasedSets:
    released = ReleasedSets()
    for members in sets:
        released.add(pack(members))
    return released


def _first(number: int) -> Members:
    return np.arange(PERSONS) < number


@pytest.mark.parametrize("few", [0, 1, 9])
def test_few_persons_beside_an_earlier_set_are_counted(few: int) -> None:
    released = _released(_first(300), _first(100))
    assert least_apart(released, _first(300 - few), threshold=THRESHOLD) == few


@pytest.mark.parametrize("asked", [0, 3, 9])
def test_a_small_set_is_near_to_nobody_at_all(asked: int) -> None:
    assert least_apart(_released(_first(300)), _first(asked), threshold=THRESHOLD) == asked


@pytest.mark.parametrize("few", [10, 11, 60])
def test_no_more_than_the_threshold_is_told(few: int) -> None:
    assert least_apart(_released(_first(300)), _first(300 - few), threshold=THRESHOLD) == THRESHOLD


def test_the_nearest_of_several_combinations_counts() -> None:
    whole, men = _first(300), np.arange(PERSONS) % 2 == 0
    asked = whole & ~men
    asked[[0, 2, 4]] = True  # three men beside the complement
    released = _released(whole, whole & men, np.roll(whole & ~men, 2) & whole)
    assert least_apart(released, asked, threshold=THRESHOLD) == 3


@pytest.mark.parametrize("seed", range(12))
def test_over_hospitals_the_numbers_add_up_to_no_more_than_the_pooled_difference(seed: int) -> None:
    draw = np.random.default_rng(seed)
    hospitals = draw.integers(0, 4, PERSONS)
    sets = [draw.random(PERSONS) < share for share in (0.3, 0.5, 0.7)]
    times = draw.integers(-1, 2, len(sets))
    combined = sum(each * members.astype(np.int64) for each, members in zip(times, sets, strict=True))
    asked = np.asarray(combined == 1)  # near to the combination, or not at all
    asked[draw.choice(PERSONS, draw.integers(0, 20), replace=False)] ^= True
    added_up = 0
    for hospital in range(4):
        here = hospitals == hospital
        added_up += least_apart(_released(*(each[here] for each in sets)), asked[here], threshold=THRESHOLD)
    differing = [
        int(np.count_nonzero(asked - sum(each * one for each, one in zip(factors, sets, strict=True))))
        for factors in product((-1, 0, 1), repeat=len(sets))
    ]
    assert added_up <= min(differing)


def _judge(*hospitals: SetHere, described: bool = False) -> Any:
    told = [PersonSet("set", np.zeros(0, dtype=np.bool_), described=described)]
    sums: dict[str, Any] = {}
    for each in hospitals:
        for name, array in evidence_of([each]).items():
            sums[name] = sums.get(name, 0) + array
    return judge_pooled(sums, told=told, sites=len(hospitals), whole=True, threshold=THRESHOLD)


def test_hospitals_of_which_none_could_vouch_alone_vouch_together() -> None:
    verdict = _judge(SetHere(apart=4), SetHere(apart=3), SetHere(apart=3))
    assert verdict.near == verdict.to_work_out == ()


def test_a_person_fewer_in_all_is_near() -> None:
    assert _judge(SetHere(apart=4), SetHere(apart=3), SetHere(apart=2)).near == (0,)


def test_what_all_hospitals_name_alike_can_be_worked_out() -> None:
    here = SetHere(apart=3, reference="earlier", beside=3)
    verdict = _judge(here, here, here)
    assert (verdict.near, verdict.to_work_out) == ((), (0,))
    assert verdict.most_apart == {0: THRESHOLD - 1}
    other = SetHere(apart=3, reference="another", beside=3)
    assert _judge(here, here, other).near == (0,), "nothing that all could give"
    assert _judge(here, here, here, described=True).near == (0,), "a description is no number"


def test_the_very_set_everywhere_tells_nothing_new() -> None:
    same = SetHere(same=True)
    assert _judge(same, same, same).near == ()
    assert _judge(same, same, SetHere()).near == (0,)
