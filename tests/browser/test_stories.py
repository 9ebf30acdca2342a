"""Each audience's story from sign-in to its end, in both languages, with a picture of every step.

The pictures go into the folder that ONGGI_SCREENSHOTS names; otherwise beside the test's other files.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from coordinator.pages.site import coordinator_pages
from pages.languages import LANGUAGES, Language
from tests.support.browser_room import TITLE, BrowserRoom
from tests.support.coordinator_house import PASSWORD
from tests.support.watched_page import WatchedPage

MOST_ACTIVATIONS = 4
"""From the sign-in page to the instruction that says how to sign."""


@dataclass
class Story:
    """One person's way through the pages: each step is one activation and one picture."""

    tab: WatchedPage
    name: str
    folder: Path
    activations: int = 0
    steps: list[str] = field(default_factory=list)

    def say(self, key: str) -> str:
        return coordinator_pages().phrases.say(key, self.tab.language)

    def picture(self, step: str) -> None:
        self.steps.append(step)
        file = f"{self.name}-{self.tab.language}-{len(self.steps)}-{step}.png"
        self.tab.page.screenshot(path=self.folder / file, full_page=True)

    def sign_in(self, account: str) -> None:
        self.tab.open("/{language}/sign-in")
        self.picture("sign-in")
        self.tab.sign_in(account, PASSWORD)
        self.activations += 1
        assert account in self.tab.page.locator("header").inner_text()

    def follow(self, selector: str, step: str) -> None:
        """Activates the one link or button that the selector names."""
        with self.tab.page.expect_navigation():
            self.tab.page.click(selector)
        self.activations += 1
        assert self.tab.status == 200
        self.picture(step)

    def goes_before(self, first: str, second: str) -> bool:
        """The first sentence stands above the second one."""
        boxes = [
            self.tab.page.get_by_role("heading", name=self.say(key), exact=True).bounding_box()
            for key in (first, second)
        ]
        return bool(boxes[0] and boxes[1] and boxes[0]["y"] < boxes[1]["y"])


@pytest.fixture
def tell(room: BrowserRoom, tmp_path: Path) -> Callable[[WatchedPage, str], Story]:
    folder = Path(os.environ.get("ONGGI_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return lambda tab, name: Story(tab, name, folder)


Tell = Callable[[WatchedPage, str], Story]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_member_reads_what_waits_and_learns_how_to_sign(
    room: BrowserRoom, tell: Tell, language: Language
) -> None:
    with room.page(language=language) as tab:
        story = tell(tab, "member")
        story.sign_in("committee-3")
        story.picture("desk")
        assert story.say("desk.waiting") in tab.words
        story.follow(f"a[href$='/statements/{room.names['statement']}']", "statement")
        assert story.activations <= MOST_ACTIVATIONS
        assert f"onggi review sign {room.names['statement']}" in tab.words
        exact = tab.page.locator(".exact-frame").inner_text()
        kept = room.house.services.statements.get(room.names["statement"])
        assert exact.split() == kept.rendering.split(), "the words that are signed, all of them"
        assert story.goes_before("statement.words", "statement.sign")
        assert story.say("statement.withdraw") not in tab.words, "another member's draft"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_member_takes_an_own_draft_back(room: BrowserRoom, tell: Tell, language: Language) -> None:
    draft = room.draft(by="committee-1", title=f"Mine {language}")
    with room.page(language=language) as tab:
        story = tell(tab, "take-back")
        story.sign_in("committee-1")
        story.follow(f".card:nth-of-type(2) a[href$='/statements/{draft}']", "statement")
        story.follow("a[href$='/withdraw']", "asked")
        assert story.say("statement.withdraw_words") in tab.words
        assert room.house.services.statements.get(draft).state == "open", "asking alone does nothing"
        story.follow("button.button-danger", "taken-back")
        assert tab.path == f"/{language}/statements/{draft}"
        assert story.say("statement.withdrawn") in tab.words
        assert story.say("history.person:statement:withdraw") in tab.page.locator(".history").inner_text()
    assert room.house.services.statements.get(draft).state == "withdrawn"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_checker_sees_evidence_then_votes_then_others_votes(
    room: BrowserRoom, tell: Tell, language: Language
) -> None:
    job = room.held("count", seed=LANGUAGES.index(language) + 1).id
    room.house.vote(job, "checker-2", "refuse")
    with room.page(language=language) as tab:
        story = tell(tab, "checker")
        story.sign_in("checker-1")
        story.picture("desk")
        story.follow(f"a[href$='/exports/{job}']", "export")
        assert story.activations <= MOST_ACTIVATIONS
        assert story.goes_before("leaving.title", "export.evidence")
        assert story.goes_before("export.evidence", "export.result")
        assert story.goes_before("export.result", "export.verdict")
        assert f"onggi export vote {job} --approve" in tab.words
        assert story.say("export.blind") in tab.words
        assert "checker-2" not in tab.page.content()
        room.house.vote(job, "checker-1")
        tab.page.reload()
        story.picture("voted")
        assert story.say("export.own_vote") in tab.words
        assert "checker-2" in tab.words
        assert story.say("vote.refuse") in tab.words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_researcher_sees_own_work_and_whose_turn_it_is(
    room: BrowserRoom, tell: Tell, language: Language
) -> None:
    with room.page(language=language) as tab:
        story = tell(tab, "researcher")
        story.sign_in("researcher-1")
        story.picture("projects")
        rows = tab.page.locator("main tbody tr")
        assert [TITLE in row.inner_text() for row in rows.all()] == [True], "nobody else's project"
        story.follow("main tbody a", "project")
        assert story.say("history.person:project:create") in tab.words
        story.follow("nav a[href$='/jobs']", "jobs")
        story.follow(f"a[href$='/jobs/{room.jobs['glm']}']", "job")
        turn = tab.page.locator(".turn").inner_text()
        assert ("반출 심사자" if language == "ko" else "output checkers have to vote") in turn
        assert "2026-11-22" in turn, "and since when"
        assert tab.page.locator("[aria-current=step]").count() == 1
        assert story.say("desk.waiting") not in tab.words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", ["operator-1", "auditor-1"])
def test_operator_and_auditor_see_lists_but_no_desk(
    room: BrowserRoom, tell: Tell, who: str, language: Language
) -> None:
    with room.page(language=language) as tab:
        story = tell(tab, who)
        story.sign_in(who)
        assert tab.page.locator("main tbody tr").count() == 2, "everybody's projects"
        story.follow("nav a[href$='/permits']", "permits")
        story.follow("nav a[href$='/jobs']", "jobs")
        assert tab.page.locator("main tbody tr").count() >= 4
        assert tab.page.locator("nav a[href$='/desk']").count() == 0
        tab.open("/{language}/desk")
        story.picture("no-desk")
        assert tab.status == 403
        assert story.say("page.not_allowed_title") in tab.words
        assert "access.role_needed" in tab.words
        assert tab.page.locator("main p").count() >= 2, "a reason and a code"
