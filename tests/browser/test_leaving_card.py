"""What will leave is seen at one glance: the whole card stands above the fold, in few words."""

from __future__ import annotations

import pytest

from pages.languages import LANGUAGES, Language
from tests.support.browser_questions import KINDS
from tests.support.browser_room import BrowserRoom

LAPTOP = {"width": 1366, "height": 768}
MOST_WORDS = 250


@pytest.mark.parametrize("page", ["jobs", "exports"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_stands_above_the_fold_whole(room: BrowserRoom, page: str, language: Language) -> None:
    with room.page("checker-1", language=language, viewport=LAPTOP) as tab:
        for kind in KINDS:
            tab.open(f"/{{language}}/{page}/{room.jobs[kind]}")
            card = tab.page.locator(".leaving")
            box = card.bounding_box()
            assert box is not None, kind
            assert box["x"] >= 0, kind
            assert box["x"] + box["width"] <= LAPTOP["width"], kind
            assert box["y"] + box["height"] <= LAPTOP["height"], kind
            words = card.inner_text().split()
            assert 50 < len(words) <= MOST_WORDS, kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_researcher_and_checker_read_the_same_card(room: BrowserRoom, language: Language) -> None:
    seen = []
    for who in ("researcher-1", "checker-1"):
        with room.page(who, language=language) as tab:
            jobs = (tab.open(f"/{{language}}/jobs/{room.jobs[kind]}") for kind in KINDS)
            seen.append([job.page.locator(".leaving").inner_text() for job in jobs])
    assert seen[0] == seen[1]
