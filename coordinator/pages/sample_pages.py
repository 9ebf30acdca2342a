"""The committee's second look at decided exports: the list, one sample with all votes, and one's opinion."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.api.parts import JobName
from coordinator.decisions.export_samples import ONE_IN
from coordinator.decisions.threads import check_text
from coordinator.exports.sample_store import Opinion
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.result_evidence import evidence_of
from coordinator.pages.result_tables import result_tables
from coordinator.pages.status_words import JOB_WORDS
from onggi.errors import Refused
from onggi.words import public_words
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_OPINIONS: Final = {each.value: each for each in Opinion}


@router.get("/{language}/samples", name="page_samples_list")
def samples_page(visit: Visiting) -> HTMLResponse:
    """First those at which nobody has looked, then the others; newest decisions first."""
    found = list(reversed(visit.services.samples.samples(visit.person)))
    return visit.answer(
        "coordinator/samples.html",
        unseen=[each for each in found if not each.opinions],
        seen=[each for each in found if each.opinions],
        words=JOB_WORDS,
        one_in=ONE_IN,
    )


@router.get("/{language}/samples/{job}", name="page_sample_get")
def sample_page(job: JobName, visit: Visiting) -> HTMLResponse:
    return _draw(visit, job, problems=Problems(visit.language))


@router.post("/{language}/samples/{job}", name="page_sample_judge")
def sample_judge(job: JobName, visit: Visiting) -> Response:
    """First shows what was entered, then keeps it: an opinion stays."""
    view = visit.services.samples.get(job, caller=visit.person)
    if view.why_not is not None:
        raise view.why_not
    entries, problems = visit.entries, Problems(visit.language)
    opinion = _OPINIONS.get(entries.text("opinion"))
    if opinion is None:
        problems.add("opinion", Refused("page.choice_missing"))
    with problems.at("reason"):
        check_text(entries.text("reason"))
    if opinion is None or problems:
        return _draw(visit, job, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    match entries.text("act"):
        case "keep":
            visit.services.samples.judge(job, opinion, reason=entries.text("reason"), caller=visit.person)
            return RedirectResponse(visit.address("samples", job), HTTPStatus.SEE_OTHER)
        case "change":
            return _draw(visit, job, problems=problems)
    return visit.answer(
        "coordinator/sample_check.html", view=view, opinion=opinion, reason=entries.text("reason")
    )


def _draw(visit: Visit, job: str, *, problems: Problems, status: int = HTTPStatus.OK) -> HTMLResponse:
    view = visit.services.samples.get(job, caller=visit.person)
    why_not = None if view.why_not is None else " ".join(public_words(view.why_not, visit.language))
    return visit.answer(
        "coordinator/sample.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        view=view,
        job=view.sample.job,
        status=JOB_WORDS[view.sample.job.state],
        evidence=evidence_of(visit, view.sample.job, view.result),
        tables=result_tables(visit, view.result.result),
        why_not=why_not,
        opinions=list(Opinion),
    )
