"""A hospital's console without a mouse: everything is reached with Tab, and one always sees where one is."""

from __future__ import annotations

import pytest

from pages.languages import LANGUAGES, Language
from tests.support.console_house import PASSWORD
from tests.support.console_room import ConsoleRoom
from tests.support.watched_page import FOCUSED, tab_stops, tab_to

LOOKED_AT = (
    ("it-1", "/home"),
    ("it-1", "/held/{held}"),
    ("it-1", "/held/{held}/approve"),
    ("it-1", "/policy/edit"),
    ("it-1", "/releases"),
    ("it-1", "/papers/letters/{open_week}/write"),
    ("auditor-1", "/audit"),
    (None, "/sign-in"),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_sign_in_to_all_that_ever_left_without_a_mouse(console: ConsoleRoom, language: Language) -> None:
    with console.page(language=language) as tab:
        tab.open("/{language}/sign-in")
        tab_to(tab.page, "#account")
        tab.page.keyboard.type("it-1")
        tab_to(tab.page, "#password")
        tab.page.keyboard.type(PASSWORD)
        with tab.page.expect_navigation():
            tab.page.keyboard.press("Enter")
        assert tab.path == f"/{language}/home"
        tab_to(tab.page, "main a[href$='/releases']")
        with tab.page.expect_navigation():
            tab.page.keyboard.press("Enter")
        assert tab.path == f"/{language}/releases"
        assert tab.page.locator("main tbody tr").count() >= 3


def test_pausing_everything_without_a_mouse_and_back(console: ConsoleRoom) -> None:
    with console.page("it-1") as tab:
        tab.open("/{language}/home")
        for act in ("pause", "resume"):
            tab_to(tab.page, f"main .stop a[href$='/{act}']")
            with tab.page.expect_navigation():
                tab.page.keyboard.press("Enter")
            tab_to(tab.page, "main form button")
            with tab.page.expect_navigation():
                tab.page.keyboard.press("Enter")
            assert tab.path == "/en/home"
        events = console.house.events()
    assert (events.count("hospital:node:pause"), events.count("hospital:node:resume")) == (1, 1)


@pytest.mark.parametrize(("who", "path"), LOOKED_AT)
def test_whatever_has_the_focus_shows_it(console: ConsoleRoom, who: str | None, path: str) -> None:
    with console.page(who) as tab:
        tab.open("/{language}" + path.format(**console.names))
        stops = [held.evaluate(FOCUSED) for held in tab_stops(tab.page)]
        assert len(stops) > 3
        assert not [stop["what"] for stop in stops if not stop["ringed"]]
        assert not [stop["what"] for stop in stops if not stop["inside"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_error_summary_takes_the_focus_and_keeps_the_entries(
    console: ConsoleRoom, language: Language
) -> None:
    with console.page("it-1", language=language) as tab:
        tab.open("/{language}/policy/edit").page.fill("#minimum_persons", "ten")
        tab.page.fill("#new_project", "Not A Slug")
        tab.page.click("main form button[type=submit]")
        assert tab.status == 422
        assert tab.page.evaluate("document.activeElement.className") == "error-summary"
        assert tab.page.title().startswith("오류:" if language == "ko" else "Error:")
        assert tab.page.input_value("#minimum_persons") == "ten"
        assert tab.page.input_value("#new_project") == "Not A Slug"
        assert tab.page.locator(".error-summary").count() == 1
