"""One site served over TLS and a browser to look at it, whichever site it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pages.drawing import Pages
from pages.languages import Language
from pages.visitors import SESSION
from tests.support.watched_page import Screen, WatchedPage, new_screen


@dataclass
class SiteRoom(ABC):
    """The site's address and the browser. `names` are those of one object of each kind."""

    address: str
    chromium: Any
    names: dict[str, str] = field(default_factory=dict)

    @property
    @abstractmethod
    def pages(self) -> Pages:
        """The site's words and templates."""

    @abstractmethod
    def session_of(self, who: str) -> str:
        """The secret of a new session, as signing in would set it."""

    @property
    def in_paths(self) -> Mapping[str, str]:
        """What stands in the addresses of objects."""
        return self.names

    @property
    def typed(self) -> Collection[str]:
        """What people typed in English: it stays so on a page in Korean."""
        return ()

    def say(self, key: str, language: Language, **facts: object) -> str:
        return self.pages.phrases.say(key, language, **facts)

    @contextmanager
    def screen(
        self, who: str | None = None, *, language: Language = "en", **options: Any
    ) -> Iterator[Screen]:
        """The browser of one person, signed in where one is named."""
        opened = new_screen(self.chromium, self.address, language=language, **options)
        try:
            if who is not None:
                opened.carry(SESSION, self.session_of(who))
            yield opened
        finally:
            opened.context.close()

    @contextmanager
    def page(
        self, who: str | None = None, *, language: Language = "en", **options: Any
    ) -> Iterator[WatchedPage]:
        """One tab of one person. Whatever went wrong on it fails the test at its end."""
        with self.screen(who, language=language, **options) as screen:
            tab = screen.tab()
            yield tab
            if options.get("scripts", True):
                tab.check()
