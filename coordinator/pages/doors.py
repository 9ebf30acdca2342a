"""Where each role's work begins, and what stands in its main menu."""

from __future__ import annotations

from typing import Final

from coordinator.accounts.roles import Caller, Role
from pages.drawing import Door

_DESK: Final = Door("/desk", "door.desk")
_PROJECTS: Final = Door("/projects", "door.projects")
_JOBS: Final = Door("/jobs", "door.jobs")
_PERMITS: Final = Door("/permits", "door.permits")
_DOORS: Final[tuple[tuple[frozenset[Role], Door], ...]] = (
    (frozenset({Role.COMMITTEE, Role.CHECKER}), _DESK),
    (frozenset(Role), _PROJECTS),
    (frozenset(Role), _PERMITS),
    (frozenset(Role), _JOBS),
)


def doors_of(caller: Caller) -> tuple[Door, ...]:
    """The main menu of a person; its first entry is where their work begins."""
    return tuple(door for roles, door in _DOORS if roles & caller.roles)
