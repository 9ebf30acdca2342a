"""Turns every refusal and every fault into one form of answer, and lets no inner text out.

A fault of ours reaches the log of the person on call; whoever asked learns only that it happened.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from onggi.errors import Fact, OnggiError, Refused, Unreachable
from onggi.words import http_status, public_words

_LOG = logging.getLogger("coordinator.api")
_LONGEST_FIELD = 100
_BY_STATUS = {
    HTTPStatus.NOT_FOUND: "request.no_such_address",
    HTTPStatus.METHOD_NOT_ALLOWED: "request.no_such_address",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request.too_large",
}


class ErrorBody(BaseModel):
    """What went wrong: a stable code, cause and next act in both languages, and bare facts."""

    code: str
    cause_ko: str
    cause_en: str
    next_ko: str
    next_en: str
    facts: dict[str, Fact]


def error_response(error: OnggiError) -> JSONResponse:
    """The answer to a refusal."""
    status = http_status(error)
    cause_ko, next_ko = public_words(error, "ko")
    cause_en, next_en = public_words(error, "en")
    body = ErrorBody(
        code=error.code,
        cause_ko=cause_ko,
        cause_en=cause_en,
        next_ko=next_ko,
        next_en=next_en,
        facts=error.facts,
    )
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def _on_refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OnggiError)
    return error_response(error)


def _on_malformed(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    # The place only: pydantic's sentences quote what was sent.
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    shown = "".join(c for c in place if c.isprintable())[:_LONGEST_FIELD] or "body"
    return error_response(Refused("request.malformed", field=shown.encode("utf-8", "replace").decode()))


def _on_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(HTTPStatus(error.status_code))
    return error_response(Refused(code) if code else Refused("request.malformed", field="body"))


def _on_fault(request: Request, error: Exception) -> JSONResponse:
    route = getattr(request.scope.get("route"), "name", "?")
    # The type alone: an exception's text may quote a value.
    _LOG.error("fault in route %s: %s", route, type(error).__name__)
    return error_response(Unreachable("coordinator.fault"))


def add_error_answers(app: FastAPI) -> None:
    app.add_exception_handler(OnggiError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)
