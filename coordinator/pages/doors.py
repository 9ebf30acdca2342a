"""Where each role's work begins, and what stands in its main menu."""

from __future__ import annotations

from typing import Final

from coordinator.roles import Caller, Role
from pages.drawing import Door

_DESK: Final = Door("/desk", "door.desk")
_MEETINGS: Final = Door("/meetings", "door.meetings")
_APPLICATIONS: Final = Door("/applications", "door.applications")
_PROJECTS: Final = Door("/projects", "door.projects")
_JOBS: Final = Door("/jobs", "door.jobs")
_SAMPLES: Final = Door("/samples", "door.samples")
_RECOVERIES: Final = Door("/recoveries", "door.recoveries")
_ACCOUNT: Final = Door("/account", "door.account")
_PERMITS: Final = Door("/permits", "door.permits")
_OPERATOR: Final = Door("/operator", "door.operator")
_REQUESTS: Final = Door("/account-requests", "door.account_requests")
_DOORS: Final[tuple[tuple[frozenset[Role], Door], ...]] = (
    (frozenset({Role.OPERATOR}), _OPERATOR),
    (frozenset({Role.COMMITTEE, Role.CHECKER}), _DESK),
    (frozenset({Role.COMMITTEE, Role.AUDITOR}), _MEETINGS),
    (frozenset(Role), _PROJECTS),
    (frozenset({Role.RESEARCHER, Role.COMMITTEE, Role.OPERATOR, Role.AUDITOR}), _APPLICATIONS),
    (frozenset(Role), _PERMITS),
    (frozenset(Role), _JOBS),
    (frozenset({Role.COMMITTEE, Role.AUDITOR}), _SAMPLES),
    (frozenset({Role.AUDITOR}), _OPERATOR),
    (frozenset(Role), _REQUESTS),
    (frozenset({Role.OPERATOR}), _RECOVERIES),
    (frozenset(Role), _ACCOUNT),
)


def doors_of(caller: Caller) -> tuple[Door, ...]:
    """The main menu of a person; its first entry is where their work begins."""
    return tuple(door for roles, door in _DOORS if roles & caller.roles)
