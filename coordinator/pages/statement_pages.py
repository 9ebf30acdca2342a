"""One act of the committee: the words that are signed, who has signed, and how to sign or take it back."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.api.parts import StatementName
from coordinator.committee.drafts import read_act
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.history import OF_STATEMENT, history_of
from coordinator.pages.leaving import leaving_of
from coordinator.pages.signing_hosts import signing_hosts
from coordinator.pages.status_words import STATEMENT_WORDS
from coordinator.pages.terms_words import review_addresses, terms_in, told_terms
from coordinator.pages.threads import thread_of, with_messages
from coordinator.permissions import Thing
from coordinator.roles import Role
from coordinator.states import StatementState
from onggi.protocol.canonical import digest_of
from onggi.protocol.statements import JobApproval, ProjectPermit
from pages.gate import page_router
from pages.problems import Problems

router = page_router()


@router.get("/{language}/statements/{statement}", name="page_statement_get")
def statement_page(statement: StatementName, visit: Visiting) -> HTMLResponse:
    """The signer's words in full. Signing happens elsewhere: never on a page that this server made."""
    return draw_statement(visit, statement, problems=Problems(visit.language))


def draw_statement(
    visit: Visit, statement: str, *, problems: Problems, status: int = HTTPStatus.OK
) -> HTMLResponse:
    """The page, with what was wrong about a message that was entered."""
    found = visit.services.statements.get(statement)
    caller = visit.person
    is_open = found.state is StatementState.OPEN
    act = read_act(found.envelope, federation=visit.services.roots.get_current().federation)
    job = visit.services.jobs.find_by_digest(act.spec) if isinstance(act, JobApproval) else None
    told = None
    if isinstance(act, ProjectPermit):
        told = told_terms(visit, terms_in(act), reviewed=review_addresses(visit, act.project))
    thread = thread_of(visit, Thing.STATEMENT, found.id, address=visit.address("statements", found.id))
    return visit.answer(
        "coordinator/statement.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        statement=found,
        status=STATEMENT_WORDS[found.state],
        payload_digest=digest_of(found.envelope.model_copy(update={"signatures": ()})),
        has_signed=caller.member in found.signed_by,
        may_sign=is_open and caller.member is not None,
        may_withdraw=is_open and found.created_by == caller.account,
        hosts=signing_hosts(visit, "committee") if Role.COMMITTEE in caller.roles else [],
        job=job,
        told=told,
        card=None if job is None else leaving_of(visit, job),
        thread=thread,
        history=with_messages(visit, history_of(visit, found.id, OF_STATEMENT), thread),
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
