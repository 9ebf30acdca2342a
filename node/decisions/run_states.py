"""The life of a run at a hospital: who may move it from where to where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from onggi.errors import Refused


class RunState(StrEnum):
    """Where a run stands. The last four are final."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DECLINED = "declined"


class Party(StrEnum):
    """Who moves a run."""

    NODE = "node"
    HOSPITAL = "hospital"
    COORDINATOR = "coordinator"
    COMMITTEE = "committee"


@dataclass(frozen=True, slots=True)
class Move:
    """Who may make it, and the event it writes."""

    by: frozenset[Party]
    event: str


def _by(*parties: Party, event: str) -> Move:
    return Move(frozenset(parties), event)


_STOP = (Party.COORDINATOR, Party.HOSPITAL, Party.COMMITTEE, Party.NODE)

MOVES: dict[tuple[RunState, RunState], Move] = {
    (RunState.ASKED, RunState.ACCEPTED): _by(Party.HOSPITAL, event="hospital:order:consent"),
    (RunState.ASKED, RunState.DECLINED): _by(Party.HOSPITAL, Party.NODE, event="hospital:order:refuse"),
    (RunState.ASKED, RunState.CANCELLED): _by(*_STOP, event="node:run:end"),
    (RunState.ACCEPTED, RunState.RUNNING): _by(Party.NODE, event="node:run:start"),
    (RunState.ACCEPTED, RunState.FAILED): _by(Party.NODE, event="node:run:end"),
    (RunState.ACCEPTED, RunState.CANCELLED): _by(*_STOP, event="node:run:end"),
    (RunState.RUNNING, RunState.FINISHED): _by(Party.COORDINATOR, event="node:run:end"),
    (RunState.RUNNING, RunState.FAILED): _by(Party.NODE, Party.COORDINATOR, event="node:run:end"),
    (RunState.RUNNING, RunState.CANCELLED): _by(*_STOP, event="node:run:end"),
}

FINAL = frozenset({RunState.FINISHED, RunState.FAILED, RunState.CANCELLED, RunState.DECLINED})


def may_move(now: RunState, to: RunState, by: Party) -> bool:
    """Whether this party may make this move."""
    move = MOVES.get((now, to))
    return move is not None and by in move.by


def check_move(now: RunState, to: RunState, by: Party) -> Move:
    """The move. Raises Refused(``run.no_such_move``)."""
    move = MOVES.get((now, to))
    if move is None or by not in move.by:
        raise Refused("run.no_such_move", now=str(now), to=str(to))
    return move
