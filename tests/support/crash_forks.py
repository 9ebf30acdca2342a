"""A process that has imported everything and forks a fresh server on request: a restart then takes no second.

Each fork is a process of its own with nothing open before it began; kill -9 ends it like any other.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Doom:
    """Where a process ends itself: at the nth passing of a name. Without a name it lives."""

    point: str | None = None
    nth: int = 1

    def failpoint(self) -> Callable[[str], None]:
        """A failpoint that is fatal there. Also counts every commit, before and after, as a point."""
        passed = 0

        def pass_by(name: str) -> None:
            nonlocal passed
            if name != self.point:
                return
            passed += 1
            if passed == self.nth:
                os.kill(os.getpid(), signal.SIGKILL)

        if self.point in ("commit.before", "commit.after"):
            event.listen(Session, "before_commit", lambda _session: pass_by("commit.before"))
            event.listen(Session, "after_commit", lambda _session: pass_by("commit.after"))
        return pass_by


Run = Callable[[Path, Doom], None]


def serve_forks(run: Run) -> None:
    """Reads one JSON request a line: `fork` answers with a pid, `poll` with how that process ended."""
    children: set[int] = set()
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "fork":
            answer: dict[str, object] = {"pid": _fork(run, asked)}
            children.add(int(str(answer["pid"])))
        else:
            pid, status = os.waitpid(asked["pid"], os.WNOHANG)
            answer = {"ended": None if pid == 0 else os.waitstatus_to_exitcode(status)}
            children.discard(pid)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in children:  # whoever asked for them is gone
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _fork(run: Run, asked: dict[str, object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        log = os.open(str(asked["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        point = asked["point"]
        run(Path(str(asked["home"])), Doom(None if point is None else str(point), int(str(asked["nth"]))))
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)
