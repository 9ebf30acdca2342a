"""Starts, watches and ends the forked servers of crash tests; ends only what it started, by its pid."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from infra.demo.processes import REPOSITORY, environment

NODE = "tests.support.crash_node_main"
COORDINATOR = "tests.support.crash_coordinator_main"


class Forks:
    """One warm process per kind of server; servers are forked from it."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=environment(),
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._warm = False

    def ask(self, **what: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if not self._warm:
            assert self._process.stdout.readline(), "the warm process did not start"
            self._warm = True
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


@dataclass
class Server:
    """One forked server."""

    forks: Forks
    pid: int
    log: Path
    ended: int | None = None

    @classmethod
    def start(cls, forks: Forks, home: Path, *, log: Path, point: str | None = None, nth: int = 1) -> Server:
        asked = forks.ask(do="fork", home=str(home), log=str(log), point=point, nth=nth)
        return cls(forks, asked["pid"], log)

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        if self.ended is None:
            self.ended = self.forks.ask(do="poll", pid=self.pid)["ended"]
        return self.ended

    def wait(self, seconds: float) -> int | None:
        """The exit code once it ended; None when it still runs after that time."""
        deadline = time.monotonic() + seconds
        while self.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.ended

    def kill(self) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.wait(20)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""
