"""What the console's parts share: the node's state, its stored objects, a clock and a hasher of passwords."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from argon2 import PasswordHasher
from sqlalchemy.orm import Session, sessionmaker

from node.console.books_watch import BooksWatch
from node.console.papers_to_sign import PapersToSign, Throttle
from node.console.shown_bundles import ShownBundles
from node.registers.audit import lock_registers
from node.registers.objects import ObjectStore
from node.registers.outbox import NodeOutbox
from node.settings import NodeSettings
from node.sources import Clock, system_clock
from node.state.engine import open_state, sessions
from onggi.errors import Refused
from pages.passwords import Passwords


def new_secret() -> str:
    """256 random bits, fit for a cookie."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, kw_only=True)
class ConsoleServices:
    """One console's surroundings. It opens neither the data store nor the link, and holds no key of them."""

    settings: NodeSettings
    sessions: sessionmaker[Session]
    objects: ObjectStore
    passwords: Passwords
    books: BooksWatch
    bundles: ShownBundles = field(default_factory=ShownBundles)
    clock: Clock = system_clock
    new_secret: Callable[[], str] = field(default=new_secret)

    @cached_property
    def papers_to_sign(self) -> PapersToSign:
        """Raises Refused(``signing.not_served_here``)."""
        if self.settings.signing is None:
            raise Refused("signing.not_served_here")
        return PapersToSign(page=self.settings.signing, throttle=Throttle(self.clock))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking."""
        with self.sessions() as session:
            yield session

    @contextmanager
    def deciding(self) -> Iterator[tuple[Session, NodeOutbox]]:
        """One transaction, and the outbox that writes into it.

        The registers' lock is taken first: of two answers to one question sent at the same time, the second
        sees what the first decided.
        """
        outbox = NodeOutbox(self.sessions, self.objects, site=self.settings.site)
        with self.sessions.begin() as session:
            lock_registers(session)
            yield session, outbox


def open_console(
    settings: NodeSettings, *, clock: Clock = system_clock, hasher: PasswordHasher | None = None
) -> ConsoleServices:
    """Raises Refused where the node's state is not usable."""
    return ConsoleServices(
        settings=settings,
        sessions=sessions(open_state(settings.database)),
        objects=ObjectStore(settings.objects),
        passwords=Passwords.with_hasher(hasher or PasswordHasher()),
        books=BooksWatch(settings),
        clock=clock,
    )
