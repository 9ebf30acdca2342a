"""Signing in and out with a browser. What a person was about to send is kept across signing in again."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.pages.access import SignInNeeded, Visit, Visiting
from coordinator.pages.doors import doors_of
from coordinator.pages.routes import page_router
from onggi.errors import OnggiError
from pages.problems import Problems
from pages.visitors import SESSION, TOKEN_FIELD, VISITOR, forget_secret, form_token, keep_secret

router: APIRouter = page_router()
_SEE_OTHER: Final = HTTPStatus.SEE_OTHER
_OWN_ADDRESS = re.compile(r"/(ko|en)/[A-Za-z0-9/_.-]*(\?[A-Za-z0-9=&%+_.~-]*)?")
_LONGEST_ADDRESS: Final = 500
_LONGEST_KEPT: Final = 100_000


def ask_to_sign_in(visit: Visit) -> Response:
    """To the sign-in page; with what a form held, if one was sent."""
    frame = visit.frame
    if not visit.entries.values:
        address = f"{frame.path}?{frame.query}" if frame.query else frame.path
        return RedirectResponse(visit.address("sign-in", to=address), _SEE_OTHER)
    kept = {name: list(found) for name, found in visit.entries.values.items() if name != TOKEN_FIELD}
    return _sign_in_page(visit, to=frame.path, kept=json.dumps(kept), status=HTTPStatus.UNAUTHORIZED)


def _sign_in_page(
    visit: Visit,
    *,
    to: str,
    kept: str = "",
    account: str = "",
    status: int = 200,
    wrong: OnggiError | None = None,
) -> HTMLResponse:
    problems = Problems(visit.language)
    if wrong is not None:
        problems.add("", wrong)
    visit, secret = _with_visitor(visit)
    answer = visit.answer(
        "coordinator/sign_in.html", http_status=status, to=to, kept=kept, account=account, problems=problems
    )
    if secret is not None:
        keep_secret(answer, VISITOR, secret)
    return answer


def _with_visitor(visit: Visit) -> tuple[Visit, str | None]:
    """The visit with a form token, and the secret of a cookie that is to be set for it."""
    if visit.frame.form_token:
        return visit, None
    secret = visit.services.new_secret()
    return replace(visit, frame=replace(visit.frame, form_token=form_token(secret))), secret


@router.get("/{language}/sign-in", name="page_sign_in")
def sign_in(visit: Visiting, to: str = "") -> Response:
    if visit.caller is not None:
        return RedirectResponse(_first_page(visit), _SEE_OTHER)
    return _sign_in_page(visit, to=_own_address(to))


@router.post("/{language}/sign-in", name="page_sign_in_send")
def sign_in_send(visit: Visiting) -> Response:
    entries = visit.entries
    to, kept, account = _own_address(entries.text("to")), entries.text("kept"), entries.text("account")
    try:
        issued = visit.services.login.login(account, entries.text("password"), kind="page")
    except OnggiError as wrong:
        return _sign_in_page(visit, to=to, kept=kept, account=account, status=422, wrong=wrong)
    caller = visit.services.tokens.find_caller(issued.secret, kinds={"page"})
    if caller is None:
        raise SignInNeeded(visit)  # the account was closed between the two
    fields = _kept_fields(kept)
    answer: Response
    if to and fields:
        answer = _send_again_page(visit, to=to, fields=fields, secret=issued.secret)
    else:
        first = doors_of(caller)[0].address
        answer = RedirectResponse(to or f"/{visit.language}{first}", _SEE_OTHER)
    keep_secret(answer, SESSION, issued.secret)
    forget_secret(answer, VISITOR)
    return answer


def _send_again_page(visit: Visit, *, to: str, fields: list[tuple[str, str]], secret: str) -> HTMLResponse:
    signed_in = replace(visit, frame=replace(visit.frame, form_token=form_token(secret)))
    return signed_in.answer("coordinator/send_again.html", to=to, fields=fields)


@router.post("/{language}/sign-out", name="page_sign_out")
def sign_out(visit: Visiting) -> Response:
    visit.services.tokens.revoke(visit.person.token, by=visit.person.account)
    answer = RedirectResponse(visit.address("sign-in"), _SEE_OTHER)
    forget_secret(answer, SESSION)
    return answer


def _first_page(visit: Visit) -> str:
    return f"/{visit.language}{doors_of(visit.person)[0].address}"


def _own_address(given: str) -> str:
    """An address of our own pages, or nothing: nobody is led elsewhere after signing in."""
    fits = len(given) <= _LONGEST_ADDRESS and _OWN_ADDRESS.fullmatch(given) and "//" not in given
    return given if fits else ""


def _kept_fields(kept: str) -> list[tuple[str, str]]:
    """The fields that were kept. They come back from the browser and are sent again only by the person."""
    if not kept or len(kept) > _LONGEST_KEPT:
        return []
    try:
        found = json.loads(kept)
    except ValueError:
        return []
    if not isinstance(found, dict):
        return []
    return [
        (name, value)
        for name, values in found.items()
        if name != TOKEN_FIELD and isinstance(values, list)
        for value in values
        if isinstance(value, str)
    ]
