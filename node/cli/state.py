"""Opens the node's state for one command: to read, or to write in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy.orm import Session, sessionmaker

from node.cli.places import placed
from node.registers.objects import ObjectStore
from node.registers.outbox import NodeOutbox
from node.registers.policies import current_policy
from node.settings import NodeSettings
from node.state.engine import open_state, sessions


@contextlib.contextmanager
def _maker(settings: NodeSettings) -> Iterator[sessionmaker[Session]]:
    with placed(path=str(settings.home / "state.sqlite") if settings.state_url is None else None):
        engine = open_state(settings.database)
    try:
        yield sessions(engine)
    finally:
        engine.dispose()


@contextlib.contextmanager
def reading(settings: NodeSettings) -> Iterator[Session]:
    """A session for looking."""
    with _maker(settings) as maker, maker() as session:
        yield session


@contextlib.contextmanager
def deciding(settings: NodeSettings) -> Iterator[tuple[Session, NodeOutbox]]:
    """One transaction, and the outbox that writes into it."""
    with _maker(settings) as maker:
        outbox = NodeOutbox(maker, ObjectStore(settings.objects), site=settings.site)
        with maker.begin() as session:
            yield session, outbox


def with_policy_in_force(settings: NodeSettings) -> NodeSettings:
    """The settings with the policy that counts now, wherever it was set last."""
    with reading(settings) as session:
        policy = current_policy(session, ObjectStore(settings.objects), settings)
    return settings.model_copy(update={"policy": policy})
