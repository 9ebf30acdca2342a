"""Applications to the committee: written in a form, read in sentences, handed in, sent back, decided."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import Query
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.api.parts import ApplicationName, ProjectName
from coordinator.committee.application_content import Amendment, Extension, Kind, NewPermit, permit_of
from coordinator.committee.application_store import EDITABLE, Application
from coordinator.database.idempotency import Once
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.application_form import (
    ABOUT_A_PERMIT,
    KINDS,
    LONGEST,
    ApplicationForm,
    empty_form,
    filled_form,
    read_form,
)
from coordinator.pages.history import OF_APPLICATION, history_of
from coordinator.pages.status_words import APPLICATION_STEPS, APPLICATION_WORDS
from coordinator.pages.terms_words import review_addresses, terms_in, told_changes, told_terms
from coordinator.pages.threads import thread_of, with_messages
from coordinator.permissions import Thing, reaches_all
from coordinator.roles import Role
from coordinator.states import APPLICATION_MOVES, ApplicationState, MeetingState, Party, PermitState, may_move
from onggi.errors import OnggiError, Refused
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_A_PAGE: Final = 25
_WRONG: Final = HTTPStatus.UNPROCESSABLE_ENTITY
After = Annotated[str, Query(pattern=r"^([a-z][a-z0-9-]{0,79})?$")]
Act = Literal["submit", "withdraw"]


@router.get("/{language}/applications", name="page_applications_list")
def applications_page(visit: Visiting, after: After = "") -> HTMLResponse:
    member = None if reaches_all("application_get", visit.person) else visit.person.account
    found = visit.services.applications.applications(limit=_A_PAGE + 1, after=after, member=member)
    shown = found[:_A_PAGE]
    further = visit.address("applications", after=shown[-1].id) if len(found) > _A_PAGE else None
    return visit.answer(
        "coordinator/applications.html", applications=shown, words=APPLICATION_WORDS, further=further
    )


@router.get("/{language}/projects/{project}/apply", name="page_application_kinds")
def kinds_page(project: ProjectName, visit: Visiting) -> HTMLResponse:
    """What can be applied for, one way each."""
    found = visit.services.projects.get(project)
    permits = visit.services.permits.permits(after="", limit=50, member=None, project=project)
    valid = [permit for permit in permits if permit.state is PermitState.VALID]
    ways = [(kind, visit.address("projects", project, "apply", kind), "") for kind in KINDS]
    ways = [way for way in ways if way[0] not in ABOUT_A_PERMIT] + [
        (kind, visit.address("projects", project, "apply", kind, permit=permit.id), permit.permit.title)
        for permit in valid
        for kind in KINDS
        if kind in ABOUT_A_PERMIT
    ]
    return visit.answer("coordinator/application_kinds.html", project=found, ways=ways)


@router.get("/{language}/projects/{project}/apply/{kind}", name="page_application_new")
def new_page(project: ProjectName, kind: Kind, visit: Visiting, permit: After = "") -> HTMLResponse:
    form = empty_form(visit, kind, project, permit or None)
    return _drawn(form, address=_new_address(visit, project, kind, permit))


@router.post("/{language}/projects/{project}/apply/{kind}", name="page_application_write")
def write(project: ProjectName, kind: Kind, visit: Visiting, permit: After = "") -> Response:
    """Makes a draft, which is then read in sentences before it is handed in."""
    form, address = (
        empty_form(visit, kind, project, permit or None),
        _new_address(visit, project, kind, permit),
    )
    read = read_form(form)
    if read is not None:
        content, reason = read
        once = Once(
            account=visit.person.account,
            key=visit.entries.text("once")[:80] or visit.services.new_secret()[:40],
            request=["application", project, content.model_dump(mode="json"), reason],
        )
        with form.problems.at(""):
            made = visit.services.applications.write(
                project, content, reason=reason, by=visit.person, once=once
            )
            return RedirectResponse(visit.address("applications", made.id), HTTPStatus.SEE_OTHER)
    return _drawn(form, address=address, status=_WRONG)


@router.get("/{language}/applications/{application}/edit", name="page_application_edit")
def edit_page(application: ApplicationName, visit: Visiting) -> HTMLResponse:
    found = visit.services.applications.get(application, caller=visit.person)
    if found.state not in EDITABLE:
        raise Refused("application.not_editable")
    form = filled_form(visit, found.content, project=found.project, reason=found.reason)
    return _drawn(form, address=visit.address("applications", application, "edit"))


@router.post("/{language}/applications/{application}/edit", name="page_application_rewrite")
def rewrite(application: ApplicationName, visit: Visiting) -> Response:
    found = visit.services.applications.get(application, caller=visit.person)
    form = filled_form(visit, found.content, project=found.project, reason=found.reason)
    read = read_form(form)
    if read is not None:
        content, reason = read
        with form.problems.at(""):
            visit.services.applications.rewrite(application, content, reason=reason, by=visit.person)
            return RedirectResponse(visit.address("applications", application), HTTPStatus.SEE_OTHER)
    return _drawn(form, address=visit.address("applications", application, "edit"), status=_WRONG)


@router.get("/{language}/applications/{application}", name="page_application_get")
def application_page(application: ApplicationName, visit: Visiting) -> HTMLResponse:
    found = visit.services.applications.get(application, caller=visit.person)
    return draw_application(visit, found, problems=Problems(visit.language))


def draw_application(
    visit: Visit, found: Application, *, problems: Problems, status: int = HTTPStatus.OK
) -> HTMLResponse:
    """What is asked for in sentences, what the committee said, and what the viewer can do now."""
    services, caller = visit.services, visit.person
    project = services.projects.get(found.project)
    is_own, is_member = caller.account in project.people, Role.COMMITTEE in caller.roles
    conflicts = services.conflicts.of_project(found.project)
    stands_back = is_own or caller.member in {one.member for one in conflicts}
    address = visit.address("applications", found.id)
    thread = thread_of(visit, Thing.APPLICATION, found.id, address=address)
    meetings = []
    if is_member and found.state is ApplicationState.SUBMITTED:
        meetings = services.meetings.meetings(limit=20, states=[MeetingState.PLANNED, MeetingState.OPEN])
    return visit.answer(
        "coordinator/application.html",
        answer_status=status,
        problems=problems,
        application=found,
        project=project,
        status=APPLICATION_WORDS[found.state],
        steps=[visit.say(f"application_step.{states[0].value}") for states in APPLICATION_STEPS],
        step=next((at for at, states in enumerate(APPLICATION_STEPS) if found.state in states), None),
        conflicts=conflicts,
        is_own=is_own,
        is_member=is_member,
        stands_back=stands_back,
        may=_may(found),
        meetings=[(meeting.id, meeting.title, f"{meeting.held:%Y-%m-%d}") for meeting in meetings],
        thread=thread,
        entries=visit.entries,
        history=with_messages(visit, history_of(visit, found.id, OF_APPLICATION), thread),
        **_asked(visit, found),
    )


@router.get("/{language}/applications/{application}/ask/{act}", name="page_application_ask")
def ask(application: ApplicationName, act: Act, visit: Visiting) -> HTMLResponse:
    """Says what it means before it is done."""
    found = visit.services.applications.get(application, caller=visit.person)
    return visit.answer("coordinator/application_ask.html", application=found, act=act, may=_may(found)[act])


@router.post("/{language}/applications/{application}/submit", name="page_application_submit")
def submit(application: ApplicationName, visit: Visiting) -> Response:
    visit.services.applications.submit(application, by=visit.person)
    return RedirectResponse(visit.address("applications", application), HTTPStatus.SEE_OTHER)


@router.post("/{language}/applications/{application}/withdraw", name="page_application_withdraw")
def withdraw(application: ApplicationName, visit: Visiting) -> Response:
    visit.services.applications.withdraw(application, by=visit.person)
    return RedirectResponse(visit.address("applications", application), HTTPStatus.SEE_OTHER)


@router.get("/{language}/applications/{application}/send-back", name="page_application_send_back_ask")
def send_back_ask(application: ApplicationName, visit: Visiting) -> HTMLResponse:
    found = visit.services.applications.get(application, caller=visit.person)
    return visit.answer("coordinator/application_send_back.html", application=found, words="")


@router.post("/{language}/applications/{application}/send-back", name="page_application_send_back")
def send_back(application: ApplicationName, visit: Visiting) -> Response:
    applications, words = visit.services.applications, visit.entries.text("words")
    problems = Problems(visit.language)
    try:
        if len(words) > LONGEST:
            raise Refused("page.too_long", longest=LONGEST)
        applications.send_back(application, words=words, by=visit.person)
    except OnggiError as wrong:
        found = applications.get(application, caller=visit.person)
        problems.add("words", wrong)
        return visit.answer(
            "coordinator/application_send_back.html",
            answer_status=_WRONG,
            application=found,
            words=words,
            problems=problems,
        )
    return RedirectResponse(visit.address("applications", application), HTTPStatus.SEE_OTHER)


@router.post("/{language}/applications/{application}/conditions", name="page_application_conditions")
def conditions(application: ApplicationName, visit: Visiting) -> Response:
    visit.services.applications.confirm_conditions(application, by=visit.person)
    return RedirectResponse(visit.address("applications", application), HTTPStatus.SEE_OTHER)


def _new_address(visit: Visit, project: str, kind: Kind, permit: str) -> str:
    query = {"permit": permit} if permit else {}
    return visit.address("projects", project, "apply", kind, **query)


def _drawn(form: ApplicationForm, *, address: str, status: int = HTTPStatus.OK) -> HTMLResponse:
    visit = form.visit
    once = visit.entries.text("once")[:80] or visit.services.new_secret()[:40]
    return visit.answer(
        "coordinator/application_form.html",
        answer_status=status,
        address=address,
        back=visit.address("projects", form.project),
        once=once,
        **form.drawn(),
    )


def _may(found: Application) -> dict[str, bool]:
    """Which of the acts the state lets happen, whoever asks."""

    def moves(to: ApplicationState, by: Party) -> bool:
        return may_move(APPLICATION_MOVES, found.state, to, by=by)

    return {
        "edit": found.state in EDITABLE,
        "submit": moves(ApplicationState.SUBMITTED, Party.RESEARCHER),
        "withdraw": moves(ApplicationState.WITHDRAWN, Party.RESEARCHER),
        "send_back": found.state is ApplicationState.SUBMITTED,
        "conditions": found.state is ApplicationState.CONDITIONAL,
        "grant": found.state is ApplicationState.APPROVED and found.statement is None,
    }


def _asked(visit: Visit, found: Application) -> dict[str, Any]:
    """What is asked for, and what would change of a permit in force."""
    content, told, changes = found.content, None, []
    named = permit_of(content)
    current = None if named is None else terms_in(visit.services.permits.get(named).permit)
    terms = content.terms if isinstance(content, NewPermit | Amendment) else None
    if isinstance(content, Extension) and current is not None:
        terms = current.model_copy(update={"expires": content.expires})
    if terms is not None:
        told = told_terms(visit, terms, reviewed=review_addresses(visit, found.project))
        changes = [] if current is None else told_changes(visit, current, terms)
    return {"content": content, "told": told, "changes": changes, "named_permit": named}
