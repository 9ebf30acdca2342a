"""A Table 1 and person-time tell no number of which all but a few persons have one value, or nearly so.

Lumpy numbers that are honest are told: most persons followed to the last day, most without any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.registry import get_kind
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import RatesParameters, RateStrata, TableOneParameters
from onggi.spec.variables import Variable
from tests.support.described_hospitals import RUNS
from tests.support.public_tables import pima, support2, whas500
from tests.support.statistics_specs import Columns, asking, category, flag, number, split, table_of
from tests.support.survival_specs import public_study

FALL: Final = {"name": "fall", "event": {"domain": "death"}, "horizon_days": 365, "prior_events": "ignore"}
ONE_APART: Final = np.array([7.0] * 29 + [50.0])
"""Mean 8.4 and standard deviation 7.9: whoever knows the 7 knows the 50."""


def _table(columns: Columns, **more: Any) -> JobSpec:
    by = more.pop("by", None)
    names = tuple(name for name in columns if name != by)
    variables: list[Variable] = [number(name, 0, 100) for name in names]
    if by is not None:
        variables.append(category(by, "a", "b", "c", "d"))
    return asking(TableOneParameters(variables=names, by=by), variables=tuple(variables), **more)


def _rates(**more: Any) -> JobSpec:
    strata = (RateStrata(variable="age", cuts=(50,)),)
    asked = RatesParameters(outcome="fall", strata=strata, reference_rates=(1, 2))
    return asking(asked, variables=(number("age", 0, 120),), outcomes=(FALL,), **more)


def _follow_up(days: Sequence[float]) -> dict[str, Any]:
    """An old stratum that nothing is wrong with, and a young one of these days."""
    rng, size = np.random.default_rng(3), len(days)
    old = rng.integers(1, 366, 100).astype(float)
    fell = rng.random(100) < 0.4
    return {
        "age": np.concatenate([np.full(100, 70.0), np.full(size, 30.0)]),
        "fall_days": np.concatenate([old, np.array(days, dtype=float)]),
        "fall_event": np.concatenate([fell, np.zeros(size)]).astype(float),
    }


def _told(spec: JobSpec, tables: Sequence[Any]) -> Mapping[str, Any] | str:
    try:
        (run_fixed_point if spec.privacy.masked else run_in_clear)(spec, tables, check=True)
    except Refused as refused:
        return {"code": refused.code, **refused.facts}
    return "answered"


def _few_differ(cell: str) -> dict[str, Any]:
    return {"code": "disclosure.few_differ", "cell": cell, "threshold": 10}


@pytest.mark.parametrize("masked", RUNS)
def test_one_person_apart_from_all_others_is_not_told(masked: bool) -> None:
    alone = {"lab": ONE_APART}
    assert _told(_table(alone, masked=masked), [table_of(alone)]) == _few_differ("lab")
    lacking = {"lab": np.concatenate([ONE_APART, np.full(30, np.nan)])}
    assert _told(_table(lacking, masked=masked), [table_of(lacking)]) == _few_differ("lab")
    beside = {"lab": np.concatenate([np.arange(30.0), ONE_APART]), "arm": np.repeat([0.0, 1.0], 30)}
    spec = _table(beside, by="arm", masked=masked)
    found = _told(spec, [table_of({name: _two_more(values) for name, values in beside.items()})])
    assert found == _few_differ("arm=b: lab")


def _two_more(values: Any) -> Any:
    """So that no group lacks persons."""
    if len(np.unique(values)) == 2:
        return np.concatenate([values, np.repeat([2.0, 3.0], 30)])
    return np.concatenate([values, np.arange(60.0)])


@pytest.mark.parametrize("masked", RUNS)
def test_a_hospital_with_one_person_apart_keeps_its_sums(masked: bool) -> None:
    rng = np.random.default_rng(1)
    columns = {"lab": np.concatenate([rng.normal(40, 9, 300), ONE_APART, rng.normal(40, 9, 300)])}
    tables = split(columns, [300, 330])
    spec = _table(columns, masked=masked, sites=3)
    assert _told(spec, tables) == ("answered" if masked else _few_differ("lab"))
    # A node asks this of its own numbers before they are masked, unless the permit allows small hospitals.
    kind, survey = get_kind("table_one"), Ask(0, "survey", {})
    with pytest.raises(Refused, match=r"^disclosure\.few_differ"):
        kind.check_site(spec, survey, kind.local(spec, tables[1], survey))


@pytest.mark.parametrize("masked", RUNS)
def test_everybody_together_is_judged_as_a_table_without_groups_is(masked: bool) -> None:
    """Three of eleven differ in each of four groups, a quarter. Of all, fewer than ten are in sight."""
    lab = np.array([[50.0] * 8 + [22.0 + group, 77 - group, 78 + group] for group in range(4)])
    columns = {"lab": lab.ravel(), "arm": np.repeat(np.arange(4.0), 11)}
    told = _told(_table(columns, by="arm", masked=masked), [table_of(columns)])
    assert told == _few_differ("everybody: lab")
    assert _told(_table({"lab": lab.ravel()}, masked=masked), [table_of(columns)]) == _few_differ("lab")


@pytest.mark.parametrize("masked", RUNS)
@pytest.mark.parametrize(
    "days", [[365] * 199 + [100], [365] * 190 + [350] * 10 + [1], [100, 101, 102] * 20 + [365]]
)
def test_person_time_of_which_one_person_lacks_nearly_all_is_not_told(
    masked: bool, days: list[float]
) -> None:
    tables = [table_of(_follow_up(days))]
    assert _told(_rates(masked=masked), tables) == _few_differ("age=0 to 50: person-time")


@pytest.mark.parametrize("masked", RUNS)
def test_a_hospital_with_one_short_follow_up_keeps_its_sums(masked: bool) -> None:
    usual, odd = _follow_up(list(range(0, 360, 3))), _follow_up([365] * 199 + [100])
    tables = [table_of(usual), table_of(odd), table_of(usual)]
    told = _told(_rates(masked=masked, sites=3), tables)
    assert told == ("answered" if masked else _few_differ("age=0 to 50: person-time"))


@pytest.mark.parametrize("masked", RUNS)
def test_most_may_be_followed_to_one_and_the_same_day(masked: bool) -> None:
    """Twelve of three hundred whose follow-up ended on days of their own."""
    columns = _follow_up([365] * 288 + list(range(20, 360, 30)))
    assert _told(_rates(masked=masked), [table_of(columns)]) == "answered"
    asked = TableOneParameters(variables=("fall_days",))
    young = {name: values[100:] for name, values in columns.items()}
    spec = asking(asked, outcomes=(FALL,), masked=masked)
    assert _told(spec, [table_of(young)]) == "answered"


@pytest.mark.parametrize("masked", RUNS)
def test_most_may_have_none_or_come_in_few_sizes(masked: bool) -> None:
    rng = np.random.default_rng(2)
    columns = {
        "stays": np.where(rng.random(200) < 0.9, 0.0, rng.integers(1, 6, 200)),
        "doses": rng.choice([0.0, 20.0, 40.0], 200, p=[0.1, 0.8, 0.1]),
        "age": rng.normal(80, 4, 200).round().clip(0, 90),
        "crp": rng.lognormal(1, 1, 200).clip(0, 100),
    }
    assert _told(_table(columns, masked=masked), [table_of(columns)]) == "answered"


STUDIES: Final = {
    "pima": ("pregnancies", "glucose", "pressure", "skin", "insulin", "bmi", "pedigree", "age"),
    "whas500": ("age", "hr", "sysbp", "diasbp", "bmi", "los"),
    "GBSG2": ("age", "tsize", "pnodes", "progrec", "death_days"),
    "support2": ("age", "meanbp", "hrt", "resp", "wblc", "temp", "crea", "sod", "alb", "bili", "slos", "edu"),
}
OF_GROUPS: Final = {"pima": "positive", "whas500": "gender", "GBSG2": "horth", "support2": "diabetes"}


def _public(name: str) -> Columns:
    read = {"pima": pima, "whas500": whas500, "support2": support2}
    return read[name]() if name in read else public_study(name).columns


def _ranged(name: str, values: Any) -> Variable:
    """What somebody would declare who knows the order of size. One albumin of 29 g/dl is a wrong entry."""
    return number(name, 0, 10 if name == "alb" else 2 * float(np.nanmax(values)))


@pytest.mark.parametrize("masked", RUNS)
@pytest.mark.parametrize("name", STUDIES)
def test_the_numbers_of_public_studies_are_told(name: str, masked: bool) -> None:
    columns, by = _public(name), OF_GROUPS[name]
    size = len(columns[by])
    shuffled = np.random.default_rng(7).permutation(size)
    variables = (flag(by), *(_ranged(each, columns[each]) for each in STUDIES[name]))
    for each in STUDIES[name]:
        # One by one: who lacks a number is left out.
        spec = asking(
            TableOneParameters(variables=(each,), by=by, complete=(each,)),
            variables=variables,
            sites=2,
            masked=masked,
        )
        told = {other: columns[other][shuffled] for other in (by, each)}
        assert _told(spec, split(told, [size // 2])) == "answered", each


@pytest.mark.parametrize("masked", RUNS)
@pytest.mark.parametrize(
    ("name", "days", "event"), [("whas500", "lenfol", "fstat"), ("support2", "d.time", "death")]
)
def test_the_follow_up_of_public_studies_is_told(name: str, days: str, event: str, masked: bool) -> None:
    columns = _public(name)
    told = {"age": columns["age"], "fall_event": columns[event], "fall_days": columns[days]}
    outcome = FALL | {"horizon_days": int(columns[days].max())}
    asked = RatesParameters(outcome="fall", strata=(RateStrata(variable="age", cuts=(70,)),))
    variables = (number("age", 0, 120),)
    spec = asking(asked, variables=variables, outcomes=(outcome,), sites=3, masked=masked)
    third = len(told["age"]) // 3
    assert _told(spec, split(told, [third, 2 * third])) == "answered"


def test_half_a_day_is_no_follow_up() -> None:
    columns = _follow_up([100.5, *range(60)])
    assert _told(_rates(), [table_of(columns)]) == {
        "code": "describe.table_wrong",
        "variable": "fall_days",
    }
