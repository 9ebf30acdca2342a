"""Who of this hospital may open the console: those who decide, and auditors who see all and change nothing.

* Accounts are made at the node's own command line, by whoever may run it; the coordinator knows none of them.
* Closing an account or setting its password ends its sessions in the same transaction.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from node.registers.audit import NodeEvent, lock_registers, record_event
from node.state.tables import ConsoleAccount, ConsoleSession
from onggi.errors import Refused
from onggi.spec.base import as_instant
from pages.passwords import Passwords

_NAME: Final = re.compile(r"[a-z][a-z0-9.-]{0,39}")


class ConsoleRole(StrEnum):
    """What an account may do."""

    IT = "it"
    AUDITOR = "auditor"


def record_account(
    session: Session, name: str, *, role: ConsoleRole, password: str, passwords: Passwords, now: datetime
) -> None:
    """Adds an account.

    Raises:
        Refused: ``console.account_name``, ``console.account_exists``, ``password.length``.
    """
    if not _NAME.fullmatch(name):
        raise Refused("console.account_name", name=name)
    hashed = passwords.hash(password)
    lock_registers(session)
    if session.get(ConsoleAccount, name) is not None:
        raise Refused("console.account_exists", name=name)
    session.add(
        ConsoleAccount(name=name, password_hash=hashed, role=str(role), created=as_instant(now), closed=None)
    )
    record_event(session, NodeEvent.ACCOUNT_ADDED, about=name, now=now, facts={"role": str(role)})


def record_password(
    session: Session, name: str, *, password: str, passwords: Passwords, now: datetime
) -> None:
    """Sets another password, and ends the account's sessions.

    Raises:
        Refused: ``console.account_not_found`` where there is none or it is closed; ``password.length``.
    """
    hashed = passwords.hash(password)
    lock_registers(session)
    account = session.get(ConsoleAccount, name)
    if account is None or account.closed is not None:
        raise Refused("console.account_not_found", name=name)
    account.password_hash = hashed
    end_sessions(session, name, now=now)
    record_event(session, NodeEvent.PASSWORD_SET, about=name, now=now)


def record_closing(session: Session, name: str, *, now: datetime) -> bool:
    """Closes an account for good and ends its sessions. False where that was so already.

    Raises:
        Refused: ``console.account_not_found``.
    """
    lock_registers(session)
    account = session.get(ConsoleAccount, name)
    if account is None:
        raise Refused("console.account_not_found", name=name)
    if account.closed is not None:
        return False
    account.closed = as_instant(now)
    end_sessions(session, name, now=now)
    record_event(session, NodeEvent.ACCOUNT_CLOSED, about=name, now=now)
    return True


def end_sessions(session: Session, name: str, *, now: datetime) -> None:
    """Ends every session of an account; the caller writes the event that says why."""
    still_open = (ConsoleSession.account == name) & ConsoleSession.ended.is_(None)
    session.execute(update(ConsoleSession).where(still_open).values(ended=as_instant(now)))


def list_accounts(session: Session) -> list[ConsoleAccount]:
    """Every account, closed ones too."""
    return list(session.scalars(select(ConsoleAccount).order_by(ConsoleAccount.name)))
