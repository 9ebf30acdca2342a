"""One question of each describing kind as a researcher writes it, with the answer that made-up rows give."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

import onggi
from analysis_jobs.kinds.pooled import run_fixed_point
from analysis_jobs.kinds.registry import get_kind
from onggi.spec.job import JobSpec
from onggi.spec.outcomes import OutcomeEvent
from onggi.spec.results import Result
from tests.support.statistics_specs import split

DESCRIPTIONS: Final = ("table_one", "distribution", "cross_table", "correlation", "rates")
_AGE = onggi.variables.age()
_SEX = onggi.variables.sex()
_SMOKES = onggi.variables.has_record("smokes", domain="observation", concepts=[1])
_PRESSURE = onggi.measurement("pressure", [2], unit="mm[Hg]", low=0, high=300)
_DEATH = onggi.outcome("death", OutcomeEvent(domain="death"), horizon_days=365, prior_events="ignore")
_PERSONS = 612


def described_question(kind: str, *, masked: bool = True) -> JobSpec:
    """The job, by the study's own method."""
    study = onggi.study(
        project="project-1",
        permit="permit-1",
        dataset="heart",
        participants=["a", "b", "c"],
        masked=masked,
    )
    shared: dict[str, Any] = {"title": "A description", "cohort": onggi.cohorts.everyone()}
    match kind:
        case "table_one":
            return study.table_one(**shared, variables=[_AGE, _SMOKES], by=_SEX, complete=["age"])
        case "distribution":
            return study.distribution(**shared, variable=_AGE, cuts=[40, 60], by=_SEX)
        case "cross_table":
            return study.cross_table(**shared, rows=_SEX, columns=_SMOKES)
        case "correlation":
            return study.correlation(**shared, variables=[_AGE, _PRESSURE])
        case _:
            return study.rates(
                **shared,
                outcome=_DEATH,
                by=_SEX,
                strata=[(_AGE, [60])],
                standard=[3, 1],
                reference_rates=[300, 700],
            )


def described_answer(kind: str) -> Result:
    """What is shown of made-up rows, rounded."""
    spec = described_question(kind)
    answer = run_fixed_point(spec, described_tables(), check=True)
    return get_kind(kind).release(spec, answer, exact=False)


def described_tables() -> list[Any]:
    """Made-up rows at three hospitals."""
    rng = np.random.default_rng(6)
    age = rng.uniform(20, 90, _PERSONS).round()
    columns = {
        "age": age,
        "sex": rng.integers(0, 2, _PERSONS).astype(float),
        "smokes": (rng.random(_PERSONS) < 0.3).astype(float),
        "pressure": 90 + age / 2 + rng.normal(0, 15, _PERSONS),
        "death_days": rng.integers(1, 366, _PERSONS).astype(float),
        "death_event": (rng.random(_PERSONS) < 0.3).astype(float),
    }
    return split(columns, [200, 400])
