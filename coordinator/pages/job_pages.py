"""Jobs: their list, and one job with everything that a decision on it rests on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import Query
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from coordinator.api.crate_files import crate_response
from coordinator.api.parts import JobName
from coordinator.decisions.explain import reason_code, whose_turn
from coordinator.exports.findings import judged_refusal
from coordinator.jobs.job_store import Job
from coordinator.pages.access import GATE, Visit, Visiting
from coordinator.pages.history import OF_JOB, history_of
from coordinator.pages.job_comparison import comparison_of
from coordinator.pages.job_cost import cost_of
from coordinator.pages.job_precedents import precedents_of
from coordinator.pages.job_scope import scope_of
from coordinator.pages.job_words import cohort_told, columns_told, terms_told
from coordinator.pages.leaving import leaving_of
from coordinator.pages.reasons import words_of_code
from coordinator.pages.status_words import JOB_STEPS, JOB_WORDS
from coordinator.pages.threads import thread_of, with_messages
from coordinator.permissions import PERMISSIONS, Thing, reaches_all
from coordinator.states import JobState
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from pages.gate import page_router
from pages.problems import Problems

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
    return draw_job(visit, job, problems=Problems(visit.language))


@router.get("/{language}/jobs/{job}/crate", name="page_job_crate")
def job_crate_file(job: JobName, visit: Visiting) -> Response:
    """The evidence pack as a file."""
    return crate_response(visit.services, job)


def draw_job(visit: Visit, job: str, *, problems: Problems, status: int = HTTPStatus.OK) -> HTMLResponse:
    """The page, with what was wrong about a message that was entered."""
    found = visit.services.jobs.get(job)
    return visit.answer(
        "coordinator/job.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        **job_values(visit, found),
    )


def job_values(visit: Visit, job: Job) -> dict[str, Any]:
    """What the page of one job shows."""
    turn, spec = whose_turn(job.state), job.spec
    permit = visit.services.permits.get(job.permit).permit
    thread = thread_of(visit, Thing.JOB, job.id, address=visit.address("jobs", job.id))
    return {
        "job": job,
        "status": JOB_WORDS[job.state],
        "steps": [visit.say(f"step.{states[-1].value}") for states in JOB_STEPS],
        "step": next((at for at, states in enumerate(JOB_STEPS) if job.state in states), None),
        "turn": turn.ko if visit.language == "ko" else turn.en,
        "reason": _reason(visit, job),
        "refusal": judged_refusal(job.spec.kind, job.code),
        "crate": _crate_address(visit, job),
        "card": leaving_of(visit, job),
        "terms": terms_told(visit, spec),
        "cohorts": [cohort_told(each, visit.language) for each in spec.cohorts],
        "columns": columns_told(spec, visit.language),
        "comparison": comparison_of(visit, job),
        "scope": scope_of(visit, job, permit),
        "cost": cost_of(visit, job, permit),
        "precedents": precedents_of(visit, job),
        "code_today": visit.services.checks.current_code(),
        "spec_text": canonical_json(spec).decode(),
        "thread": thread,
        "history": with_messages(visit, history_of(visit, job.id, OF_JOB), thread),
    }


def _reason(visit: Visit, job: Job) -> tuple[str, str] | None:
    code = reason_code(state=job.state, outside=job.outside, code=job.code)
    return None if code is None else words_of_code(visit, code)


def _crate_address(visit: Visit, job: Job) -> str | None:
    """Where the evidence pack is, for whoever may have it: it holds the result."""
    if job.state is not JobState.RELEASED:
        return None
    try:
        GATE.check_may_open(visit, PERMISSIONS["job_crate"], {Thing.JOB.value: job.id})
    except Refused:
        return None
    return visit.address("jobs", job.id, "crate")
