"""Starts the closed room of a job's combining side while hospitals still read their orders.

* A room that waits knows nothing of the job but its limits. It is ended on every way out: refused,
  cancelled, failed, done.
* Hospitals may think for days; a room does not wait for them longer than a while. Another is started then.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from analysis_jobs.runner.bubblewrap import SandboxSpec
from analysis_jobs.runner.worker_keeper import Worker
from onggi.errors import OnggiError

_LONGEST_WAIT_S = 30.0
_PATIENCE_S = 0.5

MakeSpec = Callable[[], SandboxSpec]


class EarlyWorker:
    """The worker of one job, started at once and taken when the hospitals are known."""

    def __init__(self, make_spec: MakeSpec, *, wait_s: float = _LONGEST_WAIT_S) -> None:
        self._make_spec = make_spec
        self._starting: asyncio.Task[Worker] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._begin()
        self._clock = asyncio.get_running_loop().call_later(wait_s, self._let_go)

    async def take(self) -> Worker:
        """The worker, able to take its configuration. Raises Refused(``sandbox.*``) when none can be."""
        self._clock.cancel()
        if self._starting is not None:
            try:
                return await self._get_ready(self._starting)
            except OnggiError:
                # One that died while waiting says nothing about the next one; a second failure does.
                self._let_go()
        await self._ended()
        return await self._get_ready(self._begin())

    async def stop(self) -> None:
        """Ends the worker, taken or not. Returns when all its processes are gone."""
        self._clock.cancel()
        self._let_go()
        await self._ended()

    def _begin(self) -> asyncio.Task[Worker]:
        start = Worker.start(self._make_spec(), run_name=secrets.token_hex(8))
        self._starting = asyncio.create_task(start)
        return self._starting

    async def _get_ready(self, starting: asyncio.Task[Worker]) -> Worker:
        # Shielded: a start that is cut off half-way would leave a process that nobody knows.
        worker = await asyncio.shield(starting)
        await worker.ready()
        return worker

    def _let_go(self) -> None:
        starting, self._starting = self._starting, None
        if starting is not None:
            self._ending = asyncio.create_task(_end(starting))

    async def _ended(self) -> None:
        if self._ending is not None:
            await asyncio.shield(self._ending)


async def _end(starting: asyncio.Task[Worker]) -> None:
    try:
        worker = await starting
    except OnggiError:
        return  # it never started, and whoever wanted it was told why
    await worker.stop(patience_s=_PATIENCE_S)
