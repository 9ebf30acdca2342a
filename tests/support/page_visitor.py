"""A browser without scripts: keeps cookies, reads forms out of pages, fills them in and sends them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from coordinator.pages.site import create_site
from tests.support.coordinator_house import PASSWORD, House, TestClient

ADDRESS = "https://coordinator.example"


@dataclass
class Form:
    """One form of a page: where it goes and what it would send untouched."""

    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._hidden = 0
        self._in_area = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(found.get("method", "get"), found.get("action", "")))
        if tag in ("input", "textarea") and self.forms and "name" in found:
            unticked = found.get("type") in ("radio", "checkbox") and "checked" not in found
            if not unticked:
                self.forms[-1].fields.append((found["name"], found.get("value", "")))
        self._in_area = tag == "textarea" and bool(self.forms)
        if tag in ("script", "style", "title"):
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._in_area = False
        if tag in ("script", "style", "title"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._in_area:
            name, value = self.forms[-1].fields[-1]
            self.forms[-1].fields[-1] = (name, value + data)
        if not self._hidden:
            self.text.append(data)


@dataclass
class Page:
    """A page as it came."""

    answer: Any

    @property
    def status(self) -> int:
        return int(self.answer.status_code)

    @property
    def html(self) -> str:
        return str(self.answer.text)

    @property
    def path(self) -> str:
        return str(self.answer.url.path)

    @property
    def words(self) -> str:
        """The text that a person reads, with single blanks."""
        return re.sub(r"\s+", " ", " ".join(self._read().text)).strip()

    def form(self, action: str) -> Form:
        """The form that goes to this address."""
        return next(form for form in self._read().forms if form.action == action)

    @property
    def forms(self) -> list[Form]:
        return self._read().forms

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        return reader


class Browser:
    """One person at one browser, before any site."""

    def __init__(self, site: Any, *, address: str, language: str = "en") -> None:
        self.language = language
        self._client = TestClient(site, base_url=address, raise_server_exceptions=False)

    @property
    def cookies(self) -> Any:
        return self._client.cookies

    def get(self, path: str, **more: Any) -> Page:
        return Page(self._client.get(path, **more))

    def raw_post(self, path: str, **more: Any) -> Page:
        return Page(self._client.post(path, **more))

    def send(
        self, form: Form, *, headers: dict[str, str] | None = None, follow: bool = True, **changes: str
    ) -> Page:
        """The form with these fields filled in."""
        kept = [(name, value) for name, value in form.fields if name not in changes]
        body: dict[str, list[str]] = {}
        for name, value in [*kept, *changes.items()]:
            body.setdefault(name, []).append(value)
        return Page(self._client.post(form.action, data=body, headers=headers or {}, follow_redirects=follow))

    def sign_in(self, account: str, *, password: str = PASSWORD, to: str = "") -> Page:
        asked = self.get(f"/{self.language}/sign-in", params={"to": to} if to else None)
        form = asked.form(f"/{self.language}/sign-in")
        return self.send(form, account=account, password=password)


class Visitor(Browser):
    """One person before the coordinator."""

    def __init__(self, house: House, *, language: str = "en") -> None:
        super().__init__(create_site(house.services), address=ADDRESS, language=language)
