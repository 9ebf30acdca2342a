"""The life of what is kept here, from jobs to meetings: which step follows which, and whose move it is.

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
    ORGANISATION = "organisation"
    OPERATOR = "operator"
    PERSON = "person"
    """Whose account it is."""


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
    REPLACED = "replaced"
    CLOSED = "closed"
    EXPIRED = "expired"


class ApplicationState(StrEnum):
    """How far an application to the committee has come; from `approved` on are the committee's verdicts."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ON_AGENDA = "on_agenda"
    APPROVED = "approved"
    CONDITIONAL = "conditional"
    RETURNED = "returned"
    REJECTED = "rejected"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"


class MeetingState(StrEnum):
    """Whether a meeting of the committee is still to come. `closed`: its minutes are final."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


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


class AccountRequestState(StrEnum):
    """How far a request for an account has come. `vouched`: the organisation stands for the person."""

    REQUESTED = "requested"
    VOUCHED = "vouched"
    OPENED = "opened"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RecoveryState(StrEnum):
    """How far two operators have come in giving somebody a way in again."""

    OPENED = "opened"
    CONFIRMED = "confirmed"
    USED = "used"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


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
_A, _M, _Q, _R = ApplicationState, MeetingState, AccountRequestState, RecoveryState
_RESEARCHER, _COMMITTEE, _CHECKER, _COORDINATOR, _ORGANISATION, _OPERATOR, _PERSON = Party

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
        (_J.HELD, _J.CANCELLED): _move(AuditEvent.JOB_CANCELLED, _RESEARCHER),
        (_J.HELD, _J.RELEASED): _move(AuditEvent.EXPORT_APPROVED, _CHECKER),
        (_J.HELD, _J.REFUSED): _move(AuditEvent.EXPORT_REFUSED, _CHECKER, _COMMITTEE),
    }
)

PERMIT_MOVES: Moves[PermitState] = MappingProxyType(
    {
        (_P.VALID, _P.WITHDRAWN): _move(AuditEvent.PERMIT_WITHDRAWN, _COMMITTEE),
        (_P.VALID, _P.REPLACED): _move(AuditEvent.PERMIT_REPLACED, _COMMITTEE),
        (_P.VALID, _P.CLOSED): _move(AuditEvent.PERMIT_CLOSED, _COMMITTEE),
        (_P.VALID, _P.EXPIRED): _move(AuditEvent.PERMIT_EXPIRED, _COORDINATOR),
    }
)

_VERDICT = AuditEvent.APPLICATION_DECIDED
APPLICATION_MOVES: Moves[ApplicationState] = MappingProxyType(
    {
        (_A.DRAFT, _A.SUBMITTED): _move(AuditEvent.APPLICATION_SUBMITTED, _RESEARCHER),
        (_A.DRAFT, _A.WITHDRAWN): _move(AuditEvent.APPLICATION_WITHDRAWN, _RESEARCHER),
        (_A.SUBMITTED, _A.ON_AGENDA): _move(AuditEvent.APPLICATION_ON_AGENDA, _COMMITTEE),
        (_A.SUBMITTED, _A.RETURNED): _move(AuditEvent.APPLICATION_RETURNED, _COMMITTEE),
        (_A.SUBMITTED, _A.WITHDRAWN): _move(AuditEvent.APPLICATION_WITHDRAWN, _RESEARCHER),
        (_A.ON_AGENDA, _A.SUBMITTED): _move(AuditEvent.APPLICATION_OFF_AGENDA, _COMMITTEE),
        (_A.ON_AGENDA, _A.APPROVED): _move(_VERDICT, _COMMITTEE),
        (_A.ON_AGENDA, _A.CONDITIONAL): _move(_VERDICT, _COMMITTEE),
        (_A.ON_AGENDA, _A.RETURNED): _move(_VERDICT, _COMMITTEE),
        (_A.ON_AGENDA, _A.REJECTED): _move(_VERDICT, _COMMITTEE),
        (_A.ON_AGENDA, _A.EXCLUDED): _move(_VERDICT, _COMMITTEE),
        (_A.CONDITIONAL, _A.APPROVED): _move(AuditEvent.APPLICATION_CONDITIONS_MET, _COMMITTEE),
        (_A.CONDITIONAL, _A.WITHDRAWN): _move(AuditEvent.APPLICATION_WITHDRAWN, _RESEARCHER),
        (_A.RETURNED, _A.SUBMITTED): _move(AuditEvent.APPLICATION_SUBMITTED, _RESEARCHER),
        (_A.RETURNED, _A.WITHDRAWN): _move(AuditEvent.APPLICATION_WITHDRAWN, _RESEARCHER),
    }
)

MEETING_MOVES: Moves[MeetingState] = MappingProxyType(
    {
        (_M.PLANNED, _M.OPEN): _move(AuditEvent.MEETING_OPENED, _COMMITTEE),
        (_M.PLANNED, _M.CANCELLED): _move(AuditEvent.MEETING_CANCELLED, _COMMITTEE),
        (_M.OPEN, _M.CLOSED): _move(AuditEvent.MEETING_CLOSED, _COMMITTEE),
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

ACCOUNT_REQUEST_MOVES: Moves[AccountRequestState] = MappingProxyType(
    {
        (_Q.REQUESTED, _Q.VOUCHED): _move(AuditEvent.ACCOUNT_VOUCHED, _ORGANISATION, _OPERATOR),
        (_Q.REQUESTED, _Q.REFUSED): _move(AuditEvent.ACCOUNT_REFUSED, _OPERATOR),
        (_Q.REQUESTED, _Q.WITHDRAWN): _move(AuditEvent.ACCOUNT_REQUEST_WITHDRAWN, _ORGANISATION, _OPERATOR),
        (_Q.VOUCHED, _Q.OPENED): _move(AuditEvent.ACCOUNT_OPENED, _OPERATOR),
        (_Q.VOUCHED, _Q.REFUSED): _move(AuditEvent.ACCOUNT_REFUSED, _OPERATOR),
        (_Q.VOUCHED, _Q.WITHDRAWN): _move(AuditEvent.ACCOUNT_REQUEST_WITHDRAWN, _ORGANISATION, _OPERATOR),
    }
)

RECOVERY_MOVES: Moves[RecoveryState] = MappingProxyType(
    {
        (_R.OPENED, _R.CONFIRMED): _move(AuditEvent.RECOVERY_CONFIRMED, _OPERATOR),
        (_R.OPENED, _R.CANCELLED): _move(AuditEvent.RECOVERY_CANCELLED, _OPERATOR, _PERSON),
        (_R.OPENED, _R.EXPIRED): _move(AuditEvent.RECOVERY_EXPIRED, _COORDINATOR),
        (_R.CONFIRMED, _R.USED): _move(AuditEvent.RECOVERY_USED, _PERSON),
        (_R.CONFIRMED, _R.CANCELLED): _move(AuditEvent.RECOVERY_CANCELLED, _OPERATOR, _PERSON),
        (_R.CONFIRMED, _R.EXPIRED): _move(AuditEvent.RECOVERY_EXPIRED, _COORDINATOR),
    }
)

FIRST_STATES: tuple[StrEnum, ...] = (
    _J.SUBMITTED,
    _P.VALID,
    _S.OPEN,
    _X.NO_VOTE,
    _A.DRAFT,
    _M.PLANNED,
    _Q.REQUESTED,
    _R.OPENED,
)


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
