"""Everything can be reached and done with Tab and Enter alone, and one always sees where one is."""

from __future__ import annotations

import pytest

from pages.languages import LANGUAGES, Language
from tests.support.browser_room import BrowserRoom
from tests.support.coordinator_house import PASSWORD
from tests.support.watched_page import FOCUSED, tab_stops, tab_to

LOOKED_AT = (
    ("committee-1", "/desk"),
    ("committee-1", "/statements/{own_statement}"),
    ("committee-1", "/statements/{own_statement}/withdraw"),
    ("checker-1", "/exports/{job}"),
    ("checker-1", "/jobs"),
    ("checker-1", "/jobs/{job}"),
    (None, "/sign-in"),
    (None, "/parts"),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_sign_in_to_the_sign_instruction_without_a_mouse(room: BrowserRoom, language: Language) -> None:
    statement = room.names["statement"]
    with room.page(language=language) as tab:
        tab.open("/{language}/sign-in")
        tab_to(tab.page, "#account")
        tab.page.keyboard.type("committee-3")
        tab_to(tab.page, "#password")
        tab.page.keyboard.type(PASSWORD)
        with tab.page.expect_navigation():
            tab.page.keyboard.press("Enter")
        assert tab.path == f"/{language}/desk"
        tab_to(tab.page, f"a[href$='/statements/{statement}']")
        with tab.page.expect_navigation():
            tab.page.keyboard.press("Enter")
        assert f"onggi review sign {statement}" in tab.words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_skip_link_comes_first_is_seen_and_leads_past_the_menu(
    room: BrowserRoom, language: Language
) -> None:
    with room.page("committee-1", language=language) as tab:
        tab.open("/{language}/desk").page.keyboard.press("Tab")
        skip = tab.page.locator(".skip:focus")
        box = skip.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        tab.page.keyboard.press("Enter")
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_error_summary_takes_the_focus_and_keeps_the_entries(
    room: BrowserRoom, language: Language
) -> None:
    with room.page(language=language) as tab:
        tab.open("/{language}/sign-in").sign_in("nobody-here", "not the right password")
        assert tab.status == 422
        assert tab.page.evaluate("document.activeElement.className") == "error-summary"
        assert tab.page.title().startswith("오류:" if language == "ko" else "Error:")
        assert tab.page.input_value("#account") == "nobody-here"
        assert not tab.page.input_value("#password"), "a password is never sent back"


@pytest.mark.parametrize(("who", "path"), LOOKED_AT)
def test_whatever_has_the_focus_shows_it(room: BrowserRoom, who: str | None, path: str) -> None:
    with room.page(who) as tab:
        tab.open("/{language}" + path.format(**room.names))
        stops = [held.evaluate(FOCUSED) for held in tab_stops(tab.page)]
        assert len(stops) > 3
        assert not [stop["what"] for stop in stops if not stop["ringed"]]
        assert not [stop["what"] for stop in stops if not stop["inside"]]
