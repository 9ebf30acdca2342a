"""The history at the end of an object's page: who did what and when, from the audit trail.

Only the kinds of events listed here are told: others name a hospital that declined, or who has voted while
others may not know yet.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Final

from coordinator.audit.trail import events_about
from coordinator.audit.vocabulary import COORDINATOR, AuditEvent
from coordinator.pages.access import Visit

_MOST: Final = 200
_E = AuditEvent
OF_STATEMENT: Final[frozenset[AuditEvent]] = frozenset(
    {
        _E.STATEMENT_DRAFTED,
        _E.STATEMENT_SIGNED,
        _E.STATEMENT_COMPLETED,
        _E.STATEMENT_WITHDRAWN,
        _E.STATEMENT_EXPIRED,
    }
)
OF_PERMIT: Final[frozenset[AuditEvent]] = frozenset(
    {_E.PERMIT_GRANTED, _E.PERMIT_WITHDRAWN, _E.PERMIT_REPLACED, _E.PERMIT_CLOSED, _E.PERMIT_EXPIRED}
)
OF_PROJECT: Final[frozenset[AuditEvent]] = frozenset(
    {
        _E.PROJECT_CREATED,
        _E.PROJECT_MEMBER_ADDED,
        _E.PROJECT_MEMBER_REMOVED,
        _E.REVIEW_RECORDED,
        _E.CONFLICT_DECLARED,
    }
)
OF_JOB: Final[frozenset[AuditEvent]] = frozenset(
    {
        _E.JOB_SUBMITTED,
        _E.JOB_INSIDE_BOUNDS,
        _E.JOB_NEEDS_VOTE,
        _E.JOB_APPROVED,
        _E.JOB_REFUSED,
        _E.JOB_CANCELLED,
        _E.JOB_STARTED,
        _E.JOB_FAILED,
        _E.JOB_EXPIRED,
        _E.RESULT_HELD,
        _E.RESULT_RELEASED_BY_PERMIT,
        _E.EXPORT_APPROVED,
        _E.EXPORT_REFUSED,
    }
)
OF_APPLICATION: Final[frozenset[AuditEvent]] = frozenset(
    {
        _E.APPLICATION_WRITTEN,
        _E.APPLICATION_SUBMITTED,
        _E.APPLICATION_WITHDRAWN,
        _E.APPLICATION_RETURNED,
        _E.APPLICATION_ON_AGENDA,
        _E.APPLICATION_OFF_AGENDA,
        _E.APPLICATION_DECIDED,
        _E.APPLICATION_CONDITIONS_MET,
        _E.APPLICATION_STATED,
    }
)
OF_MEETING: Final[frozenset[AuditEvent]] = frozenset(
    {
        _E.MEETING_PLANNED,
        _E.MEETING_OPENED,
        _E.MEETING_CLOSED,
        _E.MEETING_CANCELLED,
        _E.ATTENDANCE_RECORDED,
    }
)
OF_REQUEST: Final[frozenset[AuditEvent]] = frozenset(
    {
        _E.ACCOUNT_REQUESTED,
        _E.ACCOUNT_VOUCHED,
        _E.ACCOUNT_OPENED,
        _E.ACCOUNT_REFUSED,
        _E.ACCOUNT_REQUEST_WITHDRAWN,
    }
)
OF_PERSON: Final[frozenset[AuditEvent]] = frozenset(
    {_E.ACCOUNT_ADDED, _E.ACCOUNT_CLOSED, _E.SETUP_ISSUED, _E.PLEDGE_RECORDED, _E.TRAINING_RECORDED}
)
_OF_WORK: Final = OF_STATEMENT | OF_PERMIT | OF_PROJECT | OF_JOB | OF_APPLICATION | OF_MEETING
OF_ACCOUNT: Final[frozenset[AuditEvent]] = frozenset(
    {
        _E.PASSWORD_CHANGED,
        _E.PASSKEY_ADDED,
        _E.PASSKEY_REMOVED,
        _E.OIDC_LINKED,
        _E.OIDC_UNLINKED,
        _E.SESSIONS_ENDED,
    }
)
OF_RECOVERY: Final[frozenset[AuditEvent]] = frozenset(
    {
        _E.RECOVERY_OPENED,
        _E.RECOVERY_CONFIRMED,
        _E.RECOVERY_CANCELLED,
        _E.RECOVERY_USED,
        _E.RECOVERY_EXPIRED,
        _E.RECOVERY_SEEN,
    }
)
TOLD: Final = _OF_WORK | OF_REQUEST | OF_PERSON | OF_ACCOUNT | OF_RECOVERY


def history_of(visit: Visit, subject: str, events: Set[AuditEvent]) -> list[tuple[datetime, str, str, str]]:
    """(moment, who, act, details), oldest first."""
    with visit.services.database.reading() as session:
        return [
            (
                row.at,
                visit.say("history.coordinator") if row.actor == COORDINATOR else row.actor,
                visit.say(f"history.{row.event}"),
                "",
            )
            for row in events_about(session, subject, events=events, limit=_MOST)
        ]
