"""Jobs: their list, and one job in plain words with what will leave, whose turn it is and its history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import Query
from fastapi.responses import HTMLResponse

from coordinator.api.parts import JobName
from coordinator.decisions.explain import reason_code, whose_turn
from coordinator.jobs.job_store import Job
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.history import OF_JOB, history_of
from coordinator.pages.leaving import leaving_of
from coordinator.pages.routes import page_router
from coordinator.pages.status_words import JOB_STEPS, JOB_WORDS
from coordinator.permissions import reaches_all
from coordinator.states import JobState
from onggi.errors import OnggiError, Refused
from onggi.protocol.canonical import canonical_json
from onggi.spec.circe.explain import explain_cohort
from onggi.spec.explain_columns import tell_outcome, tell_variable
from onggi.words import public_words

router = page_router()
_A_PAGE: Final = 50
AfterJob = Annotated[str, Query(pattern=r"^([a-z][a-z0-9-]{0,79})?$")]
OneState = Annotated[JobState | Literal[""], Query()]


@router.get("/{language}/jobs", name="page_jobs_list")
def jobs_page(visit: Visiting, after: AfterJob = "", state: OneState = "") -> HTMLResponse:
    """Newest first; of the viewer's own projects where the viewer reaches no further."""
    member = None if reaches_all("job_get", visit.person) else visit.person.account
    jobs = visit.services.jobs.jobs(
        after=after,
        limit=_A_PAGE + 1,
        member=member,
        states=[state] if state else None,
        newest_first=True,
    )
    shown = jobs[:_A_PAGE]
    query: dict[str, str] = {"after": shown[-1].id} if len(jobs) > _A_PAGE else {}
    if query and state:
        query["state"] = state.value
    return visit.answer(
        "coordinator/jobs.html",
        jobs=shown,
        words=JOB_WORDS,
        states=JobState,
        state=state,
        further=visit.address("jobs", **query) if query else None,
    )


@router.get("/{language}/jobs/{job}", name="page_job_get")
def job_page(job: JobName, visit: Visiting) -> HTMLResponse:
    found = visit.services.jobs.get(job)
    return visit.answer("coordinator/job.html", **job_values(visit, found))


def job_values(visit: Visit, job: Job) -> dict[str, Any]:
    """What the page of one job shows."""
    turn = whose_turn(job.state)
    return {
        "job": job,
        "status": JOB_WORDS[job.state],
        "steps": [visit.say(f"step.{states[-1].value}") for states in JOB_STEPS],
        "step": next((at for at, states in enumerate(JOB_STEPS) if job.state in states), None),
        "turn": turn.ko if visit.language == "ko" else turn.en,
        "reason": _reason(visit, job),
        "card": leaving_of(visit, job),
        "cohorts": [_told(visit, each) for each in job.spec.cohorts],
        "columns": _columns(visit, job),
        "spec_text": canonical_json(job.spec).decode(),
        "history": history_of(visit, job.id, OF_JOB),
    }


def _reason(visit: Visit, job: Job) -> tuple[str, str] | None:
    code = reason_code(state=job.state, outside=job.outside, code=job.code)
    return None if code is None else public_words(Refused(code), visit.language)


def _told(visit: Visit, cohort: Mapping[str, object]) -> str:
    """The definition in plain words; one that cannot be told says so in the words of the refusal."""
    try:
        return explain_cohort(cohort, language=visit.language)
    except OnggiError as untold:
        return " ".join(public_words(untold, visit.language))


def _columns(visit: Visit, job: Job) -> list[str]:
    told = [*map(tell_variable, job.spec.variables), *map(tell_outcome, job.spec.outcomes)]
    return [korean if visit.language == "ko" else english for korean, english in told]
