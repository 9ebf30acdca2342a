"""A person shows once more who they are, before anything that changes who may get in."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.pages.access import Visit, Visiting
from coordinator.pages.account_pages import own_ways
from coordinator.pages.passkey_pages import answer_of, draw_ceremony
from onggi.errors import OnggiError
from pages.gate import page_router
from pages.problems import Problems
from pages.signing_in import own_address

router = page_router()


@router.get("/{language}/account/confirm", name="page_confirm_ask")
def confirm_ask(visit: Visiting, to: str = "") -> HTMLResponse:
    return _page(visit, to=to)


@router.post("/{language}/account/confirm", name="page_confirm")
def confirm(visit: Visiting) -> Response:
    password = visit.entries.text("password")
    try:
        visit.services.login.check_password(visit.person.account, password, source=visit.source)
    except OnggiError as wrong:
        return _page(visit, to=visit.entries.text("to"), wrong=wrong)
    return _confirmed(visit)


@router.post("/{language}/account/confirm/passkey", name="page_confirm_passkey_ask")
def confirm_passkey_ask(visit: Visiting) -> HTMLResponse:
    return _ask(visit)


@router.post("/{language}/account/confirm/passkey/answer", name="page_confirm_passkey")
def confirm_passkey(visit: Visiting) -> Response:
    services, me = visit.services, visit.person.account
    try:
        with services.sources.attempt(visit.source):
            services.passkeys.check_confirmed(me, answer_of(visit.entries), binding=visit.frame.form_token)
    except OnggiError as wrong:
        return _ask(visit, wrong=wrong)
    return _confirmed(visit)


def _confirmed(visit: Visit) -> Response:
    visit.services.page_sessions.confirm(visit.person.token)
    to = own_address(visit.entries.text("to")) or visit.address("account", done="confirmed")
    return RedirectResponse(to, HTTPStatus.SEE_OTHER)


def _page(visit: Visit, *, to: str, wrong: OnggiError | None = None) -> HTMLResponse:
    problems = Problems(visit.language)
    if wrong is not None:
        problems.add("password", wrong)
    return visit.answer(
        "coordinator/confirm.html",
        answer_status=HTTPStatus.OK if wrong is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        ways=own_ways(visit),
        takes_passkeys=visit.services.passkeys.scope is not None,
        to=own_address(to),
        problems=problems,
    )


def _ask(visit: Visit, *, wrong: OnggiError | None = None) -> HTMLResponse:
    services, me = visit.services, visit.person.account
    services.sources.ask(visit.source)
    challenge = services.passkeys.ask("confirm", binding=visit.frame.form_token, account=me)
    to = own_address(visit.entries.text("to"))
    return draw_ceremony(
        visit,
        challenge,
        title="passkey.confirm",
        send_to="account/confirm/passkey/answer",
        fields=[("to", to)],
        back=visit.address("account", "confirm", to=to),
        known=" ".join(each.credential for each in services.passkeys.of_account(me)),
        wrong=wrong,
    )
