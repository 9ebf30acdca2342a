"""People click twice, go back, open two tabs and stay away too long; nothing is done twice, lost or shown."""

from __future__ import annotations

import pytest

from coordinator.accounts.tokens import PAGE_IDLE
from coordinator.audit.trail import events_about
from coordinator.audit.vocabulary import AuditEvent
from pages.languages import LANGUAGES, Language
from pages.visitors import SESSION, VISITOR
from tests.support.browser_room import TITLE, BrowserRoom
from tests.support.coordinator_house import PASSWORD
from tests.support.watched_page import SEND_TWICE, WatchedPage


def _withdrawals(room: BrowserRoom, statement: str) -> int:
    with room.house.database.reading() as session:
        return len(
            list(
                events_about(session, statement, events=frozenset({AuditEvent.STATEMENT_WITHDRAWN}), limit=9)
            )
        )


def _state(room: BrowserRoom, statement: str) -> str:
    return str(room.house.services.statements.get(statement).state)


def _asks(tab: WatchedPage, statement: str) -> WatchedPage:
    return tab.open(f"/{{language}}/statements/{statement}/withdraw")


def test_two_clicks_take_back_once(room: BrowserRoom) -> None:
    draft = room.draft(by="committee-1")
    with room.page("committee-1") as tab:
        _asks(tab, draft).page.dblclick("button.button-danger")
        tab.page.wait_for_load_state("networkidle")
        assert tab.status < 500
        assert tab.page.locator("h1").count() == 1
    assert _state(room, draft) == "withdrawn"
    assert _withdrawals(room, draft) == 1


def test_the_same_form_sent_twice_at_once_counts_once(room: BrowserRoom) -> None:
    draft = room.draft(by="committee-1")
    with room.screen("committee-1") as screen:
        tab = _asks(screen.tab(), draft)
        answers = tab.page.evaluate(SEND_TWICE, f"/en/statements/{draft}/withdraw")
        assert sorted(status for status, _ in answers) == [200, 409]
        refused = next(words for status, words in answers if status == 409)
        assert "state.not_possible" in refused
        assert "This is not possible" in refused
    assert _withdrawals(room, draft) == 1


def test_sending_the_form_of_an_old_page_is_answered_clearly(room: BrowserRoom) -> None:
    draft = room.draft(by="committee-1")
    with room.page("committee-1") as tab, room.page("committee-1") as old:
        _asks(old, draft)
        _asks(tab, draft).page.click("button.button-danger")
        old.page.click("button.button-danger")
        assert old.status == 409
        assert "state.not_possible" in old.words
        _asks(tab, draft)
        assert not tab.page.locator("button.button-danger").count(), "the reason stands in the button's place"
    assert _withdrawals(room, draft) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_going_back_after_signing_out_shows_nothing(room: BrowserRoom, language: Language) -> None:
    with room.page(language=language) as tab:
        tab.open("/{language}/sign-in").sign_in("committee-1", PASSWORD)
        tab.open(f"/{{language}}/statements/{room.names['statement']}")
        assert TITLE in tab.words
        tab.page.click("header button[type=submit]")
        assert tab.path == f"/{language}/sign-in"
        for _ in range(2):
            tab.back()
            assert tab.path == f"/{language}/sign-in"
            assert TITLE not in tab.page.content()
            assert "committee-1" not in tab.page.locator("header").inner_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_signed_out_in_another_tab_the_entries_are_kept(room: BrowserRoom, language: Language) -> None:
    draft = room.draft(by="committee-1")
    with room.screen("committee-1", language=language) as screen:
        first, second = screen.tab().open("/{language}/desk"), _asks(screen.tab(), draft)
        first.page.click("header button[type=submit]")
        second.page.click("button.button-danger")
        assert second.status == 401
        assert second.page.locator("main .notice").count() == 1, "it says that nothing is lost"
        assert _state(room, draft) == "open"
        second.sign_in("committee-1", PASSWORD)
        assert _state(room, draft) == "open", "nothing is sent by itself"
        second.page.click(f"main form[action$='/{draft}/withdraw'] button")
        assert second.path == f"/{language}/statements/{draft}"
        assert _state(room, draft) == "withdrawn"
        first.check()
        second.check()


def test_whoever_stayed_away_signs_in_and_is_back_at_the_page(room: BrowserRoom) -> None:
    with room.page("checker-1") as tab:
        tab.open("/{language}/jobs?state=held")
        room.house.clock.forward(seconds=PAGE_IDLE.total_seconds() + 1)
        tab.page.reload()
        assert tab.path == "/en/sign-in"
        tab.sign_in("checker-1", PASSWORD)
        assert tab.page.url == f"{tab.address}/en/jobs?state=held"


@pytest.mark.parametrize(
    ("who", "path", "status", "code"),
    [
        ("researcher-1", "/desk", 403, "access.role_needed"),
        ("researcher-1", "/exports/{job}", 403, "access.role_needed"),
        ("hospital-1", "/statements/{statement}", 403, "access.role_needed"),
        ("researcher-2", "/projects/{project}", 404, "project.not_found"),
        ("researcher-2", "/jobs/{job}", 404, "job.not_found"),
        ("committee-2", "/statements/{own_statement}/withdraw", 404, "statement.not_found"),
    ],
)
def test_what_is_not_for_this_person_is_a_page_with_a_reason(
    room: BrowserRoom, who: str, path: str, status: int, code: str
) -> None:
    with room.page(who) as tab:
        tab.open("/{language}" + path.format(**room.names))
        assert tab.status == status
        assert code in tab.words
        assert tab.page.locator("h1").count() == 1
    assert _state(room, room.names["own_statement"]) == "open"


def test_a_planted_session_of_somebody_else_does_nothing_in_the_victims_name(room: BrowserRoom) -> None:
    """The page says whose session it is, and a form shown to the victim counts for nobody else."""
    draft = room.draft(by="committee-1")
    with room.screen("committee-1") as screen:
        tab = _asks(screen.tab(), draft)
        screen.carry(SESSION, room.session_of("committee-2"))
        tab.page.click("button.button-danger")
        assert tab.status == 403
        assert "page.form_too_old" in tab.words
        assert "committee-2" in tab.page.locator("header").inner_text()
        tab.check()
    assert _state(room, draft) == "open"


def test_a_planted_secret_from_before_the_sign_in_opens_nothing_after_it(room: BrowserRoom) -> None:
    planted = "planted-by-somebody-else-0123456789"
    with room.screen() as screen:
        screen.carry(VISITOR, planted)
        tab = screen.tab().open("/{language}/sign-in").sign_in("committee-1", PASSWORD)
        assert tab.path == "/en/desk"
        assert planted not in screen.cookies().values()
    with room.screen() as thief:
        thief.carry(SESSION, planted)
        assert thief.tab().open("/{language}/desk").path == "/en/sign-in"


@pytest.mark.parametrize("cookie", ["x" * 4000, "<script>alert(1)</script>", "..%2f..%2fetc", "0" * 43])
def test_a_broken_session_cookie_is_nobodys(room: BrowserRoom, cookie: str) -> None:
    with room.screen() as screen:
        tab = screen.tab()
        tab.page.set_extra_http_headers({"cookie": f"{SESSION}={cookie}"})
        assert tab.open("/{language}/desk").path == "/en/sign-in"
        tab.check()
