"""The printed report in a real browser: no barrier, nothing from elsewhere, nothing wider than the paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from onggi.spec.results import ConceptReport
from pages.languages import LANGUAGES
from tests.support.answers_to_tell import RESULTS, answer, hostile_results, provenance_of
from tests.support.browser_questions import WORDS_OF_QUESTIONS
from tests.support.described_examples import WORDS_OF_DESCRIPTIONS
from tests.support.model_answers import WORDS_OF_MODELS
from tests.support.served_site import browser
from tests.support.watched_page import SMALL, Screen, new_screen

AXE = Path(__file__).parents[1] / "data" / "axe" / "axe.min.js"
TYPED = (
    *WORDS_OF_QUESTIONS,
    *WORDS_OF_MODELS,
    *WORDS_OF_DESCRIPTIONS,
    *("all", "few", "fewer", "other", "male", "female", "(missing)", "test"),
    *(each.name for result in RESULTS.values() if isinstance(result, ConceptReport) for each in result.sets),
)

_BROKEN_NUMBERS = """[...document.querySelectorAll("td.number:not(:has(sup))")].filter((cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return new Set([...range.getClientRects()].map((line) => line.top)).size > 1;
}).map((cell) => cell.textContent)"""


@pytest.fixture(scope="module")
def chromium_screens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Screen]]:
    """A screen for each language, at four times the usual size."""
    with browser() as chromium:
        yield {
            language: new_screen(chromium, "file://", language=language, viewport=SMALL)
            for language in LANGUAGES
        }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*RESULTS, *(f"hostile {kind}" for kind in hostile_results())])
def test_the_page_is_whole(
    chromium_screens: dict[str, Screen], tmp_path: Path, name: str, language: str
) -> None:
    hostile = {f"hostile {kind}": result for kind, result in hostile_results().items()}
    result = (RESULTS | hostile)[name]
    answer(result, language, provenance_of(result)).to_html(tmp_path / "page.html")
    tab = chromium_screens[language].tab()
    tab.page.goto(f"file://{tmp_path}/page.html")
    tab.check()
    assert tab.overflowing() == []
    assert tab.page.evaluate(_BROKEN_NUMBERS) == []
    tab.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = tab.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert found["testEngine"]["name"] == "axe-core"
    assert [each["id"] for each in found["violations"]] == []
    if language == "ko" and name in RESULTS:
        figures = tab.page.locator("svg title, svg desc").all_text_contents()
        assert len(figures) == 2
        assert tab.untold(TYPED) == []
    tab.page.close()
