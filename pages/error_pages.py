"""Answers a refusal or a fault with a page in the visitor's language; no inner text gets out."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from onggi.errors import OnggiError, Refused
from pages.gate import Gate, R, SignInNeeded, V, visit_of
from pages.signing_in import ask_to_sign_in

TellFault = Callable[[Request, Exception], OnggiError]


def add_error_pages(
    app: FastAPI, gate: Gate[V, R], *, tell_fault: TellFault, new_secret: Callable[[], str]
) -> None:
    """To the application of one site.

    Args:
        tell_fault: writes a fault of ours down for the person on call, and says what the visitor is told.
        new_secret: for the form of somebody who has to sign in and has no cookie yet.
    """

    def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, OnggiError)
        return visit_of(request, gate).error(error)

    def on_signed_out(_request: Request, error: Exception) -> Response:
        assert isinstance(error, SignInNeeded)
        return ask_to_sign_in(error.visit, new_secret=new_secret())

    def on_no_page(request: Request, _error: Exception) -> Response:
        # Only addresses are parsed by the framework: a name that cannot exist is an address that does not.
        return visit_of(request, gate).error(Refused("page.no_such_page"))

    def on_fault(request: Request, error: Exception) -> Response:
        return visit_of(request, gate).error(tell_fault(request, error))

    app.add_exception_handler(OnggiError, on_refusal)
    app.add_exception_handler(SignInNeeded, on_signed_out)
    app.add_exception_handler(RequestValidationError, on_no_page)
    app.add_exception_handler(HTTPException, on_no_page)
    app.add_exception_handler(Exception, on_fault)
