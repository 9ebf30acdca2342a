"""Two operators give somebody a way in again, and that person uses it."""

from __future__ import annotations

import unicodedata
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.pages.access import Visit, Visiting
from coordinator.pages.history import OF_RECOVERY, history_of
from coordinator.pages.status_words import RECOVERY_WORDS
from onggi.errors import OnggiError, Refused
from onggi.words import public_words
from pages.gate import page_router
from pages.problems import Problems
from pages.strangers import answer_anybody
from pages.visitors import SESSION, forget_secret

router = page_router()
RecoveryName = Annotated[str, Path(alias="recovery", pattern=r"^[a-z][a-z0-9-]{0,79}$")]
_MOST: Final = 100
_LONGEST_REASON: Final = 300
_LONGEST_NAME: Final = 63
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@router.get("/{language}/recoveries", name="page_recoveries")
def recoveries(visit: Visiting) -> HTMLResponse:
    return _list(visit)


@router.post("/{language}/recoveries", name="page_recovery_open")
def recovery_open(visit: Visiting) -> Response:
    account, reason = visit.entries.text("account"), visit.entries.text("reason")
    problems = Problems(visit.language)
    if not 0 < len(reason) <= _LONGEST_REASON or any(unicodedata.category(s) in _UNSEEN for s in reason):
        problems.add("reason", Refused("page.one_line", longest=_LONGEST_REASON))
    if not problems:
        with problems.at("account"):
            opened = visit.services.recoveries.open(
                account[: _LONGEST_NAME + 1], reason=reason, by=visit.person.account
            )
            return RedirectResponse(visit.address("recoveries", opened.id), HTTPStatus.SEE_OTHER)
    return _list(visit, problems=problems)


def _list(visit: Visit, *, problems: Problems | None = None) -> HTMLResponse:
    return visit.answer(
        "coordinator/recoveries.html",
        answer_status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        recoveries=visit.services.recoveries.newest(limit=_MOST),
        states=RECOVERY_WORDS,
        account=visit.entries.text("account"),
        reason=visit.entries.text("reason"),
        problems=problems or Problems(visit.language),
    )


@router.get("/{language}/recoveries/{recovery}", name="page_recovery_get")
def recovery_get(recovery: RecoveryName, visit: Visiting) -> HTMLResponse:
    found = visit.services.recoveries.get(recovery)
    why_not = ""
    try:
        visit.services.recoveries.check_may_confirm(recovery, by=visit.person.account)
    except OnggiError as refused:
        why_not = public_words(refused, visit.language)[0]
    return visit.answer(
        "coordinator/recovery.html",
        recovery=found,
        state=RECOVERY_WORDS[found.state],
        why_not=why_not,
        history=history_of(visit, recovery, OF_RECOVERY),
    )


@router.post("/{language}/recoveries/{recovery}/confirm", name="page_recovery_confirm")
def recovery_confirm(recovery: RecoveryName, visit: Visiting) -> HTMLResponse:
    """The secret is shown this once, so the answer is the page itself."""
    secret = visit.services.recoveries.confirm(recovery, by=visit.person.account)
    found = visit.services.recoveries.get(recovery)
    address = visit.services.web_origin + visit.address("recover")
    shown = visit.at(visit.address("recoveries", recovery))
    return shown.answer("coordinator/recovery_secret.html", recovery=found, secret=secret, address=address)


@router.post("/{language}/recoveries/{recovery}/cancel", name="page_recovery_cancel")
def recovery_cancel(recovery: RecoveryName, visit: Visiting) -> Response:
    visit.services.recoveries.cancel(recovery, by=visit.person.account)
    return RedirectResponse(visit.address("recoveries", recovery), HTTPStatus.SEE_OTHER)


@router.get("/{language}/recover", name="page_recover_ask")
def recover_ask(visit: Visiting) -> HTMLResponse:
    return _recover_page(visit)


@router.post("/{language}/recover", name="page_recover")
def recover(visit: Visiting) -> Response:
    entries, services = visit.entries, visit.services
    new = entries.text("password_new")
    problems = Problems(visit.language)
    if new != entries.text("password_again"):
        problems.add("password_again", Refused("password.not_the_same"))
    with problems.at("password_new"):
        services.passwords.check_length(new)
    if not problems:
        with problems.at("password_secret"), services.sources.attempt(visit.source):
            services.recoveries.use(
                entries.text("password_secret"),
                password=new,
                remove_others=entries.is_ticked("remove_others"),
            )
            answer = RedirectResponse(visit.address("sign-in"), HTTPStatus.SEE_OTHER)
            forget_secret(answer, SESSION)
            return answer
    return _recover_page(visit, problems=problems)


def _recover_page(visit: Visit, *, problems: Problems | None = None) -> HTMLResponse:
    return answer_anybody(
        visit,
        "coordinator/recover.html",
        new_secret=visit.services.new_secret(),
        answer_status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        ticked=["yes"] if visit.entries.is_ticked("remove_others") else [],
        problems=problems or Problems(visit.language),
    )
