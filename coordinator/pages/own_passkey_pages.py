"""Adding and removing one's own sign-in passkeys."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from coordinator.accounts.passkeys import checked_label
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.account_pages import own_ways, to_account, to_confirm
from coordinator.pages.passkey_pages import answer_of
from onggi.errors import OnggiError
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
PasskeyName = Annotated[str, Path(alias="passkey", pattern=r"^[a-z][a-z0-9-]{0,79}$")]


@router.get("/{language}/account/passkeys/new", name="page_passkey_new")
def passkey_new(visit: Visiting) -> Response:
    return _name_page(visit) if visit.own_session.is_fresh else to_confirm(visit)


@router.post("/{language}/account/passkeys/new", name="page_passkey_new_ask")
def passkey_new_ask(visit: Visiting) -> Response:
    if not visit.own_session.is_fresh:
        return to_confirm(visit)
    problems = Problems(visit.language)
    with problems.at("label"):
        checked_label(visit.entries.text("label"))
    if problems:
        return _name_page(visit, problems=problems)
    return _make_page(visit)


@router.post("/{language}/account/passkeys", name="page_passkey_add")
def passkey_add(visit: Visiting) -> Response:
    if not visit.own_session.is_fresh:
        return to_confirm(visit)
    try:
        visit.services.passkeys.add(
            visit.person.account,
            answer_of(visit.entries),
            label=visit.entries.text("label"),
            binding=visit.frame.form_token,
        )
    except OnggiError as wrong:
        return _make_page(visit, wrong=wrong)
    return to_account(visit, done="passkey", new_secret=True)


def _name_page(visit: Visit, *, problems: Problems | None = None) -> HTMLResponse:
    return visit.answer(
        "coordinator/passkey_name.html",
        answer_status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        label=visit.entries.text("label"),
        problems=problems or Problems(visit.language),
    )


def _make_page(visit: Visit, *, wrong: OnggiError | None = None) -> HTMLResponse:
    services, me = visit.services, visit.person.account
    services.sources.ask(visit.source)
    challenge = services.passkeys.ask("register", binding=visit.frame.form_token, account=me)
    problems = Problems(visit.language)
    if wrong is not None:
        problems.add("", wrong)
    data = {
        "passkey": "new",
        "challenge": challenge.value,
        "rp": challenge.rp_id,
        "site": visit.say("site.coordinator"),
        "user": services.passkeys.user_handle(me),
        "name": me,
        "known": " ".join(each.credential for each in services.passkeys.of_account(me)),
    }
    return visit.at(visit.address("account", "passkeys", "new")).answer(
        "coordinator/passkey_make.html",
        answer_status=HTTPStatus.OK if wrong is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        origin=challenge.origin,
        nonce=challenge.nonce,
        label=visit.entries.text("label"),
        data=data,
        problems=problems,
    )


@router.get("/{language}/account/passkeys/{passkey}/remove", name="page_passkey_remove_ask")
def passkey_remove_ask(passkey: PasskeyName, visit: Visiting) -> Response:
    if not visit.own_session.is_fresh:
        return to_confirm(visit)
    found = visit.services.passkeys.get(passkey)
    return visit.answer("coordinator/passkey_remove.html", passkey=found, ways=own_ways(visit))


@router.post("/{language}/account/passkeys/{passkey}/remove", name="page_passkey_remove")
def passkey_remove(passkey: PasskeyName, visit: Visiting) -> Response:
    if not visit.own_session.is_fresh:
        return to_confirm(visit)
    visit.services.passkeys.remove(passkey, by=visit.person.account)
    return to_account(visit, done="removed", new_secret=True)
