"""The committee's meetings: plan, agenda, attendance, verdicts, minutes to print."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Final, Literal

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.api.parts import ApplicationName, MeetingName
from coordinator.audit.trail import find_head
from coordinator.committee.meeting_store import Meeting
from coordinator.decisions.meetings import VERDICTS, Track
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.application_form import LONGEST
from coordinator.pages.application_pages import draw_application
from coordinator.pages.field_names import FormProblems
from coordinator.pages.history import OF_MEETING, history_of
from coordinator.pages.status_words import APPLICATION_WORDS, MEETING_WORDS
from coordinator.pages.terms_form import ZONE
from coordinator.roles import Role
from coordinator.states import ApplicationState, MeetingState
from onggi.errors import OnggiError, Refused
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_MOST: Final = 50
_WRONG: Final = HTTPStatus.UNPROCESSABLE_ENTITY
Step = Literal["open", "close", "cancel"]


@router.get("/{language}/meetings", name="page_meetings")
def meetings_page(visit: Visiting) -> HTMLResponse:
    waiting = visit.services.applications.applications(limit=_MOST, states=[ApplicationState.SUBMITTED])
    return visit.answer(
        "coordinator/meetings.html",
        meetings=visit.services.meetings.meetings(limit=_MOST),
        waiting=waiting,
        words=MEETING_WORDS,
        application_words=APPLICATION_WORDS,
        may_hold=_may_hold(visit),
    )


@router.get("/{language}/meetings/new", name="page_meeting_new")
def new_page(visit: Visiting) -> HTMLResponse:
    form = {"title": "", "place": "", "track": Track.REGULAR.value, "day": "", "hour": "14:00"}
    return visit.answer("coordinator/meeting_new.html", form=form, tracks=_tracks(visit))


@router.post("/{language}/meetings/new", name="page_meeting_plan")
def plan(visit: Visiting) -> Response:
    entries, problems = visit.entries, FormProblems(visit.language)
    form = {name: entries.text(name) for name in ("title", "place", "track", "day", "hour")}
    for name in ("title", "place"):
        if not 0 < len(form[name]) <= 300 or "\n" in form[name]:
            problems.add(name, Refused("page.one_line", longest=300))
    if form["track"] not in list(Track):
        problems.add("track", Refused("page.choice_missing"))
    with problems.at("day"):
        held = _moment(form["day"], form["hour"])
        if not problems:
            made = visit.services.meetings.plan(
                title=form["title"],
                track=Track(form["track"]),
                held=held,
                place=form["place"],
                by=visit.person,
            )
            return RedirectResponse(visit.address("meetings", made.id), HTTPStatus.SEE_OTHER)
    return visit.answer(
        "coordinator/meeting_new.html",
        answer_status=_WRONG,
        form=form,
        tracks=_tracks(visit),
        problems=problems,
    )


@router.get("/{language}/meetings/{meeting}", name="page_meeting")
def meeting_page(meeting: MeetingName, visit: Visiting) -> HTMLResponse:
    return _drawn(visit, visit.services.meetings.get(meeting), problems=Problems(visit.language))


@router.get("/{language}/meetings/{meeting}/minutes", name="page_meeting_minutes")
def minutes(meeting: MeetingName, visit: Visiting) -> HTMLResponse:
    """To print and sign on paper. While the meeting is not closed they say so."""
    found = visit.services.meetings.get(meeting)
    with visit.services.database.reading() as session:
        head = find_head(session)
    root = visit.services.roots.get_current()
    return visit.answer(
        "coordinator/minutes.html",
        meeting=found,
        words=APPLICATION_WORDS,
        members=[one for one in root.members if one.role == "committee"],
        federation=root.federation_name,
        head=head,
        printed=visit.services.clock(),
        is_final=found.state is MeetingState.CLOSED,
    )


@router.post("/{language}/applications/{application}/agenda", name="page_meeting_agenda")
def agenda(application: ApplicationName, visit: Visiting) -> Response:
    """Puts an application on the agenda that was chosen, or takes it off again."""
    meetings, entries = visit.services.meetings, visit.entries
    chosen, problems = entries.text("meeting"), Problems(visit.language)
    try:
        if entries.text("act") == "off":
            meetings.take_off_agenda(chosen, application, by=visit.person)
            return RedirectResponse(visit.address("meetings", chosen), HTTPStatus.SEE_OTHER)
        if not chosen:
            raise Refused("page.choice_missing")
        meetings.put_on_agenda(chosen, application, by=visit.person)
    except OnggiError as wrong:
        found = visit.services.applications.get(application, caller=visit.person)
        problems.add("meeting", wrong)
        return draw_application(visit, found, problems=problems, status=_WRONG)
    return RedirectResponse(visit.address("meetings", chosen), HTTPStatus.SEE_OTHER)


@router.post("/{language}/meetings/{meeting}/attendance", name="page_meeting_attendance")
def attendance(meeting: MeetingName, visit: Visiting) -> Response:
    visit.services.meetings.record_attendance(meeting, visit.entries.texts("present"), by=visit.person)
    return RedirectResponse(visit.address("meetings", meeting), HTTPStatus.SEE_OTHER)


@router.get("/{language}/meetings/{meeting}/{step}", name="page_meeting_ask")
def ask(meeting: MeetingName, step: Step, visit: Visiting) -> HTMLResponse:
    """Says what it means before it is done."""
    found = visit.services.meetings.get(meeting)
    return visit.answer("coordinator/meeting_ask.html", meeting=found, step=step, notes=found.notes)


@router.post("/{language}/meetings/{meeting}/{step}", name="page_meeting_move")
def move(meeting: MeetingName, step: Step, visit: Visiting) -> Response:
    meetings, notes, problems = visit.services.meetings, visit.entries.text("notes"), Problems(visit.language)
    try:
        match step:
            case "open":
                meetings.open(meeting, by=visit.person)
            case "cancel":
                meetings.cancel(meeting, by=visit.person)
            case "close":
                if len(notes) > 5 * LONGEST:
                    raise Refused("page.too_long", longest=5 * LONGEST)
                meetings.close(meeting, notes=notes, by=visit.person)
    except OnggiError as wrong:
        problems.add("", wrong)
        return visit.answer(
            "coordinator/meeting_ask.html",
            answer_status=_WRONG,
            meeting=meetings.get(meeting),
            step=step,
            notes=notes,
            problems=problems,
        )
    return RedirectResponse(visit.address("meetings", meeting), HTTPStatus.SEE_OTHER)


@router.get("/{language}/meetings/{meeting}/items/{application}", name="page_meeting_item")
def item_page(meeting: MeetingName, application: ApplicationName, visit: Visiting) -> HTMLResponse:
    """One item: who takes part, who stands back, and the verdict."""
    return _item(visit, meeting, application, verdict="", words="", problems=Problems(visit.language))


@router.post("/{language}/meetings/{meeting}/items/{application}", name="page_meeting_decide")
def decide(meeting: MeetingName, application: ApplicationName, visit: Visiting) -> Response:
    verdict, words = visit.entries.text("verdict"), visit.entries.text("words")
    problems = Problems(visit.language)
    with problems.at("verdict"):
        if verdict not in [each.value for each in VERDICTS]:
            raise Refused("meeting.no_such_verdict")
        if len(words) > LONGEST:
            raise Refused("page.too_long", longest=LONGEST)
        visit.services.meetings.decide(
            meeting, application, verdict=ApplicationState(verdict), words=words, by=visit.person
        )
        return RedirectResponse(visit.address("meetings", meeting), HTTPStatus.SEE_OTHER)
    return _item(visit, meeting, application, verdict=verdict, words=words, problems=problems, status=_WRONG)


def _item(
    visit: Visit,
    meeting: str,
    application: str,
    *,
    verdict: str,
    words: str,
    problems: Problems,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    found = visit.services.meetings.get(meeting)
    item = next((one for one in found.items if one.application == application), None)
    if item is None:
        raise Refused("application.not_found")
    sitting = visit.services.meetings.sitting(meeting, application)
    rule = visit.services.roots.get_current().committee_rule
    return visit.answer(
        "coordinator/meeting_item.html",
        answer_status=status,
        meeting=found,
        item=item,
        sitting=sitting,
        needed=sitting.needed(rule),
        is_regular=found.track is Track.REGULAR,
        is_open=found.state is MeetingState.OPEN,
        words_of=APPLICATION_WORDS,
        options=[
            (each.value, visit.say(f"application.{each.value}"), visit.say(f"verdict_means.{each.value}"))
            for each in VERDICTS
        ],
        verdict=verdict,
        words=words,
        problems=problems,
    )


def _drawn(visit: Visit, found: Meeting, *, problems: Problems) -> HTMLResponse:
    members = [one for one in visit.services.roots.get_current().members if one.role == "committee"]
    return visit.answer(
        "coordinator/meeting.html",
        meeting=found,
        status=MEETING_WORDS[found.state],
        words=APPLICATION_WORDS,
        members=[(one.id, f"{one.id} ({one.affiliation})", "") for one in members],
        may_hold=_may_hold(visit),
        is_planned=found.state is MeetingState.PLANNED,
        is_open=found.state is MeetingState.OPEN,
        problems=problems,
        history=history_of(visit, found.id, OF_MEETING),
    )


def _may_hold(visit: Visit) -> bool:
    return Role.COMMITTEE in visit.person.roles


def _tracks(visit: Visit) -> list[tuple[str, str, str]]:
    return [
        (each.value, visit.say(f"track.{each.value}"), visit.say(f"track.{each.value}_more"))
        for each in Track
    ]


def _moment(day: str, hour: str) -> datetime:
    try:
        return datetime.strptime(f"{day} {hour}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
    except ValueError:
        raise Refused("application.field", field="day") from None
