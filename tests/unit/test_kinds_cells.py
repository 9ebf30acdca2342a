"""What histograms and cross tables refuse, and what they show beside rounded counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.registry import get_kind
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CrossTableParameters, DistributionParameters
from onggi.spec.results import CrossTable, Distribution
from tests.support.statistics_specs import asking, category, count_spec, flag, number, split, table_of

CELLS = Ask(0, "cells", {})
VARIABLES = (number("age", 0, 120), flag("male"), category("stage", "i", "ii", "iii"), flag("ill"))


def columns(n: int = 300) -> dict[str, Any]:
    rng = np.random.default_rng(8)
    return {
        "age": rng.uniform(20, 100, n).round(1),
        "male": (rng.random(n) < 0.5).astype(float),
        "stage": rng.integers(0, 3, n).astype(float),
        "ill": (rng.random(n) < 0.4).astype(float),
    }


def histogram(**given: Any) -> JobSpec:
    changes = {key: given.pop(key) for key in ("masked", "sites") if key in given}
    asked = {"variable": "age", "cuts": (40, 60, 80)} | given
    return asking(DistributionParameters(**asked), variables=VARIABLES, **changes)


def cross(**given: Any) -> JobSpec:
    changes = {key: given.pop(key) for key in ("masked", "sites") if key in given}
    asked = {"rows": "male", "columns": "ill"} | given
    return asking(CrossTableParameters(**asked), variables=VARIABLES, **changes)


@pytest.mark.parametrize(
    ("code", "spec"),
    [
        ("describe.unknown_variable", histogram(variable="weight")),
        ("describe.needs_number", histogram(variable="male")),
        ("describe.needs_levels", histogram(variable="age", by="age_too")),
        ("describe.cuts_wrong", histogram(cuts=(0, 50))),
        ("describe.cuts_wrong", histogram(cuts=(50, 120))),
        ("describe.too_many_cells", histogram(cuts=tuple(range(1, 101)), by="many")),
        ("describe.needs_levels", cross(rows="age")),
        ("describe.unknown_variable", cross(strata="weight")),
        ("describe.too_many_cells", cross(rows="many", columns="more", strata="male")),
    ],
)
def test_parameters_that_make_no_sense(code: str, spec: JobSpec) -> None:
    levels = tuple(f"l{at}" for at in range(20))
    more = (number("age_too", 0, 120), category("many", *levels), category("more", *levels))
    asked = spec.model_copy(update={"variables": (*VARIABLES, *more)})
    with pytest.raises(Refused) as refused:
        get_kind(spec.kind).check_spec(asked)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "given",
    [
        {"cuts": ()},
        {"cuts": (50, 40)},
        {"cuts": (40, 40)},
        {"cuts": (40,), "by": "age"},
        {"cuts": (40,), "quantiles": (0.0,)},
        {"cuts": (40,), "quantiles": (1.0,)},
        {"cuts": (40,), "quantiles": (0.5, 0.25)},
    ],
)
def test_distributions_that_cannot_be_written(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="DistributionParameters"):
        DistributionParameters(variable="age", **given)


@pytest.mark.parametrize("kind", ["distribution", "cross_table"])
def test_another_kinds_spec_is_refused(kind: str) -> None:
    with pytest.raises(Refused, match=r"^kinds\.wrong_kind"):
        get_kind(kind).check_spec(count_spec("one"))


@pytest.mark.parametrize("few", [0, 1, 9])
@pytest.mark.parametrize("level", [1, 3])
def test_a_small_interval_is_refused_and_so_is_an_empty_one_at_the_end(few: int, level: int) -> None:
    data = columns()
    data["age"] = np.where(
        (data["age"] >= 20 + 20 * level) & (data["age"] < 40 + 20 * level), 25, data["age"]
    )
    if level == 3:
        data["age"] = np.where(data["age"] >= 80, 25, data["age"])
    data["age"][:few] = 21 + 20 * level
    spec = histogram()
    summary = get_kind("distribution").local(spec, table_of(data), CELLS)
    name = {1: "age=40 to 60", 3: "age=80 to 120"}[level]
    for check in (
        lambda: get_kind("distribution").check_site(spec, CELLS, summary),
        lambda: get_kind("distribution").check_pooled(spec, CELLS, summary.evidence),
    ):
        with pytest.raises(Refused) as refused:
            check()
        assert refused.value.code == "disclosure.small_cell"
        assert refused.value.facts == {"cell": name, "threshold": 10}


@pytest.mark.parametrize("few", [0, 9])
def test_a_small_cell_withholds_the_whole_table(few: int) -> None:
    data = columns()
    data["ill"] = np.where((data["male"] == 1) & (data["stage"] == 2), 0, data["ill"])
    data["ill"][np.flatnonzero((data["male"] == 1) & (data["stage"] == 2))[:few]] = 1
    with pytest.raises(Refused) as refused:
        run_fixed_point(cross(strata="stage", masked=True), [table_of(data)], check=True)
    assert refused.value.facts["cell"] == "stage=iii, male=yes, ill=yes"
    assert isinstance(run_fixed_point(cross(masked=True), [table_of(data)], check=True), CrossTable)


@pytest.mark.parametrize("spec", [histogram(by="male", sites=3), cross(strata="stage", sites=3)])
def test_an_empty_hospital_is_refused_in_clear_and_takes_part_under_masks(spec: JobSpec) -> None:
    tables = split(columns(), [0, 1])
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        run_in_clear(spec, tables, check=True)
    masked = spec.model_copy(update={"privacy": spec.privacy.model_copy(update={"masked": True})})
    assert run_fixed_point(masked, tables, check=True) == run_in_clear(
        spec, [table_of(columns())]
    ).model_copy(update={"sites": 3})


@pytest.mark.parametrize("spec", [histogram(by="male"), cross()])
def test_nobody_odd_asks_and_impossible_sums(spec: JobSpec) -> None:
    kind = get_kind(spec.kind)
    nobody = {name: np.full(5, np.nan) for name in columns()}
    with pytest.raises(Refused, match=r"^describe\.nobody"):
        run_in_clear(spec, [table_of(nobody)])
    for ask in (Ask(0, "rows", {}), Ask(1, "cells", {}), Ask(0, "cells", {"x": np.zeros(1)})):
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            kind.local(spec, table_of(columns()), ask)
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            kind.layout(spec, ask, participants=3)
    sums = kind.local(spec, table_of(columns()), CELLS).arrays["persons"]
    for wrong in (sums + 0.5, sums[:-1], -sums):
        with pytest.raises(NotTrusted, match=r"^describe\.sum_impossible"):
            kind.next(spec, [{"persons": wrong}], sites=1)


def test_a_shown_histogram_tells_only_of_rounded_counts() -> None:
    spec = histogram(by="male")
    kind = get_kind("distribution")
    exact = run_in_clear(spec, [table_of(columns())])
    shown = kind.release(spec, exact, exact=False)
    assert isinstance(exact, Distribution)
    assert isinstance(shown, Distribution)
    assert kind.release(spec, exact, exact=True) == exact
    assert shown.rounded_to == 5
    assert all(count % 5 == 0 for group in shown.groups for count in group.persons)
    assert shown.groups[0].quantiles != exact.groups[0].quantiles
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        kind.release(spec, exact.model_copy(update={"minimum_persons": 60}), exact=True)


def test_a_shown_cross_table_tells_only_of_rounded_cells() -> None:
    spec = cross(strata="stage")
    kind = get_kind("cross_table")
    exact = run_in_clear(spec, [table_of(columns(377))])
    shown = kind.release(spec, exact, exact=False)
    assert isinstance(exact, CrossTable)
    assert isinstance(shown, CrossTable)
    assert kind.release(spec, exact, exact=True) == exact
    for before, after in zip(exact.tables, shown.tables, strict=True):
        told = (*(count for line in after.persons for count in line), *after.row_totals, after.total)
        assert all(count % 5 == 0 for count in told)
        assert abs(after.total - before.total) <= 2
        (a, b), (c, d) = after.persons
        assert after.two_by_two is not None
        assert after.two_by_two.odds_ratio.value == pytest.approx(a * d / (b * c))
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        kind.release(spec, exact.model_copy(update={"minimum_persons": 60}), exact=True)


def test_intervals_that_would_look_alike_are_told_apart_and_judged_one_by_one() -> None:
    cuts = (50.0, 50.0 + 1e-9, 50.0 + 2e-9)
    data = {
        "age": np.concatenate([np.full(40, 10.0), np.full(3, 50.0), np.full(40, 50 + 1e-9), np.full(40, 60)])
    }
    spec = asking(DistributionParameters(variable="age", cuts=cuts), variables=VARIABLES[:1])
    with pytest.raises(Refused) as refused:
        run_in_clear(spec, [table_of(data)], check=True)
    assert refused.value.facts["cell"] == "age=50 to 50.000000001"


def test_a_value_on_a_cut_belongs_to_the_interval_above_and_the_last_end_is_inside() -> None:
    data = {"age": np.array([0, 39.99, 40, 60, 120, 121, -1, np.nan])}
    answer = run_in_clear(asking(histogram().parameters, variables=VARIABLES[:1]), [table_of(data)])
    assert isinstance(answer, Distribution)
    assert answer.groups[0].persons == (2, 1, 1, 1)
