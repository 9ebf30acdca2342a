"""No kind adds up a number whose sums rest on a few persons; honest numbers are added up as before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.summed_numbers import NumberEvidence, SummedNumber, evidence_of_counts
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import (
    CorrelationParameters,
    GlmParameters,
    MetaParameters,
    PenalisedParameters,
    TableOneParameters,
)
from privacy.disclosure.spread_dominance import check_far_from_others
from tests.support.statistics_specs import asking, flag, glm_spec, number, split
from tests.support.survival_specs import cox_spec, death, public_study
from tests.unit.test_glm_published_values import pima

Array = Any
ROWS, CUTS = 480, [160, 320]
WIDE = number("x", 0, 1000)


def _rng(seed: int = 6) -> np.random.Generator:
    return np.random.default_rng(seed)


def _columns(x: Array) -> dict[str, Array]:
    rng = _rng(5)
    return {
        "x": x,
        "age": rng.normal(60, 12, ROWS),
        "y": rng.normal(5, 1, ROWS),
        "count": rng.poisson(2.0, ROWS).astype(float),
        "ill": rng.integers(0, 2, ROWS).astype(float),
        "death_days": rng.integers(1, 365, ROWS).astype(float),
        "death_event": rng.integers(0, 2, ROWS).astype(float),
    }


def _glm(family: Any, outcome: Any, **more: Any) -> Callable[[bool], JobSpec]:
    offset = "x" in more.values()
    terms = ("age",) if offset else ("age", "x")
    x = number("x", 0, 50) if offset else WIDE

    def asked(masked: bool) -> JobSpec:
        variables = [outcome, number("age", 0, 120), x]
        return glm_spec(variables, sites=3, masked=masked, family=family, terms=terms, **more)

    return asked


def _penalised(family: Any, outcome: Any, folds: int) -> Callable[[bool], JobSpec]:
    asked = PenalisedParameters(
        family=family, outcome=outcome.name, terms=("age", "x"), folds=folds, path_length=3
    )
    return lambda masked: asking(
        asked, sites=3, masked=masked, variables=(outcome, number("age", 0, 120), WIDE)
    )


def _cox(masked: bool) -> JobSpec:
    return cox_spec(death(365), [number("age", 0, 120), WIDE], sites=3, masked=masked)


def _correlation(masked: bool) -> JobSpec:
    asked = CorrelationParameters(variables=("age", "x"))
    return asking(asked, sites=3, masked=masked, variables=(number("age", 0, 120), WIDE))


def _table_one(by: str | None) -> Callable[[bool], JobSpec]:
    asked = TableOneParameters(variables=("age", "x"), by=by)
    variables = (number("age", 0, 120), WIDE, flag("ill"))
    return lambda masked: asking(asked, sites=3, masked=masked, variables=variables)


KINDS: Mapping[str, Callable[[bool], JobSpec]] = {
    "term of a straight line": _glm("gaussian", number("y", -50, 50)),
    "term of a yes or no": _glm("binomial", flag("ill")),
    "outcome": lambda masked: glm_spec(
        [WIDE, number("age", 0, 120)], sites=3, masked=masked, family="gaussian"
    ),
    "offset of counts": _glm("poisson", number("count", 0, 50), offset="x"),
    "folds of a straight line": _penalised("gaussian", number("y", -50, 50), 3),
    "folds of a yes or no": _penalised("binomial", flag("ill"), 3),
    "path without folds": _penalised("binomial", flag("ill"), 0),
    "cox": _cox,
    "correlation": _correlation,
    "table one": _table_one(None),
    "table one by groups": _table_one("ill"),
}


def _few(at_first: float, else_: float, persons: int) -> Array:
    """Of each hospital the first persons have one value, all others another."""
    found = np.full(ROWS, else_)
    for start in (0, *CUTS):
        found[start : start + persons] = at_first
    return found


IN_A_GROUP = {"disclosure.one_value"}
"""Nobody of one group may be among the few."""
ATTACKS = {
    "few have any": (_few(1.0, 0.0, 3), {"disclosure.small_cell"}),
    "one has nearly all": (
        np.where(np.arange(ROWS) % 160 == 7, 900.0, _rng().normal(1, 0.2, ROWS)),
        {"disclosure.effective_sample", "disclosure.few_differ"},
    ),
    "few differ from one value": (_few(44.0, 40.0, 3), {"disclosure.few_differ"} | IN_A_GROUP),
    "few lack what all others have": (_few(0.0, 1.0, 3), {"disclosure.few_differ"} | IN_A_GROUP),
    "few differ in the last digits that count": (
        _few(40.0001, 40.0, 3),
        {"disclosure.one_value", "disclosure.few_differ"},
    ),
    "one far from a narrow band": (
        np.where(np.arange(ROWS) == 7, 80.0, _rng().normal(40, 0.5, ROWS)),
        {"disclosure.few_differ"},
    ),
    "one value": (np.full(ROWS, 40.0), {"disclosure.one_value"}),
    "one value but for rounding": (
        40.0 + 1e-13 * np.arange(ROWS),
        {"disclosure.one_value", "disclosure.few_differ"},
    ),
}
HONEST = {
    "bell": _rng().normal(40, 12, ROWS),
    "skewed": _rng().gamma(1.5, 10, ROWS),
    "whole": _rng().integers(0, 4, ROWS).astype(float),
    "mostly none": np.where(_rng().random(ROWS) < 0.6, 0.0, _rng().integers(1, 6, ROWS)),
    "narrow in its range": 300 + _rng().normal(0, 2.0, ROWS),
    "two values": np.where(np.arange(ROWS) % 4 == 0, 30.0, 20.0),
}


def _told(asked: Callable[[bool], JobSpec], x: Array, *, masked: bool, shrunk: float = 1.0) -> str:
    spec, tables = asked(masked), split(_columns(x * shrunk), CUTS)
    try:
        (run_fixed_point if masked else run_in_clear)(spec, tables, check=True)
    except Refused as refused:
        return refused.code
    return "answered"


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "masked"])
@pytest.mark.parametrize("name", KINDS)
def test_no_kind_adds_up_a_number_that_tells_of_a_few(name: str, masked: bool) -> None:
    for attack, (x, refusals) in ATTACKS.items():
        # An offset is a logarithm: of this size all attacks stay within what a mean can be.
        shrunk = 0.01 if "offset" in name else 1.0
        assert _told(KINDS[name], x, masked=masked, shrunk=shrunk) in refusals, attack


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "masked"])
@pytest.mark.parametrize("name", KINDS)
def test_honest_numbers_are_answered(name: str, masked: bool) -> None:
    for shape, x in HONEST.items():
        if "offset" in name and shape == "narrow in its range":
            continue  # a mean of e to the fifteenth
        shrunk = 0.05 if "offset" in name else 1.0
        assert _told(KINDS[name], x, masked=masked, shrunk=shrunk) == "answered", shape


@cache
def _public(name: str) -> dict[str, Array]:
    return pima() if name == "pima" else dict(public_study(name).columns)


TERMS = {
    "pima": ("pregnant", "glucose", "pressure", "triceps", "insulin", "mass", "pedigree", "age"),
    "whas500": ("age", "hr", "bmi"),
    "GBSG2": ("age", "tsize", "pnodes", "progrec"),
    "veteran": ("death_days", "karnofsky_score"),
}


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "masked"])
@pytest.mark.parametrize("name", TERMS)
def test_the_numbers_of_public_studies_pass(name: str, masked: bool) -> None:
    columns = _public(name)
    terms = [each for each in TERMS[name] if each in columns]
    assert len(terms) > 1
    asked = CorrelationParameters(variables=tuple(terms))
    variables = tuple(number(each, *_range(columns[each])) for each in terms)
    spec = asking(asked, sites=4, masked=masked, variables=variables)
    size = len(columns[terms[0]])
    tables = split({each: columns[each] for each in terms}, [size // 4, size // 2, 3 * size // 4])
    assert (run_fixed_point if masked else run_in_clear)(spec, tables, check=True)


def _range(values: Array) -> tuple[float, float]:
    """What somebody would declare who knows the order of size alone."""
    return 0.0, 10.0 ** (np.ceil(np.log10(values.max())) + 1)


def test_a_hospital_of_its_own_gives_no_estimate_for_such_a_number() -> None:
    asked = MetaParameters(
        model=GlmParameters(family="gaussian", outcome="y", terms=("age", "x")), term="age"
    )
    spec = asking(asked, sites=3, variables=(number("y", -50, 50), number("age", 0, 120), WIDE))
    tables = split(_columns(ATTACKS["few differ from one value"][0]), CUTS)
    with pytest.raises(Refused, match=r"meta\.too_few_estimates"):
        run_in_clear(spec, tables, check=True)


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ([100, 0, 91], False),
        ([100, 90, 0], True),
        ([9, 0, 100], False),
        ([10, 0, 100], True),
    ],
)
def test_ten_of_a_hundred_are_no_few_and_nine_are(places: list[float], told: bool) -> None:
    even = [0.0, 50.0, 0.0, 30.0]
    if told:
        check_far_from_others("x", persons=100, powers=even, places=places, noise=0, threshold=10)
        return
    with pytest.raises(Refused, match="few_differ"):
        check_far_from_others("x", persons=100, powers=even, places=places, noise=0, threshold=10)


def test_where_rounding_under_masks_hides_on_whom_a_spread_rests_it_counts_as_few() -> None:
    narrow = [0.0, 100 * 1e-6, 0.0, 100 * 3e-12]
    check_far_from_others("x", persons=100, powers=narrow, places=[50], noise=0, threshold=10)
    with pytest.raises(Refused, match="few_differ"):
        check_far_from_others("x", persons=100, powers=narrow, places=[50], noise=2**-30, threshold=10)


@pytest.mark.parametrize(("low", "high"), [(0, 90), (-40, 60), (-90, 0)])
def test_evidence_from_counts_of_values_is_that_of_the_persons(low: float, high: float) -> None:
    number = SummedNumber("x", low, high)
    rng = _rng()
    values = np.linspace(low, high, 21)
    persons = rng.integers(0, 9, (3, 21)).astype(float)
    told = evidence_of_counts(number, values, persons)
    for group, counts in enumerate(persons):
        each = NumberEvidence([number])
        each.add(np.repeat(values, counts.astype(int))[None, :])
        for name, wanted in each.arrays().items():
            assert told[name].reshape(3, -1)[group] == pytest.approx(wanted, rel=1e-12, abs=1e-12)


def test_who_has_no_number_adds_nothing() -> None:
    numbers = [SummedNumber("one", 0, 90), SummedNumber("other", -5, 5)]
    values = _rng().uniform(0, 5, (2, 40))
    values[:, :20] = np.nan
    gaps, rest = NumberEvidence(numbers), NumberEvidence(numbers)
    gaps.add(values)
    rest.add(values[:, 20:])
    for name, wanted in rest.arrays().items():
        assert gaps.arrays()[name] == pytest.approx(wanted, rel=1e-12)


def test_those_who_miss_the_top_of_a_range_are_counted_to_the_last() -> None:
    """Twelve of three hundred with days of their own: no scrambled place has ten of them for sure."""
    evidence = NumberEvidence([SummedNumber("days", 0, 365)])
    evidence.add(np.concatenate([np.full(288, 365.0), 30.0 * np.arange(12)])[None, :])
    assert evidence.arrays()["number_counts"].tolist()[:2] == [299, 12]
