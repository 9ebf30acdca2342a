"""The demo's two answers, worked out from the four raw files with nothing of ours, then by ours.

The first half of this file reads the published files and asks statsmodels. Only the second half imports
our code; it gives each hospital's rows to it as a node would stage them.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
import statsmodels.api as sm

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.registry import get_kind
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import CountTable, ModelFit
from tests.support.statistics_specs import category, count_spec, flag, glm_spec, number, split

RAW = Path(__file__).parents[2] / "infra" / "demo" / "heart" / "raw"
FILES = ("cleveland", "hungarian", "switzerland", "va")
ZURICH = FILES.index("switzerland")
FIELDS = (
    "age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak", "slope", "ca",
    "thal", "num",
)  # fmt: skip
TERMS = (
    "intercept", "age", "male", "cp_2", "cp_3", "cp_4", "trestbps", "thalach", "exang", "oldpeak",
)  # fmt: skip
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Hearts:
    """Every person of the four files, in order, and where each hospital's rows end."""

    columns: dict[str, Numbers]
    ends: list[int]


@pytest.fixture(scope="module")
def hearts() -> Hearts:
    rows: list[list[float]] = []
    ends = []
    for name in FILES:
        with (RAW / f"processed.{name}.data").open(newline="") as source:
            rows += [
                [np.nan if field == "?" else float(field) for field in row]
                for row in csv.reader(source)
                if row
            ]
        ends.append(len(rows))
    return Hearts(dict(zip(FIELDS, np.array(rows).T, strict=True)), ends)


@pytest.fixture(scope="module")
def oracle(hearts: Hearts) -> Any:
    raw = hearts.columns
    pressure = np.where(raw["trestbps"] == 0, np.nan, raw["trestbps"])
    x = np.column_stack([
        np.ones_like(pressure), raw["age"], raw["sex"] == 1, raw["cp"] == 2, raw["cp"] == 3, raw["cp"] == 4,
        pressure, raw["thalach"], raw["exang"], raw["oldpeak"],
    ])  # fmt: skip
    complete = np.isfinite(x).all(axis=1) & np.isfinite(raw["cp"]) & np.isfinite(raw["sex"])
    y = (raw["num"] > 0).astype(float)[complete]
    model = sm.GLM(y, x[complete], family=sm.families.Binomial())
    fit = model.fit(tol=1e-14, maxiter=200, tol_criterion="params")
    assert (int(fit.nobs), int(y.sum())) == (853, 464)
    return fit


def heart_spec(*, masked: bool, sites: int = 4) -> JobSpec:
    variables = [
        flag("disease"),
        number("age", 0, 120),
        flag("male"),
        category("cp", "1", "2", "3", "4"),
        number("trestbps", 50, 300),
        number("thalach", 30, 250),
        flag("exang"),
        number("oldpeak", -5, 10),
    ]
    return glm_spec(variables, sites=sites, masked=masked, family="binomial")


def staged(hearts: Hearts) -> list[pa.Table]:
    raw = hearts.columns
    columns = {
        "disease": (raw["num"] > 0).astype(float),
        "age": raw["age"],
        "male": raw["sex"],
        "cp": raw["cp"] - 1,
        "trestbps": raw["trestbps"],
        "thalach": raw["thalach"],
        "exang": raw["exang"],
        "oldpeak": raw["oldpeak"],
    }
    return split(columns, hearts.ends[:-1])


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "fixed-point"])
def test_ours_equals_statsmodels_on_the_raw_files(hearts: Hearts, oracle: Any, masked: bool) -> None:
    spec = heart_spec(masked=masked)
    run = run_fixed_point if masked else run_in_clear
    # Under masks with every disclosure rule: pooled, no cell is small.
    answer = run(spec, staged(hearts), check=masked)
    assert isinstance(answer, ModelFit)
    assert (answer.n, answer.events) == (853, 464)
    assert answer.terms == TERMS
    assert np.max(np.abs(np.array(answer.coefficients) - oracle.params)) < 1e-9
    assert np.max(np.abs(np.array(answer.standard_errors) - oracle.bse)) < 1e-9
    assert answer.deviance == pytest.approx(oracle.deviance, rel=1e-10)
    assert answer.null_deviance == pytest.approx(oracle.null_deviance, rel=1e-10)
    assert answer.aic == pytest.approx(oracle.aic, rel=1e-10)
    assert get_kind("glm").release(spec, answer, exact=True) == answer


def test_the_same_question_in_clear_is_refused_at_zurich(hearts: Hearts) -> None:
    """Zurich has eight persons without disease: its own sums would describe them."""
    raw, tables = hearts.columns, staged(hearts)
    start, stop = hearts.ends[ZURICH - 1], hearts.ends[ZURICH]
    assert int((raw["num"][start:stop] == 0).sum()) == 8
    with pytest.raises(Refused) as refused:
        run_in_clear(heart_spec(masked=False, sites=1), [tables[ZURICH]], check=True)
    assert refused.value.code == "disclosure.small_cell"
    assert refused.value.facts["cell"] == "disease=no"


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "masked"])
def test_the_funnel_equals_the_raw_files(hearts: Hearts, masked: bool) -> None:
    raw = hearts.columns
    rules = np.array([raw["age"] >= 50, raw["cp"] == 4, raw["exang"] == 1])
    met = np.cumprod(rules, axis=0).sum(axis=0).astype(np.int32)
    edges = [0, *hearts.ends]
    tables = [pa.table({"cohort_step": met[a:b]}) for a, b in pairwise(edges)]
    spec = count_spec("Age 50 or more", "Asymptomatic", "Exercise angina", sites=4, masked=masked)
    answer = run_fixed_point(spec, tables, check=True) if masked else run_in_clear(spec, tables)
    assert isinstance(answer, CountTable)
    assert answer.persons == (920, 628, 370, 217)
    assert get_kind("count").release(spec, answer, exact=True).persons == answer.persons  # type: ignore[union-attr]  # a count answers with a table
