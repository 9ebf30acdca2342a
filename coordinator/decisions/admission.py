"""Decides whether a submitted job may run at once, needs the committee's vote, or is refused outright."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from analysis_jobs.kinds.noisy.plan import plan_noise
from onggi.errors import Refused
from onggi.protocol.bounds import (
    Reads,
    check_job_floors,
    check_participants,
    check_permitted,
    check_within_bounds,
)
from onggi.protocol.statements import ProjectPermit
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.job import JobSpec


@dataclass(frozen=True, slots=True)
class Admission:
    """`outside` is None inside the bounds, else the code of the bound that the job oversteps."""

    outside: str | None

    @property
    def within_bounds(self) -> bool:
        return self.outside is None


def decide_admission(
    spec: JobSpec,
    permit: ProjectPermit,
    *,
    root: TrustRoot,
    reads: Reads,
    submitter: str,
    jobs_before: int,
    micro_epsilon_before: int,
    now: datetime,
) -> Admission:
    """The same rules that every node applies for itself, so that a hopeless job ends here in seconds.

    Raises:
        Refused: the permit does not cover the job or its submitter, the job has run out, or it lies below
            the federation's floors, where no vote could help it; no noise of its request can be planned.
        NotTrusted: it names a hospital that the federation does not know.
    """
    if submitter not in permit.people:
        raise Refused("permit.not_among_its_people")
    if spec.expires <= now:
        raise Refused("job.too_late")
    check_permitted(spec, permit, reads=reads, now=now)
    check_job_floors(spec, root.floors)
    check_participants(spec, root)
    plan_noise(spec, root=root)
    try:
        check_within_bounds(spec, permit, jobs_before=jobs_before, micro_epsilon_before=micro_epsilon_before)
    except Refused as outside:
        return Admission(outside=outside.code)
    return Admission(outside=None)
