"""Decides what an operator looks at first: what is stuck, which node is silent, who has waited too long.

Everything is told from records alone: a node that is not connected may be switched off or may not reach us,
and nothing here claims to know which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from coordinator.states import JobState

STUCK_AFTER: Final[Mapping[JobState, timedelta]] = MappingProxyType(
    {
        JobState.SUBMITTED: timedelta(hours=1),
        JobState.WAITING_FOR_APPROVAL: timedelta(days=14),
        JobState.READY: timedelta(hours=24),
        JobState.RUNNING: timedelta(hours=24),
        JobState.HELD: timedelta(days=7),
    }
)
"""After how long in a state a job counts as stuck. The other states are ends."""
SILENT_AFTER: Final = timedelta(hours=1)
CLOCK_SKEW: Final = timedelta(minutes=5)
"""A node declines orders when its clock is further off than this."""
STATEMENT_WAITS: Final = timedelta(days=14)
ROOT_ENDS_SOON: Final = timedelta(days=60)


class NodeState(StrEnum):
    """How a hospital's node stands. `away`: seen lately and not connected now."""

    CONNECTED = "connected"
    AWAY = "away"
    SILENT = "silent"
    NEVER = "never"


class Remark(StrEnum):
    """What is odd about a node."""

    OTHER_SOFTWARE = "other_software"
    UNKNOWN_SOFTWARE = "unknown_software"
    CLOCK = "clock"


class Matter(StrEnum):
    """What an operator has to do, the most pressing first."""

    ROOT_MISSING = "root_missing"
    ROOT_ENDS = "root_ends"
    NODES_SILENT = "nodes_silent"
    JOBS_STUCK = "jobs_stuck"
    CLOCKS = "clocks"
    REQUESTS = "requests"
    NODES_NEVER = "nodes_never"
    STATEMENTS_WAIT = "statements_wait"
    SOFTWARE = "software"
    PAPERS = "papers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One job and since when it is in its state."""

    job: str
    title: str
    state: JobState
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A job that is longer in its state than the state allows."""

    standing: Standing
    allowed: timedelta
    beyond: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a node said of itself, and when."""

    greeted: datetime
    last_seen: datetime
    software: str
    protocol: tuple[int, int]
    clock_difference: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """One hospital's node as an operator sees it."""

    site: str
    name: str
    state: NodeState
    seen: Seen | None
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long a queue has waited, in days; None where it is empty."""

    count: int
    median_days: float | None
    longest_days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """Everything that the first page tells."""

    stuck: tuple[Stuck, ...]
    nodes: tuple[NodeView, ...]
    statements: Waiting
    approvals: Waiting
    exports: Waiting
    open_requests: int
    papers: int
    root_ends: datetime | None


def find_stuck(jobs: Iterable[Standing], *, now: datetime) -> tuple[Stuck, ...]:
    """The longest beyond its time first."""
    found = [
        Stuck(standing=each, allowed=allowed, beyond=now - each.since - allowed)
        for each in jobs
        if (allowed := STUCK_AFTER.get(each.state)) is not None and now - each.since > allowed
    ]
    return tuple(sorted(found, key=lambda each: (-each.beyond, each.standing.job)))


def view_node(
    site: str, name: str, *, seen: Seen | None, is_connected: bool, software: str, now: datetime
) -> NodeView:
    """`software` is the coordinator's own version."""
    return NodeView(
        site=site,
        name=name,
        state=_node_state(seen, is_connected=is_connected, now=now),
        seen=seen,
        remarks=() if seen is None else tuple(_remarks(seen, software=software)),
    )


def _node_state(seen: Seen | None, *, is_connected: bool, now: datetime) -> NodeState:
    if is_connected:
        return NodeState.CONNECTED
    if seen is None:
        return NodeState.NEVER
    return NodeState.SILENT if now - seen.last_seen > SILENT_AFTER else NodeState.AWAY


def _remarks(seen: Seen, *, software: str) -> Iterable[Remark]:
    if not seen.software:
        yield Remark.UNKNOWN_SOFTWARE
    elif seen.software != software:
        yield Remark.OTHER_SOFTWARE
    if seen.clock_difference is not None and abs(seen.clock_difference) > CLOCK_SKEW.total_seconds():
        yield Remark.CLOCK


def how_long(since: Sequence[datetime], *, now: datetime) -> Waiting:
    """Number, median and longest wait of a queue."""
    days = sorted(max(0.0, (now - each).total_seconds() / 86_400) for each in since)
    if not days:
        return Waiting(count=0, median_days=None, longest_days=None)
    return Waiting(count=len(days), median_days=median(days), longest_days=days[-1])


def median(ordered: Sequence[float]) -> float:
    """Of numbers in order, at least one."""
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def what_first(glance: Glance, *, now: datetime) -> tuple[tuple[Matter, int], ...]:
    """What has to be done and how often, the most pressing first; empty where nothing has."""
    nodes = glance.nodes
    counts = {
        Matter.ROOT_MISSING: int(glance.root_ends is None),
        Matter.ROOT_ENDS: int(glance.root_ends is not None and glance.root_ends - now < ROOT_ENDS_SOON),
        Matter.NODES_SILENT: sum(each.state is NodeState.SILENT for each in nodes),
        Matter.JOBS_STUCK: len(glance.stuck),
        Matter.CLOCKS: sum(Remark.CLOCK in each.remarks for each in nodes),
        Matter.REQUESTS: glance.open_requests,
        Matter.NODES_NEVER: sum(each.state is NodeState.NEVER for each in nodes),
        Matter.STATEMENTS_WAIT: int(
            (glance.statements.longest_days or 0.0) > STATEMENT_WAITS.total_seconds() / 86_400
        ),
        Matter.SOFTWARE: sum(Remark.OTHER_SOFTWARE in each.remarks for each in nodes),
        Matter.PAPERS: glance.papers,
    }
    return tuple((matter, counts[matter]) for matter in Matter if counts[matter])
