"""The echo job's spec: how many numbers, how many rounds, at which hospitals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from analysis_jobs.runner.code_digests import code_digests
from infra.demo.study import DATASET
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.ids import PermitId, ProjectId, SiteId
from onggi.spec.job import JobSpec, Limits, Privacy, ReleaseShape
from onggi.spec.kinds import CountParameters

NUMBERS_1K = 1_000


def echo_job(
    *,
    numbers: int,
    rounds: int,
    sites: Sequence[SiteId],
    project: ProjectId,
    permit: PermitId,
    now: datetime,
) -> JobSpec:
    """A job of the echo kind. It goes by the name `count`, whose place the echo takes in these processes."""
    return JobSpec(
        title="Echo",
        project=project,
        permit=permit,
        dataset=DATASET,
        participants=tuple(sorted(sites)),
        minimum_sites=len(sites),
        cohort=cohort(everyone()),
        parameters=CountParameters(),
        seed=numbers,
        privacy=Privacy(minimum_persons=10, masked=False),
        releases=(ReleaseShape(result="count_table"),),
        limits=Limits(rounds=rounds),
        code=code_digests(),
        expires=now + timedelta(days=2),
    )
