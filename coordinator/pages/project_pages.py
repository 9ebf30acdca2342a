"""Projects and the permits that the committee gave them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import HTMLResponse

from coordinator.api.parts import PermitName, ProjectName
from coordinator.committee.application_store import Application
from coordinator.committee.review_store import newest
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.history import OF_PERMIT, OF_PROJECT, history_of
from coordinator.pages.status_words import APPLICATION_WORDS, PERMIT_WORDS
from coordinator.pages.terms_words import review_addresses, terms_in, told_terms
from coordinator.pages.threads import thread_of, with_messages
from coordinator.permissions import Thing, reaches_all
from coordinator.roles import Role
from coordinator.states import PermitState
from onggi.protocol.rendering import render_statement
from pages.gate import page_router
from pages.problems import Problems

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
    return draw_project(visit, project, problems=Problems(visit.language))


def draw_project(
    visit: Visit, project: str, *, problems: Problems, status: int = HTTPStatus.OK
) -> HTMLResponse:
    """The page, with what was wrong about a message that was entered."""
    found = visit.services.projects.get(project)
    thread = thread_of(visit, Thing.PROJECT, found.id, address=visit.address("projects", found.id))
    permits = visit.services.permits.permits(after="", limit=_A_PAGE, member=None, project=project)
    return visit.answer(
        "coordinator/project.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        project=found,
        permits=permits,
        words=PERMIT_WORDS,
        applications=_applications(visit, project),
        application_words=APPLICATION_WORDS,
        reviews=newest(visit.services.reviews.of_project(project)),
        may_apply=visit.person.account in found.people and Role.RESEARCHER in visit.person.roles,
        is_committee=Role.COMMITTEE in visit.person.roles,
        thread=thread,
        history=with_messages(visit, history_of(visit, found.id, OF_PROJECT), thread),
    )


def _applications(visit: Visit, project: str) -> list[Application]:
    """The project's; drafts are for its own people alone."""
    own = visit.person.account if not reaches_all("application_get", visit.person) else None
    return visit.services.applications.applications(limit=_A_PAGE, member=own, project=project)


@router.get("/{language}/permits", name="page_permits_list")
def permits_page(visit: Visiting, after: AfterName = "") -> HTMLResponse:
    member = None if reaches_all("permit_get", visit.person) else visit.person.account
    found = visit.services.permits.permits(after=after, limit=_A_PAGE + 1, member=member, project=None)
    shown = found[:_A_PAGE]
    further = visit.address("permits", after=shown[-1].id) if len(found) > _A_PAGE else None
    return visit.answer("coordinator/permits.html", permits=shown, words=PERMIT_WORDS, further=further)


@router.get("/{language}/permits/{permit}", name="page_permit_get")
def permit_page(permit: PermitName, visit: Visiting) -> HTMLResponse:
    return draw_permit(visit, permit, problems=Problems(visit.language))


def draw_permit(
    visit: Visit, permit: str, *, problems: Problems, status: int = HTTPStatus.OK
) -> HTMLResponse:
    """The page, with what was wrong about a message that was entered."""
    found = visit.services.permits.get(permit)
    thread = thread_of(visit, Thing.PERMIT, found.id, address=visit.address("permits", found.id))
    return visit.answer(
        "coordinator/permit.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        permit=found,
        status=PERMIT_WORDS[found.state],
        told=told_terms(visit, terms_in(found.permit), reviewed=review_addresses(visit, found.project)),
        may_apply=found.state is PermitState.VALID
        and Role.RESEARCHER in visit.person.roles
        and visit.person.account in visit.services.projects.get(found.project).people,
        rendering=render_statement(found.permit),
        thread=thread,
        history=with_messages(visit, history_of(visit, found.id, OF_PERMIT), thread),
    )
