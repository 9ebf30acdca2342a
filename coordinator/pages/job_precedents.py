"""How earlier jobs like this one ended and how long they waited, for the job's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from coordinator.jobs.earlier_jobs import Precedent
from coordinator.jobs.job_store import Job
from coordinator.pages.access import Visit
from coordinator.pages.reasons import words_of_code
from coordinator.pages.status_words import JOB_WORDS, Shown
from coordinator.permissions import reaches_all
from coordinator.states import JobState

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ShownPrecedent:
    """One earlier job. `waited` in words; `why` in the words of the code with which it ended."""

    job: Precedent
    status: Shown
    waited: str
    why: str


def precedents_of(visit: Visit, job: Job) -> list[ShownPrecedent]:
    """Of all projects for whoever reaches all jobs, else of the viewer's own projects alone."""
    member = None if reaches_all("job_get", visit.person) else visit.person.account
    found = visit.services.earlier_jobs.precedents(job, member=member)
    return [
        ShownPrecedent(
            each,
            JOB_WORDS[each.state],
            _waited(visit, each),
            "" if each.code is None else words_of_code(visit, each.code)[0],
        )
        for each in found
    ]


def _waited(visit: Visit, job: Precedent) -> str:
    if job.within_bounds:
        return visit.say("precedents.no_wait")
    if job.state is JobState.WAITING_FOR_APPROVAL or job.decided is None:
        return visit.say("precedents.still", days=(visit.services.clock() - job.submitted) // _DAY)
    return str((job.decided - job.submitted) // _DAY)
