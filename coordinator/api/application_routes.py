"""Applications to the committee: written and handed in by a project's people, answered by the committee."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from coordinator.api.access import Asking, Wired
from coordinator.api.parts import (
    After,
    ApplicationName,
    IdempotencyKey,
    Limit,
    Page,
    ProjectName,
    new_router,
    page_of,
)
from coordinator.committee.application_content import Content
from coordinator.committee.application_store import Application
from coordinator.database.idempotency import Once
from coordinator.permissions import reaches_all
from onggi.spec.base import Frozen

router = new_router("applications")
Words = Annotated[str, Field(max_length=4000, pattern="^[^\x00]*$")]


class ApplicationRequest(Frozen):
    content: Content
    reason: Words


class SendBackRequest(Frozen):
    words: Words


@router.get("/applications", name="applications_list")
def applications_list(
    services: Wired, caller: Asking, after: After = "", limit: Limit = 50
) -> Page[Application]:
    """Newest first. Drafts are shown to the project's people alone."""
    member = None if reaches_all("application_get", caller) else caller.account
    found = services.applications.applications(after=after, limit=limit, member=member)
    return page_of(found, limit=limit, key=lambda application: application.id)


@router.post("/projects/{project}/applications", name="application_write", status_code=201)
def application_write(
    project: ProjectName,
    request: ApplicationRequest,
    services: Wired,
    caller: Asking,
    key: IdempotencyKey = None,
) -> Application:
    """A draft; the committee sees it once it is submitted."""
    once = None
    if key is not None:
        asked = ["application", project, request.model_dump(mode="json")]
        once = Once(account=caller.account, key=key, request=asked)
    return services.applications.write(project, request.content, reason=request.reason, by=caller, once=once)


@router.get("/applications/{application}", name="application_get")
def application_get(application: ApplicationName, services: Wired, caller: Asking) -> Application:
    return services.applications.get(application, caller=caller)


@router.put("/applications/{application}", name="application_rewrite")
def application_rewrite(
    application: ApplicationName, request: ApplicationRequest, services: Wired, caller: Asking
) -> Application:
    """Another text, while it is a draft or was returned."""
    return services.applications.rewrite(application, request.content, reason=request.reason, by=caller)


@router.post("/applications/{application}/submit", name="application_submit")
def application_submit(application: ApplicationName, services: Wired, caller: Asking) -> Application:
    return services.applications.submit(application, by=caller)


@router.post("/applications/{application}/withdraw", name="application_withdraw")
def application_withdraw(application: ApplicationName, services: Wired, caller: Asking) -> Application:
    return services.applications.withdraw(application, by=caller)


@router.post("/applications/{application}/send-back", name="application_send_back")
def application_send_back(
    application: ApplicationName, request: SendBackRequest, services: Wired, caller: Asking
) -> Application:
    """Before any meeting: something is missing."""
    return services.applications.send_back(application, words=request.words, by=caller)


@router.post("/applications/{application}/conditions", name="application_conditions")
def application_conditions(application: ApplicationName, services: Wired, caller: Asking) -> Application:
    """The conditions of a conditional approval are met."""
    return services.applications.confirm_conditions(application, by=caller)
