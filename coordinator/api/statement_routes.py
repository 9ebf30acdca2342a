"""The committee's desk: draft, read what waits for me, sign, withdraw."""

from __future__ import annotations

from pydantic import JsonValue

from coordinator.api.access import Asking, Wired
from coordinator.api.parts import (
    After,
    IdempotencyKey,
    Limit,
    Page,
    StatementName,
    new_router,
    page_of,
)
from coordinator.committee.drafts import ActName
from coordinator.committee.statement_store import StatementView
from coordinator.database.idempotency import Once
from coordinator.roles import Role
from coordinator.states import StatementState
from onggi.protocol.dsse import Envelope
from onggi.spec.base import Frozen

router = new_router("statements")


class DraftRequest(Frozen):
    """What is to be stated. Id, federation, date of issue and summary are filled in."""

    act: ActName
    fields: dict[str, JsonValue]


@router.get("/statements", name="statements_list")
def statements_list(
    services: Wired,
    caller: Asking,
    after: After = "",
    limit: Limit = 50,
    state: StatementState | None = None,
    waiting: bool = False,
) -> Page[StatementView]:
    """`waiting`: only those that this member may sign and has not signed yet."""
    waiting_for = caller if waiting and Role.COMMITTEE in caller.roles else None
    found = services.statements.statements(after=after, limit=limit, state=state, waiting_for=waiting_for)
    return page_of(found, limit=limit, key=lambda statement: statement.id)


@router.post("/statements", name="statement_draft", status_code=201)
def statement_draft(
    request: DraftRequest, services: Wired, caller: Asking, key: IdempotencyKey = None
) -> StatementView:
    once = None
    if key is not None:
        once = Once(account=caller.account, key=key, request=["statement", request.model_dump(mode="json")])
    return services.statements.draft(request.act, request.fields, by=caller, once=once)


@router.post("/statements/signed", name="statement_take_signed", status_code=201)
def statement_take_signed(envelope: Envelope, services: Wired, caller: Asking) -> StatementView:
    """Takes a statement that was written and signed elsewhere, with one signature or a whole quorum."""
    return services.statements.take_signed(envelope, by=caller)


@router.get("/statements/{statement}", name="statement_get")
def statement_get(statement: StatementName, services: Wired) -> StatementView:
    return services.statements.get(statement)


@router.post("/statements/{statement}/signatures", name="statement_sign")
def statement_sign(
    statement: StatementName, envelope: Envelope, services: Wired, caller: Asking
) -> StatementView:
    """Adds signatures over exactly this payload; the one that completes the quorum takes effect."""
    return services.statements.sign(statement, envelope, by=caller)


@router.post("/statements/{statement}/withdraw", name="statement_withdraw")
def statement_withdraw(statement: StatementName, services: Wired, caller: Asking) -> StatementView:
    """Its author takes an open statement back."""
    return services.statements.withdraw(statement, by=caller)
