"""Slows down whoever guesses from one place, whatever name is tried.

* The place is the peer's address; what a request says of its sender counts only from a configured proxy.
* IPv6 addresses count by their network of 64 bits: one machine has them all.
* Only failures stay counted, so that a hospital behind one address is not locked out by its own people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from sqlalchemy import delete

from coordinator.database.people import LoginWindowRow
from coordinator.database.sessions import Database
from coordinator.sources import Clock
from onggi.errors import Refused

WINDOW: Final = timedelta(minutes=15)
MOST_FAILURES: Final = 60
MOST_QUESTIONS: Final = 300
_LONGEST: Final = 100


def find_source(peer: str, *, forwarded: str, proxies: Collection[str]) -> str:
    """Where a request comes from. `forwarded` is the header `X-Forwarded-For`, nearest sender last."""
    found = peer
    for hop in reversed(forwarded.split(",")):
        if found not in proxies or not hop.strip():
            break
        found = hop.strip()
    return _network(found[:_LONGEST])


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLimits:
    """Counts what comes from one place in a window of time."""

    database: Database
    clock: Clock

    @contextmanager
    def attempt(self, source: str | None) -> Iterator[None]:
        """An attempt to get in: counted before it is looked at, and forgotten again where it succeeds."""
        if source is None:
            yield
            return
        key = _key("attempt", source)
        self._count(key, most=MOST_FAILURES)
        yield
        with self.database.writing() as session:
            window = session.get(LoginWindowRow, key)
            if window is not None:
                window.attempts = max(0, window.attempts - 1)

    def ask(self, source: str | None) -> None:
        """A question that makes the coordinator write something down. Raises as `attempt` does."""
        if source is not None:
            self._count(_key("question", source), most=MOST_QUESTIONS)

    def _count(self, key: str, *, most: int) -> None:
        now = self.clock()
        with self.database.writing() as session:
            session.execute(delete(LoginWindowRow).where(LoginWindowRow.opened <= now - WINDOW))
            window = session.get(LoginWindowRow, key)
            if window is None:
                session.add(LoginWindowRow(name_digest=key, opened=now, attempts=1))
                return
            if window.attempts >= most:
                raise Refused("login.too_many_from_here", minutes=int(WINDOW.total_seconds() // 60))
            window.attempts += 1


def _key(what: str, source: str) -> str:
    # No name that a person can type holds this sign, so that no name ever shares a place's count.
    return hashlib.sha256(f"{what}\0{source}".encode()).hexdigest()
