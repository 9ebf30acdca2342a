"""What a job uses up of its permit and of the hospitals, for the job's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coordinator.jobs.job_store import Job
from coordinator.jobs.noise_asked import cost_of_job
from coordinator.pages.access import Visit
from onggi.errors import OnggiError
from onggi.protocol.statements import ProjectPermit
from onggi.spec.explain_job import tell_epsilon


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`most_jobs` is None where the permit has no bounds; `epsilon` where no budget is asked.

    `persons` are bands by hospital, None where no card is known.
    """

    used_jobs: int
    most_jobs: int | None
    asked_jobs: int
    epsilon: str | None
    other_epsilon: str
    """Asked by the permit's other jobs that run without a vote."""
    most_epsilon: str
    deviation: float | None
    """Of the noise in each number of the pooled answer."""
    persons: Mapping[str, str | None]


def cost_of(visit: Visit, job: Job, permit: ProjectPermit) -> Cost:
    services, bounds = visit.services, permit.bounds
    asked = job.spec.privacy.differential_privacy
    used = services.noise_asked.of_permit(permit).micro_epsilon_within_bounds
    own = asked.micro_epsilon if asked is not None and job.within_bounds else 0
    bands = services.cards.persons_bands(job.spec.dataset, job.spec.participants)
    names = {hospital.site: hospital.name for hospital in services.roots.get_current().hospitals}
    return Cost(
        used_jobs=services.earlier_jobs.used_of_permit(job),
        most_jobs=None if bounds is None else bounds.maximum_jobs,
        asked_jobs=1 if job.within_bounds else 0,
        epsilon=None if asked is None else tell_epsilon(asked.micro_epsilon),
        other_epsilon=tell_epsilon(max(0, used - own)),
        deviation=_deviation(visit, job),
        most_epsilon=tell_epsilon(0 if bounds is None else bounds.micro_epsilon),
        persons={names.get(site, site): bands.get(site) for site in job.spec.participants},
    )


def _deviation(visit: Visit, job: Job) -> float | None:
    """None also where a hospital of the job has left the federation since."""
    try:
        noise = cost_of_job(job.spec, root=visit.services.roots.get_current()).noise
    except OnggiError:
        return None
    return None if noise is None else noise.standard_deviation
