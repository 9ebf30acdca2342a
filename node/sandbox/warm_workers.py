"""Keeps a sandboxed worker ready, so that a job starts when its order comes and not seconds later.

A waiting worker has started its interpreter and its libraries and knows no order and no data. Each serves
one run and is never used again.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
from collections import deque

from analysis_jobs.runner.limits import SandboxLimits
from analysis_jobs.runner.worker_keeper import CLIENT_WORKER, Worker, worker_spec
from onggi.errors import OnggiError, Refused
from onggi.spec.job import Limits

_RUN_FIRST_S = 5.0
"""A starting worker takes a second of computing, which belongs to the run that has just begun."""


class WarmWorkers:
    """A small stock of started workers, refilled as they are taken."""

    def __init__(self, *, keep: int, uids: tuple[int, int], limits: SandboxLimits) -> None:
        self._keep = keep
        self._limits = limits
        low, high = uids
        # Only root can and must become somebody else; anybody else runs jobs as themselves.
        self._uids = itertools.cycle(range(low, high + 1)) if os.getuid() == 0 else None
        self._ready: deque[asyncio.Task[Worker]] = deque()
        self._later: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many are ready, or will be soon."""
        return len(self._ready)

    def refill_later(self) -> None:
        """Refills after some seconds, so as not to delay a run's first answers; `refill` may come first."""
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(_RUN_FIRST_S, self.refill)

    def refill(self) -> None:
        """Starts as many workers as are missing, without waiting for them."""
        self._forget_later()
        while len(self._ready) < self._keep:
            self._ready.append(asyncio.create_task(self._start()))

    async def take(self, limits: Limits) -> Worker:
        """A ready worker for one run. Raises Refused(``sandbox.*``) when none can be started."""
        if limits.memory_mib * 2**20 > self._limits.memory_bytes:
            raise Refused("run.memory_limit", maximum_mib=self._limits.memory_bytes // 2**20)
        if not self._ready:
            self._ready.append(asyncio.create_task(self._start()))
        try:
            worker = await self._ready.popleft()
            await worker.check_alive()
        except OnggiError:
            # One that died while waiting says nothing about the next one; a second failure does.
            worker = await self._start()
        return worker

    async def close(self) -> None:
        """Ends the workers that nobody took."""
        self._forget_later()
        waiting, self._ready = list(self._ready), deque()
        for task in waiting:
            try:
                worker = await task
            except OnggiError:
                continue
            await worker.stop(patience_s=0.1)

    def _forget_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None

    async def _start(self) -> Worker:
        uid = next(self._uids) if self._uids else None
        spec = worker_spec(CLIENT_WORKER, uid=uid, limits=self._limits)
        worker = await Worker.start(spec, run_name=secrets.token_hex(8))
        await worker.ready()
        return worker
