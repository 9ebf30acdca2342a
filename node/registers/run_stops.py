"""Which runs the hospital wants to end: written by its people, carried out by the running node.

From the moment the row is written nothing of that run leaves, even before the node has ended it.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from node.decisions.run_states import FINAL
from node.state.tables import Run, RunStop, table_of
from onggi.errors import Refused

STOPPED_BY_HOSPITAL = "run.stopped"
"""All that the coordinator learns: the hospital stopped it. Why stays here."""
_STOPS = table_of(RunStop)
_FIND = select(_STOPS.c.run).where(_STOPS.c.run == bindparam("wanted"))


def is_stopped(session: Session, run: str) -> bool:
    return session.scalar(_FIND, {"wanted": run}) is not None


def check_not_stopped(session: Session, run: str) -> None:
    """Raises Refused(``run.stopped``)."""
    if is_stopped(session, run):
        raise Refused(STOPPED_BY_HOSPITAL)


def list_to_end(session: Session) -> Collection[str]:
    """Runs that the hospital stopped and that have not ended yet."""
    not_over = Run.state.not_in([*map(str, FINAL)])
    return list(session.scalars(select(RunStop.run).join(Run, Run.run == RunStop.run).where(not_over)))
