"""One look at one page, whatever the site: language, frame, what a form sent, and the drawn answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from starlette.requests import Request

from onggi.errors import OnggiError
from onggi.words import http_status, public_words
from pages.drawing import Door, Frame, Pages
from pages.entries import Entries
from pages.languages import Language, find_language
from pages.visitors import form_token

_HEADINGS = {
    HTTPStatus.UNAUTHORIZED: "page.not_allowed_title",
    HTTPStatus.FORBIDDEN: "page.not_allowed_title",
    HTTPStatus.NOT_FOUND: "page.missing_title",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A site's own visit adds who looks and what it asks. `entries` are empty where nothing was sent."""

    pages: Pages
    frame: Frame
    entries: Entries = field(default_factory=Entries)

    @property
    def language(self) -> Language:
        return self.frame.language

    def say(self, key: str, **facts: object) -> str:
        return self.pages.phrases.say(key, self.language, **facts)

    def answer(self, template: str, *, answer_status: int = 200, **values: Any) -> HTMLResponse:
        """The drawn page. `answer_status` is the HTTP status."""
        return HTMLResponse(self.pages.draw(template, self.frame, **values), status_code=answer_status)

    def address(self, *parts: str, **query: str) -> str:
        """The address of a page in the visitor's language."""
        path = "/".join(("", self.language, *parts))
        return f"{path}?{urlencode(query)}" if query else path

    def with_secret(self, secret: str) -> Self:
        """The same visit, whose forms carry the token of this secret."""
        return replace(self, frame=replace(self.frame, form_token=form_token(secret)))

    def error(self, error: OnggiError) -> HTMLResponse:
        """A refusal or a fault as a page: cause, next act, code."""
        status = http_status(error)
        faulty = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        heading = "page.fault_title" if faulty else _HEADINGS.get(HTTPStatus(status), "page.refused_title")
        cause, following = public_words(error, self.language)
        return self.answer(
            "pages/error.html",
            answer_status=status,
            heading=self.say(heading),
            cause=cause,
            following=following,
            code=error.code,
        )


def frame_of(
    request: Request, *, site: str, viewer: str | None, doors: tuple[Door, ...], secret: str | None
) -> Frame:
    """What surrounds the page that was asked for. `site` is the key of the site's name."""
    return Frame(
        language=find_language(request.url.path),
        path=request.url.path,
        query=request.url.query if request.method == "GET" else "",
        site=site,
        viewer=viewer,
        doors=doors,
        form_token="" if secret is None else form_token(secret),
    )
