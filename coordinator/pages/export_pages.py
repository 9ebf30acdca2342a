"""One held result before an output checker: evidence, then the answer, then the way to vote."""

from __future__ import annotations

from fastapi.responses import HTMLResponse

from coordinator.api.parts import JobName
from coordinator.pages.access import Visiting
from coordinator.pages.history import OF_JOB, history_of
from coordinator.pages.leaving import leaving_of
from coordinator.pages.result_tables import tables_of
from coordinator.pages.routes import page_router
from coordinator.pages.status_words import JOB_WORDS

router = page_router()


@router.get("/{language}/exports/{job}", name="page_export_get")
def export_page(job: JobName, visit: Visiting) -> HTMLResponse:
    """Others' votes stand here only once this checker has voted, or all is decided."""
    view = visit.services.exports.view(job, caller=visit.person)
    return visit.answer(
        "coordinator/export.html",
        view=view,
        job=view.job,
        status=JOB_WORDS[view.job.state],
        card=leaving_of(visit, view.job, result=view.result),
        tables=tables_of(view.result.result),
        minimum=view.result.result.minimum_persons,
        history=history_of(visit, view.job.id, OF_JOB),
    )
