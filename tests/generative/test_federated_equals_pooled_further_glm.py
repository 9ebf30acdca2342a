"""What a regression may be asked beyond its plain form equals the same on the rows together.

Gamma models, prior weights, robust errors, hospitals' own intercepts and tests of smaller models, in clear
and with replies rounded as under masks: to 1e-8 of the coefficient or its standard error, if that is larger.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tools.sm_exceptions import DomainWarning

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import Refused
from onggi.spec.results import ModelFit
from tests.support.statistics_specs import Columns, category, flag, glm_spec, in_order_of, number, split

Numbers = npt.NDArray[np.float64]
RUNS = [pytest.param(False, id="clear"), pytest.param(True, id="fixed-point")]
CURVES = ["gaussian", "binomial", "poisson", "gamma-log", "gamma-inverse"]
FAMILIES = {
    "gaussian": sm.families.Gaussian(),
    "binomial": sm.families.Binomial(),
    "poisson": sm.families.Poisson(),
    "gamma-log": sm.families.Gamma(sm.families.links.Log()),
    "gamma-inverse": sm.families.Gamma(sm.families.links.InversePower()),
}
OUTCOMES = {
    "gaussian": number("y", -60, 60),
    "binomial": flag("y"),
    "poisson": number("y", 0, 500),
    "gamma": number("y", 1e-6, 1e4),
}


def draw(curve: str, n: int, seed: int) -> Columns:
    rng = np.random.default_rng(seed)
    age, male = rng.normal(60, 12, n).round().clip(0, 120), (rng.random(n) < 0.6).astype(float)
    group, crp = rng.integers(0, 3, n).astype(float), rng.exponential(2e-4, n)
    shift = rng.normal(0, 0.2, n)
    predictor = 0.02 * (age - 60) + 0.5 * male - 0.4 * (group == 2) + 800 * crp + shift
    y: Any
    if curve == "gaussian":
        y = predictor + rng.standard_t(5, n)
    elif curve == "binomial":
        y = (rng.random(n) < 1 / (1 + np.exp(-predictor))).astype(float)
    elif curve == "poisson":
        y = rng.poisson(np.exp(predictor)).astype(float)
    else:
        mean = np.exp(predictor) if curve == "gamma-log" else 40 / np.maximum(2 + predictor, 0.3)
        y = np.maximum(rng.gamma(4, mean / 4), 1e-5)
    age = np.where(rng.random(n) < 0.05, np.nan, age)
    weight = np.where(rng.random(n) < 0.03, 0.0, rng.uniform(0.2, 3.0, n))
    return {"y": y, "age": age, "male": male, "group": group, "crp": crp, "o": shift, "w": weight}


def variables(curve: str) -> list[Any]:
    own = [number("age", 0, 120), flag("male"), category("group", "a", "b", "c"), number("crp", 0, 1)]
    return [OUTCOMES[curve.split("-")[0]], *own, number("o", -10, 10), number("w", 0, 10)]


def run(curve: str, columns: Columns, cuts: list[int], *, masked: bool, **given: Any) -> ModelFit:
    family, _, link = curve.partition("-")
    given.setdefault("terms", ("age", "male", "group", "crp"))
    spec = glm_spec(
        variables(curve), sites=len(cuts) + 1, masked=masked, family=family, link=link or None, **given
    )
    answer = (run_fixed_point if masked else run_in_clear)(spec, split(columns, cuts))
    assert isinstance(answer, ModelFit)
    return answer


def design_of(columns: Columns, *, drop: tuple[str, ...] = ()) -> Numbers:
    parts = {
        "age": [columns["age"]],
        "male": [columns["male"]],
        "group": [columns["group"] == 1, columns["group"] == 2],
        "crp": [columns["crp"]],
    }
    found = [each for name, many in parts.items() if name not in drop for each in many]
    return np.column_stack([np.ones(len(columns["y"])), *found]).astype(float)


def pooled(curve: str, y: Numbers, x: Numbers, **more: Any) -> Any:
    with warnings.catch_warnings():  # the inverse link of a gamma model may leave its range; ours may not
        warnings.simplefilter("ignore", DomainWarning)
        model = sm.GLM(y, x, family=FAMILIES[curve], **more)
    return model.fit(tol=1e-14, maxiter=60, tol_criterion="params")


def errors(answer: ModelFit, beta: Any, spread: Any) -> tuple[float, float]:
    scale = np.maximum(np.abs(beta), spread)
    return (
        float(np.max(np.abs(np.array(answer.coefficients) - beta) / scale)),
        float(np.max(np.abs(np.array(answer.standard_errors) / spread - 1))),
    )


@st.composite
def hospitals(draw_one: st.DrawFn) -> tuple[int, int, list[int]]:
    """Rows, a seed, and where the rows are cut: uneven and empty hospitals included."""
    n = draw_one(st.integers(200, 700))
    cuts = draw_one(st.lists(st.integers(0, n), max_size=19))
    return n, draw_one(st.integers(0, 2**32)), cuts


@pytest.mark.parametrize("offset", [False, True], ids=["plain", "offset"])
@pytest.mark.parametrize("curve", ["gamma-log", "gamma-inverse"])
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(case=hospitals())
def test_gamma_models(curve: str, offset: bool, masked: bool, case: tuple[int, int, list[int]]) -> None:
    n, seed, cuts = case
    columns = dict(draw(curve, n, seed))
    columns = in_order_of(columns, "y") if seed % 2 else columns  # hospitals of low or of high values alone
    if curve == "gamma-inverse":
        columns["o"] = columns["o"] / 100
    answer = run(curve, columns, cuts, masked=masked, offset="o" if offset else None)
    keep = np.isfinite(columns["age"])
    more = {"offset": columns["o"][keep]} if offset else {}
    best = pooled(curve, columns["y"][keep], design_of(columns)[keep], **more)
    coefficient, spread = errors(answer, best.params, best.bse)
    assert max(coefficient, spread) < 1e-8
    assert answer.dispersion == pytest.approx(best.scale, rel=1e-8)
    assert answer.deviance == pytest.approx(best.deviance, rel=1e-9)
    assert answer.null_deviance == pytest.approx(best.null_deviance, rel=1e-8)
    # R's log-likelihood of a gamma model: at the dispersion deviance / n.
    at = best.deviance / best.nobs
    assert answer.log_likelihood == pytest.approx(best.model.loglike(best.params, scale=at), rel=1e-8)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(case=hospitals())
def test_prior_weights_count_as_in_r(curve: str, masked: bool, case: tuple[int, int, list[int]]) -> None:
    n, seed, cuts = case
    columns = draw(curve, n, seed)
    columns = in_order_of(columns, "y") if seed % 2 else columns
    answer = run(curve, columns, cuts, masked=masked, weights="w")
    keep = np.isfinite(columns["age"]) & (columns["w"] > 0)
    y, x, w = columns["y"][keep], design_of(columns)[keep], columns["w"][keep]
    best = pooled(curve, y, x, var_weights=w)
    coefficient, spread = errors(answer, best.params, best.bse)
    assert max(coefficient, spread) < 1e-8
    assert answer.deviance == pytest.approx(best.deviance, rel=1e-9)
    assert answer.null_deviance == pytest.approx(best.null_deviance, rel=1e-8)
    assert answer.dispersion == pytest.approx(best.scale, rel=1e-8)
    assert (answer.n, answer.residual_dof, answer.weights) == (keep.sum(), best.df_resid, "w")
    assert answer.log_likelihood == pytest.approx(r_log_likelihood(curve, y, best.mu, w), rel=1e-8)


def r_log_likelihood(curve: str, y: Numbers, mean: Numbers, w: Numbers) -> float:
    """As `logLik` of R's glm gives it: families' `aic`, with whole numbers of trials not asked for."""
    from scipy import stats

    if curve == "gaussian":
        n, deviance = len(y), float(w @ ((y - mean) ** 2))
        return float(-n / 2 * (np.log(2 * np.pi * deviance / n) + 1) + np.log(w).sum() / 2)
    if curve == "binomial":
        return float(w @ stats.bernoulli.logpmf(y, mean))
    if curve == "poisson":
        return float(w @ stats.poisson.logpmf(y, mean))
    at = float(2 * w @ (y / mean - 1 - np.log(y / mean))) / w.sum()
    return float(w @ stats.gamma.logpdf(y, 1 / at, scale=mean * at))


def sandwich(best: Any, y: Numbers, x: Numbers, w: Numbers, kind: str) -> Numbers:
    """White's covariance of a fit, with R's leverages for HC3."""
    link = best.model.family.link
    slope = 1 / link.deriv(best.mu)
    variance = best.model.family.variance(best.mu)
    weight, residual = w * slope**2 / variance, w * (y - best.mu) * slope / variance
    bread = np.linalg.inv(x.T @ (x * weight[:, None]))
    if kind == "HC3":
        residual = residual / (1 - weight * np.einsum("ij,jk,ik->i", x, bread, x))
    found: Numbers = bread @ (x.T @ (x * (residual**2)[:, None])) @ bread
    return found * (len(y) / (len(y) - x.shape[1]) if kind == "HC1" else 1.0)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC3"])
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("masked", RUNS)
def test_robust_errors(curve: str, masked: bool, kind: str) -> None:
    columns = draw(curve, 500, 3)
    answer = run(curve, columns, [40, 40, 300], masked=masked, weights="w", robust=kind)
    keep = np.isfinite(columns["age"]) & (columns["w"] > 0)
    y, x, w = columns["y"][keep], design_of(columns)[keep], columns["w"][keep]
    own = sandwich(pooled(curve, y, x, var_weights=w), y, x, w, kind)
    spread = np.sqrt(np.diag(own))
    assert np.allclose(np.array(answer.robust_standard_errors), spread, rtol=1e-8, atol=0)
    differences = np.abs(np.array(answer.robust_covariance) - own) / np.outer(spread, spread)
    assert differences.max() < 1e-8
    assert answer.robust == kind


def with_dummies(x: Numbers, site: Numbers, keep: Any) -> Numbers:
    """The terms, then a column for each hospital that has rows."""
    places = list(np.unique(site[keep]))
    return np.column_stack([x[keep][:, 1:], *((site[keep] == at).astype(float) for at in places)])


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32),
    sizes=st.lists(st.sampled_from([0, 1, 30, 45, 80, 160]), min_size=2, max_size=8),
)
def test_own_intercepts_equal_dummy_columns(
    curve: str, masked: bool, weights: str | None, seed: int, sizes: list[int]
) -> None:
    sizes = [150, *sizes]
    n = sum(sizes)
    columns = dict(draw(curve, n, seed))
    rng = np.random.default_rng(seed)
    site = np.repeat(np.arange(len(sizes)), sizes).astype(float)
    if curve in ("gaussian", "gamma-log"):
        level = rng.normal(0, 1, len(sizes))[site.astype(int)]
        columns["y"] = columns["y"] + 5 * level if curve == "gaussian" else columns["y"] * np.exp(level)
    cuts = np.cumsum(sizes)[:-1].tolist()
    answer = run(curve, columns, cuts, masked=masked, site_effects=True, weights=weights, robust="HC3")
    keep = np.isfinite(columns["age"]) & (columns["w"] > 0 if weights else True)
    for at in range(len(sizes)):
        own = columns["y"][keep & (site == at)]
        silent = own.size < 2 or (curve in ("binomial", "poisson") and not own.any())
        if silent or (curve == "binomial" and own.all()):
            keep &= site != at
    y, w = columns["y"][keep], columns["w"][keep] if weights else np.ones(keep.sum())
    x = with_dummies(design_of(columns), site, keep)
    best = pooled(curve, y, x, var_weights=w)
    p = len(answer.terms)
    assert answer.terms == ("age", "male", "group_b", "group_c", "crp")
    coefficient, spread = errors(answer, best.params[:p], best.bse[:p])
    assert max(coefficient, spread) < 1e-8
    robust = np.sqrt(np.diag(sandwich(best, y, x, w, "HC3")))[:p]
    assert np.allclose(answer.robust_standard_errors, robust, rtol=1e-8, atol=0)
    assert answer.deviance == pytest.approx(best.deviance, rel=1e-8)
    assert (answer.residual_dof, answer.site_intercepts) == (best.df_resid, x.shape[1] - p)
    alone = pooled(curve, y, x[:, p:], var_weights=w)
    assert answer.null_deviance == pytest.approx(alone.deviance, rel=1e-8)


@pytest.mark.parametrize("own", [False, True], ids=["one-intercept", "own-intercepts"])
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("masked", RUNS)
def test_smaller_models(curve: str, masked: bool, own: bool) -> None:
    columns = draw(curve, 600, 21)
    cuts, groups = [200, 450], (("group",), ("crp", "age"), ("age", "male", "group", "crp"))
    answer = run(curve, columns, cuts, masked=masked, without=groups, site_effects=own)
    keep = np.isfinite(columns["age"])
    site = np.repeat([0.0, 1.0, 2.0], [200, 250, 150])
    dispersion = answer.dispersion
    for test, group, dof in zip(answer.tests, groups, (2, 2, 5), strict=True):
        x = design_of(columns, drop=group)
        smaller = pooled(curve, columns["y"][keep], with_dummies(x, site, keep) if own else x[keep])
        assert (test.without, test.dof) == (group, dof)
        assert test.deviance == pytest.approx(smaller.deviance, rel=1e-9)
        expected = (smaller.deviance - answer.deviance) / dispersion
        assert test.statistic == pytest.approx(expected, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("masked", RUNS)
def test_what_varies_between_hospitals_alone_is_collinear_with_their_intercepts(masked: bool) -> None:
    columns = dict(draw("gaussian", 400, 5))
    columns["crp"] = np.repeat([0.1, 0.7], 200)
    with pytest.raises(Refused) as refused:
        run("gaussian", columns, [200], masked=masked, site_effects=True)
    assert (refused.value.code, refused.value.facts) == ("glm.collinear", {"term": "crp"})


@pytest.mark.parametrize("masked", RUNS)
def test_hospitals_without_a_say_leave_nothing_to_fit(masked: bool) -> None:
    columns = dict(draw("binomial", 300, 5))
    columns["y"] = np.repeat([0.0, 1.0], 150)
    with pytest.raises(Refused, match=r"^glm\.no_complete_cases"):
        run("binomial", columns, [150], masked=masked, site_effects=True)


@pytest.mark.parametrize("curve", ["gamma-log", "gamma-inverse"])
@pytest.mark.parametrize("masked", RUNS)
def test_huge_and_tiny_gamma_outcomes(curve: str, masked: bool) -> None:
    columns = dict(draw(curve, 500, 8))
    small = run(curve, columns, [100], masked=masked)
    columns["y"] = columns["y"] / 1e4
    shrunk = run(curve, columns, [100], masked=masked)
    if curve == "gamma-log":
        assert np.allclose(shrunk.coefficients[1:], small.coefficients[1:], rtol=1e-7)
        assert shrunk.coefficients[0] == pytest.approx(small.coefficients[0] - np.log(1e4), rel=1e-8)
    else:
        assert np.allclose(np.array(shrunk.coefficients) / 1e4, small.coefficients, rtol=1e-7)
