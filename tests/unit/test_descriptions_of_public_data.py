"""Public data, split over hospitals, give the numbers that other software gives for the whole.

``tests/data/reference/descriptions.json`` says which library computed each number.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.pooled import run_fixed_point
from onggi.errors import Refused
from onggi.spec.kinds import (
    CorrelationParameters,
    CrossTableParameters,
    DistributionParameters,
    RatesParameters,
    TableOneParameters,
)
from onggi.spec.results import Correlation, CrossTable, Distribution, LevelsRow, NumberRow, Rates, TableOne
from onggi.spec.variables import Variable
from tests.support.described_hospitals import RUNS, run
from tests.support.public_tables import SUPPORT_LEVELS, pima, support2, whas500
from tests.support.statistics_specs import Columns, asking, category, flag, number, split

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "reference" / "descriptions.json").read_text(encoding="utf-8")
)
RANGES = {"age": (0, 120), "bmi": (0, 100), "pedigree": (0, 3), "crea": (0, 50), "temp": (20, 50)}
DATA: dict[str, Callable[[], Columns]] = {"whas500": whas500, "pima": pima, "support2": support2}
FLAGS = ("gender", "afb", "mitype", "chf", "sho", "fstat", "positive", "diabetes")
CUTS = {"whas500": [7, 60, 61, 300], "pima": [100, 101, 500], "support2": [3, 1000, 5000, 9000]}


def variable(name: str) -> Variable:
    if name in SUPPORT_LEVELS:
        return category(name, *(f"l{at}" for at in range(len(SUPPORT_LEVELS[name]))))
    low, high = RANGES.get(name, (0, 1000))
    return flag(name) if name in FLAGS else number(name, low, high)


@pytest.mark.parametrize("masked", RUNS)
@pytest.mark.parametrize("name", DATA)
def test_table_one_agrees_with_tableone_and_scipy(name: str, masked: bool) -> None:
    wanted = REFERENCE["table_one"][name]
    names = tuple(wanted["variables"])
    asked = TableOneParameters(variables=names, by=wanted["by"])
    variables = tuple(variable(each) for each in (*names, wanted["by"]))
    answer = run(asking(asked, variables=variables, sites=5, masked=masked), DATA[name](), CUTS[name])
    assert isinstance(answer, TableOne)
    for row in answer.variables:
        told = wanted["variables"][row.variable]
        assert row.difference == pytest.approx(told["smd"], rel=1e-7)
        assert row.test is not None
        assert row.test.statistic == pytest.approx(told["statistic"], rel=1e-7)
        assert row.test.p_value == pytest.approx(told["p_value"], rel=1e-6)
        if isinstance(row, NumberRow):
            assert row.present[0] == told["present"]
            means, spreads = told["group_means"].values(), told["group_standard_deviations"].values()
            assert row.means == pytest.approx((told["mean"], *means), rel=1e-9)
            assert row.standard_deviations == pytest.approx((told["standard_deviation"], *spreads), rel=1e-8)
        else:
            levels = [list(level.values()) for level in told["persons"].values()]
            assert [list(level[1:]) for level in row.persons] == levels


def test_table_one_gives_published_means() -> None:
    published = REFERENCE["published"]["pima"]
    names = ("pregnancies", "glucose")
    asked = TableOneParameters(variables=names)
    answer = run(asking(asked, variables=tuple(map(variable, names)), sites=4), pima(), CUTS["pima"])
    assert isinstance(answer, TableOne)
    for row in answer.variables:
        assert isinstance(row, NumberRow)
        assert (row.means[0], row.standard_deviations[0]) == pytest.approx(
            published[row.variable], abs=5.1e-8
        )


def test_a_real_table_is_shown_and_a_rare_level_of_a_group_is_not() -> None:
    names = ("age", "meanbp", "wblc", "crea", "temp", "sex", "diabetes")
    asked = TableOneParameters(variables=names, by="dzclass", complete=("meanbp", "crea", "temp"))
    variables = tuple(variable(each) for each in (*names, "dzclass", "race"))
    spec = asking(asked, variables=variables, sites=5, masked=True)
    answer = run_fixed_point(spec, split(support2(), CUTS["support2"]), check=True)
    assert isinstance(answer, TableOne)
    assert answer.persons[0] == int((~np.isnan(support2()["crea"]) & ~np.isnan(support2()["temp"])).sum())
    rare = asking(
        TableOneParameters(variables=("race",), by="dzclass", complete=("race",)),
        variables=variables,
        sites=5,
        masked=True,
    )
    with pytest.raises(Refused) as refused:
        run_fixed_point(rare, split(support2(), CUTS["support2"]), check=True)
    assert refused.value.facts == {"cell": "dzclass=l3: race=l0", "threshold": 10}


@pytest.mark.parametrize("masked", RUNS)
def test_correlations_agree_with_pandas_and_scipy(masked: bool) -> None:
    wanted = REFERENCE["correlation"]["support2"]
    asked = CorrelationParameters(variables=tuple(wanted["variables"]))
    variables = tuple(map(variable, wanted["variables"]))
    spec = asking(asked, variables=variables, sites=5, masked=masked)
    answer = run(spec, support2(), CUTS["support2"], check=masked)
    assert isinstance(answer, Correlation)
    assert answer.n == wanted["n"]
    for pair, told in zip(answer.pairs, wanted["pairs"], strict=True):
        assert (pair.first, pair.second) == (told["first"], told["second"])
        for name in ("coefficient", "low", "high"):
            assert getattr(pair, name) == pytest.approx(told[name], abs=1e-9)
        assert pair.p_value == pytest.approx(told["p_value"], rel=1e-5, abs=1e-250)


@pytest.mark.parametrize("masked", RUNS)
def test_rates_of_death_after_a_heart_attack(masked: bool) -> None:
    wanted = REFERENCE["rates"]["whas500"]
    outcome = {
        "name": "dead",
        "event": {"domain": "death"},
        "horizon_days": 2500,
        "prior_events": "ignore",
    }
    data = dict(whas500())
    data |= {"dead_days": data["lenfol"], "dead_event": data["fstat"]}
    spec = asking(
        RatesParameters(outcome="dead", by="gender"),
        variables=(variable("gender"),),
        outcomes=(outcome,),
        sites=5,
        masked=masked,
    )
    answer = run(spec, data, CUTS["whas500"], check=masked)
    assert isinstance(answer, Rates)
    for group in answer.groups:
        told = wanted[group.group]
        assert (group.persons, group.events) == (told["persons"], told["events"])
        assert group.person_years * 365.25 == pytest.approx(told["days"], rel=1e-14)
        assert group.rate is not None
        found = (group.rate.value, group.rate.low, group.rate.high)
        assert found == pytest.approx((told["rate"], told["low"], told["high"]), rel=1e-9)
    assert (answer.groups[0].events, answer.groups[0].persons) == (215, 500)


@pytest.mark.parametrize("masked", RUNS)
def test_shock_and_death_after_a_heart_attack(masked: bool) -> None:
    wanted = REFERENCE["cross_table"]["whas500"]
    asked = CrossTableParameters(rows=wanted["rows"], columns=wanted["columns"])
    variables = (variable("sho"), variable("fstat"))
    answer = run(asking(asked, variables=variables, sites=5, masked=masked), whas500(), CUTS["whas500"])
    assert isinstance(answer, CrossTable)
    [table] = answer.tables
    assert [list(line) for line in table.persons] == wanted["persons"]
    assert table.two_by_two is not None
    for name in ("odds_ratio", "risk_ratio"):
        found = getattr(table.two_by_two, name)
        assert (found.value, found.low, found.high) == pytest.approx(tuple(wanted[name]), rel=1e-10)


@pytest.mark.parametrize("masked", RUNS)
def test_quantiles_of_age_lie_in_their_intervals_and_near_their_interpolation(masked: bool) -> None:
    wanted = REFERENCE["quantiles"]["support2"]
    cuts = tuple(range(25, 96, 5))
    asked = DistributionParameters(variable="age", cuts=cuts, quantiles=tuple(wanted["probabilities"]))
    spec = asking(asked, variables=(variable("age"),), sites=5, masked=masked)
    answer = run(spec, support2(), CUTS["support2"], check=masked)
    assert isinstance(answer, Distribution)
    assert sum(answer.groups[0].persons) == 9105
    for told, exact in zip(answer.groups[0].quantiles, wanted["values"], strict=True):
        assert told.low <= exact < told.high
        assert told.interpolated == pytest.approx(exact, abs=0.5)


def test_levels_are_told_by_their_names() -> None:
    asked = TableOneParameters(variables=("gender",))
    answer = run(asking(asked, variables=(variable("gender"),)), whas500(), [])
    assert isinstance(answer, TableOne)
    [row] = answer.variables
    assert isinstance(row, LevelsRow)
    assert (row.levels, row.persons) == (("no", "yes"), ((300,), (200,)))
