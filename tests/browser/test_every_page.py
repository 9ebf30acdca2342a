"""Every page of both sites in both languages: no barrier, no fault, nothing from elsewhere, no English left.

The pages come from the routers: one that is not in its site's table of looks fails, so a new page is looked
at too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from fastapi import APIRouter

from coordinator.pages import site as coordinator_site
from node.console import site as console_site
from pages.gate import routes_of
from pages.languages import LANGUAGES, Language, in_language
from tests.support import looks_of_console, looks_of_coordinator
from tests.support.browser_room import furnished_room
from tests.support.console_room import furnished_console_room
from tests.support.site_room import SiteRoom
from tests.support.watched_page import SMALL, WatchedPage

AXE: Final = Path(__file__).parents[1] / "data" / "axe" / "axe.min.js"
Look = tuple[str | None, str, str]
"""Who, where, and the button to press."""
_SKELETON: Final = "h1, h2, h3, a, form"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site to look at.

    Args:
        more: further addresses, and who looks at them.
        sent: pages that only a form shows, as (who, where, the button).
    """

    furnish: Callable[[Path], AbstractContextManager[SiteRoom]]
    routers: Sequence[APIRouter]
    looks: Mapping[str, tuple[str | None, tuple[str, ...]]]
    more: Sequence[tuple[str | None, str]]
    files: frozenset[str]
    sent: Sequence[tuple[str | None, str, str]]

    @property
    def looked_at(self) -> Iterable[tuple[str | None, str, str]]:
        for who, path in [*((who, path) for who, paths in self.looks.values() for path in paths), *self.more]:
            yield who, path, ""


@dataclass
class Eyes:
    """Each way to look at pages is opened once: a browser of one's own costs more than a page.

    All look at four times the usual size, where pages break first; stories are told at a laptop's.
    """

    room: SiteRoom
    open_ones: ExitStack
    tabs: dict[Any, WatchedPage] = field(default_factory=dict)

    def look(self, way: str, who: str | None, language: Language, **options: Any) -> WatchedPage:
        key = (way, who, language)
        if key not in self.tabs:
            opened = self.room.screen(who, language=language, viewport=SMALL, **options)
            screen = self.open_ones.enter_context(opened)
            self.tabs[key] = screen.tab()
        self.tabs[key].complaints.clear()
        return self.tabs[key]

    def path(self, path: str, language: Language) -> str:
        return path.format(language=language, **self.room.in_paths)


@pytest.fixture(scope="class")
def eyes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eyes]:
    """One site at a time: a running browser takes the thread's event loop."""
    furnish = request.cls.site.furnish
    with furnish(tmp_path_factory.mktemp("room")) as room, ExitStack() as opened:
        yield Eyes(room, opened)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The cases of the site's own tables."""
    if "look" not in metafunc.fixturenames:
        return
    site: Site = metafunc.cls.site  # type: ignore[union-attr]  # only the classes below have looks
    sent = metafunc.function.__name__.endswith("form_shows")
    looks = list(site.sent if sent else site.looked_at)
    metafunc.parametrize(
        "look", looks, ids=[f"{path.removeprefix('/{language}')}-{who}" for who, path, _ in looks]
    )


@cache
def axe() -> str:
    return AXE.read_text(encoding="utf-8")


