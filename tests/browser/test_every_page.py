"""Every page in both languages: no barrier, no fault, nothing from elsewhere, whole on every screen.

The pages come from the routers: one that is not in the table below fails, so a new page is looked at too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from coordinator.pages.access import pages_of
from coordinator.pages.site import ROUTERS, shared_assets
from pages.languages import LANGUAGES, Language, in_language, other_language
from tests.support.browser_room import BrowserRoom
from tests.support.watched_page import WatchedPage

AXE: Final = Path(__file__).parents[1] / "data" / "axe" / "axe.min.js"
SMALL: Final = {"width": 320, "height": 256}
"""A screen of 1280 x 1024 at four times its size."""
LAPTOP: Final = {"width": 1366, "height": 768}
_SKELETON: Final = "h1, h2, h3, a, form"
LOOKS: Final[dict[str, tuple[str | None, tuple[str, ...]]]] = {
    "page_start": (None, ("/",)),
    "page_start_in_language": (None, ("/{language}/",)),
    "page_sign_in": (None, ("/{language}/sign-in", "/{language}/sign-in?to=/{language}/desk")),
    "page_parts": (None, ("/{language}/parts",)),
    "page_desk": ("committee-1", ("/{language}/desk",)),
    "page_statement_get": (
        "committee-1",
        ("/{language}/statements/{statement}", "/{language}/statements/{own_statement}"),
    ),
    "page_statement_withdraw_ask": ("committee-1", ("/{language}/statements/{own_statement}/withdraw",)),
    "page_jobs_list": (
        "checker-1",
        ("/{language}/jobs", "/{language}/jobs?state=failed", "/{language}/jobs?state="),
    ),
    "page_job_get": ("checker-1", ("/{language}/jobs/{job}", "/{language}/jobs/{glm}")),
    "page_export_get": (
        "checker-1",
        ("/{language}/exports/{job}", "/{language}/exports/{glm}", "/{language}/exports/{overlap}"),
    ),
    "page_projects_list": ("checker-1", ("/{language}/projects",)),
    "page_project_get": ("checker-1", ("/{language}/projects/{project}",)),
    "page_permits_list": ("checker-1", ("/{language}/permits",)),
    "page_permit_get": ("checker-1", ("/{language}/permits/{permit}",)),
}
"""Who looks at which addresses of a page."""
FILES: Final = frozenset({"page_asset"})
"""Not pages: what pages load."""
NO_PAGES: Final = ("/{language}/nothing-of-that-name", "/{language}/jobs/nothing-of-that-name")
GET_PAGES: Final = sorted({name for method, _, name in pages_of(ROUTERS) if method == "GET"})
CASES: Final = [
    pytest.param(who, path, language, id=f"{language}:{path.removeprefix('/{language}')}")
    for who, paths in [*LOOKS.values(), ("checker-1", NO_PAGES), ("researcher-1", ("/{language}/desk",))]
    for path in paths
    for language in LANGUAGES
]


@dataclass
class Eyes:
    """Each way to look at pages is opened once: a browser of one's own costs more than a page."""

    room: BrowserRoom
    open_ones: ExitStack
    tabs: dict[Any, WatchedPage] = field(default_factory=dict)

    def look(self, way: str, who: str | None, language: Language, **options: Any) -> WatchedPage:
        key = (way, who, language)
        if key not in self.tabs:
            screen = self.open_ones.enter_context(self.room.screen(who, language=language, **options))
            self.tabs[key] = screen.tab()
        self.tabs[key].complaints.clear()
        return self.tabs[key]

    def path(self, path: str, language: Language) -> str:
        return path.format(language=language, **self.room.jobs | self.room.names)


@pytest.fixture(scope="module")
def eyes(room: BrowserRoom) -> Iterator[Eyes]:
    with ExitStack() as opened:
        yield Eyes(room, opened)


@pytest.fixture(scope="module")
def axe() -> str:
    return AXE.read_text(encoding="utf-8")


def test_the_table_names_every_page() -> None:
    assert set(GET_PAGES) - FILES == set(LOOKS)


