"""What the questions of a study share, and how each becomes a job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from onggi.spec.builders.cohorts import Cohort
from onggi.spec.builders.frame import Frame
from onggi.spec.builders.place import malformed
from onggi.spec.job import CodeDigests, JobSpec, Limits
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
            frame = Frame(
                title=title,
                cohort=cohort,
                project=self.project,
                permit=self.permit,
                dataset=self.dataset,
                participants=self.participants,
                minimum_sites=self.minimum_sites,
                minimum_persons=self.minimum_persons,
                masked=self.masked,
                expires=self.expires,
                code=self.code,
                limits=self.limits,
            )
            return frame.write(parameters(), releases=releases, variables=variables, outcomes=outcomes)
        except ValidationError as bad:
            raise malformed(bad) from None
