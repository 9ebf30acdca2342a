"""Takes what somebody writes in the thread of an object, from the form on the object's own page."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.api.parts import ApplicationName, JobName, PermitName, ProjectName, StatementName
from coordinator.database.idempotency import Once
from coordinator.decisions.threads import Audience, MessageKind
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.application_pages import draw_application
from coordinator.pages.export_pages import draw_export
from coordinator.pages.job_pages import draw_job
from coordinator.pages.project_pages import draw_permit, draw_project
from coordinator.pages.statement_pages import draw_statement
from coordinator.permissions import Thing
from coordinator.threads.thread_store import Draft
from onggi.errors import OnggiError, Refused
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_ONCE: Final = re.compile(r"[A-Za-z0-9._:-]{8,80}")
_KINDS: Final = {each.value: each for each in MessageKind}
_AUDIENCES: Final = {each.value: each for each in Audience}
Redraw = Callable[[Problems], HTMLResponse]


@router.get("/{language}/projects/{project}/thread", name="page_project_thread")
def project_thread(project: ProjectName, visit: Visiting) -> Response:
    """A thread stands on its object's page; this address only takes messages."""
    return _to(visit.address("projects", project))


@router.post("/{language}/projects/{project}/thread", name="page_project_thread_write")
def project_thread_write(project: ProjectName, visit: Visiting) -> Response:
    def redraw(problems: Problems) -> HTMLResponse:
        return draw_project(visit, project, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    return _write(visit, Thing.PROJECT, project, visit.address("projects", project), redraw)


@router.get("/{language}/applications/{application}/thread", name="page_application_thread")
def application_thread(application: ApplicationName, visit: Visiting) -> Response:
    return _to(visit.address("applications", application))


@router.post("/{language}/applications/{application}/thread", name="page_application_thread_write")
def application_thread_write(application: ApplicationName, visit: Visiting) -> Response:
    found = visit.services.applications.get(application, caller=visit.person)

    def redraw(problems: Problems) -> HTMLResponse:
        return draw_application(visit, found, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    return _write(visit, Thing.APPLICATION, application, visit.address("applications", application), redraw)


@router.get("/{language}/permits/{permit}/thread", name="page_permit_thread")
def permit_thread(permit: PermitName, visit: Visiting) -> Response:
    return _to(visit.address("permits", permit))


@router.post("/{language}/permits/{permit}/thread", name="page_permit_thread_write")
def permit_thread_write(permit: PermitName, visit: Visiting) -> Response:
    def redraw(problems: Problems) -> HTMLResponse:
        return draw_permit(visit, permit, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    return _write(visit, Thing.PERMIT, permit, visit.address("permits", permit), redraw)


@router.get("/{language}/statements/{statement}/thread", name="page_statement_thread")
def statement_thread(statement: StatementName, visit: Visiting) -> Response:
    return _to(visit.address("statements", statement))


@router.post("/{language}/statements/{statement}/thread", name="page_statement_thread_write")
def statement_thread_write(statement: StatementName, visit: Visiting) -> Response:
    def redraw(problems: Problems) -> HTMLResponse:
        return draw_statement(visit, statement, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    return _write(visit, Thing.STATEMENT, statement, visit.address("statements", statement), redraw)


@router.get("/{language}/jobs/{job}/thread", name="page_job_thread")
def job_thread(job: JobName, visit: Visiting) -> Response:
    return _to(visit.address("jobs", job))


@router.post("/{language}/jobs/{job}/thread", name="page_job_thread_write")
def job_thread_write(job: JobName, visit: Visiting) -> Response:
    def redraw(problems: Problems) -> HTMLResponse:
        return draw_job(visit, job, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    return _write(visit, Thing.JOB, job, visit.address("jobs", job), redraw)


@router.get("/{language}/exports/{job}/thread", name="page_export_thread")
def export_thread(job: JobName, visit: Visiting) -> Response:
    return _to(visit.address("exports", job))


@router.post("/{language}/exports/{job}/thread", name="page_export_thread_write")
def export_thread_write(job: JobName, visit: Visiting) -> Response:
    """An export's thread is its job's."""

    def redraw(problems: Problems) -> HTMLResponse:
        return draw_export(visit, job, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    return _write(visit, Thing.JOB, job, visit.address("exports", job), redraw)


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _write(visit: Visit, thing: Thing, subject: str, address: str, redraw: Redraw) -> Response:
    """Sent twice, the same form writes once. What was typed stays in the form where it is not taken."""
    entries, problems = visit.entries, Problems(visit.language)
    kind, audience = _KINDS.get(entries.text("kind")), _AUDIENCES.get(entries.text("audience"))
    if not _ONCE.fullmatch(entries.text("once")):
        raise Refused("page.form_too_old")
    if kind is None:
        problems.add("kind", Refused("page.choice_missing"))
    elif kind is MessageKind.CHANGES_ASKED:
        audience = Audience.EVERYBODY
    elif audience is None and kind is not MessageKind.ANSWER:
        problems.add("audience", Refused("page.choice_missing"))
    if kind is None or problems:
        return redraw(problems)
    draft = Draft(
        kind=kind, text=entries.text("text"), audience=audience, answers=entries.text("answers") or None
    )
    asked = ["thread", thing.value, subject, kind.value, entries.text("audience"), draft.answers, draft.text]
    once = Once(account=visit.person.account, key=entries.text("once"), request=asked)
    try:
        written = visit.services.threads.write(thing, subject, draft, caller=visit.person, once=once)
    except OnggiError as refused:
        if refused.code == f"{thing.value}.not_found":
            raise
        problems.add("text" if refused.code == "thread.text" else "", refused)
        return redraw(problems)
    return _to(f"{address}#{written.id}")
