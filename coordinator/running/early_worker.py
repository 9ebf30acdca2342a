"""Starts the closed room of a job's combining side before it is needed, and ends it on every way out.

* A room that waits knows nothing of any job but its limits.
* Hospitals may think for days; no room waits for them longer than a while. Another is started then.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import Final

from analysis_jobs.runner.bubblewrap import SandboxSpec
from analysis_jobs.runner.worker_keeper import Worker
from onggi.errors import OnggiError

LONGEST_WAIT_S: Final = 30.0
_PATIENCE_S: Final = 0.5


class EarlyWorker:
    """A worker that is started at once and taken when the hospitals of its job are known."""

    def __init__(self, spec: SandboxSpec) -> None:
        self.spec = spec
        self._clock: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._room: _Room | None = _Room(spec)

    def wait_at_most(self, seconds: float = LONGEST_WAIT_S) -> None:
        """Ends it when nobody took it by then; `take` starts another."""
        self._clock = asyncio.get_running_loop().call_later(seconds, self._let_go)

    async def take(self) -> Worker:
        """The worker, able to take its configuration. Raises Refused(``sandbox.*``) when none can be."""
        self._forget_clock()
        if self._room is not None:
            with contextlib.suppress(OnggiError):
                # One that died while waiting says nothing about the next one; a second failure does.
                return await self._room.get_ready()
        self._let_go()
        await self._ended()
        self._room = _Room(self.spec)
        return await self._room.get_ready()

    async def stop(self) -> None:
        """Ends the worker, taken or not. Returns when all its processes are gone."""
        self._forget_clock()
        self._let_go()
        await self._ended()

    def _forget_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()

    def _let_go(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            self._ending = asyncio.create_task(room.end())

    async def _ended(self) -> None:
        if self._ending is not None:
            await asyncio.shield(self._ending)


class _Room:
    """One start of a worker, from its first process to its end."""

    def __init__(self, spec: SandboxSpec) -> None:
        self._started = asyncio.create_task(Worker.start(spec, run_name=secrets.token_hex(8)))
        self._ready = asyncio.create_task(self._wait_until_ready())

    async def _wait_until_ready(self) -> Worker:
        worker = await asyncio.shield(self._started)
        await worker.ready()
        return worker

    async def get_ready(self) -> Worker:
        worker = await asyncio.shield(self._ready)
        await worker.check_alive()
        return worker

    async def end(self) -> None:
        # Never cut off half-way: a start that nobody waits for would leave a process that nobody knows.
        self._ready.cancel()
        await asyncio.gather(self._ready, return_exceptions=True)
        try:
            worker = await self._started
        except OnggiError:
            return  # it never started, and whoever wanted it was told why
        await worker.stop(patience_s=_PATIENCE_S)
