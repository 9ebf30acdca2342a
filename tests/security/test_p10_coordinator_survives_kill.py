"""P10 at the coordinator: what was acknowledged before kill -9 is there afterwards, once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from coordinator.audit.trail import check_chain
from coordinator.audit.vocabulary import AuditEvent
from coordinator.database.ledger import AuditRow
from coordinator.database.sessions import open_database
from coordinator.database.work import ProjectRow
from tests.support.coordinator_house import furnished_house
from tests.support.postgres import find_binaries

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from coordinator.database.sessions import open_database
from coordinator.projects.project_store import ProjectStore
from coordinator.sources import TimeOrderedIds, system_clock
store = ProjectStore(database=open_database(sys.argv[1]), clock=system_clock, new_id=TimeOrderedIds())
while True:
    made = store.create(title="t", purpose="p", organisation="university-1", by="researcher-1")
    print(made.id, flush=True)
"""


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
@pytest.mark.parametrize("acknowledged", [1, 7, 40])
def test_nothing_acknowledged_is_lost(tmp_path: Path, backend: str, acknowledged: int) -> None:
    assert find_binaries() is not None
    house = furnished_house(tmp_path, backend=backend)
    url = house.database.engine.url.render_as_string(hide_password=False)
    house.database.close()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert writer.stdout is not None
    told = [writer.stdout.readline().strip() for _ in range(acknowledged)]
    writer.kill()
    told += [line.strip() for line in writer.stdout.read().splitlines() if len(line) == len(told[0])]
    writer.stdout.close()
    writer.wait()
    database = open_database(url)
    with database.reading() as session:
        kept = set(session.scalars(select(ProjectRow.id)))
        wanted = select(func.count()).where(AuditRow.event == AuditEvent.PROJECT_CREATED.value)
        audited = session.scalar(wanted)
        check_chain(session)
    database.close()
    assert len(told) >= acknowledged
    assert set(told) <= kept
    assert audited == len(kept) <= len(told) + 1
