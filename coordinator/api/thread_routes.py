"""Questions and answers on projects, applications, permits, statements and jobs; exports' are their jobs'."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from coordinator.api.access import Asking, Wired
from coordinator.api.parts import (
    ApplicationName,
    IdempotencyKey,
    JobName,
    Limit,
    PermitName,
    ProjectName,
    StatementName,
    new_router,
)
from coordinator.database.idempotency import Once
from coordinator.decisions.threads import LONGEST_TEXT, Audience, MessageKind, Side
from coordinator.permissions import Thing
from coordinator.roles import Caller
from coordinator.services import Services
from coordinator.threads.thread_store import Draft, Message, Thread
from onggi.spec.base import Frozen

router = new_router("threads")
Before = Annotated[
    str, Query(pattern=r"^([a-z][a-z0-9-]{0,79})?$", description="the oldest message already read")
]


class MessageShown(Frozen):
    """One message. `side`: as what its author wrote. `awaits_answer`: changes asked and not answered yet."""

    id: str
    author: str
    side: Side
    at: datetime
    kind: MessageKind
    audience: Audience
    text: str
    answers: str | None
    awaits_answer: bool


class ThreadShown(Frozen):
    """Messages that the caller may see, oldest first; `has_earlier`: ask for more `before` the first.

    `is_blind`: a result waits for the caller's vote, so what others write since is not shown.
    """

    messages: tuple[MessageShown, ...]
    has_earlier: bool
    is_blind: bool


class MessageRequest(Frozen):
    """`answers` names the message that an answer answers; an answer is for the readers of that message."""

    kind: MessageKind
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    audience: Audience | None = None
    answers: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,79}$")] | None = None


@router.get("/projects/{project}/thread", name="project_thread")
def project_thread(
    project: ProjectName, services: Wired, caller: Asking, before: Before = "", limit: Limit = 50
) -> ThreadShown:
    return _thread(services.threads.read(Thing.PROJECT, project, caller=caller, before=before, limit=limit))


@router.post("/projects/{project}/thread", name="project_thread_write", status_code=201)
def project_thread_write(
    project: ProjectName,
    request: MessageRequest,
    services: Wired,
    caller: Asking,
    key: IdempotencyKey = None,
) -> MessageShown:
    return _write(services, Thing.PROJECT, project, request, caller=caller, key=key)


@router.get("/permits/{permit}/thread", name="permit_thread")
def permit_thread(
    permit: PermitName, services: Wired, caller: Asking, before: Before = "", limit: Limit = 50
) -> ThreadShown:
    return _thread(services.threads.read(Thing.PERMIT, permit, caller=caller, before=before, limit=limit))


@router.post("/permits/{permit}/thread", name="permit_thread_write", status_code=201)
def permit_thread_write(
    permit: PermitName, request: MessageRequest, services: Wired, caller: Asking, key: IdempotencyKey = None
) -> MessageShown:
    return _write(services, Thing.PERMIT, permit, request, caller=caller, key=key)


@router.get("/applications/{application}/thread", name="application_thread")
def application_thread(
    application: ApplicationName, services: Wired, caller: Asking, before: Before = "", limit: Limit = 50
) -> ThreadShown:
    services.applications.get(application, caller=caller)  # nobody else's draft is there
    found = services.threads.read(Thing.APPLICATION, application, caller=caller, before=before, limit=limit)
    return _thread(found)


@router.post("/applications/{application}/thread", name="application_thread_write", status_code=201)
def application_thread_write(
    application: ApplicationName,
    request: MessageRequest,
    services: Wired,
    caller: Asking,
    key: IdempotencyKey = None,
) -> MessageShown:
    services.applications.get(application, caller=caller)
    return _write(services, Thing.APPLICATION, application, request, caller=caller, key=key)


@router.get("/statements/{statement}/thread", name="statement_thread")
def statement_thread(
    statement: StatementName, services: Wired, caller: Asking, before: Before = "", limit: Limit = 50
) -> ThreadShown:
    found = services.threads.read(Thing.STATEMENT, statement, caller=caller, before=before, limit=limit)
    return _thread(found)


@router.post("/statements/{statement}/thread", name="statement_thread_write", status_code=201)
def statement_thread_write(
    statement: StatementName,
    request: MessageRequest,
    services: Wired,
    caller: Asking,
    key: IdempotencyKey = None,
) -> MessageShown:
    return _write(services, Thing.STATEMENT, statement, request, caller=caller, key=key)


@router.get("/jobs/{job}/thread", name="job_thread")
def job_thread(
    job: JobName, services: Wired, caller: Asking, before: Before = "", limit: Limit = 50
) -> ThreadShown:
    """A checker who has not voted on the held result sees their own messages since, and answers to them."""
    return _thread(services.threads.read(Thing.JOB, job, caller=caller, before=before, limit=limit))


@router.post("/jobs/{job}/thread", name="job_thread_write", status_code=201)
def job_thread_write(
    job: JobName, request: MessageRequest, services: Wired, caller: Asking, key: IdempotencyKey = None
) -> MessageShown:
    """`changes_asked`: for a checker who has not voted on the held result."""
    return _write(services, Thing.JOB, job, request, caller=caller, key=key)


def _write(
    services: Services,
    thing: Thing,
    subject: str,
    request: MessageRequest,
    *,
    caller: Caller,
    key: str | None,
) -> MessageShown:
    once = None
    if key is not None:
        asked = ["thread", thing.value, subject, request.model_dump(mode="json")]
        once = Once(account=caller.account, key=key, request=asked)
    draft = Draft(kind=request.kind, text=request.text, audience=request.audience, answers=request.answers)
    return _message(services.threads.write(thing, subject, draft, caller=caller, once=once))


def _thread(thread: Thread) -> ThreadShown:
    shown = tuple(_message(each) for each in thread.messages)
    return ThreadShown(messages=shown, has_earlier=thread.has_earlier, is_blind=thread.is_blind)


def _message(message: Message) -> MessageShown:
    return MessageShown(
        id=message.id,
        author=message.author,
        side=message.side,
        at=message.at,
        kind=message.kind,
        audience=message.audience,
        text=message.text,
        answers=message.answers,
        awaits_answer=message.awaits_answer,
    )
