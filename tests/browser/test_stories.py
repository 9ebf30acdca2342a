"""Each audience's story from sign-in to its end, in both languages, with a picture of every step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pages.languages import LANGUAGES, Language
from tests.support.browser_committee import handed_in
from tests.support.browser_room import TITLE, BrowserRoom
from tests.support.coordinator_house import PASSWORD
from tests.support.federation_root import SITES
from tests.support.told_story import Story, pictures
from tests.support.watched_page import WatchedPage

MOST_ACTIVATIONS = 4
"""From the sign-in page to the instruction that says how to sign."""
Tell = Callable[[WatchedPage, str], Story]


@pytest.fixture
def tell(room: BrowserRoom, tmp_path: Path) -> Tell:
    return lambda tab, name: Story(room, tab, name, pictures(tmp_path))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_member_reads_what_waits_and_learns_how_to_sign(
    room: BrowserRoom, tell: Tell, language: Language
) -> None:
    with room.page(language=language) as tab:
        story = tell(tab, "member")
        story.sign_in("committee-3", PASSWORD)
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
        story.sign_in("committee-1", PASSWORD)
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
        story.sign_in("checker-1", PASSWORD)
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
        story.sign_in("researcher-1", PASSWORD)
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
        story.sign_in(who, PASSWORD)
        if who == "operator-1":
            assert story.say("operator.first") in tab.words
        story.follow("nav a[href$='/projects']", "projects")
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_committee_takes_an_application_from_the_agenda_to_what_is_signed(
    room: BrowserRoom, tell: Tell, language: Language
) -> None:
    """Reads it, puts it on the agenda, records the verdict, drafts the act, learns how to sign."""
    application = handed_in(room)
    with room.page(language=language) as tab:
        story = tell(tab, "committee")
        story.sign_in("committee-1", PASSWORD)
        story.follow(f"a[href$='/applications/{application}']", "application")
        assert story.goes_before("application.asked", "application.acts")
        tab.page.check(f"input[value='{room.names['meeting']}']")
        story.follow_words("application.agenda", "on-agenda")
        assert tab.path == f"/{language}/meetings/{room.names['meeting']}"
        story.follow(f"a[href$='/items/{application}']", "item")
        assert "committee-5" in tab.words, "who stands back is named"
        tab.page.check("input[value=approved]")
        story.follow_words("meeting.decide", "decided")
        assert story.say("application.approved") in tab.page.locator("ol.list").inner_text()
        tab.open(f"/{{language}}/applications/{application}")
        story.follow_words("application.grant", "terms")
        assert tab.page.locator("details.data-set[open]").count() == len(SITES), "what is granted stands open"
        story.follow_words("grant.draft", "draft")
        drafted = tab.path.rpartition("/")[2]
        assert f"onggi review sign {drafted}" in tab.words
        tab.open(f"/{{language}}/meetings/{room.names['past_meeting']}/minutes")
        story.picture("minutes")
        tab.page.emulate_media(media="print")
        assert not tab.page.locator("header").is_visible()
        lines = tab.page.locator(".signatures tbody tr")
        assert lines.count() == 4, "a line to sign for each who was there"
        assert all((line.bounding_box() or {"height": 0})["height"] >= 40 for line in lines.all())
    statement = room.house.services.statements.get(drafted)
    assert statement.state == "open"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_applicant_finds_what_was_wrong_in_the_data_set_that_stands_open(
    room: BrowserRoom, tell: Tell, language: Language
) -> None:
    with room.page("researcher-1", language=language) as tab:
        story = tell(tab, "applicant")
        tab.open(f"/{{language}}/projects/{room.names['project']}/apply/permit")
        story.picture("empty")
        assert tab.page.locator("details.data-set[open]").count() == 0
        tab.page.click("details.data-set:nth-of-type(1) > summary")
        first = tab.page.locator("details.data-set").first
        first.locator("input[value=yes]").check()
        first.locator("textarea").fill("312327, chest pain")
        tab.page.click("main form button[type=submit]")
        story.picture("wrong")
        assert tab.status == 422
        assert tab.page.locator("details.data-set[open]").count() == 1
        assert story.say("terms.wrong") in first.locator("summary").inner_text()
        assert first.locator("textarea").input_value() == "312327, chest pain"
        tab.page.click(".error-summary a[href^='#concepts']")
        assert tab.page.evaluate("document.activeElement.tagName") == "TEXTAREA"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_operator_finds_a_silent_node_and_what_waits(
    room: BrowserRoom, tell: Tell, language: Language
) -> None:
    """Overview, the hospital that is silent, the account request, an announcement that is checked first."""
    with room.page(language=language) as tab:
        story = tell(tab, "operator")
        story.sign_in("operator-1", PASSWORD)
        assert tab.path == f"/{language}/operator"
        story.picture("overview")
        story.follow("main a[href$='/operator/hospitals'] >> nth=0", "hospitals")
        story.follow("main a[href$='/operator/hospitals/zurich']", "silent")
        assert "0.0.9" in tab.words
        story.follow("nav a[href$='/account-requests']", "requests")
        request = room.names["account_request"]
        story.follow(f"main a[href$='/account-requests/{request}']", "request")
        assert "researcher-9" in tab.words
        tab.open("/{language}/operator/announcements/new")
        tab.page.fill("#korean", "내일 점검합니다.")
        tab.page.fill("#english", "Maintenance tomorrow.")
        story.picture("announcement")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_auditor_reads_minutes_and_changes_nothing(
    room: BrowserRoom, tell: Tell, language: Language
) -> None:
    with room.page(language=language) as tab:
        story = tell(tab, "auditor")
        story.sign_in("auditor-1", PASSWORD)
        story.picture("meetings")
        story.follow(f"main a[href$='/meetings/{room.names['past_meeting']}']", "meeting")
        assert tab.page.locator("main form").count() == 0
        story.follow("main a[href$='/minutes']", "minutes")
        assert story.say("minutes.not_final") not in tab.words
        assert story.say("application.conditional") in tab.words
