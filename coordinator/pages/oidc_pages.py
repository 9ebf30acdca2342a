"""Signing in at another log-in, and linking one's account to it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import RedirectResponse
from starlette.responses import Response

from coordinator.accounts.oidc_links import Arrived, Returned
from coordinator.accounts.page_sessions import ABSOLUTE_LIFE
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.account_pages import own_ways, to_account, to_confirm
from coordinator.pages.sign_in_pages import let_in
from coordinator.roles import ALL_SCOPES
from onggi.errors import OnggiError, Refused
from pages.gate import page_router
from pages.signing_in import own_address, sign_in_page

router = page_router()


@router.post("/{language}/sign-in/oidc", name="page_oidc_begin")
def oidc_begin(visit: Visiting) -> Response:
    try:
        return _to_provider(visit, back=own_address(visit.entries.text("to")))
    except OnggiError as wrong:
        return _sign_in_again(visit.at(visit.address("sign-in")), wrong)


@router.get("/{language}/oidc/back", name="page_oidc_back")
def oidc_back(visit: Visiting, state: str = "", code: str = "", error: str = "", iss: str = "") -> Response:
    services = visit.services
    try:
        with services.sources.attempt(visit.source):
            arrived = services.oidc_links.arrive(
                Returned(state=state, code=code, error=error, issuer=iss),
                binding=visit.frame.form_token,
                redirect_uri=_redirect_uri(visit),
            )
            if arrived.linking is not None:
                return _linked(visit, arrived)
            account = services.oidc_links.find_account(arrived.subject)
            issued = services.tokens.issue(
                account,
                kind="page",
                scopes=ALL_SCOPES,
                label="login",
                life=ABSOLUTE_LIFE,
                by=account,
                way="oidc",
            )
    except OnggiError as wrong:
        if visit.session is not None:
            raise
        return _sign_in_again(visit, wrong)
    return let_in(visit, issued, to=arrived.back)


@router.post("/{language}/account/oidc/link", name="page_oidc_link")
def oidc_link(visit: Visiting) -> Response:
    if not visit.own_session.is_fresh:
        return _to_confirm_for_link(visit)
    return _to_provider(visit, back="", account=visit.person.account)


@router.get("/{language}/account/oidc/unlink", name="page_oidc_unlink_ask")
def oidc_unlink_ask(visit: Visiting) -> Response:
    if not visit.own_session.is_fresh:
        return to_confirm(visit)
    links, provider = visit.services.oidc_links, visit.services.oidc
    return visit.answer(
        "coordinator/oidc_unlink.html",
        link=links.find_link(visit.person.account),
        provider="" if provider is None else provider.settings.label,
        ways=own_ways(visit),
    )


@router.post("/{language}/account/oidc/unlink", name="page_oidc_unlink")
def oidc_unlink(visit: Visiting) -> Response:
    if not visit.own_session.is_fresh:
        return to_confirm(visit)
    visit.services.oidc_links.unlink(visit.person.account)
    return to_account(visit, done="unlinked", new_secret=True)


def _linked(visit: Visit, arrived: Arrived) -> Response:
    """Only the person who asked for it, still signed in and lately confirmed, is linked."""
    found = visit.session
    if found is None or found.caller.account != arrived.linking:
        raise Refused("oidc.way_unknown")
    if not found.is_fresh:
        return RedirectResponse(
            visit.address("account", "confirm", to=visit.address("account")), HTTPStatus.SEE_OTHER
        )
    visit.services.oidc_links.link(found.caller.account, arrived.subject, by=found.caller.account)
    return to_account(visit, done="linked", new_secret=True)


def _to_provider(visit: Visit, *, back: str, account: str | None = None) -> Response:
    visit.services.sources.ask(visit.source)
    address = visit.services.oidc_links.begin(
        binding=visit.frame.form_token, redirect_uri=_redirect_uri(visit), back=back, account=account
    )
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _redirect_uri(visit: Visit) -> str:
    return visit.services.web_origin + visit.address("oidc", "back")


def _to_confirm_for_link(visit: Visit) -> Response:
    to = visit.address("account")
    return RedirectResponse(visit.address("account", "confirm", to=to), HTTPStatus.SEE_OTHER)


def _sign_in_again(visit: Visit, wrong: OnggiError) -> Response:
    return sign_in_page(
        visit,
        to=visit.entries.text("to"),
        answer_status=HTTPStatus.UNPROCESSABLE_ENTITY,
        wrong=wrong,
        new_secret=visit.services.new_secret(),
    )
