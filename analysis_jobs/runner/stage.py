"""Gives up every right it does not need, then becomes the sandbox: the last step before a job starts.

Runs as a program of its own (`python -I -S stage.py PLAN SOCKET FILTER STATUS`), because changing user and
limits inside a server with threads is not safe. It uses the standard library alone.

* Joins the run's control groups, lowers its limits, drops to the run's user, and forgets its groups.
* Refuses to become the sandbox while it is root: started by real root, bubblewrap leaves the kernel's
  settings writable from inside.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import sys

REFUSED_ROOT = 125
CANNOT_PREPARE = 126
_FIRST_DESCRIPTOR = 3


def place_descriptors(inherited: list[int]) -> None:
    """Move the inherited descriptors to 3, 4, 5, ... and close all others."""
    # First out of the way of the targets, so that no move overwrites one that is still to be moved.
    high = [fcntl.fcntl(number, fcntl.F_DUPFD, 16) for number in inherited]
    for index, number in enumerate(high):
        os.dup2(number, _FIRST_DESCRIPTOR + index, inheritable=True)
    os.closerange(_FIRST_DESCRIPTOR + len(high), os.sysconf("SC_OPEN_MAX"))


def drop_to(uid: int | None) -> None:
    """Become the run's user for good."""
    if uid is None:
        return
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def lower_limits(limits: list[tuple[int, int]]) -> None:
    """Set soft and hard limit to the value, or to the hard limit already in force if that is lower."""
    for which, value in limits:
        _, hard = resource.getrlimit(which)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (ceiling, ceiling))


def main(arguments: list[str]) -> int:
    """Prepare and become bubblewrap. Returns only when that was not possible."""
    plan = json.loads(arguments[0])
    try:
        for procs in plan["cgroup_procs"]:
            with open(procs, "w") as joined:
                joined.write(str(os.getpid()))
        place_descriptors([int(number) for number in arguments[1:]])
        drop_to(plan["uid"])
        lower_limits([(which, value) for which, value in plan["rlimits"]])
        if os.getuid() == 0 or os.geteuid() == 0:
            return REFUSED_ROOT
        os.umask(0o077)
        os.execve(plan["bwrap"], ["bwrap", *plan["arguments"]], {})  # noqa: S606 - no shell is wanted
    except (OSError, ValueError):
        return CANNOT_PREPARE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
