"""The life of a job, a permit, a statement and an export: which step follows which, and whose move it is.

The tables are the rule. `python -m coordinator states` prints them into docs/states.md, and a test walks
every pair of states with every party.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from coordinator.audit.vocabulary import AuditEvent
from onggi.errors import Refused


class Party(StrEnum):
    """Who can make a move."""

    RESEARCHER = "researcher"
    COMMITTEE = "committee"
    CHECKER = "output_checker"
    COORDINATOR = "coordinator"


class JobState(StrEnum):
    """How far one job has come. `held`: the result is computed and waits for the export votes."""

    SUBMITTED = "submitted"
    WAITING_FOR_APPROVAL = "waiting_for_approval"
    READY = "ready"
    RUNNING = "running"
    HELD = "held"
    RELEASED = "released"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class PermitState(StrEnum):
    """Whether a permit is in force."""

    VALID = "valid"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class StatementState(StrEnum):
    """Whether a drafted statement has its quorum."""

    OPEN = "open"
    COMPLETE = "complete"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ExportState(StrEnum):
    """How far the votes on one result have come. `more_votes`: two or more are in and do not decide yet."""

    NO_VOTE = "no_vote"
    ONE_VOTE = "one_vote"
    MORE_VOTES = "more_votes"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Move:
    """A permitted step: the parties who can make it, and the act that the audit trail shows."""

    by: frozenset[Party]
    event: AuditEvent


def _move(event: AuditEvent, *by: Party) -> Move:
    return Move(by=frozenset(by), event=event)


S = TypeVar("S", bound=StrEnum)
Moves = Mapping[tuple[S, S], Move]
_J, _P, _S, _X = JobState, PermitState, StatementState, ExportState
_RESEARCHER, _COMMITTEE, _CHECKER, _COORDINATOR = Party

JOB_MOVES: Moves[JobState] = MappingProxyType(
    {
        (_J.SUBMITTED, _J.READY): _move(AuditEvent.JOB_INSIDE_BOUNDS, _COORDINATOR),
        (_J.SUBMITTED, _J.WAITING_FOR_APPROVAL): _move(AuditEvent.JOB_NEEDS_VOTE, _COORDINATOR),
        (_J.WAITING_FOR_APPROVAL, _J.READY): _move(AuditEvent.JOB_APPROVED, _COMMITTEE),
        (_J.WAITING_FOR_APPROVAL, _J.REFUSED): _move(AuditEvent.JOB_REFUSED, _COMMITTEE),
        (_J.WAITING_FOR_APPROVAL, _J.CANCELLED): _move(AuditEvent.JOB_CANCELLED, _RESEARCHER),
        (_J.WAITING_FOR_APPROVAL, _J.EXPIRED): _move(AuditEvent.JOB_EXPIRED, _COORDINATOR),
        (_J.READY, _J.RUNNING): _move(AuditEvent.JOB_STARTED, _COORDINATOR),
        (_J.READY, _J.REFUSED): _move(AuditEvent.JOB_REFUSED, _COMMITTEE),
        (_J.READY, _J.CANCELLED): _move(AuditEvent.JOB_CANCELLED, _RESEARCHER),
        (_J.READY, _J.FAILED): _move(AuditEvent.JOB_FAILED, _COORDINATOR),
        (_J.READY, _J.EXPIRED): _move(AuditEvent.JOB_EXPIRED, _COORDINATOR),
        (_J.RUNNING, _J.HELD): _move(AuditEvent.RESULT_HELD, _COORDINATOR),
        (_J.RUNNING, _J.RELEASED): _move(AuditEvent.RESULT_RELEASED_BY_PERMIT, _COORDINATOR),
        (_J.RUNNING, _J.REFUSED): _move(AuditEvent.JOB_REFUSED, _COMMITTEE),
        (_J.RUNNING, _J.CANCELLED): _move(AuditEvent.JOB_CANCELLED, _RESEARCHER),
        (_J.RUNNING, _J.FAILED): _move(AuditEvent.JOB_FAILED, _COORDINATOR),
        (_J.HELD, _J.RELEASED): _move(AuditEvent.EXPORT_APPROVED, _CHECKER),
        (_J.HELD, _J.REFUSED): _move(AuditEvent.EXPORT_REFUSED, _CHECKER, _COMMITTEE),
    }
)

PERMIT_MOVES: Moves[PermitState] = MappingProxyType(
    {
        (_P.VALID, _P.WITHDRAWN): _move(AuditEvent.PERMIT_WITHDRAWN, _COMMITTEE),
        (_P.VALID, _P.EXPIRED): _move(AuditEvent.PERMIT_EXPIRED, _COORDINATOR),
    }
)

STATEMENT_MOVES: Moves[StatementState] = MappingProxyType(
    {
        (_S.OPEN, _S.COMPLETE): _move(AuditEvent.STATEMENT_COMPLETED, _COMMITTEE),
        (_S.OPEN, _S.WITHDRAWN): _move(AuditEvent.STATEMENT_WITHDRAWN, _COMMITTEE),
        (_S.OPEN, _S.EXPIRED): _move(AuditEvent.STATEMENT_EXPIRED, _COORDINATOR),
    }
)

EXPORT_MOVES: Moves[ExportState] = MappingProxyType(
    {
        (_X.NO_VOTE, _X.ONE_VOTE): _move(AuditEvent.EXPORT_VOTED, _CHECKER),
        (_X.ONE_VOTE, _X.MORE_VOTES): _move(AuditEvent.EXPORT_VOTED, _CHECKER),
        (_X.ONE_VOTE, _X.APPROVED): _move(AuditEvent.EXPORT_APPROVED, _CHECKER),
        (_X.ONE_VOTE, _X.REFUSED): _move(AuditEvent.EXPORT_REFUSED, _CHECKER),
        (_X.MORE_VOTES, _X.MORE_VOTES): _move(AuditEvent.EXPORT_VOTED, _CHECKER),
        (_X.MORE_VOTES, _X.APPROVED): _move(AuditEvent.EXPORT_APPROVED, _CHECKER),
        (_X.MORE_VOTES, _X.REFUSED): _move(AuditEvent.EXPORT_REFUSED, _CHECKER),
    }
)

FIRST_STATES: tuple[StrEnum, ...] = (_J.SUBMITTED, _P.VALID, _S.OPEN, _X.NO_VOTE)


def check_move(moves: Moves[S], now: S, to: S, *, by: Party) -> Move:
    """The move. Raises Refused `state.not_possible` or `state.not_your_move`."""
    move = moves.get((now, to))
    if move is None:
        raise Refused("state.not_possible", now=now.value, to=to.value)
    if by not in move.by:
        raise Refused("state.not_your_move", now=now.value, to=to.value)
    return move


def may_move(moves: Moves[S], now: S, to: S, *, by: Party) -> bool:
    try:
        check_move(moves, now, to, by=by)
    except Refused:
        return False
    return True


def is_final(moves: Moves[S], state: S) -> bool:
    """Whether nothing follows."""
    return all(now != state for now, _ in moves)
