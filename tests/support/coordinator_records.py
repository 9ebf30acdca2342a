"""A coordinator's records under test, whatever database holds them: every test leaves trail and log sound."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from coordinator.audit.trail import check_chain
from coordinator.database.ledger import AuditRow
from coordinator.transparency.verify_log import check_log
from onggi.errors import OnggiError
from tests.support.coordinator_house import House, furnished_house
from tests.support.federation_root import ORIGIN, key

BACKENDS = ("sqlite", "postgresql")


@contextmanager
def sound_house(folder: Path, *, backend: str) -> Iterator[House]:
    """A furnished coordinator; whatever a test did with it, audit trail and log must be whole afterwards."""
    built = furnished_house(folder, backend=backend)
    yield built
    with built.database.reading() as session:
        check_chain(session)
    check_log(built.database, origin=ORIGIN, log_key=key("log").public_key)
    built.database.close()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(OnggiError) as caught:
        act()
    return caught.value.code


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Runs acts at the same moment; a refusal is returned instead of raised."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except OnggiError as error:
            return error.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def audit_events(house: House, subject: str) -> list[str]:
    with house.database.reading() as session:
        wanted = select(AuditRow.event).where(AuditRow.subject == subject).order_by(AuditRow.seq)
        return list(session.scalars(wanted))
