"""What the questions of a study share, and how each becomes a job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from onggi.spec.builders.cohorts import Cohort, as_circe
from onggi.spec.builders.place import malformed
from onggi.spec.builders.unchosen import CODE_UNSET, end_of_day
from onggi.spec.disclosure_rules import DEFAULT_RULES, DisclosureRules
from onggi.spec.job import CodeDigests, DifferentialPrivacy, JobSpec, Limits, Privacy, ReleaseShape
from onggi.spec.kinds import Parameters
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFrame:
    """Made by `onggi.study`."""

    project: str
    permit: str
    dataset: str
    participants: Sequence[str]
    minimum_sites: int | None = None
    minimum_persons: int = 10
    masked: bool = True
    noise: DifferentialPrivacy | None = None
    small_hospitals: bool = False
    rules: DisclosureRules = DEFAULT_RULES
    expires: datetime | None = None
    code: CodeDigests | None = None
    limits: Limits | None = None

    def _job(
        self,
        parameters: Callable[[], Parameters],
        *,
        title: str,
        cohort: Cohort,
        releases: str,
        variables: Sequence[Variable] = (),
        outcomes: Sequence[Outcome] = (),
    ) -> JobSpec:
        """The job; `parameters` is called where a malformed one is told with its place."""
        try:
            sites = sorted(set(self.participants))
            given: dict[str, Any] = {
                "title": title,
                "project": self.project,
                "permit": self.permit,
                "dataset": self.dataset,
                "participants": sites,
                "minimum_sites": len(sites) if self.minimum_sites is None else self.minimum_sites,
                "cohort": as_circe(cohort),
                "variables": tuple(variables),
                "outcomes": tuple(outcomes),
                "parameters": parameters(),
                "privacy": Privacy(
                    minimum_persons=self.minimum_persons,
                    masked=self.masked,
                    differential_privacy=self.noise,
                    rules=self.rules,
                    small_hospitals=self.small_hospitals,
                ),
                "releases": (ReleaseShape.model_validate({"result": releases}),),
                "limits": self.limits or Limits(),
                "code": self.code or CODE_UNSET,
                "expires": self.expires or end_of_day(datetime.now(UTC)),
            }
            return JobSpec.model_validate(given)
        except ValidationError as bad:
            raise malformed(bad) from None
