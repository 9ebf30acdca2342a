"""How each state is shown: the key of its words and the tone of its tag. Every state has both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from coordinator.states import (
    AccountRequestState,
    ApplicationState,
    JobState,
    MeetingState,
    PermitState,
    RecoveryState,
    StatementState,
)

Tone = Literal["plain", "waiting", "good", "bad", "info"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A state as a person sees it."""

    phrase: str
    tone: Tone


_J, _P, _S = JobState, PermitState, StatementState
JOB_WORDS: Mapping[JobState, Shown] = MappingProxyType(
    {
        _J.SUBMITTED: Shown("job.submitted", "plain"),
        _J.WAITING_FOR_APPROVAL: Shown("job.waiting_for_approval", "waiting"),
        _J.READY: Shown("job.ready", "info"),
        _J.RUNNING: Shown("job.running", "info"),
        _J.HELD: Shown("job.held", "waiting"),
        _J.RELEASED: Shown("job.released", "good"),
        _J.REFUSED: Shown("job.refused", "bad"),
        _J.FAILED: Shown("job.failed", "bad"),
        _J.CANCELLED: Shown("job.cancelled", "plain"),
        _J.EXPIRED: Shown("job.expired", "plain"),
    }
)
JOB_STEPS: tuple[tuple[JobState, ...], ...] = (
    (_J.SUBMITTED, _J.WAITING_FOR_APPROVAL),
    (_J.READY,),
    (_J.RUNNING,),
    (_J.HELD,),
    (_J.RELEASED,),
)
"""The way of a job that goes well; a job that ended otherwise has left it."""
PERMIT_WORDS: Mapping[PermitState, Shown] = MappingProxyType(
    {
        _P.VALID: Shown("permit.valid", "good"),
        _P.WITHDRAWN: Shown("permit.withdrawn", "bad"),
        _P.REPLACED: Shown("permit.replaced", "plain"),
        _P.CLOSED: Shown("permit.closed", "plain"),
        _P.EXPIRED: Shown("permit.expired", "plain"),
    }
)
STATEMENT_WORDS: Mapping[StatementState, Shown] = MappingProxyType(
    {
        _S.OPEN: Shown("statement.open", "waiting"),
        _S.COMPLETE: Shown("statement.complete", "good"),
        _S.WITHDRAWN: Shown("statement.withdrawn", "plain"),
        _S.EXPIRED: Shown("statement.expired", "plain"),
    }
)
_A, _M = ApplicationState, MeetingState
APPLICATION_WORDS: Mapping[ApplicationState, Shown] = MappingProxyType(
    {
        _A.DRAFT: Shown("application.draft", "plain"),
        _A.SUBMITTED: Shown("application.submitted", "waiting"),
        _A.ON_AGENDA: Shown("application.on_agenda", "waiting"),
        _A.APPROVED: Shown("application.approved", "good"),
        _A.CONDITIONAL: Shown("application.conditional", "info"),
        _A.RETURNED: Shown("application.returned", "waiting"),
        _A.REJECTED: Shown("application.rejected", "bad"),
        _A.EXCLUDED: Shown("application.excluded", "plain"),
        _A.WITHDRAWN: Shown("application.withdrawn", "plain"),
    }
)
APPLICATION_STEPS: tuple[tuple[ApplicationState, ...], ...] = (
    (_A.DRAFT, _A.RETURNED),
    (_A.SUBMITTED,),
    (_A.ON_AGENDA,),
    (_A.APPROVED, _A.CONDITIONAL),
)
"""The way of an application that goes well; what was returned is with its author again."""
MEETING_WORDS: Mapping[MeetingState, Shown] = MappingProxyType(
    {
        _M.PLANNED: Shown("meeting.planned", "waiting"),
        _M.OPEN: Shown("meeting.open", "info"),
        _M.CLOSED: Shown("meeting.closed", "good"),
        _M.CANCELLED: Shown("meeting.cancelled", "plain"),
    }
)
REQUEST_WORDS: Mapping[AccountRequestState, Shown] = MappingProxyType(
    {
        AccountRequestState.REQUESTED: Shown("request.requested", "waiting"),
        AccountRequestState.VOUCHED: Shown("request.vouched", "info"),
        AccountRequestState.OPENED: Shown("request.opened", "good"),
        AccountRequestState.REFUSED: Shown("request.refused", "bad"),
        AccountRequestState.WITHDRAWN: Shown("request.withdrawn", "plain"),
    }
)
_R = RecoveryState
RECOVERY_WORDS: Mapping[RecoveryState, Shown] = MappingProxyType(
    {
        _R.OPENED: Shown("recovery.is_opened", "waiting"),
        _R.CONFIRMED: Shown("recovery.is_confirmed", "waiting"),
        _R.USED: Shown("recovery.is_used", "good"),
        _R.CANCELLED: Shown("recovery.is_cancelled", "plain"),
        _R.EXPIRED: Shown("recovery.is_expired", "plain"),
    }
)
