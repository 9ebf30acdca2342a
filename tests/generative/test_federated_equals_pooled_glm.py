"""A regression over many hospitals is the regression over their rows together.

Error is measured against max(|coefficient|, its standard error), and relatively for standard errors:

* in clear: 1e-8 for every design whose standardised columns have a condition number under 1e8;
* with replies rounded to 2^-32, as under masks: 1e-8 too, because rounding happens in a basis in which the
  columns are near orthonormal and therefore does not grow with the condition number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import Refused
from onggi.spec.results import ModelFit
from onggi.spec.variables import Variable
from tests.support.exact_glm import exact_glm
from tests.support.statistics_specs import Columns, category, flag, glm_spec, in_order_of, number, split

FAMILIES = {
    "gaussian": sm.families.Gaussian(),
    "binomial": sm.families.Binomial(),
    "poisson": sm.families.Poisson(),
}
OUTCOMES = {"gaussian": number("y", -60, 60), "binomial": flag("y"), "poisson": number("y", 0, 500)}
RUNS = [pytest.param(False, id="clear"), pytest.param(True, id="fixed-point")]


@dataclass(frozen=True)
class Study:
    family: str
    variables: list[Variable]
    columns: Columns
    x: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64] | None

    def run(self, cuts: list[int], *, masked: bool, **given: Any) -> ModelFit:
        spec = glm_spec(
            self.variables,
            sites=len(cuts) + 1,
            masked=masked,
            family=self.family,
            offset="o" if self.offset is not None else None,
            **given,
        )
        answer = (run_fixed_point if masked else run_in_clear)(spec, split(self.columns, cuts))
        assert isinstance(answer, ModelFit)
        return answer

    def by_outcome(self) -> Study:
        """The rows in the order of the outcome: hospitals of one class, or of high values alone."""
        order = np.argsort(self.columns["y"], kind="stable")
        offset = None if self.offset is None else self.offset[order]
        return replace(self, columns=in_order_of(self.columns, "y"), x=self.x[order], offset=offset)


def outcome(family: str, predictor: Any, rng: np.random.Generator) -> Any:
    if family == "gaussian":
        return predictor + rng.normal(0, 1, predictor.size)
    if family == "binomial":
        return (rng.random(predictor.size) < 1 / (1 + np.exp(-predictor))).astype(float)
    return rng.poisson(np.exp(predictor)).astype(float)


def make_study(family: str, n: int, seed: int, *, offset: bool) -> Study:
    """Age, a flag, a category of three and a skewed number in awkward units; some values missing."""
    rng = np.random.default_rng(seed)
    age, male = rng.normal(60, 12, n).round().clip(0, 120), (rng.random(n) < 0.6).astype(float)
    group, crp = rng.integers(0, 3, n).astype(float), rng.exponential(2e-4, n)
    shift = rng.normal(0, 0.5, n)
    predictor = 0.02 * (age - 60) + 0.5 * male - 0.4 * (group == 2) + 800 * crp + (shift if offset else 0)
    columns = {"y": outcome(family, predictor, rng), "age": age, "male": male, "group": group, "crp": crp}
    columns["o"] = shift
    columns["age"] = np.where(rng.random(n) < 0.05, np.nan, age)
    variables = [
        OUTCOMES[family],
        number("age", 0, 120),
        flag("male"),
        category("group", "a", "b", "c"),
        number("crp", 0, 1),
    ]
    variables += [number("o", -10, 10)] if offset else []
    ones = np.ones(n)
    x = np.column_stack([ones, columns["age"], male, group == 1, group == 2, crp]).astype(float)
    return Study(family, variables, columns, x, shift if offset else None)


def pooled_fit(study: Study) -> Any:
    keep = np.isfinite(study.x).all(axis=1)
    offset = None if study.offset is None else study.offset[keep]
    model = sm.GLM(study.columns["y"][keep], study.x[keep], family=FAMILIES[study.family], offset=offset)
    return model.fit(tol=1e-14, maxiter=60, tol_criterion="params")


def coefficient_error(answer: ModelFit, beta: Any, errors: Any) -> float:
    scale = np.maximum(np.abs(beta), errors)
    return float(np.max(np.abs(np.array(answer.coefficients) - beta) / scale))


def spread_error(answer: ModelFit, errors: Any) -> float:
    return float(np.max(np.abs(np.array(answer.standard_errors) / errors - 1)))


@st.composite
def hospitals(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """Rows, a seed, and where the rows are cut: uneven and empty hospitals included."""
    n = draw(st.integers(150, 900))
    cuts = draw(st.lists(st.integers(0, n), max_size=19))
    return n, draw(st.integers(0, 2**32)), cuts


@pytest.mark.parametrize("offset", [False, True], ids=["plain", "offset"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(case=hospitals())
def test_federated_fit_equals_pooled_fit(
    family: str, offset: bool, masked: bool, case: tuple[int, int, list[int]]
) -> None:
    n, seed, cuts = case
    study = make_study(family, n, seed, offset=offset)
    study = study.by_outcome() if seed % 2 else study
    answer, pooled = study.run(cuts, masked=masked), pooled_fit(study)
    assert coefficient_error(answer, pooled.params, pooled.bse) < 1e-8
    assert spread_error(answer, pooled.bse) < 1e-8
    differences = np.array(answer.covariance) - pooled.cov_params()
    assert np.max(np.abs(differences) / np.outer(pooled.bse, pooled.bse)) < 1e-8
    assert answer.deviance == pytest.approx(pooled.deviance, rel=1e-9)
    assert answer.null_deviance == pytest.approx(pooled.null_deviance, rel=1e-9)
    assert answer.log_likelihood == pytest.approx(pooled.llf, rel=1e-9)
    assert answer.aic == pytest.approx(pooled.aic, rel=1e-9)
    assert answer.dispersion == pytest.approx(pooled.scale, rel=1e-9)
    assert (answer.n, answer.residual_dof) == (pooled.nobs, pooled.df_resid)
    assert answer.converged
    assert answer.terms == ("intercept", "age", "male", "group_b", "group_c", "crp")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("condition", [1e2, 1e4, 1e6, 5e7])
@pytest.mark.parametrize("masked", RUNS)
def test_nearly_collinear_columns_cost_no_digits(family: str, condition: float, masked: bool) -> None:
    rng = np.random.default_rng(int(condition))
    n = 600
    z = rng.normal(size=(n, 4))
    x = z * [1, 5, 1, 20] + [10, 0, 0, 40]
    x[:, 2] = x[:, 0] - x[:, 1] / 5 + 2.4 / condition * z[:, 2]
    standardised = (x - x.mean(axis=0)) / x.std(axis=0)
    assert condition / 2 < np.linalg.cond(standardised) < 2 * condition < 1.01e8
    y = outcome(family, z @ [0.3, -0.2, 0.4, 0.1], rng)
    names = ["a", "b", "c", "d"]
    variables = [OUTCOMES[family], *(number(name, -200, 200) for name in names)]
    study = Study(family, variables, {"y": y, **dict(zip(names, x.T, strict=True))}, x, None)
    answer = study.run([20, 20, 90, 400], masked=masked)
    beta, errors = exact_glm(y, np.column_stack([np.ones(n), x]), family)
    assert coefficient_error(answer, beta, errors) < 1e-8
    assert spread_error(answer, errors) < 1e-8


def test_the_exact_oracle_agrees_with_statsmodels_where_both_are_good() -> None:
    study = make_study("poisson", 400, 5, offset=True)
    keep = np.isfinite(study.x).all(axis=1)
    assert study.offset is not None
    beta, errors = exact_glm(study.columns["y"][keep], study.x[keep], "poisson", study.offset[keep])
    pooled = pooled_fit(study)
    assert np.allclose(beta.astype(float), pooled.params, rtol=1e-10)
    assert np.allclose(errors.astype(float), pooled.bse, rtol=1e-10)


@pytest.mark.parametrize("masked", RUNS)
def test_a_hospital_with_one_class_only_takes_part(masked: bool) -> None:
    study = make_study("binomial", 500, 11, offset=False)
    without = int(np.sum(study.columns["y"] == 0))
    answer, pooled = study.by_outcome().run([without // 2, without], masked=masked), pooled_fit(study)
    assert coefficient_error(answer, pooled.params, pooled.bse) < 1e-8


@pytest.mark.parametrize("masked", RUNS)
def test_a_narrow_distribution_in_a_wide_range_keeps_its_digits(masked: bool) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(5e5, 1, 800)
    y = outcome("binomial", x - 5e5, rng)
    variables = [flag("y"), number("x", -1e6, 1e6)]
    study = Study("binomial", variables, {"y": y, "x": x}, np.column_stack([np.ones(800), x]), None)
    answer = study.run([100, 200], masked=masked)
    beta, errors = exact_glm(y, study.x, "binomial")
    assert coefficient_error(answer, beta, errors) < 1e-8
    assert spread_error(answer, errors) < 1e-8


@pytest.mark.parametrize("unit", [1e-12, 1e9])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("masked", RUNS)
def test_huge_and_tiny_numbers_keep_their_digits(family: str, unit: float, masked: bool) -> None:
    """The same study in other units: coefficients are the same in those."""
    study = make_study(family, 400, 6, offset=False)
    own = unit if family == "gaussian" else 1.0
    columns = dict(study.columns)
    columns |= {"y": own * columns["y"], "age": unit * columns["age"], "crp": columns["crp"] / unit}
    ranges = {"age": number("age", 0, 120 * unit), "crp": number("crp", 0, 1 / unit)}
    if family == "gaussian":
        ranges["y"] = number("y", -60 * own, 60 * own)
    variables = [ranges.get(each.name, each) for each in study.variables]
    scaled, pooled = replace(study, columns=columns, variables=variables), pooled_fit(study)
    to_own = own / np.array([1, unit, 1, 1, 1, 1 / unit])
    answer = scaled.run([30, 30, 200], masked=masked)
    assert coefficient_error(answer, pooled.params * to_own, pooled.bse * to_own) < 1e-8
    assert spread_error(answer, pooled.bse * to_own) < 1e-8


@pytest.mark.parametrize("masked", RUNS)
def test_strong_effects_on_counts_are_found_without_overflow(masked: bool) -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=1500)
    y = rng.poisson(np.exp(4 * x)).astype(float)
    variables = [number("y", 0, 1e9), number("x", -50, 50)]
    study = Study("poisson", variables, {"y": y, "x": x}, np.column_stack([np.ones(1500), x]), None)
    answer, pooled = study.run([10, 700], masked=masked), pooled_fit(study)
    assert coefficient_error(answer, pooled.params, pooled.bse) < 1e-8
    assert spread_error(answer, pooled.bse) < 1e-8


def refusal(family: str, columns: Columns, variables: list[Variable], *, masked: bool) -> Refused:
    n = len(columns["y"])
    study = Study(family, variables, columns, np.empty((0, 0)), None)
    with pytest.raises(Refused) as refused:
        study.run([n // 5, n // 2, n // 2], masked=masked)
    return refused.value


@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), n=st.integers(60, 400))
def test_separable_data_are_refused(masked: bool, seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x, f = rng.normal(size=n), (np.arange(n) % 3 == 0).astype(float)
    variables = [flag("y"), number("x"), flag("f")]
    complete = {"y": (x > np.median(x)).astype(float), "x": x, "f": f}
    assert refusal("binomial", complete, variables, masked=masked).code == "glm.separable"
    partly = {"y": np.where(f == 1, 1.0, np.arange(n) % 2), "x": x, "f": f}
    assert refusal("binomial", partly, variables, masked=masked).code == "glm.separable"
    never = {"y": np.where(f == 1, 0, rng.poisson(2, n)).astype(float), "x": x, "f": f}
    counts = [OUTCOMES["poisson"], *variables[1:]]
    assert refusal("poisson", never, counts, masked=masked).code == "glm.separable"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_collinear_columns_are_refused_by_name(family: str, masked: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 300
    a, b, d = rng.normal(40, 7, n), rng.normal(size=n), rng.normal(size=n)
    y = outcome(family, 0.3 * b, rng)
    variables = [OUTCOMES[family], *(number(name, -300, 300) for name in "abcd")]
    dependent = {"y": y, "a": a, "b": b, "c": 2 * a - b / 3 + 1, "d": d}
    refused = refusal(family, dependent, variables, masked=masked)
    assert (refused.code, refused.facts) == ("glm.collinear", {"term": "c"})
    constant = {"y": y, "a": a, "b": b, "c": d, "d": np.full(n, 3.3)}
    refused = refusal(family, constant, variables, masked=masked)
    assert (refused.code, refused.facts) == ("glm.collinear", {"term": "d"})


@pytest.mark.parametrize("masked", RUNS)
def test_outcomes_without_variation_are_refused(masked: bool) -> None:
    x = np.random.default_rng(4).normal(size=200)
    for family, value in (("binomial", 0.0), ("binomial", 1.0), ("poisson", 0.0), ("gaussian", 2.5)):
        same = {"y": np.full(200, value), "x": x}
        refused = refusal(family, same, [OUTCOMES[family], number("x")], masked=masked)
        assert refused.code == "glm.one_class"
    line = {"y": 3 * x + 1, "x": x}
    refused = refusal("gaussian", line, [OUTCOMES["gaussian"], number("x")], masked=masked)
    assert refused.code == "glm.perfect_fit"


def test_data_that_cannot_answer_are_refused() -> None:
    x = np.random.default_rng(4).normal(size=200)
    nobody = {"y": x, "x": np.full(200, np.nan)}
    plain = [OUTCOMES["gaussian"], number("x")]
    assert refusal("gaussian", nobody, plain, masked=False).code == "glm.no_complete_cases"
    two = {"y": x[:2], "x": x[2:4]}
    assert refusal("gaussian", two, plain, masked=False).code == "glm.too_few_rows"
    halves = {"y": np.abs(x), "x": x}
    assert (
        refusal("poisson", halves, [OUTCOMES["poisson"], number("x")], masked=False).code
        == "glm.outcome_not_count"
    )
