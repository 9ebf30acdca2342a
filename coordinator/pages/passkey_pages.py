"""Signing in with a passkey: the page that asks says where one is, and takes the answer once."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from fastapi.responses import HTMLResponse
from starlette.responses import Response

from coordinator.accounts.page_sessions import ABSOLUTE_LIFE
from coordinator.accounts.passkeys import Answer, Challenge
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.sign_in_pages import let_in
from coordinator.roles import ALL_SCOPES
from onggi.errors import OnggiError
from pages.entries import Entries
from pages.gate import page_router
from pages.problems import Problems
from pages.signing_in import own_address

router = page_router()
_KEPT: Final = ("to", "kept")


@router.post("/{language}/sign-in/passkey", name="page_passkey_sign_in_ask")
def sign_in_ask(visit: Visiting) -> HTMLResponse:
    return _ask(visit)


@router.post("/{language}/sign-in/passkey/answer", name="page_passkey_sign_in")
def sign_in(visit: Visiting) -> Response:
    services = visit.services
    try:
        with services.sources.attempt(visit.source):
            account = services.passkeys.find_signed_in(
                answer_of(visit.entries), binding=visit.frame.form_token
            )
        issued = services.tokens.issue(
            account,
            kind="page",
            scopes=ALL_SCOPES,
            label="login",
            life=ABSOLUTE_LIFE,
            by=account,
            way="passkey",
        )
    except OnggiError as wrong:
        return _ask(visit, wrong=wrong)
    return let_in(visit, issued)


def _ask(visit: Visit, *, wrong: OnggiError | None = None) -> HTMLResponse:
    visit.services.sources.ask(visit.source)
    challenge = visit.services.passkeys.ask("sign_in", binding=visit.frame.form_token)
    fields = [(name, visit.entries.text(name)) for name in _KEPT]
    back = visit.address("sign-in", to=own_address(visit.entries.text("to")))
    return draw_ceremony(
        visit,
        challenge,
        title="passkey.sign_in",
        send_to="sign-in/passkey/answer",
        fields=fields,
        back=back,
        wrong=wrong,
    )


def draw_ceremony(
    visit: Visit,
    challenge: Challenge,
    *,
    title: str,
    send_to: str,
    fields: Iterable[tuple[str, str]],
    back: str,
    known: str = "",
    wrong: OnggiError | None = None,
) -> HTMLResponse:
    """The page that asks for a passkey. `known`: the credentials that may answer; empty for any."""
    problems = Problems(visit.language)
    if wrong is not None:
        problems.add("", wrong)
    status = HTTPStatus.OK if wrong is None else HTTPStatus.UNPROCESSABLE_ENTITY
    data = {"passkey": "get", "challenge": challenge.value, "rp": challenge.rp_id, "known": known}
    return visit.at(back).answer(
        "coordinator/passkey_ask.html",
        answer_status=status,
        title=title,
        origin=challenge.origin,
        nonce=challenge.nonce,
        data=data,
        address=visit.address(send_to),
        fields=list(fields),
        back=back,
        problems=problems,
    )


def answer_of(entries: Entries) -> Answer:
    """What the browser's script filled in; empty where no script ran."""
    return Answer(
        nonce=entries.text("nonce"),
        credential=entries.text("credential"),
        client_data=entries.text("client_data"),
        authenticator_data=entries.text("authenticator_data"),
        signature=entries.text("signature"),
    )
