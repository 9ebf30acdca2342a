"""At a hospital's console too people click twice, go back, open two tabs and stay away too long."""

from __future__ import annotations

import pytest

from node.console.sessions import IDLE
from node.state.tables import HeldReply
from pages.languages import LANGUAGES, Language
from pages.visitors import SESSION
from tests.support.console_house import PASSWORD
from tests.support.console_room import ConsoleRoom
from tests.support.watched_page import SEND_TWICE

NUMBERS = iter(range(100, 1000))


def _held(console: ConsoleRoom) -> int:
    return console.house.hold("run-held", ordinal=next(NUMBERS))


def _decision(console: ConsoleRoom, held: int) -> str | None:
    with console.house.desk.state() as session:
        return session.get_one(HeldReply, held).decision


def _decided(console: ConsoleRoom) -> int:
    return sum("reply:approve" in event or "reply:refuse" in event for event in console.house.events())


def test_two_clicks_decide_once(console: ConsoleRoom) -> None:
    held, before = _held(console), _decided(console)
    with console.page("it-1") as tab:
        tab.open(f"/{{language}}/held/{held}/approve").page.dblclick("button.button-danger")
        tab.page.wait_for_load_state("networkidle")
        assert tab.status < 500
        assert tab.page.locator("h1").count() == 1
    assert _decision(console, held) == "approved"
    assert _decided(console) == before + 1


def test_the_same_form_sent_twice_at_once_counts_once(console: ConsoleRoom) -> None:
    held, before = _held(console), _decided(console)
    with console.screen("it-1") as screen:
        tab = screen.tab().open(f"/{{language}}/held/{held}/refuse")
        answers = tab.page.evaluate(SEND_TWICE, f"/en/held/{held}/refuse")
        assert sorted(status for status, _ in answers)[0] == 200
        assert all(status in (200, 409) for status, _ in answers)
    assert _decision(console, held) == "refused"
    assert _decided(console) == before + 1


def test_the_other_tabs_old_page_decides_nothing_and_says_so(console: ConsoleRoom) -> None:
    held = _held(console)
    with console.screen("it-1") as screen:
        first = screen.tab().open(f"/{{language}}/held/{held}/refuse")
        second = screen.tab().open(f"/{{language}}/held/{held}/approve")
        first.page.click("button.button-danger")
        second.page.click("button.button-danger")
        assert second.status == 409
        assert "reply.already_decided" in second.words
        first.check()
        second.check()
    assert _decision(console, held) == "refused"


def test_going_back_after_deciding_leads_to_what_was_decided(console: ConsoleRoom) -> None:
    held = _held(console)
    with console.page("it-1") as tab:
        tab.open(f"/{{language}}/held/{held}")
        tab.page.click(f"a[href$='/held/{held}/approve']")
        tab.page.click("button.button-danger")
        tab.back()
        assert "reply.already_decided" in tab.words, "the question is not asked again"
        tab.back()
        assert not tab.page.locator(f"a[href$='/held/{held}/approve']").count()


@pytest.mark.parametrize("language", LANGUAGES)
def test_going_back_after_signing_out_shows_nothing(console: ConsoleRoom, language: Language) -> None:
    with console.page(language=language) as tab:
        tab.open("/{language}/sign-in").sign_in("it-1", PASSWORD)
        tab.open(f"/{{language}}/releases/{console.names['clear']}")
        assert "Chest pain" in tab.words
        tab.page.click("header button[type=submit]")
        assert tab.path == f"/{language}/sign-in"
        for _ in range(2):
            tab.back()
            assert tab.path == f"/{language}/sign-in"
            assert "Chest pain" not in tab.page.content()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_typed_outlives_the_session(console: ConsoleRoom, language: Language) -> None:
    reason = {"ko": "점검 때문에 멈춥니다", "en": "Stopped for maintenance"}[language]
    run = f"run-stop-{language}"
    console.house.add_run(run, state="running")
    stopped = console.house.events().count("hospital:run:stop")
    with console.page("it-1", language=language) as tab:
        tab.open(f"/{{language}}/runs/{run}/stop").page.fill("#reason", reason)
        console.house.clock.forward(seconds=IDLE.total_seconds() + 1)
        tab.page.click("button.button-danger")
        assert tab.status == 401
        assert tab.page.locator("main .notice").count() == 1, "it says that nothing is lost"
        assert console.house.events().count("hospital:run:stop") == stopped
        tab.sign_in("it-1", PASSWORD)
        assert reason in tab.words
        assert console.house.events().count("hospital:run:stop") == stopped, "nothing is sent by itself"
        tab.page.click(f"main form[action$='/runs/{run}/stop'] button")
        assert tab.path == f"/{language}/consents/{run}"
    assert console.house.events().count("hospital:run:stop") == stopped + 1


def test_whoever_stayed_away_signs_in_and_is_back_at_the_page(console: ConsoleRoom) -> None:
    with console.page("it-2") as tab:
        tab.open("/{language}/releases?text=heart")
        console.house.clock.forward(seconds=IDLE.total_seconds() + 1)
        tab.page.reload()
        assert tab.path == "/en/sign-in"
        tab.sign_in("it-2", PASSWORD)
        assert tab.page.url == f"{tab.address}/en/releases?text=heart"


def test_a_form_shown_to_somebody_else_counts_for_nobody(console: ConsoleRoom) -> None:
    held = _held(console)
    with console.screen("it-1") as screen:
        tab = screen.tab().open(f"/{{language}}/held/{held}/approve")
        screen.carry(SESSION, console.session_of("it-2"))
        tab.page.click("button.button-danger")
        assert tab.status == 403
        assert "page.form_too_old" in tab.words
        tab.check()
    assert _decision(console, held) is None


@pytest.mark.parametrize("cookie", ["x" * 4000, "<script>alert(1)</script>", "0" * 43])
def test_a_broken_session_cookie_is_nobodys(console: ConsoleRoom, cookie: str) -> None:
    with console.screen() as screen:
        tab = screen.tab()
        tab.page.set_extra_http_headers({"cookie": f"{SESSION}={cookie}"})
        assert tab.open("/{language}/home").path == "/en/sign-in"
        tab.check()
