"""A hospital's own stories before its console, in both languages, with a picture of every step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from node.registers.policies import find_in_force
from node.state.tables import HeldReply
from pages.languages import LANGUAGES, Language
from tests.support.console_house import PASSWORD
from tests.support.console_room import ConsoleRoom
from tests.support.told_story import Story, pictures
from tests.support.watched_page import WatchedPage

Tell = Callable[[WatchedPage, str], Story]
MOST_ACTIVATIONS = 4
"""From the sign-in page to a reply that waits, in full."""


@pytest.fixture
def tell(console: ConsoleRoom, tmp_path: Path) -> Tell:
    return lambda tab, name: Story(console, tab, name, pictures(tmp_path))


def _decision(console: ConsoleRoom, held: int) -> str | None:
    with console.house.desk.state() as session:
        return session.get_one(HeldReply, held).decision


def _consent(console: ConsoleRoom) -> str:
    services = console.house.services
    with console.house.desk.state() as session:
        return find_in_force(session, services.objects, console.house.desk.settings).policy.consent


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_staff_decide_a_held_reply_and_verify_all_that_ever_left(
    console: ConsoleRoom, tell: Tell, language: Language
) -> None:
    held = console.house.hold("run-held", ordinal=10 + LANGUAGES.index(language))
    with console.page(language=language) as tab:
        story = tell(tab, "it")
        story.sign_in("it-1", PASSWORD)
        story.picture("glance")
        assert tab.path == f"/{language}/home"
        assert story.say("home.ever") in tab.words
        story.follow("main a[href$='/held'] >> nth=0", "held")
        story.follow(f"main a[href$='/held/{held}']", "reply")
        assert story.activations <= MOST_ACTIVATIONS
        assert "303" in tab.words, "every number that would leave"
        story.follow_words("held.approve", "asked")
        assert _decision(console, held) is None, "asking alone decides nothing"
        story.follow("button.button-danger", "decided")
        assert _decision(console, held) == "approved"
        story.follow("header a.site", "home")
        before = story.activations
        story.follow_words("home.ever_see", "all-that-left")
        assert story.activations == before + 1, "one activation from the first page"
        story.follow(f"main th a[href$='/releases/{console.names['evidenced']}']", "entry")
        story.follow_words("papers.verify", "verified")
        assert tab.page.locator(".tag-bad").count() == 0
        assert tab.page.locator(".tag-good").count() >= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_staff_try_a_policy_on_the_past_before_it_counts(
    console: ConsoleRoom, tell: Tell, language: Language
) -> None:
    wanted = {"ko": "never", "en": "ask"}[language]
    with console.page("it-1", language=language) as tab:
        story = tell(tab, "policy")
        tab.open("/{language}/policy")
        story.follow_words("policy.edit", "form")
        tab.page.check(f"input[name=consent][value={wanted}]")
        story.follow_words("policy.check", "preview")
        assert story.say(f"policy.consent.{wanted}") in tab.words
        assert _consent(console) != wanted, "looking changes nothing"
        story.follow_words("policy.save", "saved")
        assert tab.path == f"/{language}/policy"
        assert _consent(console) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_week_is_told_in_a_letter_that_is_read_before_it_is_signed(
    console: ConsoleRoom, tell: Tell, language: Language
) -> None:
    with console.page("it-1", language=language) as tab:
        story = tell(tab, "letter")
        tab.open("/{language}/papers")
        story.follow_words("papers.see.letters", "weeks")
        story.follow(f"main a[href$='/letters/{console.names['written_week']}']", "letter")
        assert story.say("letter.fits") in tab.words
        tab.open(f"/{{language}}/papers/letters/{console.names['open_week']}")
        story.follow_words("letter.write", "asked")
        story.picture("not-signed-yet")
        assert tab.page.locator(".letter p").count() >= 3
        assert tab.page.locator("form[action$='/write'] button").count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_auditor_reads_and_verifies_and_is_offered_no_act(
    console: ConsoleRoom, tell: Tell, language: Language
) -> None:
    with console.page(language=language) as tab:
        story = tell(tab, "console-auditor")
        story.sign_in("auditor-1", PASSWORD)
        story.picture("glance")
        assert story.say("page.look_only") in tab.words
        story.follow_words("home.ever_see", "all-that-left")
        story.follow("nav a[href$='/audit']", "audit")
        story.follow_words("verify.act", "verified")
        assert story.say("verify.well") in tab.words
        story.follow("nav a[href$='/papers']", "papers")
        story.follow_words("papers.see.ledger", "ledger")
        assert "How many patients with chest pain get a statin" in tab.words
        assert "auditor-1" in tab.words, "who printed it"
        tab.open("/{language}/policy/edit")
        story.picture("not-for-an-auditor")
        assert tab.status == 403
        assert "console.role_needed" in tab.words


def test_a_broken_book_comes_before_everything_else(console: ConsoleRoom) -> None:
    """The one thing to do stands above the numbers, in a notice of its own."""
    with console.page("it-1") as tab:
        notice = tab.open("/{language}/home").page.locator(".notice").first
        cards = tab.page.locator(".cards").bounding_box()
        box = notice.bounding_box()
        assert box is not None
        assert cards is not None
        assert box["y"] < cards["y"]
        assert tab.page.locator(".stop .button-danger").count() == 1, "the stop button is on the first page"
