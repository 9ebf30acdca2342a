"""Signing in to the coordinator and out again."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import RedirectResponse
from starlette.responses import Response

from coordinator.pages.access import SignInNeeded, Visiting
from coordinator.pages.doors import doors_of
from coordinator.pages.routes import page_router
from onggi.errors import OnggiError
from pages.signing_in import sign_in_page, signed_in
from pages.visitors import SESSION, forget_secret

router = page_router()


@router.get("/{language}/sign-in", name="page_sign_in")
def sign_in(visit: Visiting, to: str = "") -> Response:
    if visit.caller is not None:
        return RedirectResponse(f"/{visit.language}{doors_of(visit.caller)[0].address}", HTTPStatus.SEE_OTHER)
    return sign_in_page(visit, to=to, new_secret=visit.services.new_secret())


@router.post("/{language}/sign-in", name="page_sign_in_send")
def sign_in_send(visit: Visiting) -> Response:
    entries, services = visit.entries, visit.services
    account = entries.text("account")
    try:
        issued = services.login.login(account, entries.text("password"), kind="page")
    except OnggiError as wrong:
        return sign_in_page(
            visit,
            to=entries.text("to"),
            kept=entries.text("kept"),
            account=account,
            answer_status=HTTPStatus.UNPROCESSABLE_ENTITY,
            wrong=wrong,
            new_secret=services.new_secret(),
        )
    caller = services.tokens.find_caller(issued.secret, kinds={"page"})
    if caller is None:
        raise SignInNeeded(visit)  # the account was closed between the two
    return signed_in(visit, secret=issued.secret, first=f"/{visit.language}{doors_of(caller)[0].address}")


@router.post("/{language}/sign-out", name="page_sign_out")
def sign_out(visit: Visiting) -> Response:
    visit.services.tokens.revoke(visit.person.token, by=visit.person.account)
    answer = RedirectResponse(visit.address("sign-in"), HTTPStatus.SEE_OTHER)
    forget_secret(answer, SESSION)
    return answer
