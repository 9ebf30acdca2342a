"""A real browser with a virtual authenticator makes a passkey and signs in with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from coordinator.pages.site import create_site
from pages.visitors import SESSION
from tests.support.coordinator_house import PASSWORD, House, furnished_house
from tests.support.served_site import browser, served
from tests.support.watched_page import Screen, WatchedPage, new_screen

ME = "researcher-1"
SHOTS = os.environ.get("ONGGI_SHOTS", "")
"""A folder for pictures of each step, for whoever judges the pages."""


@dataclass
class Room:
    house: House
    address: str
    chromium: Any

    @contextmanager
    def tab(self, *, language: Any = "en", verified: bool = True) -> Iterator[tuple[WatchedPage, Screen]]:
        """A browser with an authenticator; whatever went wrong on its pages fails the test."""
        screen = new_screen(self.chromium, self.address, language=language)
        try:
            tab = screen.tab()
            devtools = screen.context.new_cdp_session(tab.page)
            devtools.send("WebAuthn.enable")
            options = {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": verified,
                "automaticPresenceSimulation": True,
            }
            devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
            yield tab, screen
            # Keys of one kind are meant: the browser says that some authenticators have another alone.
            tab.complaints[:] = [each for each in tab.complaints if "pubKeyCredParams" not in each]
            tab.check()
        finally:
            screen.context.close()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("room")
    house, site = furnished_house(folder), {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await site["app"](scope, receive, send)

    try:
        with served(app, folder) as address, browser() as chromium:
            house.services = replace(house.services, web_origin=address)
            site["app"] = create_site(house.services)
            yield Room(house, address, chromium)
    finally:
        house.database.close()


def look(tab: WatchedPage, name: str) -> None:
    if SHOTS:
        tab.page.screenshot(path=str(Path(SHOTS) / f"{name}-{tab.language}.png"), full_page=True)


def press(tab: WatchedPage, action: str) -> None:
    """The button of the form that goes to this address."""
    tab.page.click(f"main form[action='/{tab.language}/{action}'] button[type=submit]")


def make_passkey(tab: WatchedPage, *, label: str = "Laptop at work") -> None:
    tab.open("/{language}/account/passkeys/new")
    look(tab, "confirm")
    tab.page.fill("#password", PASSWORD)
    press(tab, "account/confirm")
    tab.page.fill("#label", label)
    look(tab, "passkey-name")
    press(tab, "account/passkeys/new")
    look(tab, "passkey-make")
    press(tab, "account/passkeys")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_person_makes_a_passkey_and_signs_in_with_it(room: Room, language: Any) -> None:
    with room.tab(language=language) as (tab, screen):
        tab.open("/{language}/sign-in").sign_in(ME, PASSWORD)
        before = screen.cookies()[SESSION]
        make_passkey(tab)
        tab.page.wait_for_url("**/account?done=passkey")
        look(tab, "account")
        assert "Laptop at work" in tab.words
        assert screen.cookies()[SESSION] != before, "the session has another secret now"
        tab.page.click("header form button")
        tab.open("/{language}/sign-in?to=/" + language + "/jobs")
        look(tab, "sign-in")
        press(tab, "sign-in/passkey")
        look(tab, "passkey-ask")
        assert room.address in tab.words, "the page says where one is"
        press(tab, "sign-in/passkey/answer")
        tab.page.wait_for_url("**/jobs")
        assert ME in tab.page.locator("header").inner_text()


def test_a_passkey_confirms_who_one_is(room: Room) -> None:
    with room.tab() as (tab, _):
        tab.open("/{language}/sign-in").sign_in("committee-1", PASSWORD)
        make_passkey(tab)
        tab.page.wait_for_url("**/account?done=passkey")
        tab.open("/{language}/account/confirm")
        press(tab, "account/confirm/passkey")
        press(tab, "account/confirm/passkey/answer")
        tab.page.wait_for_url("**/account?done=confirmed")
        tab.page.click("text=Remove Laptop at work")
        look(tab, "passkey-remove")
        tab.page.click("main .button-danger")
        tab.page.wait_for_url("**/account?done=removed")
        assert "There is no passkey yet." in tab.words


def test_a_person_whom_the_authenticator_did_not_verify_makes_none(room: Room) -> None:
    with room.tab(verified=False) as (tab, _):
        tab.open("/{language}/sign-in").sign_in("committee-2", PASSWORD)
        make_passkey(tab)
        tab.page.locator("[data-failed]").wait_for(state="visible")
        assert room.house.services.passkeys.of_account("committee-2") == []


def test_a_browser_without_the_passkey_stays_outside(room: Room) -> None:
    with room.tab() as (tab, screen):
        tab.open("/{language}/sign-in")
        press(tab, "sign-in/passkey")
        press(tab, "sign-in/passkey/answer")
        tab.page.locator("[data-failed]").wait_for(state="visible")
        assert SESSION not in screen.cookies()
        tab.page.click("main a.button")
        assert tab.path == "/en/sign-in", "another way is always there"


def test_without_scripts_the_page_says_what_else_there_is(room: Room) -> None:
    screen = new_screen(room.chromium, room.address, language="en", scripts=False)
    tab = screen.tab().open("/{language}/sign-in")
    press(tab, "sign-in/passkey")
    assert "Passkeys need scripts. Use another way." in tab.words
    button = tab.page.locator("main form[data-passkey] button[type=submit]")
    assert button.is_hidden(), "an empty form says nothing to anybody"
    with tab.page.expect_navigation():
        button.evaluate("button => { button.hidden = false; button.click(); }")
    assert "sign in with your password" in tab.words, "nor is one sent in another way lost without a word"
    assert tab.status == 422
    tab.page.click("main a.button")
    assert tab.path == "/en/sign-in"
    screen.context.close()
