"""Answers a refusal or a fault with a page in the visitor's language; no inner text gets out."""

from __future__ import annotations

import logging
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from node.console.access import SignInNeeded, Visit, stranger
from node.logging_guard import describe_fault
from node.machine_faults import find_machine_fault
from onggi.errors import OnggiError, Refused
from onggi.words import http_status, public_words
from pages.languages import LANGUAGES
from pages.signing_in import ask_to_sign_in

_LOG = logging.getLogger("onggi.node.console")


def _visit(request: Request) -> Visit:
    """The visit as far as it came; that of a stranger where the page was not even reached."""
    found = cast("Visit | None", getattr(request.state, "visit", None))
    return stranger(request) if found is None else found


def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, OnggiError)
    return _visit(request).error(error)


def _on_signed_out(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInNeeded)
    return ask_to_sign_in(error.visit, new_secret=error.visit.services.new_secret())


def _on_no_page(request: Request, _error: Exception) -> Response:
    """Only addresses are parsed by the framework: a name that cannot exist is an address that does not."""
    return _visit(request).error(Refused("page.no_such_page"))


def _on_fault(request: Request, error: Exception) -> Response:
    if (machine := find_machine_fault(error)) is not None:
        return _visit(request).error(machine)
    _LOG.error("fault in a page of the console", exc_info=error)
    return _visit(request).error(Refused("node.fault", where=describe_fault(error)))


def too_large(error: OnggiError) -> Response:
    """The answer to a request of which nothing was read, in both languages."""
    told = "\n".join(" ".join(public_words(error, language)) for language in LANGUAGES)
    return PlainTextResponse(told, status_code=http_status(error))


def add_error_pages(app: FastAPI) -> None:
    app.add_exception_handler(OnggiError, _on_refusal)
    app.add_exception_handler(SignInNeeded, _on_signed_out)
    app.add_exception_handler(RequestValidationError, _on_no_page)
    app.add_exception_handler(HTTPException, _on_no_page)
    app.add_exception_handler(Exception, _on_fault)
