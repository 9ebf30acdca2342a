"""Keeps one room of the usual limits ready: starting one takes as long as all other steps of a job's start.

Limits belong to a room from its start, so a job with other limits gets a room of its own. Each serves one
job and is never used again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from analysis_jobs.runner.bubblewrap import SandboxSpec
from coordinator.running.early_worker import EarlyWorker

_QUIET_S: Final = 2.0
"""After a job: its hospitals prepare for the next one first, and another may be on its way."""


class WarmRoom:
    """At most one waiting room, started again some seconds after it was taken."""

    def __init__(self, make_spec: Callable[[], SandboxSpec], *, quiet_s: float = _QUIET_S) -> None:
        self._make_spec = make_spec
        self._quiet_s = quiet_s
        self._waiting: EarlyWorker | None = None
        self._later: asyncio.TimerHandle | None = None

    def refill_later(self) -> None:
        """Starts a room after a while, unless one waits then."""
        self._forget_later()
        self._later = asyncio.get_running_loop().call_later(self._quiet_s, self._refill)

    def take(self, spec: SandboxSpec) -> EarlyWorker:
        """The waiting room where its limits are those of the spec, else one that starts now."""
        waiting = self._waiting
        # The user under which a room runs is no job's own.
        if waiting is None or replace(waiting.spec, uid=None) != replace(spec, uid=None):
            return EarlyWorker(spec)
        self._waiting = None
        return waiting

    async def close(self) -> None:
        """Ends the room that nobody took."""
        self._forget_later()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            await waiting.stop()

    def _refill(self) -> None:
        if self._waiting is None:
            self._waiting = EarlyWorker(self._make_spec())

    def _forget_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
