"""Signing in to the coordinator and out again."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import RedirectResponse
from starlette.responses import Response

from coordinator.accounts.tokens import IssuedToken
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.doors import doors_of
from onggi.errors import OnggiError
from pages.gate import SignInNeeded, page_router
from pages.signing_in import own_address, sign_in_again, sign_in_page, signed_in
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
    try:
        name, password = entries.text("account"), entries.text("password")
        issued = services.login.login(name, password, kind="page", source=visit.source)
    except OnggiError as wrong:
        return sign_in_again(visit, wrong, new_secret=services.new_secret())
    return let_in(visit, issued)


def let_in(visit: Visit, issued: IssuedToken, *, to: str = "") -> Response:
    """Begins the new session at the page that was asked for, or where this person's work begins."""
    services, before = visit.services, visit.session
    found = services.page_sessions.find(issued.secret)
    if found is None:
        raise SignInNeeded(visit)  # the account was closed between the two
    if before is not None:
        services.tokens.revoke(before.caller.token, by=before.caller.account)
    first = own_address(to) or f"/{visit.language}{doors_of(found.caller)[0].address}"
    return signed_in(visit, secret=issued.secret, first=first)


@router.post("/{language}/sign-out", name="page_sign_out")
def sign_out(visit: Visiting) -> Response:
    visit.services.tokens.revoke(visit.person.token, by=visit.person.account)
    answer = RedirectResponse(visit.address("sign-in"), HTTPStatus.SEE_OTHER)
    forget_secret(answer, SESSION)
    return answer
