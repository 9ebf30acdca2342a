"""Projects and the permits that the committee gave them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import HTMLResponse

from coordinator.api.parts import PermitName, ProjectName
from coordinator.pages.access import Visiting
from coordinator.pages.history import OF_PERMIT, OF_PROJECT, history_of
from coordinator.pages.routes import page_router
from coordinator.pages.status_words import PERMIT_WORDS
from coordinator.permissions import reaches_all
from onggi.protocol.rendering import render_statement

router = page_router()
_A_PAGE: Final = 25
AfterName = Annotated[str, Query(pattern=r"^([a-z][a-z0-9-]{0,79})?$")]


@router.get("/{language}/projects", name="page_projects_list")
def projects_page(visit: Visiting, after: AfterName = "") -> HTMLResponse:
    member = None if reaches_all("project_get", visit.person) else visit.person.account
    found = visit.services.projects.projects(member=member, after=after, limit=_A_PAGE + 1)
    shown = found[:_A_PAGE]
    further = visit.address("projects", after=shown[-1].id) if len(found) > _A_PAGE else None
    return visit.answer("coordinator/projects.html", projects=shown, further=further)


@router.get("/{language}/projects/{project}", name="page_project_get")
def project_page(project: ProjectName, visit: Visiting) -> HTMLResponse:
    found = visit.services.projects.get(project)
    permits = visit.services.permits.permits(after="", limit=_A_PAGE, member=None, project=project)
    return visit.answer(
        "coordinator/project.html",
        project=found,
        permits=permits,
        words=PERMIT_WORDS,
        history=history_of(visit, found.id, OF_PROJECT),
    )


@router.get("/{language}/permits", name="page_permits_list")
def permits_page(visit: Visiting, after: AfterName = "") -> HTMLResponse:
    member = None if reaches_all("permit_get", visit.person) else visit.person.account
    found = visit.services.permits.permits(after=after, limit=_A_PAGE + 1, member=member, project=None)
    shown = found[:_A_PAGE]
    further = visit.address("permits", after=shown[-1].id) if len(found) > _A_PAGE else None
    return visit.answer("coordinator/permits.html", permits=shown, words=PERMIT_WORDS, further=further)


@router.get("/{language}/permits/{permit}", name="page_permit_get")
def permit_page(permit: PermitName, visit: Visiting) -> HTMLResponse:
    found = visit.services.permits.get(permit)
    return visit.answer(
        "coordinator/permit.html",
        permit=found,
        status=PERMIT_WORDS[found.state],
        rendering=render_statement(found.permit),
        history=history_of(visit, found.id, OF_PERMIT),
    )
