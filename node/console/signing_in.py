"""Lets a person in by password, and slows down whoever guesses.

* An attempt is counted before the password is looked at: guesses made at the same time count one by one.
* An unknown name, a closed account and a wrong password get the same answer after the same work.
* The price is known: whoever reaches the console can lock a name for some minutes. Sessions go on.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from sqlalchemy import delete

from node.console.services import ConsoleServices
from node.console.sessions import begin_session
from node.registers.audit import NodeEvent, record_event
from node.state.tables import ConsoleAccount, ConsoleLoginWindow
from onggi.errors import Refused
from onggi.spec.base import as_instant

WINDOW: Final = timedelta(minutes=15)
MOST_ATTEMPTS: Final = 5


def sign_in(services: ConsoleServices, name: str, password: str) -> str:
    """The secret of a new session.

    Raises:
        Refused: ``console.too_many_attempts``, or ``console.sign_in_refused`` whatever was wrong.
    """
    _count_attempt(services, name)
    with services.reading() as session:
        account = session.get(ConsoleAccount, name)
        stored = None if account is None or account.closed is not None else account.password_hash
    is_right = services.passwords.is_right(password, stored)
    secret = begin_session(services, name, checked=stored) if is_right and stored is not None else None
    if secret is None:
        _record_failure(services, name)
        raise Refused("console.sign_in_refused")
    with services.sessions.begin() as session:
        session.execute(delete(ConsoleLoginWindow).where(ConsoleLoginWindow.name_digest == _key(name)))
    return secret


def _count_attempt(services: ConsoleServices, name: str) -> None:
    now = services.clock()
    with services.deciding() as (session, _):
        past = ConsoleLoginWindow.opened <= as_instant(now - WINDOW)
        session.execute(delete(ConsoleLoginWindow).where(past))
        window = session.get(ConsoleLoginWindow, _key(name))
        if window is None:
            session.add(ConsoleLoginWindow(name_digest=_key(name), opened=as_instant(now), attempts=1))
            return
        if window.attempts >= MOST_ATTEMPTS:
            raise Refused("console.too_many_attempts", minutes=int(WINDOW.total_seconds() // 60))
        window.attempts += 1


def _record_failure(services: ConsoleServices, name: str) -> None:
    # The name as typed may be a password in the wrong field: the trail keeps only its hash.
    now = services.clock()
    with services.deciding() as (session, _):
        record_event(session, NodeEvent.SIGN_IN_REFUSED, about=f"name-{_key(name)[:16]}", now=now)


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
