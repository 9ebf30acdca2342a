"""How each state is shown: the key of its words and the tone of its tag. Every state has both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from coordinator.states import JobState, PermitState, StatementState

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
