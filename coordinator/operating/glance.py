"""Gathers from the records what an operator has to see at one glance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from coordinator.database.operating import AccountRequestRow
from coordinator.database.sessions import Database
from coordinator.database.work import JobRow, StatementRow
from coordinator.decisions.attention import (
    STUCK_AFTER,
    Glance,
    NodeView,
    Standing,
    Waiting,
    find_stuck,
    how_long,
    view_node,
)
from coordinator.decisions.readiness import Paper
from coordinator.federation.root_store import RootStore
from coordinator.hospitals.sighting_store import SightingStore
from coordinator.operating.training_store import TrainingStore
from coordinator.sources import Clock
from coordinator.states import AccountRequestState, JobState, StatementState
from onggi import __version__

_OPEN = (AccountRequestState.REQUESTED.value, AccountRequestState.VOUCHED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glances:
    """Reads only."""

    database: Database
    clock: Clock
    roots: RootStore
    sightings: SightingStore
    trainings: TrainingStore
    connected: Callable[[], frozenset[str]]

    def look(self) -> Glance:
        now, root = self.clock(), self.roots.find_current()
        with self.database.reading() as session:
            states = [state.value for state in STUCK_AFTER]
            wanted = select(JobRow.id, JobRow.title, JobRow.state, JobRow.state_since)
            jobs = [
                Standing(job=job, title=title, state=JobState(state), since=since)
                for job, title, state, since in session.execute(wanted.where(JobRow.state.in_(states)))
            ]
            open_ones = select(StatementRow.created).where(StatementRow.state == StatementState.OPEN.value)
            statements = list(session.scalars(open_ones))
            requests = select(func.count()).select_from(AccountRequestRow)
            waiting = session.scalar(requests.where(AccountRequestRow.state.in_(_OPEN))) or 0
        return Glance(
            stuck=find_stuck(jobs, now=now),
            nodes=self.nodes(),
            statements=how_long(statements, now=now),
            approvals=_since(jobs, JobState.WAITING_FOR_APPROVAL, now=now),
            exports=_since(jobs, JobState.HELD, now=now),
            open_requests=waiting,
            papers=sum(each.paper in (Paper.EXPIRED, Paper.ENDS_SOON) for each in self.trainings.readiness()),
            root_ends=None if root is None else root.expires,
        )

    def nodes(self) -> tuple[NodeView, ...]:
        """Every hospital of the federation root, in its order."""
        root, now = self.roots.find_current(), self.clock()
        known, connected = self.sightings.all(), self.connected()
        return tuple(
            view_node(
                hospital.site,
                hospital.name,
                seen=known.get(hospital.site),
                is_connected=hospital.site in connected,
                software=__version__,
                now=now,
            )
            for hospital in (root.hospitals if root is not None else ())
        )


def _since(jobs: list[Standing], state: JobState, *, now: datetime) -> Waiting:
    return how_long([each.since for each in jobs if each.state is state], now=now)
