"""How long a masked regression over four hospitals takes, beside statsmodels on the pooled table."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import numpy as np
import statsmodels.api as sm

from benchmarks.federation.cached_hospitals import MadeUpHouses
from benchmarks.federation.made_up_patients import Numbers, concepts, pooled_table, terms, variables
from benchmarks.federation.running import RunningFederation, running_federation
from benchmarks.harness import Benchmark, Measured, alternate, at_most
from infra.demo.study import DATASET, SITES
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.ids import PermitId, ProjectId
from onggi.spec.job import CodeDigests, JobSpec, Limits, Privacy, ReleaseShape
from onggi.spec.kinds import GlmParameters
from onggi.spec.results import ModelFit

_REPEATS = 3
_REST_S = 6.0
_AGREED = 1e-6


def measure() -> Measured:
    design, outcome = pooled_table()
    jobs: list[str] = []
    with running_federation(houses=MadeUpHouses, concepts=concepts()) as federation:

        def ours() -> float:
            time.sleep(_REST_S)  # the next workers get ready, as they do long before the next job of a day
            jobs.append(federation.run(regression))
            return federation.seconds_to_held(jobs[-1])

        def peer() -> float:
            begun = time.perf_counter()
            fitted = sm.GLM(outcome, design, family=sm.families.Binomial()).fit()
            taken = time.perf_counter() - begun
            _check_equal(federation, jobs[-1], fitted)
            return taken

        return alternate(ours=ours, peer=peer, repeats=_REPEATS, warm_ups=0)


def regression(*, project: ProjectId, permit: PermitId, code: CodeDigests, now: datetime) -> JobSpec:
    """Illness on twelve measured numbers and eight conditions, of everybody, under masks."""
    return JobSpec(
        title="Illness in made-up patients",
        project=project,
        permit=permit,
        dataset=DATASET,
        participants=SITES,
        minimum_sites=len(SITES),
        cohort=cohort(everyone()),
        variables=variables(),
        parameters=GlmParameters(family="binomial", outcome="ill", terms=terms()),
        privacy=Privacy(minimum_persons=10, masked=True),
        releases=(ReleaseShape(result="model_fit"),),
        limits=Limits(memory_mib=2048),
        code=code,
        expires=now + timedelta(days=2),
    )


def _check_equal(federation: RunningFederation, job: str, fitted: object) -> None:
    """A fast wrong answer would be no answer."""
    answer = federation.held_result(job)
    assert isinstance(answer, ModelFit)
    wanted: Numbers = np.asarray(fitted.params)  # type: ignore[attr-defined]  # statsmodels publishes no types
    difference = float(np.abs(np.asarray(answer.coefficients) - wanted).max())
    if difference > _AGREED:
        raise RuntimeError(f"federated and pooled differ by {difference:.1e}")


BENCHMARK = Benchmark(
    name="glm_1m_rows",
    unit="s",
    mark=at_most(2),
    how=(
        "Median seconds of a masked logistic regression, 1,000,000 persons of 4 nodes, 20 columns, from the "
        "first order to the held result (staging from the encrypted CDM store included), against statsmodels "
        "GLM on the pooled table in memory, in turns. The answers must agree to 1e-6."
    ),
    measure=measure,
)
