"""Writes down what happened at this hospital, each event chained to the one before it.

`record_event` runs in the caller's transaction: a change whose event cannot be written does not happen,
and nothing starts or leaves while the register cannot be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from node.registers.chained_rows import ChainedRows
from node.state.tables import AuditEvent, table_of
from node.state.tables import Fact as StateFact
from onggi.errors import Fact
from onggi.protocol.canonical import canonical_json
from onggi.spec.base import as_instant

_EVENTS = table_of(AuditEvent)
_CHAIN = ChainedRows(
    table=_EVENTS, number="number", content=("at", "event", "about", "facts"), failure="audit.chain_broken"
)
# It changes no row, but as a write it takes SQLite's write lock before the last entry is read.
_TAKE_WRITE_LOCK = update(table_of(StateFact)).where(table_of(StateFact).c.name == "").values(value="")


class NodeEvent(StrEnum):
    """Closed vocabulary `source:subject:action`; a retired tag stays listed and is not used again."""

    ROOT_PINNED = "node:root:pin"
    ROOT_ADVANCED = "node:root:advance"
    DATA_LOADED = "node:data:load"
    CARD_MADE = "node:card:make"
    TWIN_MADE = "node:twin:make"
    QUALITY_CHECKED = "hospital:quality:check"
    QUALITY_CARD_WRITTEN = "hospital:quality:write_card"
    VOCABULARY_LOADED = "node:vocabulary:load"
    ORDER_ACCEPTED = "node:order:accept"
    ORDER_ASKED = "node:order:ask"
    ORDER_DECLINED = "node:order:decline"
    CONSENT_GIVEN = "hospital:order:consent"
    CONSENT_REFUSED = "hospital:order:refuse"
    RUN_STOPPED = "hospital:run:stop"
    RUN_STARTED = "node:run:start"
    RUN_ENDED = "node:run:end"
    WORKSPACE_DESTROYED = "node:workspace:destroy"
    REPLY_RELEASED = "node:reply:release"
    REPLY_HELD = "node:reply:hold"
    REPLY_WITHHELD = "node:reply:withhold"
    HELD_APPROVED = "hospital:reply:approve"
    HELD_REFUSED = "hospital:reply:refuse"
    SUM_UNMASKED = "node:sum:unmask"
    PERMIT_WITHDRAWN = "committee:permit:withdraw"
    NODE_PAUSED = "hospital:node:pause"
    NODE_RESUMED = "hospital:node:resume"
    POLICY_CHANGED = "hospital:policy:change"
    CEILING_SET = "hospital:budget:set_ceiling"
    DATASET_ASSIGNED = "hospital:budget:assign_dataset"
    POPULATIONS_JOINED = "hospital:budget:join_populations"
    BUDGET_RESERVED = "node:budget:reserve"
    BUDGET_CHARGED = "node:budget:charge"
    BUDGET_RETURNED = "node:budget:give_back"
    CHECKPOINT_SIGNED = "node:checkpoint:cosign"
    MESSAGE_REFUSED = "node:message:refuse"
    LETTER_WRITTEN = "hospital:letter:write"
    ACCOUNT_ADDED = "hospital:account:add"
    ACCOUNT_CLOSED = "hospital:account:close"
    PASSWORD_SET = "hospital:account:set_password"  # noqa: S105 -- the tag of an event
    SIGNED_IN = "hospital:session:begin"
    SIGNED_OUT = "hospital:session:end"
    SIGN_IN_REFUSED = "node:session:refuse"


def lock_registers(session: Session) -> None:
    """Waits until nobody else appends, until the transaction ends.

    The running node and the command line are two processes: without this both could read the same last
    entry, and the chain would fork.
    """
    here = session.get_transaction()
    if here is not None and session.info.get("registers_locked_in") is here:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(1869506409)"))
    else:
        session.execute(_TAKE_WRITE_LOCK)
    session.info["registers_locked_in"] = session.get_transaction()


def record_event(
    session: Session, event: NodeEvent, *, about: str, now: datetime, facts: Mapping[str, Fact] | None = None
) -> None:
    """Appends an event in the session's transaction. Facts: codes and byte counts, no patient value."""
    lock_registers(session)
    row = {
        "at": as_instant(now),
        "event": str(event),
        "about": about,
        "facts": canonical_json(dict(facts or {})).decode(),
    }
    session.execute(_EVENTS.insert(), _CHAIN.link(session, row))


def check_chain(session: Session) -> int:
    """How many events the chain holds. Raises NotTrusted(``audit.chain_broken``) at the first break."""
    return _CHAIN.check(session)[0]
