"""Chooses the user under which one job runs, so that no two jobs, and no job and the node, share one.

Only where the node or coordinator was started by root. An ordinary user cannot become another; then the
closed room alone separates jobs, and `choose_run_uid` answers None.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from onggi.errors import Refused

FIRST_RUN_UID = 62000
LAST_RUN_UID = 62999


def uids_with_processes(proc: Path = Path("/proc")) -> frozenset[int]:
    """Users that have a living process on this machine."""
    found = set()
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                found.add(entry.stat().st_uid)
            except OSError:
                continue  # the process ended while we looked
    return frozenset(found)


def choose_run_uid(
    *,
    caller: int,
    busy: Collection[int],
    first: int = FIRST_RUN_UID,
    last: int = LAST_RUN_UID,
) -> int | None:
    """A user that nobody is using, or None where the caller is not root.

    Args:
        caller: our own user id.
        busy: users in use: those of living processes and those of runs that are about to start.
        first: first user id of the range set aside for runs.
        last: last one.
    """
    if caller != 0:
        return None
    for uid in range(max(first, 1), last + 1):
        if uid not in busy:
            return uid
    raise Refused("sandbox.no_free_uid", first=first, last=last)
