"""A meta-analysis over many hospitals is that of the very regressions that each hospital's rows give.

statsmodels fits each hospital's rows by themselves: estimates and standard errors agree to 1e-8, and so does
what they amount to (1e-6 for methods that iterate), in whatever unit a number is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from analysis_jobs.kinds.meta.random_effects import cochran_q, pool
from analysis_jobs.kinds.pooled import run_in_clear
from onggi.errors import Refused
from onggi.spec.kinds import GlmParameters, MetaParameters
from onggi.spec.results import MetaAnalysis
from tests.support.statistics_specs import Columns, asking, category, flag, number, split

FAMILIES = {
    "gaussian": sm.families.Gaussian(),
    "binomial": sm.families.Binomial(),
    "poisson": sm.families.Poisson(),
}
OUTCOMES = {"gaussian": number("y", -60, 60), "binomial": flag("y"), "poisson": number("y", 0, 500)}
SIZES = {"nobody": 0, "one person": 1, "few": 9, "some": 60, "many": 200, "very many": 700}
FIT = {"some", "many", "very many"}
ODD = {"one class": "many", "collinear": "many"}
"""Hospitals whose rows cannot answer, however many there are."""
UNITS = (1.0, 1e-9, 1e9)


def draw(family: str, hospitals: Sequence[str], seed: int, *, unit: float) -> tuple[Columns, list[int]]:
    """An effect that differs between hospitals, of a number in that unit; some values missing."""
    rng = np.random.default_rng(seed)
    sizes = [SIZES[ODD.get(each, each)] for each in hospitals]
    n, at = sum(sizes), np.repeat(np.arange(len(sizes)), sizes)
    x, group = rng.uniform(-2, 2, n), rng.integers(0, 3, n).astype(float)
    predictor = rng.normal(0.4, 0.3, len(sizes))[at] * x + 0.3 * (group == 1)
    y: Any = predictor + rng.normal(0, 1, n)
    if family == "binomial":
        y = (rng.random(n) < 1 / (1 + np.exp(-predictor))).astype(float)
    if family == "poisson":
        y = rng.poisson(np.exp(predictor)).astype(float)
    for number_of, each in enumerate(hospitals):
        if each == "one class":
            y[at == number_of] = 1.0
        if each == "collinear":
            x[at == number_of] = 0.5
    x = np.where(rng.random(n) < 0.05, np.nan, x)
    return {"y": y, "x": unit * x, "group": group}, np.cumsum(sizes)[:-1].tolist()


def own_fit(family: str, columns: Columns, start: int, stop: int, *, robust: bool) -> tuple[float, float]:
    y, x, group = (columns[name][start:stop] for name in ("y", "x", "group"))
    keep = np.isfinite(x)
    design = np.column_stack([np.ones(stop - start), x, group == 1, group == 2])[keep].astype(float)
    # In units of its own spread, as statsmodels' inverse needs it.
    spread = design[:, 1].std()
    design[:, 1] /= spread
    more = {"cov_type": "HC0"} if robust else {}
    model = sm.GLM(y[keep], design, family=FAMILIES[family])
    fit = model.fit(tol=1e-14, maxiter=60, tol_criterion="params", **more)
    return float(fit.params[1]) / spread, float(fit.bse[1]) / spread


@st.composite
def federations(draw_one: st.DrawFn) -> list[str]:
    """Two to twenty hospitals: uneven, tiny and empty ones, and such whose rows cannot answer."""
    more = draw_one(st.lists(st.sampled_from([*SIZES, *ODD]), max_size=18))
    hospitals: list[str] = draw_one(st.permutations(["many", "very many", *more]))
    return hospitals


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    method=st.sampled_from(["DL", "REML", "PM"]),
    robust=st.booleans(),
    hospitals=federations(),
    seed=st.integers(0, 2**32),
    unit=st.sampled_from(UNITS),
)
def test_federated_meta_analysis_equals_that_of_each_hospitals_rows(
    family: Any, method: Any, robust: bool, hospitals: list[str], seed: int, unit: float
) -> None:
    columns, cuts = draw(family, hospitals, seed, unit=unit)
    model = GlmParameters(family=family, outcome="y", terms=("x", "group"), robust="HC0" if robust else None)
    spec = asking(
        MetaParameters(model=model, term="x", heterogeneity=method),
        sites=len(hospitals),
        variables=(OUTCOMES[family], number("x", -2 * unit, 2 * unit), category("group", "a", "b", "c")),
    )
    answer = run_in_clear(spec, split(columns, cuts), check=True)
    assert isinstance(answer, MetaAnalysis)
    edges = [0, *cuts, len(columns["y"])]
    given = [at for at, each in enumerate(answer.estimates) if each.estimate is not None]
    must = {at for at, each in enumerate(hospitals) if each in ("many", "very many")}
    assert must <= set(given) <= {at for at, each in enumerate(hospitals) if each in FIT}
    fits = [own_fit(family, columns, edges[at], edges[at + 1], robust=robust) for at in given]
    for at, (estimate, error) in zip(given, fits, strict=True):
        found = answer.estimates[at]
        assert found.estimate == pytest.approx(estimate, rel=1e-8, abs=1e-8 * error)
        assert found.standard_error == pytest.approx(error, rel=1e-8)
    values, errors = np.array(fits).T * unit
    wanted = pool(values, errors**2, heterogeneity=method)
    near, scale = 1e-8 if method == "DL" else 1e-6, float(errors.max())
    assert answer.tau_squared * unit**2 == pytest.approx(wanted.tau_squared, rel=near, abs=near * scale**2)
    assert answer.estimate * unit == pytest.approx(wanted.estimate, rel=near, abs=near * scale)
    assert answer.standard_error * unit == pytest.approx(wanted.standard_error, rel=near)
    assert answer.q == pytest.approx(cochran_q(values, errors**2), rel=1e-7, abs=1e-7)
    # The others' equations: tests/unit/test_kinds_meta.py. A spread below nothing is nothing for us alone.
    if method == "DL" and wanted.tau_squared > 0:
        theirs = combine_effects(values, errors**2, method_re="dl", use_t=False)
        assert wanted.tau_squared == pytest.approx(theirs.tau2, rel=1e-9, abs=1e-12)
        assert wanted.estimate == pytest.approx(theirs.mean_effect_re, rel=1e-9)
        assert wanted.standard_error == pytest.approx(theirs.sd_eff_w_re, rel=1e-9)
    known = np.isfinite(columns["x"])
    assert answer.n == sum(int(known[edges[at] : edges[at + 1]].sum()) for at in given)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    hospitals=st.lists(st.sampled_from(["nobody", "one person", "few", *ODD]), min_size=2, max_size=20),
    seed=st.integers(0, 2**32),
)
def test_hospitals_that_cannot_answer_leave_nothing_to_put_together(
    family: Any, hospitals: list[str], seed: int
) -> None:
    columns, cuts = draw(family, hospitals, seed, unit=1.0)
    spec = asking(
        MetaParameters(model=GlmParameters(family=family, outcome="y", terms=("x", "group")), term="x"),
        sites=len(hospitals),
        variables=(OUTCOMES[family], number("x", -2, 2), category("group", "a", "b", "c")),
    )
    with pytest.raises(Refused, match=r"^meta\.too_few_estimates"):
        run_in_clear(spec, split(columns, cuts), check=True)
