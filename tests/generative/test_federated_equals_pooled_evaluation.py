"""A model evaluated over many hospitals is the model evaluated on their rows together.

Numbers of persons exactly; everything else to 1e-8 of itself or of its standard error, in clear and with
replies rounded to 2^-32 as under masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import NotTrusted, Refused
from onggi.spec.kinds import EvaluationParameters, LogisticModel, ModelTerm
from onggi.spec.results import EvaluatedPopulation, ModelEvaluation
from tests.support.statistics_specs import Columns, asking, category, flag, number, split

Numbers = npt.NDArray[np.float64]
_SETTLED: Any = {"tol": 1e-14, "maxiter": 200, "tol_criterion": "params"}
"""By deviance the library may stop a step before its standard errors have settled."""
RUNS = [pytest.param(False, id="clear"), pytest.param(True, id="fixed-point")]
VARIABLES = (flag("y"), number("age", 0, 120), flag("male"), category("group", "a", "b", "c"))
LEVELS = {"male": ("male=no", "male=yes"), "group": ("group=a", "group=b", "group=c")}


@dataclass(frozen=True)
class Study:
    columns: Columns
    asked: EvaluationParameters
    predictor: Numbers

    def run(self, cuts: list[int], *, masked: bool) -> ModelEvaluation:
        tables = split(self.columns, cuts)
        spec = asking(self.asked, sites=len(tables), masked=masked, variables=VARIABLES)
        found = (run_fixed_point if masked else run_in_clear)(spec, tables)
        assert isinstance(found, ModelEvaluation)
        return found


def make_study(
    n: int, seed: int, *, by: str | None = None, intercept: float = -4.0, factor: float = 1.0
) -> Study:
    """A model that is wrong by a factor and a shift; some ages missing."""
    rng = np.random.default_rng(seed)
    # Within the declared range: who is outside counts as missing.
    age, male = rng.normal(60, 15, n).round().clip(0, 120), (rng.random(n) < 0.6).astype(float)
    group = rng.integers(0, 3, n).astype(float)
    truth = -3.5 + 0.05 * age + 0.4 * male + 0.5 * (group == 2)
    y = (rng.random(n) < 1 / (1 + np.exp(-truth))).astype(float)
    terms = (("age", None, 0.06), ("male", None, 0.3), ("group", "c", 0.7), ("group", "b", -0.2))
    model = LogisticModel(
        intercept=intercept * factor,
        terms=tuple(
            ModelTerm(variable=name, level=level, coefficient=value * factor) for name, level, value in terms
        ),
    )
    asked = EvaluationParameters(
        outcome="y", model=model, edges=(0.25, 0.4, 0.6), thresholds=(0.4,), by=by, by_edges=()
    )
    predictor = factor * (intercept + 0.06 * age + 0.3 * male + 0.7 * (group == 2) - 0.2 * (group == 1))
    columns = {"y": y, "age": np.where(rng.random(n) < 0.05, np.nan, age), "male": male, "group": group}
    return Study(columns, asked, np.clip(predictor, -20, 20))


def check_population(found: EvaluatedPopulation, y: Numbers, predictor: Numbers) -> None:
    """Everything from the persons themselves."""

    def near(value: float, other: float, *, scale: float = 0.0) -> None:
        assert value == pytest.approx(other, rel=1e-8, abs=1e-8 * scale + 1e-12)

    risk = 1 / (1 + np.exp(-predictor))
    assert (found.persons, found.events) == (len(y), int(y.sum()))
    near(found.brier, np.mean((risk - y) ** 2))
    near(found.predictor_mean, predictor.mean(), scale=predictor.std())
    near(found.predictor_standard_deviation, predictor.std())
    near(found.calibration.mean_risk, risk.mean())
    near(found.calibration.expected_observed.value, risk.sum() / y.sum())
    at = np.digitize(risk, [0.25, 0.4, 0.6])
    for place, group in enumerate(found.groups):
        inside = at == place
        assert (group.persons, group.events) == (inside.sum(), y[inside].sum())
        assert (group.mean_risk is None) == (not inside.any())
        if group.mean_risk is not None:
            near(group.mean_risk, risk[inside].mean())
    one, other = at[y == 1][:, None], at[y == 0][None, :]
    near(found.discrimination.auc.value, float(np.mean((one > other) + 0.5 * (one == other))))
    exact = float(np.mean(risk[y == 1][:, None] > risk[y == 0][None, :]))
    assert found.discrimination.auc_least - 1e-12 <= exact <= found.discrimination.auc_most + 1e-12
    hits = int(((risk >= 0.4) & (y == 1)).sum())
    assert found.thresholds[0].true_positives == hits
    family = sm.families.Binomial()
    fit = sm.GLM(y, sm.add_constant(predictor), family=family).fit(**_SETTLED)
    shift = sm.GLM(y, np.ones(len(y)), offset=predictor, family=family).fit(**_SETTLED)
    near(found.calibration.intercept.value, fit.params[0], scale=fit.bse[0])
    near(found.calibration.slope.value, fit.params[1], scale=fit.bse[1])
    near(found.calibration.in_the_large.value, shift.params[0], scale=shift.bse[0])
    for estimate, error in (
        (found.calibration.intercept, fit.bse[0]),
        (found.calibration.slope, fit.bse[1]),
        (found.calibration.in_the_large, shift.bse[0]),
    ):
        near(estimate.high - estimate.low, 2 * 1.959963984540054 * error)
    surprise = 2 * np.sum(np.logaddexp(0, predictor) - y * predictor) - fit.deviance
    near(found.calibration.recalibration_chi_square, surprise, scale=10)


def check_study(study: Study, found: ModelEvaluation) -> None:
    complete = np.isfinite(study.columns["age"])
    y, predictor = study.columns["y"][complete], study.predictor[complete]
    by = study.asked.by
    assert [each.name for each in found.populations] == ["", *LEVELS.get(by or "", ())]
    check_population(found.populations[0], y, predictor)
    for level, each in enumerate(found.populations[1:]):
        assert by is not None
        member = study.columns[by][complete] == level
        check_population(each, y[member], predictor[member])


@st.composite
def hospitals(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """Rows, a seed, and where the rows are cut: uneven and empty hospitals included."""
    n = draw(st.integers(250, 900))
    cuts = draw(st.lists(st.integers(0, n), max_size=19))
    return n, draw(st.integers(0, 2**32)), cuts


@pytest.mark.parametrize("by", [None, "male", "group"])
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(case=hospitals())
def test_federated_evaluation_equals_pooled_evaluation(
    by: str | None, masked: bool, case: tuple[int, int, list[int]]
) -> None:
    n, seed, cuts = case
    study = make_study(n, seed, by=by)
    check_study(study, study.run(cuts, masked=masked))


@pytest.mark.parametrize("masked", RUNS)
@pytest.mark.parametrize(
    ("intercept", "factor"),
    [
        pytest.param(-12.0, 1.0, id="risks far too low"),
        pytest.param(8.0, 1.0, id="risks far too high"),
        pytest.param(-4.0, 6.0, id="far too sure, clipped at 20"),
        pytest.param(-4.0, 1e-3, id="hardly any difference"),
        pytest.param(-4.0, -1.0, id="upside down"),
    ],
)
def test_models_that_are_far_off_are_recalibrated(intercept: float, factor: float, masked: bool) -> None:
    study = make_study(700, 5, intercept=intercept, factor=factor)
    check_study(study, study.run([50, 50, 300], masked=masked))


@pytest.mark.parametrize("masked", RUNS)
def test_hospitals_with_one_class_or_one_person_take_part(masked: bool) -> None:
    study = make_study(500, 11, by="male")
    order = np.argsort(study.columns["y"], kind="stable")
    columns = {name: values[order] for name, values in study.columns.items()}
    ordered = Study(columns, study.asked, study.predictor[order])
    without = int(np.sum(columns["y"] == 0))
    check_study(ordered, ordered.run([1, without // 2, without, 499], masked=masked))


@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    n=st.integers(0, 12),
    seed=st.integers(0, 2**32),
    by=st.sampled_from([None, "male", "group"]),
    factor=st.sampled_from([0.0, 1e-9, 1.0, 1e3, 1e8, -1e8]),
    cuts=st.lists(st.integers(0, 12), max_size=5),
)
def test_few_persons_and_wild_models_end_in_an_answer_or_a_code(
    n: int, seed: int, by: str | None, factor: float, cuts: list[int], masked: bool
) -> None:
    """Never a number that is none, never a crash; every refusal is one of the kind's own."""
    study = make_study(n, seed, by=by, factor=factor)
    try:
        found = study.run([min(cut, n) for cut in cuts], masked=masked)
    except Refused as refused:
        assert refused.code.startswith("evaluation.")  # noqa: PT017 - either way is right, a crash is not
        return
    assert found.populations[0].events > 0


def test_cells_that_do_not_add_up_are_not_trusted() -> None:
    from analysis_jobs.kinds.evaluation.kind import KIND

    study = make_study(400, 3, by="male")
    spec = asking(study.asked, variables=VARIABLES)
    ask: Any = KIND.next(spec, [], sites=1)
    arrays = KIND.local(spec, split(study.columns, [])[0], ask).arrays
    for change in (1.0, 0.5, -1e6):
        cells = arrays["cells"].copy()
        cells[0] += change
        with pytest.raises(NotTrusted, match=r"^evaluation\.sum_impossible"):
            KIND.next(spec, [arrays | {"cells": cells}], sites=1)