def barriers(tab: WatchedPage) -> list[str]:
    """What axe finds serious on the page that is shown."""
    tab.page.evaluate(axe())
    found = tab.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert found["testEngine"]["name"] == "axe-core"
    return [
        f"{each['id']}: {node['html'][:150]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


class PagesOfASite:
    """What holds for every page of every site."""

    site: ClassVar[Site]

    def test_the_table_names_every_page(self) -> None:
        get_pages = {page for method, _, page in routes_of(self.site.routers) if method == "GET"}
        assert get_pages - self.site.files == set(self.site.looks)

    def test_files_are_served_with_their_type(self, eyes: Eyes) -> None:
        tab = eyes.look("plain", None, "en")
        kinds = {"onggi.css": "text/css", "onggi.js": "text/javascript", "onggi.svg": "image/svg+xml"}
        for name, kind in kinds.items():
            answer = tab.page.request.get(tab.address + coordinator_site.shared_assets().address(name))
            assert answer.headers["content-type"].startswith(kind), name

    def test_the_page_is_whole(self, eyes: Eyes, look: Look) -> None:
        """In Korean without a barrier or an English word; in English the same, with and without scripts."""
        who, path, _ = look
        still = eyes.look("still", who, "en", scripts=False)  # first: its session stands on its person's page
        tab = eyes.look("plain", who, "ko").open(eyes.path(path, "ko"))
        assert tab.status < 500
        _check_drawn(tab, "ko")
        _check_korean(eyes, tab)
        if "?" in path:
            tab.open(eyes.path(path, "en"))
        else:
            _turn_to_english(tab)
        _check_drawn(tab, "en")
        still.page.context.add_cookies(tab.page.context.cookies())  # the same session's page
        _check_same(tab, still.open(eyes.path(path, "en")))

    def test_a_page_that_only_a_form_shows(self, eyes: Eyes, look: Look) -> None:
        who, path, button = look
        for language in LANGUAGES:
            tab = eyes.look("plain", who, language)
            tab.open(eyes.path(path, language)).page.click(button)
            assert tab.status in (200, 422)
            _check_drawn(tab, language)
            if language == "ko":
                _check_korean(eyes, tab)


def _inline_script(tab: WatchedPage) -> None:
    tab.page.evaluate("document.head.append(Object.assign(document.createElement('script'), {text: '1'}))")


def _asked_elsewhere(tab: WatchedPage) -> None:
    tab.page.evaluate("fetch('https://elsewhere.invalid/').catch(() => 0)")


def _script_error(tab: WatchedPage) -> None:
    tab.page.evaluate("console.error('wrong')")


def _script_from_outside(tab: WatchedPage) -> None:
    tab.page.evaluate("alert(1)")


class TestCoordinator(PagesOfASite):
    site = Site(
        furnish=furnished_room,
        routers=coordinator_site.ROUTERS,
        looks=looks_of_coordinator.LOOKS,
        more=[
            *(("checker-1", path) for path in looks_of_coordinator.NO_PAGES),
            ("researcher-1", "/{language}/desk"),
        ],
        files=looks_of_coordinator.FILES,
        sent=looks_of_coordinator.SENT,
    )

    @pytest.mark.parametrize("fault", [_inline_script, _asked_elsewhere, _script_error, _script_from_outside])
    def test_the_watch_itself_sees_what_goes_wrong(
        self, eyes: Eyes, fault: Callable[[WatchedPage], None]
    ) -> None:
        with eyes.room.screen() as screen:
            tab = screen.tab().open("/{language}/sign-in")
            tab.check()
            fault(tab)
            tab.page.wait_for_load_state("networkidle")
            with pytest.raises(AssertionError):
                tab.check()

    def test_the_other_watches_see_width_barriers_and_english(self, eyes: Eyes) -> None:
        with eyes.room.screen(language="ko", viewport=SMALL) as screen:
            tab = screen.tab().open("/{language}/sign-in")
            assert not tab.overflowing()
            assert not barriers(tab)
            assert not tab.untold(())
            tab.page.evaluate("document.querySelector('h1').style.width = '900px'")
            tab.page.evaluate("document.querySelector('h1').textContent = 'Sign in to job-1'")
            tab.page.evaluate("document.querySelector('#account').removeAttribute('id')")
            assert tab.overflowing()
            assert barriers(tab)
            assert tab.untold(()) == ["Sign in to job-1"]
            assert not tab.untold(("Sign in to",))


class TestConsole(PagesOfASite):
    site = Site(
        furnish=furnished_console_room,
        routers=console_site.ROUTERS,
        looks=looks_of_console.LOOKS,
        more=[
            *(("it-1", path) for path in looks_of_console.NO_PAGES),
            *(("auditor-1", path) for path in looks_of_console.AUDITED),
            ("auditor-1", "/{language}/policy/edit"),
        ],
        files=looks_of_console.FILES,
        sent=looks_of_console.SENT,
    )


def _check_drawn(tab: WatchedPage, language: Language) -> None:
    """One heading, the page's own language, no wider than the screen, no fault."""
    assert tab.page.locator("html").get_attribute("lang") == language
    assert tab.page.locator("h1").count() == 1
    assert not tab.overflowing()
    tab.check()


def _check_korean(eyes: Eyes, tab: WatchedPage) -> None:
    untold = tab.untold(eyes.room.typed)
    assert not untold
    assert not barriers(tab)


def _check_same(tab: WatchedPage, still: WatchedPage) -> None:
    assert still.status == tab.status
    assert _blurred(still.words) == _blurred(tab.words)
    assert still.page.locator("form").count() == tab.page.locator("form").count()


def _blurred(words: str) -> str:
    """Without what a page makes anew each time it is drawn: marks of a bundle, its size and its digest."""
    return re.sub(r"[0-9a-f]{8,}|[0-9][0-9,]*", "#", words)


def _turn_to_english(tab: WatchedPage) -> None:
    """The link beside the page's name leads to the very same page."""
    here, parts = tab.page.url.removeprefix(tab.address), tab.page.locator(_SKELETON).count()
    path, _, query = here.partition("?")
    tab.page.click("a[hreflang=en]")
    assert tab.page.url == tab.address + in_language(path, "en") + (f"?{query}" if query else "")
    assert tab.page.locator(_SKELETON).count() == parts
