"""A person's own account: ways to sign in, what is signed in now, and what was done to it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.accounts.ways import Ways, ways_of
from coordinator.api.parts import TokenName
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.history import OF_ACCOUNT, history_of
from onggi.errors import OnggiError, Refused
from pages.gate import page_router
from pages.problems import Problems
from pages.visitors import SESSION, forget_secret, keep_secret

router = page_router()
DONE: Final = ("password", "passkey", "removed", "linked", "unlinked", "ended", "confirmed")


@router.get("/{language}/account", name="page_account")
def account(visit: Visiting, done: str = "") -> HTMLResponse:
    services, name = visit.services, visit.person.account
    passkeys = services.passkeys
    provider = services.oidc
    return visit.answer(
        "coordinator/account.html",
        account=services.accounts.get(name),
        done=done if done in DONE else "",
        ways=own_ways(visit),
        passkeys=passkeys.of_account(name),
        takes_passkeys=passkeys.scope is not None,
        provider=None if provider is None else provider.settings.label,
        link=services.oidc_links.find_link(name),
        sessions=services.page_sessions.of_account(name),
        own=visit.person.token,
        recoveries=services.recoveries.to_tell(name),
        history=history_of(visit, name, OF_ACCOUNT),
    )


def own_ways(visit: Visit) -> Ways:
    """What this person can sign in with."""
    with visit.services.database.reading() as session:
        return ways_of(session, visit.person.account, issuer=visit.services.oidc_links.issuer)


def to_account(visit: Visit, *, done: str, new_secret: bool = False) -> Response:
    """Back to the account, where it says what was done. `new_secret`: who may get in has changed."""
    answer = RedirectResponse(visit.address("account", done=done), HTTPStatus.SEE_OTHER)
    if new_secret:
        keep_secret(answer, SESSION, visit.services.page_sessions.renew_at_once(visit.person.token))
    return answer


@router.get("/{language}/account/password", name="page_password_change_ask")
def password_change_ask(visit: Visiting) -> Response:
    has_one = own_ways(visit).password
    if not has_one and not visit.own_session.is_fresh:
        return to_confirm(visit)
    return _password_page(visit, has_one=has_one)


@router.post("/{language}/account/password", name="page_password_change")
def password_change(visit: Visiting) -> Response:
    """Every other session ends; this one goes on under a new secret."""
    entries, services, me = visit.entries, visit.services, visit.person
    new, has_one = entries.text("password_new"), own_ways(visit).password
    if not has_one and not visit.own_session.is_fresh:
        return to_confirm(visit)
    problems = Problems(visit.language)
    if new != entries.text("password_again"):
        problems.add("password_again", Refused("password.not_the_same"))
    if not problems:
        with problems.at("password_new"):
            services.passwords.check_length(new)
    if not problems:
        try:
            if has_one:
                old = entries.text("password_old")
                services.login.change_password(
                    me.account, old=old, new=new, keep=me.token, source=visit.source
                )
            else:
                services.accounts.set_password(me.account, new, by=me.account, keep=me.token)
        except OnggiError as wrong:
            problems.add("password_old", wrong)
    if problems:
        return _password_page(visit, has_one=has_one, problems=problems)
    return to_account(visit, done="password", new_secret=True)


def _password_page(visit: Visit, *, has_one: bool, problems: Problems | None = None) -> HTMLResponse:
    return visit.answer(
        "coordinator/password.html",
        answer_status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        has_one=has_one,
        problems=problems or Problems(visit.language),
    )


@router.post("/{language}/account/sessions/{token}/end", name="page_token_revoke")
def session_end(token: TokenName, visit: Visiting) -> Response:
    visit.services.tokens.revoke(token, by=visit.person.account)
    if token == visit.person.token:
        return _signed_out(visit)
    return to_account(visit, done="ended")


@router.post("/{language}/account/sessions/end", name="page_sessions_end")
def sessions_end(visit: Visiting) -> Response:
    """Everywhere, here as well."""
    visit.services.page_sessions.end_all(visit.person.account, by=visit.person.account)
    return _signed_out(visit)


def _signed_out(visit: Visit) -> Response:
    answer = RedirectResponse(visit.address("sign-in"), HTTPStatus.SEE_OTHER)
    forget_secret(answer, SESSION)
    return answer


def to_confirm(visit: Visit) -> Response:
    """First the person shows who they are, and comes back to this page."""
    return RedirectResponse(visit.address("account", "confirm", to=visit.frame.path), HTTPStatus.SEE_OTHER)


@router.post("/{language}/account/recoveries/seen", name="page_recovery_seen")
def recovery_seen(visit: Visiting) -> Response:
    visit.services.recoveries.acknowledge(visit.person.account)
    return RedirectResponse(visit.address("account"), HTTPStatus.SEE_OTHER)


@router.post("/{language}/account/recoveries/stop", name="page_recovery_stop")
def recovery_stop(visit: Visiting) -> Response:
    """The person is here after all: nobody gives them another way in."""
    recoveries, me = visit.services.recoveries, visit.person.account
    for each in recoveries.to_tell(me):
        if each.is_live:
            recoveries.cancel(each.id, by=me)
    return RedirectResponse(visit.address("account"), HTTPStatus.SEE_OTHER)
