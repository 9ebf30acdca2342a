"""What every job says beside its question: who asks, under which permit, of which hospitals.

Without `code`, the digests stay unset until `client.submit` asks the coordinator which code runs today.
Without `expires`, the job may wait 30 days from today; the end of the day is taken, so that the same question
written twice on one day is the same job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from onggi.spec.builders.cohorts import Cohort, as_circe
from onggi.spec.job import CodeDigests, JobSpec, Limits, Privacy, ReleaseShape
from onggi.spec.kinds import Parameters
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import Variable

_UNSET = "sha256:" + "0" * 64
CODE_UNSET: Final = CodeDigests(source=_UNSET, environment=_UNSET, sandbox=_UNSET)
"""Stands where the code is not chosen yet. No code has this digest, so no node would run it."""
_DAYS_TO_WAIT = 30


def end_of_day(now: datetime, *, days: int = _DAYS_TO_WAIT) -> datetime:
    """Midnight UTC that ends the day `days` after `now`."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=days + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every kind of job says beside its question."""

    title: str
    project: str
    permit: str
    dataset: str
    participants: Sequence[str]
    cohort: Cohort
    minimum_sites: int | None
    minimum_persons: int
    masked: bool
    expires: datetime | None
    code: CodeDigests | None
    limits: Limits | None

    def write(
        self,
        parameters: Parameters,
        *,
        releases: str,
        variables: Sequence[Variable] = (),
        outcomes: Sequence[Outcome] = (),
    ) -> JobSpec:
        sites = sorted(set(self.participants))
        given: dict[str, Any] = {
            "title": self.title,
            "project": self.project,
            "permit": self.permit,
            "dataset": self.dataset,
            "participants": sites,
            "minimum_sites": len(sites) if self.minimum_sites is None else self.minimum_sites,
            "cohort": as_circe(self.cohort),
            "variables": tuple(variables),
            "outcomes": tuple(outcomes),
            "parameters": parameters,
            "privacy": Privacy(minimum_persons=self.minimum_persons, masked=self.masked),
            "releases": (ReleaseShape.model_validate({"result": releases}),),
            "limits": self.limits or Limits(),
            "code": self.code or CODE_UNSET,
            "expires": self.expires or end_of_day(datetime.now(UTC)),
        }
        return JobSpec.model_validate(given)
