"""Announcements: their list, writing one with a look at it first, and taking one back."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Final

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.api.parts import AnnouncementName
from coordinator.operating.announcement_store import Announcement, Notice
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.organisation_pages import AfterName, may_operate
from coordinator.pages.status_words import Shown
from coordinator.pages.typed import TypedForm
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_A_PAGE: Final = 50


def _standing(announcement: Announcement, *, now: datetime) -> Shown:
    if announcement.withdrawn is not None:
        return Shown("announcement.state_withdrawn", "plain")
    if now < announcement.notice.starts:
        return Shown("announcement.state_later", "waiting")
    if now < announcement.notice.ends:
        return Shown("announcement.state_now", "good")
    return Shown("announcement.state_over", "plain")


@router.get("/{language}/operator/announcements", name="page_announcements_list")
def announcements_page(visit: Visiting, after: AfterName = "") -> HTMLResponse:
    found = visit.services.announcements.announcements(after=after, limit=_A_PAGE + 1)
    shown, now = found[:_A_PAGE], visit.services.clock()
    return visit.answer(
        "coordinator/announcements.html",
        announcements=[(each, _standing(each, now=now)) for each in shown],
        now=now,
        may_operate=may_operate(visit),
        further=visit.address("operator", "announcements", after=shown[-1].id)
        if len(found) > _A_PAGE
        else None,
    )


@router.get("/{language}/operator/announcements/new", name="page_announcement_ask")
def announcement_ask(visit: Visiting) -> HTMLResponse:
    return _draw_form(visit, Problems(visit.language))


@router.post("/{language}/operator/announcements/check", name="page_announcement_check")
def announcement_check(visit: Visiting) -> HTMLResponse:
    """How it will look, or the form again; also for whoever wants to change it after looking."""
    if visit.entries.text("act") == "change":
        return _draw_form(visit, Problems(visit.language))
    problems = Problems(visit.language)
    notice = _read(visit, problems)
    if notice is None:
        return _draw_form(visit, problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return visit.answer("coordinator/announcement_check.html", notice=notice, entries=visit.entries)


@router.post("/{language}/operator/announcements", name="page_announcement_add")
def announcement_add(visit: Visiting) -> Response:
    problems = Problems(visit.language)
    notice = _read(visit, problems)
    if notice is None:
        return _draw_form(visit, problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    visit.services.announcements.add(notice, by=visit.person.account)
    return RedirectResponse(visit.address("operator", "announcements"), HTTPStatus.SEE_OTHER)


def _read(visit: Visit, problems: Problems) -> Notice | None:
    form = TypedForm(visit.entries, problems)
    korean, english = form.paragraph("korean"), form.paragraph("english")
    starts, ends = form.moment("starts"), form.moment("ends")
    if problems or starts is None or ends is None:
        return None
    public = visit.entries.is_ticked("public")
    notice = Notice(korean=korean, english=english, is_public=public, starts=starts, ends=ends)
    with problems.at("ends"):
        visit.services.announcements.check(notice)
        return notice
    return None


def _draw_form(visit: Visit, problems: Problems, *, status: int = HTTPStatus.OK) -> HTMLResponse:
    return visit.answer(
        "coordinator/announcement_new.html", answer_status=status, problems=problems, entries=visit.entries
    )


@router.get(
    "/{language}/operator/announcements/{announcement}/withdraw", name="page_announcement_withdraw_ask"
)
def withdraw_ask(announcement: AnnouncementName, visit: Visiting) -> HTMLResponse:
    found = visit.services.announcements.get(announcement)
    return visit.answer("coordinator/announcement_withdraw.html", announcement=found)


@router.post("/{language}/operator/announcements/{announcement}/withdraw", name="page_announcement_withdraw")
def withdraw(announcement: AnnouncementName, visit: Visiting) -> Response:
    visit.services.announcements.withdraw(announcement, by=visit.person.account)
    return RedirectResponse(visit.address("operator", "announcements"), HTTPStatus.SEE_OTHER)
