"""One act of the committee: the words that are signed, who has signed, and how to sign or take it back."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.accounts.roles import Role
from coordinator.api.parts import StatementName
from coordinator.pages.access import Visiting
from coordinator.pages.history import OF_STATEMENT, history_of
from coordinator.pages.routes import page_router
from coordinator.pages.signing_hosts import signing_hosts
from coordinator.pages.status_words import STATEMENT_WORDS
from coordinator.states import StatementState
from onggi.protocol.canonical import digest_of

router = page_router()


@router.get("/{language}/statements/{statement}", name="page_statement_get")
def statement_page(statement: StatementName, visit: Visiting) -> HTMLResponse:
    """The signer's words in full. Signing happens elsewhere: never on a page that this server made."""
    found = visit.services.statements.get(statement)
    caller = visit.person
    is_open = found.state is StatementState.OPEN
    return visit.answer(
        "coordinator/statement.html",
        statement=found,
        status=STATEMENT_WORDS[found.state],
        payload_digest=digest_of(found.envelope.model_copy(update={"signatures": ()})),
        has_signed=caller.member in found.signed_by,
        may_sign=is_open and caller.member is not None,
        may_withdraw=is_open and found.created_by == caller.account,
        hosts=signing_hosts(visit, "committee") if Role.COMMITTEE in caller.roles else [],
        history=history_of(visit, found.id, OF_STATEMENT),
    )


@router.get("/{language}/statements/{statement}/withdraw", name="page_statement_withdraw_ask")
def withdraw_ask(statement: StatementName, visit: Visiting) -> HTMLResponse:
    """Says what taking back means before it is done."""
    found = visit.services.statements.get(statement)
    is_open = found.state is StatementState.OPEN
    return visit.answer("coordinator/statement_withdraw.html", statement=found, is_open=is_open)


@router.post("/{language}/statements/{statement}/withdraw", name="page_statement_withdraw")
def withdraw(statement: StatementName, visit: Visiting) -> Response:
    visit.services.statements.withdraw(statement, by=visit.person)
    return RedirectResponse(visit.address("statements", statement), HTTPStatus.SEE_OTHER)
