"""Regressions reproduce numbers that others published or computed on public data, split over hospitals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.spec.results import ModelFit
from tests.support.shared_data import shared_data
from tests.support.statistics_specs import flag, glm_spec, number, split

REFERENCE = Path(__file__).resolve().parents[1] / "data" / "reference" / "glm.json"
PIMA = ("pregnant", "glucose", "pressure", "triceps", "insulin", "mass", "pedigree", "age", "diabetes")


def fit(variables: Any, columns: Any, cuts: list[int], *, masked: bool = True, **given: Any) -> ModelFit:
    spec = glm_spec(variables, sites=len(cuts) + 1, masked=masked, **given)
    answer = (run_fixed_point if masked else run_in_clear)(spec, split(columns, cuts))
    assert isinstance(answer, ModelFit)
    return answer


def test_blood_clotting_times_as_rs_manual_prints_them() -> None:
    """McCullagh and Nelder (1989), pages 300-302; printed by ``example(glm)`` of R.

    R stops at a relative change of the deviance of 1e-8: its last printed digits are not settled.
    """
    u = np.log([5.0, 10, 15, 20, 30, 40, 60, 80, 100])
    times = np.array([118.0, 58, 42, 35, 27, 25, 21, 19, 18])
    variables = [number("lot1", 1, 200), number("log_u", 0, 10)]
    answer = fit(variables, {"lot1": times, "log_u": u}, [3, 4], family="gamma")
    assert answer.link == "inverse"
    assert answer.coefficients == (
        pytest.approx(-0.01655438, abs=5e-9),
        pytest.approx(0.01534311, abs=5e-9),
    )
    assert answer.standard_errors == (
        pytest.approx(0.0009275, abs=5e-8),
        pytest.approx(0.0004150, abs=5e-8),
    )
    assert answer.dispersion == pytest.approx(0.002446, abs=5e-7)
    assert answer.null_deviance == pytest.approx(3.51283, abs=5e-6)
    assert answer.deviance == pytest.approx(0.01673, abs=5e-6)
    assert answer.residual_dof == 7
    assert answer.aic + 2 == pytest.approx(37.99, abs=5e-3)  # R counts the dispersion too


def pima() -> dict[str, Any]:
    rows = np.genfromtxt(
        shared_data("tabular", "pima_indians_diabetes.csv"), delimiter=",", skip_header=_header()
    )
    return dict(zip(PIMA, rows.T, strict=True))


def _header() -> int:
    with shared_data("tabular", "pima_indians_diabetes.csv").open(encoding="utf-8") as file:
        return int(not file.readline()[0].isdigit())


def known(name: str) -> Any:
    return json.loads(REFERENCE.read_text(encoding="utf-8"))["values"][name]


@pytest.mark.parametrize("masked", [False, True])
def test_diabetes_among_the_pima_with_robust_errors_and_smaller_models(masked: bool) -> None:
    columns = pima()
    terms = ("pregnant", "glucose", "mass", "pedigree", "age")
    variables = [flag("diabetes"), *(number(name, 0, 300) for name in terms)]
    groups = (("age",), ("mass", "pedigree"))
    answer = fit(
        variables,
        {name: columns[name] for name in ("diabetes", *terms)},
        [100, 130, 500],
        masked=masked,
        family="binomial",
        robust="HC1",
        without=groups,
    )
    want = known("pima")
    assert np.allclose(answer.coefficients, want["coefficients"], rtol=1e-8)
    assert np.allclose(answer.standard_errors, want["standard_errors"], rtol=1e-8)
    correction = np.sqrt(answer.n / answer.residual_dof)  # statsmodels leaves it out of a GLM's HC1
    assert np.allclose(answer.robust_standard_errors, np.array(want["hc0"]) * correction, rtol=1e-8)
    assert [each.statistic for each in answer.tests] == pytest.approx(want["statistics"], rel=1e-8)


@pytest.mark.parametrize("masked", [False, True])
def test_length_of_stay_in_support_with_an_intercept_for_each_hospital(masked: bool) -> None:
    columns = support()
    variables = [number("slos", 1, 400), number("age", 18, 110), flag("male"), number("meanbp", 1, 300)]
    answer = fit(
        variables, columns, [2000, 2500, 6000], masked=masked, family="gamma", link="log", site_effects=True
    )
    want = known("support2")
    assert answer.n == want["n"]
    assert np.allclose(answer.coefficients, want["coefficients"], rtol=1e-8)
    assert np.allclose(answer.standard_errors, want["standard_errors"], rtol=1e-8)
    assert answer.dispersion == pytest.approx(want["dispersion"], rel=1e-8)


def support() -> dict[str, Any]:
    import csv

    with shared_data("tabular", "support2.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {
        name: np.array([float(row[name]) if row[name] else np.nan for row in rows])
        for name in ("slos", "age", "meanbp")
    }
    return found | {"male": np.array([float(row["sex"] == "male") for row in rows])}
