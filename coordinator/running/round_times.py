"""Tells how long each round of a job took, from message to message."""

from __future__ import annotations

from itertools import pairwise

from sqlalchemy import select

from coordinator.database.running import GridMessageRow, RunRow
from coordinator.database.sessions import Database
from onggi.errors import Refused


def round_times_ms(database: Database, job: str) -> list[float]:
    """Milliseconds from each message to the next one. The last round has no next message and is left out.

    Raises:
        Refused: ``job.not_found`` where the job was never started.
    """
    with database.reading() as session:
        run = session.scalar(select(RunRow).where(RunRow.job == job))
        if run is None:
            raise Refused("job.not_found")
        wanted = select(GridMessageRow.sent).where(GridMessageRow.run == run.id)
        sent = list(session.scalars(wanted.order_by(GridMessageRow.ordinal)))
    return [(later - earlier).total_seconds() * 1000 for earlier, later in pairwise(sent)]