def test_files_are_served_with_their_type(eyes: Eyes) -> None:
    tab = eyes.look("plain", None, "en")
    kinds = {"onggi.css": "text/css", "onggi.js": "text/javascript", "onggi.svg": "image/svg+xml"}
    for name, kind in kinds.items():
        answer = tab.page.request.get(tab.address + shared_assets().address(name))
        assert answer.headers["content-type"].startswith(kind), name


@pytest.mark.parametrize(
    ("who", "path", "language"), [case for case in CASES if "?" not in str(case.values[1])]
)
def test_axe_finds_no_barrier(eyes: Eyes, axe: str, who: str | None, path: str, language: Language) -> None:
    tab = eyes.look("axe", who, language, bypass_csp=True)
    tab.open(eyes.path(path, language))
    tab.page.evaluate(axe)
    found = tab.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    barriers = [
        f"{each['id']}: {node['html'][:150]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    assert found["testEngine"]["name"] == "axe-core"
    assert not barriers


@pytest.mark.parametrize(("who", "path", "language"), CASES)
def test_the_page_is_whole_on_every_screen(
    eyes: Eyes, who: str | None, path: str, language: Language
) -> None:
    """Without a fault, at four times the size, without scripts, and in the other language."""
    tab = eyes.look("plain", who, language).open(eyes.path(path, language))
    assert tab.status < 500
    assert tab.page.locator("html").get_attribute("lang") == language
    assert tab.page.locator("h1").count() == 1
    _check_without_scripts(eyes, tab, who, path)
    tab.page.set_viewport_size(SMALL)
    assert not tab.overflowing()
    tab.page.set_viewport_size(LAPTOP)
    tab.check()
    _check_other_language(tab)
    tab.check()


def _check_without_scripts(eyes: Eyes, tab: WatchedPage, who: str | None, path: str) -> None:
    still = eyes.look("still", who, tab.language, scripts=False).open(eyes.path(path, tab.language))
    assert still.status == tab.status
    assert still.words == tab.words
    assert still.page.locator("form").count() == tab.page.locator("form").count()


def _check_other_language(tab: WatchedPage) -> None:
    """The link beside the page's name leads to the very same page."""
    here, parts = tab.page.url.removeprefix(tab.address), tab.page.locator(_SKELETON).count()
    other = other_language(tab.language)
    path, _, query = here.partition("?")
    expected = in_language(path, other) + (f"?{query}" if query else "")
    tab.page.click(f"a[hreflang={other}]")
    assert tab.page.url == tab.address + expected
    assert tab.page.locator("html").get_attribute("lang") == other
    assert tab.page.locator(_SKELETON).count() == parts


def _inline_script(tab: WatchedPage) -> None:
    tab.page.evaluate("document.head.append(Object.assign(document.createElement('script'), {text: '1'}))")


def _asked_elsewhere(tab: WatchedPage) -> None:
    tab.page.evaluate("fetch('https://elsewhere.invalid/').catch(() => 0)")


def _script_error(tab: WatchedPage) -> None:
    tab.page.evaluate("console.error('wrong')")


def _script_from_outside(tab: WatchedPage) -> None:
    tab.page.evaluate("alert(1)")


@pytest.mark.parametrize("fault", [_inline_script, _asked_elsewhere, _script_error, _script_from_outside])
def test_the_watch_itself_sees_what_goes_wrong(
    room: BrowserRoom, fault: Callable[[WatchedPage], None]
) -> None:
    with room.screen() as screen:
        tab = screen.tab().open("/{language}/sign-in")
        tab.check()
        fault(tab)
        tab.page.wait_for_load_state("networkidle")
        with pytest.raises(AssertionError):
            tab.check()


def test_the_watch_on_width_sees_what_sticks_out(room: BrowserRoom) -> None:
    with room.screen(viewport=SMALL) as screen:
        tab = screen.tab().open("/{language}/sign-in")
        tab.page.evaluate("document.querySelector('h1').style.width = '900px'")
        assert tab.overflowing()
