"""Answers a refusal or a fault with a page in the visitor's language; no inner text gets out."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from coordinator.api.errors import status_of
from coordinator.pages.access import SignInNeeded, Visit, frame_of
from coordinator.pages.sign_in_pages import ask_to_sign_in
from onggi.errors import OnggiError, Refused, Unreachable
from onggi.words import public_words
from pages.drawing import Pages

_LOG = logging.getLogger("coordinator.pages")
_HEADINGS = {
    HTTPStatus.UNAUTHORIZED: "page.not_allowed_title",
    HTTPStatus.FORBIDDEN: "page.not_allowed_title",
    HTTPStatus.NOT_FOUND: "page.missing_title",
}


def _page(request: Request, error: OnggiError) -> HTMLResponse:
    pages = cast("Pages", request.app.state.pages)
    visit = cast("Visit | None", getattr(request.state, "visit", None))
    frame = frame_of(request, caller=None, secret=None) if visit is None else visit.frame
    status = status_of(error)
    faulty = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    heading = "page.fault_title" if faulty else _HEADINGS.get(HTTPStatus(status), "page.refused_title")
    cause, following = public_words(error, frame.language)
    drawn = pages.draw(
        "pages/error.html",
        frame,
        heading=pages.phrases.say(heading, frame.language),
        cause=cause,
        following=following,
        code=error.code,
    )
    return HTMLResponse(drawn, status_code=status)


def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, OnggiError)
    return _page(request, error)


def _on_signed_out(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInNeeded)
    return ask_to_sign_in(error.visit)


def _on_malformed(request: Request, _error: Exception) -> Response:
    """Only addresses are parsed by the framework: a name that cannot exist is an address that does not."""
    return _page(request, Refused("page.no_such_page"))


def _on_http(request: Request, _error: Exception) -> Response:
    return _page(request, Refused("page.no_such_page"))


def _on_fault(request: Request, error: Exception) -> Response:
    route = getattr(request.scope.get("route"), "name", "?")
    # The type alone: an exception's text may quote a value.
    _LOG.error("fault in page %s: %s", route, type(error).__name__)
    return _page(request, Unreachable("coordinator.fault"))


def add_error_pages(app: FastAPI) -> None:
    app.add_exception_handler(OnggiError, _on_refusal)
    app.add_exception_handler(SignInNeeded, _on_signed_out)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)
