"""A job over the made-up cohort, as a committee would get it: only the columns that the question needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import JsonValue

from benchmarks.statistics.made_up_cohort import FALL, SITES, variables
from onggi.spec.ids import PermitId, ProjectId, SiteId
from onggi.spec.job import CodeDigests, JobSpec, Limits, Privacy, ReleaseShape, ResultType
from onggi.spec.kinds import Parameters

_DIGEST = "sha256:" + "0" * 64


def question(
    parameters: Parameters,
    *,
    result: ResultType,
    columns: tuple[str, ...] = (),
    cohort: Mapping[str, JsonValue] | None = None,
    masked: bool = True,
) -> JobSpec:
    """The question about these columns, under masks unless it says otherwise."""
    known = {variable.name: variable for variable in variables()}
    return JobSpec(
        title="A statistic over made-up patients",
        project=ProjectId("project-1"),
        permit=PermitId("permit-1"),
        dataset="made-up",
        participants=tuple(SiteId(site) for site in SITES),
        minimum_sites=len(SITES),
        cohort=dict(cohort or {}),
        variables=tuple(known[name] for name in columns),
        outcomes=(FALL,) if hasattr(parameters, "outcome") and parameters.outcome == FALL.name else (),
        parameters=parameters,
        privacy=Privacy(minimum_persons=10, masked=masked),
        releases=(ReleaseShape(result=result),),
        limits=Limits(rounds=500),
        code=CodeDigests(source=_DIGEST, environment=_DIGEST, sandbox=_DIGEST),
        expires=datetime(2030, 1, 1, tzinfo=UTC),
    )
