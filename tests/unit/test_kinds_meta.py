"""The meta-analysis: its equations, each hospital's own fit, and what it may show of a hospital."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from analysis_jobs.kinds.contract import Array, Ask
from analysis_jobs.kinds.meta.kind import KIND
from analysis_jobs.kinds.meta.random_effects import cochran_q, pool
from analysis_jobs.kinds.pooled import run_in_clear
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import GlmParameters, MetaParameters
from onggi.spec.results import MetaAnalysis
from tests.support.statistics_specs import asking, category, count_spec, flag, number, split, table_of

VARIABLES = (flag("y"), number("x"), category("cp", "a", "b", "c"))
ASK = Ask(0, "estimates", {})


@st.composite
def estimates(draw: st.DrawFn) -> tuple[Array, Array]:
    count = draw(st.integers(2, 20))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = 10.0 ** draw(st.integers(-6, 6))
    variances = rng.uniform(0.01, 1, count) * rng.choice([1, 1, 50], count)
    values = rng.normal(draw(st.floats(-3, 3)), draw(st.sampled_from([0.0, 0.2, 2.0])), count)
    return scale * (values + rng.normal(size=count) * np.sqrt(variances)), scale**2 * variances


@settings(max_examples=150, deadline=None, derandomize=True)
@given(case=estimates())
def test_each_method_meets_the_equation_that_defines_it(case: tuple[Array, Array]) -> None:
    values, variances = case
    wanted = len(values) - 1
    mandel = pool(values, variances, heterogeneity="PM").tau_squared
    around = cochran_q(values, variances, tau_squared=mandel)
    assert around == pytest.approx(wanted, rel=1e-9) if mandel else around <= wanted * (1 + 1e-12)
    laird = pool(values, variances, heterogeneity="DL").tau_squared
    assert (laird == 0) == (cochran_q(values, variances) <= wanted)
    at = pool(values, variances, heterogeneity="REML").tau_squared
    best = restricted_likelihood(values, variances, at)
    step = 1e-4 * (at + float(variances.min()))
    for other in (at + step, max(at - step, 0.0)):
        assert restricted_likelihood(values, variances, other) <= best + 1e-10 * (1 + abs(best))


def restricted_likelihood(values: Array, variances: Array, tau_squared: float) -> float:
    """By its definition, with the projection matrix spelt out."""
    inverse = np.diag(1 / (variances + tau_squared))
    ones = np.ones((len(values), 1))
    middle = ones.T @ inverse @ ones
    projection = inverse - inverse @ ones @ np.linalg.inv(middle) @ ones.T @ inverse
    logs = np.log(variances + tau_squared).sum() + math.log(middle[0, 0])
    return float(-(logs + values @ projection @ values) / 2)


def columns(n: int = 1200, seed: int = 1) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    x, cp = rng.normal(size=n), rng.integers(0, 3, n).astype(float)
    y = (rng.random(n) < 1 / (1 + np.exp(-x))).astype(float)
    return {"y": y, "x": x, "cp": cp}


def spec_of(
    *, sites: int = 3, masked: bool = False, term: str = "cp_b", method: Any = "REML", **model: Any
) -> JobSpec:
    model = {"family": "binomial", "outcome": "y", "terms": ("x", "cp")} | model
    asked = MetaParameters(model=GlmParameters(**model), term=term, heterogeneity=method)
    return asking(asked, sites=sites, masked=masked, variables=VARIABLES)


def own_fits(data: dict[str, Array], cuts: list[int], **fit: Any) -> tuple[Array, Array]:
    edges = [0, *cuts, len(data["y"])]
    found = []
    for start, stop in pairwise(edges):
        own = {name: values[start:stop] for name, values in data.items()}
        x = np.column_stack([np.ones(stop - start), own["x"], own["cp"] == 1, own["cp"] == 2]).astype(float)
        model = sm.GLM(own["y"], x, family=sm.families.Binomial())
        fitted = model.fit(tol=1e-14, tol_criterion="params", **fit)
        found.append((fitted.params[2], fitted.bse[2]))
    return tuple(np.array(found).T)  # type: ignore[return-value]


@pytest.mark.parametrize("method", ["DL", "REML", "PM"])
@pytest.mark.parametrize("robust", [None, "HC0"])
def test_hospitals_own_fits_are_put_together(method: Any, robust: str | None) -> None:
    data, cuts = columns(), [300, 550]
    answer = run_in_clear(spec_of(method=method, robust=robust), split(data, cuts), check=True)
    assert isinstance(answer, MetaAnalysis)
    values, errors = own_fits(data, cuts, **({"cov_type": robust} if robust else {}))
    assert [each.estimate for each in answer.estimates] == pytest.approx(values, rel=1e-8)
    assert [each.standard_error for each in answer.estimates] == pytest.approx(errors, rel=1e-8)
    pooled = pool(values, errors**2, heterogeneity=method)
    assert answer.estimate == pytest.approx(pooled.estimate, rel=1e-8)
    assert answer.standard_error == pytest.approx(pooled.standard_error, rel=1e-8)
    assert answer.tau_squared == pytest.approx(pooled.tau_squared, rel=1e-6, abs=1e-10)
    assert sum(each.weight or 0 for each in answer.estimates) == pytest.approx(1)
    assert (answer.n, answer.q_dof, answer.sites, answer.site_visible) == (1200, 2, 3, True)
    assert [each.site for each in answer.leave_one_out] == ["site-0000", "site-0001", "site-0002"]
    without = pool(values[1:], errors[1:] ** 2, heterogeneity=method)
    assert answer.leave_one_out[0].estimate == pytest.approx(without.estimate, rel=1e-8)


def test_a_hospital_with_too_few_persons_or_no_fit_gives_no_estimate() -> None:
    data = columns()
    data["y"][500:700] = 1.0  # one class only
    answer = run_in_clear(spec_of(sites=5), split(data, [300, 330, 500, 700]), check=True)
    assert isinstance(answer, MetaAnalysis)
    given = [each.estimate is not None for each in answer.estimates]
    assert given == [True, False, True, False, True]
    assert answer.estimates[1] == answer.estimates[1].model_copy(update={"weight": None})
    assert answer.n == 300 + 170 + 500
    assert answer.q_dof == 2


def test_fewer_than_two_estimates_are_refused() -> None:
    with pytest.raises(Refused, match=r"^meta\.too_few_estimates"):
        run_in_clear(spec_of(sites=2), split(columns(), [1190]), check=True)
    two = run_in_clear(spec_of(sites=2), split(columns(), [500]), check=True)
    assert isinstance(two, MetaAnalysis)
    assert two.leave_one_out == ()


def test_each_hospital_fills_its_own_place_alone() -> None:
    spec, table = spec_of(), table_of(columns(300))
    reply = KIND.local(spec, table, replace(ASK, position=1))
    for name in ("answered", "estimate", "variance"):
        assert np.flatnonzero(reply.arrays[name]).tolist() == [1]
    for position in (None, -1, 3):
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            KIND.local(spec, table, replace(ASK, position=position))
    layout = KIND.layout(spec, ASK, participants=3)
    for entries, arrays in ((layout.arrays, reply.arrays), (layout.evidence, reply.evidence)):
        assert {entry.name: entry.shape for entry in entries} == {
            name: array.shape for name, array in arrays.items()
        }
    for wrong in (Ask(1, "estimates", {}), Ask(0, "rows", {}), Ask(0, "estimates", {"x": np.ones(1)})):
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            KIND.layout(spec, wrong, participants=3)


@pytest.mark.parametrize("cell", ["persons", "y=yes", "y=no", "cp=a", "cp=c"])
def test_no_hospital_shows_an_estimate_of_too_few_persons(cell: str) -> None:
    data = columns(300)
    name, _, value = cell.partition("=")
    if name == "persons":
        data = {key: values[:9] for key, values in data.items()}
    else:
        wanted = {"yes": 1.0, "no": 0.0, "a": 0.0, "c": 2.0}[value]
        data[name][data[name] == wanted] = (wanted + 1) % (2 if name == "y" else 3)
        data[name][:9] = wanted
    reply = KIND.local(spec_of(), table_of(data), replace(ASK, position=0))
    assert not any(array.any() for array in (*reply.arrays.values(), *reply.evidence.values()))
    KIND.check_site(spec_of(), ASK, reply)
    assert not any(each.rows.any() for each in KIND.sets(spec_of(), table_of(data)))


def test_a_reply_whose_evidence_is_too_thin_does_not_pass_the_gate() -> None:
    reply = KIND.local(spec_of(), table_of(columns(300)), replace(ASK, position=0))
    KIND.check_site(spec_of(), ASK, reply)
    thin = {
        "disclosure.small_cell": {"cells": np.array([150.0, 9.0, 141.0])},
        "disclosure.low_dof": {"persons": np.array([13.0])},
        "disclosure.effective_sample": {"weights": np.array([300.0, 40_000.0])},
    }
    for code, change in thin.items():
        changed = replace(reply, evidence=reply.evidence | change)
        with pytest.raises(Refused) as refused:
            KIND.check_site(spec_of(), ASK, changed)
        assert refused.value.code == code
    hidden = replace(reply, evidence=reply.evidence | {"answered": np.zeros(1)})
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        KIND.check_site(spec_of(), ASK, hidden)


def test_two_hospitals_in_one_place_are_not_trusted() -> None:
    table = table_of(columns(300))
    reply = KIND.local(spec_of(), table, replace(ASK, position=0)).arrays
    twice = {name: 2 * array for name, array in reply.items()}
    with pytest.raises(NotTrusted, match=r"^meta\.sum_impossible"):
        KIND.next(spec_of(), [twice], sites=2)


def test_masks_and_unknown_coefficients_are_refused_before_anything_runs() -> None:
    for code, spec in (
        ("meta.masked", spec_of(masked=True)),
        ("meta.too_few_estimates", spec_of(sites=1)),
        ("meta.unknown_term", spec_of(term="cp_a")),
        ("glm.unknown_variable", spec_of(terms=("absent",))),
        ("kinds.wrong_kind", count_spec("one")),
    ):
        with pytest.raises(Refused) as refused:
            KIND.check_spec(spec)
        assert refused.value.code == code
    with pytest.raises(Refused, match=r"^meta\.masked"):
        KIND.check_pooled(spec_of(), ASK, {})
    for beyond in ({"site_effects": True}, {"without": (("x",),)}):
        with pytest.raises(ValidationError):
            spec_of(**beyond)


def test_release_looks_at_all_persons_together() -> None:
    answer = run_in_clear(spec_of(sites=2), split(columns(), [500]), check=True)
    assert isinstance(answer, MetaAnalysis)
    assert KIND.release(spec_of(), answer, exact=False) == answer
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        KIND.release(spec_of(), answer.model_copy(update={"n": 9}), exact=True)


def test_a_table_without_a_column_is_a_fault_and_no_missing_estimate() -> None:
    data = columns()
    del data["cp"]
    with pytest.raises(Refused, match=r"^glm\.table_wrong"):
        KIND.local(spec_of(), table_of(data), replace(ASK, position=0))
