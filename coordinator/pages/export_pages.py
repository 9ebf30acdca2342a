"""One held result before an output checker: evidence, related results, cost, the answer, then the vote."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import HTMLResponse

from coordinator.api.parts import JobName
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.history import OF_JOB, history_of
from coordinator.pages.job_cost import cost_of
from coordinator.pages.leaving import leaving_of
from coordinator.pages.result_evidence import evidence_of, related_to
from coordinator.pages.result_tables import result_tables
from coordinator.pages.signing_hosts import signing_hosts
from coordinator.pages.status_words import JOB_WORDS
from coordinator.pages.threads import thread_of, with_messages
from coordinator.permissions import Thing
from pages.gate import page_router
from pages.problems import Problems

router = page_router()


@router.get("/{language}/exports/{job}", name="page_export_get")
def export_page(job: JobName, visit: Visiting) -> HTMLResponse:
    """Others' votes stand here only once this checker has voted, or all is decided."""
    return draw_export(visit, job, problems=Problems(visit.language))


def draw_export(visit: Visit, job: str, *, problems: Problems, status: int = HTTPStatus.OK) -> HTMLResponse:
    """The page, with what was wrong about the vote that was entered."""
    view = visit.services.exports.view(job, caller=visit.person)
    thread = thread_of(visit, Thing.JOB, job, address=visit.address("exports", job))
    return visit.answer(
        "coordinator/export.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        hosts=(hosts := signing_hosts(visit, "output_checker")),
        host_options=[(host, host, "") for host in hosts],
        view=view,
        job=view.job,
        status=JOB_WORDS[view.job.state],
        card=leaving_of(visit, view.job, result=view.result),
        evidence=evidence_of(visit, view.job, view.result),
        related=related_to(visit, view.job),
        cost=cost_of(visit, view.job, visit.services.permits.get(view.job.permit).permit),
        tables=result_tables(visit, view.result.result),
        thread=thread,
        history=with_messages(visit, history_of(visit, view.job.id, OF_JOB), thread),
    )
