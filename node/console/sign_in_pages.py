"""Signing in to the console and out again."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import RedirectResponse
from starlette.responses import Response

from node.console.access import Visiting
from node.console.sessions import end_session
from node.console.signing_in import sign_in
from onggi.errors import OnggiError
from pages.gate import page_router
from pages.signing_in import sign_in_again, sign_in_page, signed_in
from pages.visitors import SESSION, forget_secret

router = page_router()


@router.get("/{language}/", name="console_start_in_language")
def start_in_language(visit: Visiting) -> Response:
    return ask(visit)


@router.get("/{language}/sign-in", name="console_sign_in")
def ask(visit: Visiting, to: str = "") -> Response:
    if visit.caller is not None:
        return RedirectResponse(visit.address("home"), HTTPStatus.SEE_OTHER)
    return sign_in_page(visit, to=to, new_secret=visit.services.new_secret())


@router.post("/{language}/sign-in", name="console_sign_in_send")
def send(visit: Visiting) -> Response:
    entries, services = visit.entries, visit.services
    try:
        secret = sign_in(services, entries.text("account"), entries.text("password"))
    except OnggiError as wrong:
        return sign_in_again(visit, wrong, new_secret=services.new_secret())
    return signed_in(visit, secret=secret, first=visit.address("home"))


@router.post("/{language}/sign-out", name="console_sign_out")
def sign_out(visit: Visiting) -> Response:
    end_session(visit.services, visit.person)
    answer = RedirectResponse(visit.address("sign-in"), HTTPStatus.SEE_OTHER)
    forget_secret(answer, SESSION)
    return answer
