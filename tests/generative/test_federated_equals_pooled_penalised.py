"""A path of penalised fits over many hospitals is the path over their rows together.

The measure is the problem itself: a penalised likelihood is convex, so coefficients are its minimum exactly
where the pooled rows' slopes balance the penalty (Karush, Kuhn and Tucker). Slopes are of standardised
columns, per person; what is left of them must be below 1e-8, in clear and with replies rounded as by masks.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import Refused
from onggi.spec.kinds import PenalisedParameters
from onggi.spec.results import RegularisedPath
from onggi.spec.variables import Variable
from tests.support.statistics_specs import Columns, asking, category, flag, in_order_of, number, split

Numbers = npt.NDArray[np.float64]
RUNS = [pytest.param(False, id="clear"), pytest.param(True, id="fixed-point")]
FAMILIES = ["gaussian", "binomial", "poisson", "gamma"]
OUTCOMES = {
    "gaussian": number("y", -60, 60),
    "binomial": flag("y"),
    "poisson": number("y", 0, 500),
    "gamma": number("y", 1e-6, 1e4),
}
TERMS = ("age", "male", "group", "crp")


def draw(family: str, n: int, seed: int) -> Columns:
    rng = np.random.default_rng(seed)
    age, male = rng.normal(60, 12, n).round().clip(0, 120), (rng.random(n) < 0.6).astype(float)
    group, crp = rng.integers(0, 3, n).astype(float), rng.exponential(2e-4, n)
    shift = rng.normal(0, 0.3, n)
    predictor = 0.02 * (age - 60) + 0.5 * male - 0.4 * (group == 2) + 800 * crp + shift
    y: Any = predictor + rng.normal(0, 1, n)
    if family == "binomial":
        y = (rng.random(n) < 1 / (1 + np.exp(-predictor))).astype(float)
    if family == "poisson":
        y = rng.poisson(np.exp(predictor)).astype(float)
    if family == "gamma":
        y = np.maximum(rng.gamma(4, np.exp(predictor) / 4), 1e-5)
    age = np.where(rng.random(n) < 0.05, np.nan, age)
    return {"y": y, "age": age, "male": male, "group": group, "crp": crp, "o": shift}


def run(
    family: str,
    columns: Columns,
    cuts: list[int],
    *,
    masked: bool,
    unit: float = 1.0,
    outcome: Variable | None = None,
    **given: Any,
) -> RegularisedPath:
    """The path of the study; `unit` is the largest believable value of its last number."""
    variables = (
        outcome or OUTCOMES[family],
        number("age", 0, 120),
        flag("male"),
        category("group", "a", "b", "c"),
        number("crp", 0, unit),
        number("o", -10, 10),
    )
    given["link"] = "log" if family == "gamma" else None
    asked = PenalisedParameters(family=family, outcome="y", terms=TERMS, **given)  # type: ignore[arg-type]
    spec = asking(asked, sites=len(cuts) + 1, masked=masked, variables=variables)
    answer = (run_fixed_point if masked else run_in_clear)(spec, split(columns, cuts))
    assert isinstance(answer, RegularisedPath)
    return answer


def design_of(columns: Columns) -> Numbers:
    group = columns["group"]
    parts = [columns["age"], columns["male"], group == 1, group == 2, columns["crp"]]
    return np.column_stack([np.asarray(part, float) for part in parts])


def mean_of(family: str, predictor: Numbers) -> Numbers:
    if family == "binomial":
        return np.asarray(1 / (1 + np.exp(-predictor)))
    return predictor if family == "gaussian" else np.exp(predictor)


def deviances(family: str, y: Numbers, mean: Numbers) -> Numbers:
    if family == "gaussian":
        return (y - mean) ** 2
    if family == "binomial":
        return np.asarray(-2 * np.log(np.where(y == 1, mean, 1 - mean)))
    if family == "gamma":
        return np.asarray(2 * (y / mean - 1 - np.log(y / mean)))
    return np.asarray(2 * (np.where(y > 0, y * np.log(np.maximum(y, 1) / mean), 0) - (y - mean)))


def imbalance(
    family: str, columns: Columns, answer: RegularisedPath, *, alpha: float, offset: bool = False
) -> float:
    """The largest slope of the pooled objective that the penalty does not explain."""
    x = design_of(columns)
    keep = np.isfinite(x).all(axis=1)
    x, y = x[keep], columns["y"][keep]
    shift = columns["o"][keep] if offset else np.zeros(len(y))
    spread = x.std(axis=0)
    z = (x - x.mean(axis=0)) / spread
    worst = 0.0
    for penalty, own in zip(answer.penalties, answer.coefficients, strict=True):
        beta = np.array(own[1:]) * spread
        mean = mean_of(family, own[0] + x @ np.array(own[1:]) + shift)
        residual = (y - mean) / mean if family == "gamma" else y - mean
        slope = z.T @ residual / len(y) - penalty * (1 - alpha) * beta
        left = np.where(
            beta != 0,
            np.abs(slope - penalty * alpha * np.sign(beta)),
            np.maximum(np.abs(slope) - penalty * alpha, 0),
        )
        worst = max(worst, float(left.max()), abs(float(residual.mean())))
    return worst


@st.composite
def hospitals(draw_one: st.DrawFn) -> tuple[int, int, list[int]]:
    """Rows, a seed, and where the rows are cut: uneven and empty hospitals included."""
    n = draw_one(st.integers(200, 600))
    cuts = draw_one(st.lists(st.integers(0, n), max_size=19))
    return n, draw_one(st.integers(0, 2**32)), cuts


@pytest.mark.parametrize("offset", [False, True], ids=["plain", "offset"])
@pytest.mark.parametrize("alpha", [0.0, 0.4, 1.0], ids=["ridge", "elastic-net", "lasso"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=4, deadline=None, derandomize=True)
@given(case=hospitals())
def test_every_fit_of_the_path_is_the_minimum_on_the_pooled_rows(
    family: str, alpha: float, offset: bool, masked: bool, case: tuple[int, int, list[int]]
) -> None:
    n, seed, cuts = case
    columns = draw(family, n, seed)
    columns = in_order_of(columns, "y") if seed % 2 else columns  # hospitals of one class
    given = {"alpha": alpha, "folds": 0, "path_length": 12, "offset": "o" if offset else None}
    answer = run(family, columns, cuts, masked=masked, **given)
    assert imbalance(family, columns, answer, alpha=alpha, offset=offset) < 1e-8
    x = design_of(columns)
    keep = np.isfinite(x).all(axis=1)
    own = np.array(answer.coefficients[-1])
    predictor = own[0] + x[keep] @ own[1:] + (columns["o"][keep] if offset else 0)
    total = deviances(family, columns["y"][keep], mean_of(family, predictor)).sum()
    assert answer.deviance[-1] == pytest.approx(total, rel=1e-8)
    assert answer.n == keep.sum()
    assert len(answer.penalties) == 12
    ratios = [later / earlier for earlier, later in pairwise(answer.penalties)]
    assert np.allclose(ratios, 1e-3 ** (1 / 11), rtol=1e-12)
    if alpha == 1:
        assert answer.nonzero[0] == 0
        assert answer.nonzero[1] > 0
        assert answer.deviance[0] == pytest.approx(answer.null_deviance, rel=1e-8)


@pytest.mark.parametrize("alpha", [0.0, 0.4, 1.0], ids=["ridge", "elastic-net", "lasso"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(case=hospitals())
def test_cross_validation_is_that_of_the_folds_fitted_one_by_one(
    family: str, alpha: float, masked: bool, case: tuple[int, int, list[int]]
) -> None:
    n, seed, cuts = case
    columns = draw(family, n, seed)
    folds = 4
    answer = run(family, columns, cuts, masked=masked, alpha=alpha, folds=folds, path_length=6)
    assert imbalance(family, columns, answer, alpha=alpha) < 1e-8
    # A row's fold is its place at its own hospital.
    edges = [0, *sorted(cuts), n]
    fold = np.concatenate([np.arange(stop - start) % folds for start, stop in pairwise(edges)])
    x = design_of(columns)
    keep = np.isfinite(x).all(axis=1)
    losses, sizes = [], []
    for one in range(folds):
        others = {name: values[fold != one] for name, values in columns.items()}
        alone = run(family, others, [], masked=False, alpha=alpha, folds=0, penalties=tuple(answer.penalties))
        assert imbalance(family, others, alone, alpha=alpha) < 1e-8
        out = keep & (fold == one)
        own = np.array(alone.coefficients)
        predictors = own[:, :1] + own[:, 1:] @ x[out].T
        losses.append([deviances(family, columns["y"][out], mean_of(family, p)).mean() for p in predictors])
        sizes.append(out.sum())
    share = np.array(sizes) / sum(sizes)
    loss = share @ np.array(losses)
    error = np.sqrt(share @ (np.array(losses) - loss) ** 2 / (folds - 1))
    assert answer.validation is not None
    assert np.allclose(answer.validation.loss, loss, rtol=1e-8)
    assert np.allclose(answer.validation.error, error, rtol=1e-6)
    best = answer.validation.best
    assert answer.validation.loss[best] == min(answer.validation.loss)
    reached = answer.validation.loss[best] + answer.validation.error[best]
    assert answer.validation.simplest == next(
        at for at, each in enumerate(answer.validation.loss) if each <= reached
    )


@pytest.mark.parametrize("apart", [0.0, 0.01])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("masked", RUNS)
def test_columns_that_are_alike(family: str, masked: bool, apart: float) -> None:
    columns = dict(draw(family, 500, 6))
    rng = np.random.default_rng(1)
    columns["crp"] = (columns["age"] + apart * rng.normal(size=500)) / 1000
    for alpha in (0.0, 0.9, 1.0):
        answer = run(family, columns, [200], masked=masked, alpha=alpha, folds=0, path_length=8)
        assert imbalance(family, columns, answer, alpha=alpha) < 1e-8


@pytest.mark.parametrize("unit", [1e-12, 1e9])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("masked", RUNS)
def test_huge_and_tiny_numbers(family: str, unit: float, masked: bool) -> None:
    columns = dict(draw(family, 400, 6))
    columns["crp"] = columns["crp"] * unit
    for alpha in (0.0, 1.0):
        answer = run(family, columns, [200], masked=masked, unit=unit, alpha=alpha, folds=0, path_length=8)
        assert imbalance(family, columns, answer, alpha=alpha) < 1e-8


@pytest.mark.parametrize("unit", [1e-30, 1e-3, 1e9])
@pytest.mark.parametrize("masked", RUNS)
def test_gamma_outcomes_in_another_unit_move_the_intercept_alone(unit: float, masked: bool) -> None:
    columns = dict(draw("gamma", 400, 8))
    before = run("gamma", columns, [200], masked=masked, path_length=6)
    columns["y"] = columns["y"] * unit
    outcome = number("y", 1e-6 * unit, 1e4 * unit)
    after = run("gamma", columns, [200], masked=masked, path_length=6, outcome=outcome)
    shift = [np.log(unit), *np.zeros(len(TERMS) + 1)]
    assert np.allclose(after.coefficients, np.array(before.coefficients) + shift, rtol=1e-7, atol=1e-8)
    assert np.allclose(after.penalties, before.penalties, rtol=1e-7)
    assert imbalance("gamma", columns, after, alpha=1.0) < 1e-8


@pytest.mark.parametrize("masked", RUNS)
def test_separable_data_have_a_path(masked: bool) -> None:
    columns = dict(draw("binomial", 400, 6))
    columns["y"] = (columns["crp"] > np.median(columns["crp"])).astype(float)
    answer = run("binomial", columns, [200], masked=masked, folds=0, path_length=10)
    assert imbalance("binomial", columns, answer, alpha=1.0) < 1e-8


@pytest.mark.parametrize("masked", RUNS)
def test_data_that_cannot_answer_are_refused(masked: bool) -> None:
    columns = dict(draw("binomial", 300, 6))
    for code, changes in (
        ("glm.one_class", {"y": np.zeros(300)}),
        ("glm.collinear", {"male": np.ones(300)}),
        ("glm.no_complete_cases", {"age": np.full(300, np.nan)}),
    ):
        with pytest.raises(Refused) as refused:
            run("binomial", columns | changes, [100, 100], masked=masked)
        assert refused.value.code == code
    few = {name: values[:9] for name, values in columns.items()}
    with pytest.raises(Refused, match=r"^glm\.too_few_rows"):
        run("binomial", few, [3], masked=masked)
    for family, level in (("gaussian", 2.5), ("poisson", 2.0), ("gamma", 2.5)):
        flat = dict(draw(family, 300, 6)) | {"y": np.full(300, level)}
        with pytest.raises(Refused, match=r"^glm\.one_class"):
            run(family, flat, [100], masked=masked)
    with pytest.raises(Refused, match=r"^penalised\.not_converged"):
        run("binomial", columns, [100], masked=masked, maximum_iterations=1)
