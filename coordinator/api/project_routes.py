"""Projects, their people, and the permits that the committee gave them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from coordinator.api.access import Asking, Wired
from coordinator.api.parts import (
    AccountName,
    After,
    Done,
    IdempotencyKey,
    Limit,
    Page,
    PermitName,
    ProjectName,
    new_router,
    page_of,
)
from coordinator.committee.permit_store import Permit
from coordinator.database.idempotency import Once
from coordinator.jobs.noise_asked import PermitBudget
from coordinator.permissions import reaches_all
from coordinator.projects.project_store import Project
from onggi.spec.base import Frozen, Line

router = new_router("projects")
OfProject = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{0,79}$")]


class ProjectRequest(Frozen):
    title: Line
    purpose: Line


@router.get("/projects", name="projects_list")
def projects_list(services: Wired, caller: Asking, after: After = "", limit: Limit = 50) -> Page[Project]:
    """The caller's own projects; every project for those who review or operate."""
    member = None if reaches_all("project_get", caller) else caller.account
    found = services.projects.projects(member=member, after=after, limit=limit)
    return page_of(found, limit=limit, key=lambda project: project.id)


@router.post("/projects", name="project_create", status_code=201)
def project_create(
    request: ProjectRequest, services: Wired, caller: Asking, key: IdempotencyKey = None
) -> Project:
    once = None
    if key is not None:
        once = Once(account=caller.account, key=key, request=["project", request.model_dump(mode="json")])
    return services.projects.create(
        title=request.title,
        purpose=request.purpose,
        organisation=caller.organisation,
        by=caller.account,
        once=once,
    )


@router.get("/projects/{project}", name="project_get")
def project_get(project: ProjectName, services: Wired) -> Project:
    return services.projects.get(project)


@router.put("/projects/{project}/members/{account}", name="project_member_add")
def project_member_add(
    project: ProjectName, account: AccountName, services: Wired, caller: Asking
) -> Project:
    """Adds a person to the project. Data may be read only by the people whom the permit names."""
    services.projects.add_member(project, account, by=caller.account)
    return services.projects.get(project)


@router.delete("/projects/{project}/members/{account}", name="project_member_remove")
def project_member_remove(
    project: ProjectName, account: AccountName, services: Wired, caller: Asking
) -> Done:
    services.projects.remove_member(project, account, by=caller.account)
    return Done()


@router.get("/permits", name="permits_list")
def permits_list(
    services: Wired, caller: Asking, after: After = "", limit: Limit = 50, project: OfProject = None
) -> Page[Permit]:
    member = None if reaches_all("permit_get", caller) else caller.account
    found = services.permits.permits(after=after, limit=limit, member=member, project=project)
    return page_of(found, limit=limit, key=lambda permit: permit.id)


@router.get("/permits/{permit}", name="permit_get")
def permit_get(permit: PermitName, services: Wired) -> Permit:
    return services.permits.get(permit)


@router.get("/permits/{permit}/budget", name="permit_budget")
def permit_budget(permit: PermitName, services: Wired) -> PermitBudget:
    """What the permit's jobs ask of its privacy budget, by account. Hospitals' own ceilings are not known."""
    return services.noise_asked.of_permit(services.permits.get(permit).permit)
