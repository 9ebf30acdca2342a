"""Notes when each node was last heard: at its greeting, and at most once a minute while it stays connected.

Nothing waits for it: notes are written beside the connections, in a thread, and one that cannot be written is
left out rather than tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from onggi.protocol.parcels import Hello
from onggi.spec.ids import SiteId

_log = logging.getLogger("onggi.link")
_LARGEST_DIFFERENCE_S = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """That a node was heard, and what it said of itself when it greeted."""

    site: SiteId
    hello: Hello
    greeted: datetime
    seen: datetime

    @property
    def clock_difference(self) -> int | None:
        """Seconds by which its clock was ahead of ours, by its own word; None where it did not tell."""
        if not self.hello.clock_ms:
            return None
        difference = round(self.hello.clock_ms / 1000 - self.greeted.timestamp())
        return max(-_LARGEST_DIFFERENCE_S, min(_LARGEST_DIFFERENCE_S, difference))


RecordSightings = Callable[[Sequence[Sighting]], None]


class SightingsWatch:
    """Collects greetings and asks now and then who was heard; writes both down in one go."""

    def __init__(self, record: RecordSightings | None, *, every_s: float) -> None:
        self._record = record
        self._every_s = every_s
        self._greeted: dict[SiteId, Sighting] = {}
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, heard: Callable[[], Sequence[Sighting]]) -> None:
        """`heard` names every site with a live connection."""
        if self._record is not None:
            self._task = asyncio.create_task(self._watch(self._record, heard))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def greeted(self, sighting: Sighting) -> None:
        """Written at once, by the watch: the greeting itself does not wait."""
        if self._record is not None:
            self._greeted[sighting.site] = sighting
            self._woken.set()

    async def _watch(self, record: RecordSightings, heard: Callable[[], Sequence[Sighting]]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._every_s
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), max(0.0, due - loop.time()))
            self._woken.clear()
            found, self._greeted = list(self._greeted.values()), {}
            if loop.time() >= due:
                due = loop.time() + self._every_s
                found += heard()
            if found:
                await self._write(record, found)

    async def _write(self, record: RecordSightings, found: Sequence[Sighting]) -> None:
        try:
            await asyncio.to_thread(record, found)
        except SQLAlchemyError as fault:
            _log.warning("sightings not written: %s", type(fault).__name__)
