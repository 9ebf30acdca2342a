"""What several hospitals conclude together from how an answer's sets stand at each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import PersonSet
from analysis_jobs.kinds.guarded import PooledVerdict, SetHere, evidence_of, judge_pooled
from node.decisions.masked_sets import Near, Turn, decide_turn, look_here, to_stand_apart_from
from node.decisions.told_sets import NewSet, Sites, Standing
from privacy.differencing.guard import Answered, AskedSet, Fresh, TooNear, judge
from privacy.differencing.released_sets import pack

PERSONS, THRESHOLD = 200, 10
ALL: Sites = ("a", "b", "c")


def _first(number: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.arange(PERSONS) < number


def _standing(*told: tuple[int, Sites], worked_out: bool = False) -> Standing:
    """So many persons of each earlier answer, which is named by its place."""
    standing = Standing(Answered())
    for at, (number, sites) in enumerate(told):
        bits = pack(_first(number))
        standing.add((f"run-{at}", 0), NewSet(0, f"set {at}", number, bits=bits), sites)
    if worked_out:
        standing.add(("run-later", 0), NewSet(0, "later", 100, within=9), ALL)
    return standing


def _together(
    standings: Sequence[Standing], asked: Sequence[AskedSet], *, sites: Sites = ALL, whole: bool = True
) -> tuple[PooledVerdict, list[list[Near]]]:
    looked = [
        look_here(standing, [each], sites=sites, threshold=THRESHOLD, work_out=())
        for standing, each in zip(standings, asked, strict=True)
    ]
    sums: dict[str, Any] = {}
    for here in looked:
        for name, array in evidence_of(here.sets).items():
            sums[name] = sums.get(name, 0) + array
    told = [PersonSet("set", np.zeros(0, dtype=np.bool_), described=True)]
    verdict = judge_pooled(sums, told=told, sites=len(looked), whole=whole, threshold=THRESHOLD)
    return verdict, [here.near for here in looked]


def _asked(*numbers: int, definition: str = "new") -> list[AskedSet]:
    return [AskedSet(definition, _first(number), described=True) for number in numbers]


def _turn(verdict: PooledVerdict, near: list[Near], standing: Standing, **given: Any) -> Turn:
    told: dict[str, Any] = {"participants": ALL, "survivors": ALL, "turned": False}
    return decide_turn(verdict, near, standing, **(told | given))


def test_what_comes_near_at_one_hospital_alone_costs_nobody() -> None:
    """Two earlier answers: the first is near everywhere, the second at the last hospital."""
    standings = [_standing((100, ALL), (second, ALL)) for second in (60, 40, 99)]
    verdict, near = _together(standings, _asked(100, 100, 100))
    assert verdict.near == (0,)
    for here, standing in zip(near, standings, strict=True):
        assert to_stand_apart_from(verdict, here, standing, sites=ALL) == [[0]]


def test_without_an_answer_that_is_near_everywhere_all_of_them_count() -> None:
    standings = [_standing((100, ALL), (60, ALL)), _standing((60, ALL), (100, ALL)), _standing((100, ALL))]
    verdict, near = _together(standings, _asked(100, 100, 100))
    assert verdict.near == (0,)
    assert to_stand_apart_from(verdict, near[0], standings[0], sites=ALL) == [None]


@pytest.mark.parametrize("before", [("a", "b"), ("a", "b", "c", "d"), ("a", "d", "e"), ("a", "b", "d", "e")])
def test_nearly_the_same_persons_at_other_hospitals_are_refused(before: Sites) -> None:
    standings = [_standing((100, before)) if site in before else _standing() for site in ALL]
    verdict, near = _together(standings, _asked(98, 98, 98))
    assert _turn(verdict, near[0], standings[0]) == Turn(other_hospitals=True)


def test_other_hospitals_may_have_had_others() -> None:
    before = ("a", "b", "d", "e")
    standings = [_standing((100, before)), _standing((60, before)), _standing()]
    verdict, near = _together(standings, _asked(98, 98, 98))
    assert not _turn(verdict, near[0], standings[0]).other_hospitals


def test_what_turned_for_all_participants_is_opened_for_all_or_not_at_all() -> None:
    standings = [_standing((100, ALL)) for _ in ALL]
    verdict, near = _together(standings, _asked(60, 60, 60))
    assert _turn(verdict, near[0], standings[0], turned=True) == Turn()
    lost = {"survivors": ("a", "b")}
    assert _turn(verdict, near[0], standings[0], turned=True, **lost) == Turn(other_hospitals=True)
    assert _turn(verdict, near[0], standings[0], **lost) == Turn()


def test_the_same_set_over_fewer_hospitals_is_another_one() -> None:
    standings = [_standing((100, ALL)) for _ in ALL]
    asked = _asked(100, 100, 100, definition="set 0")
    assert _together(standings, asked)[0].near == ()
    assert _together(standings, asked, whole=False)[0].near == (0,)


def test_a_number_that_was_worked_out_does_not_tell_its_set() -> None:
    standings = [_standing((100, ALL), worked_out=True) for _ in ALL]
    assert _together(standings, _asked(100, 100, 100, definition="later"))[0].near == (0,)


def test_what_every_hospital_told_in_clear_or_in_this_sum_tells_nothing_new() -> None:
    standings = [_standing((100, ALL)), _standing((100, ())), _standing((100, ()))]
    assert _together(standings, _asked(100, 100, 100, definition="set 0"))[0].near == ()
    standings = [_standing((100, ())), _standing((100, ("a", "b"))), _standing((100, ()))]
    assert _together(standings, _asked(100, 100, 100, definition="set 0"))[0].near == (0,)


@pytest.mark.parametrize(
    ("told_in_clear", "persons", "shows"),
    [
        ((), (60, 60, 3), False),
        ((0,), (60, 60, 3), True),
        ((0, 1), (60, 60, 3), True),
        ((0, 1, 2), (60, 60, 60), False),
        ((0,), (60, 60, 60), False),
        ((0,), (60, 60, 0), False),
    ],
)
def test_what_hospitals_told_in_clear_leaves_nobody_s_few_over(
    told_in_clear: tuple[int, ...], persons: tuple[int, ...], shows: bool
) -> None:
    standings = [
        _standing((number + 1, ())) if at in told_in_clear else _standing()
        for at, number in enumerate(persons)
    ]
    verdict, near = _together(standings, _asked(*persons))
    assert verdict.shows_small is shows
    assert _turn(verdict, near[0], standings[0]).other_hospitals is shows


def test_a_hospital_tells_nothing_in_clear_beside_a_sum_that_would_show_how_few_another_has() -> None:
    verdict, _ = _together([_standing()] * 3, _asked(60, 60, 3))
    here = [SetHere(), SetHere(), SetHere(small=True)]
    assert [verdict.small_beside([each]) for each in here] == [[0], [0], []]
    for small_beside in (True, False):
        standing = Standing(Answered())
        told = NewSet(0, "summed", 60, bits=pack(_first(60)))
        standing.add(("run-1", 0), told, ALL, small_beside=small_beside)
        asked = AskedSet("summed", _first(60), described=True)
        judged = judge(standing.branch().told_here(), [asked], threshold=THRESHOLD)
        assert judged.verdicts == ((TooNear() if small_beside else Fresh()),)
