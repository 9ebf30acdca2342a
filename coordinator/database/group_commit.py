"""Writes changes that come at nearly the same time in one transaction: one flush to disk serves them all.

* `write` returns once the change is on disk. Changes keep the order in which they were handed over.
* While one transaction is flushed, in a thread, the next changes gather; nobody waits for a timer.
* A change that fails takes no other along: the batch is then written one by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from coordinator.database.sessions import Database

Change = Callable[[Session], None]
"""Runs in another thread, inside the transaction; it may run a second time after a failed batch."""


class GroupCommit:
    """One per event loop and database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Change, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, change: Change) -> None:
        """Returns when the change is on disk. Raises what the change raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    faults = await asyncio.to_thread(self._commit, [change for change, _ in batch])
                except BaseException:
                    for _, done in batch:
                        done.cancel()
                    raise
                for (_, done), fault in zip(batch, faults, strict=True):
                    if done.done():
                        continue  # whoever waited was cancelled; the change is written all the same
                    if fault is None:
                        done.set_result(None)
                    else:
                        done.set_exception(fault)
        finally:
            self._writing = None

    def _commit(self, changes: Sequence[Change]) -> list[Exception | None]:
        if len(changes) > 1:
            try:
                self._commit_together(changes)
            except Exception:  # one of them failed: which one, the single writes below tell
                return [self._commit([change])[0] for change in changes]
            return [None] * len(changes)
        try:
            self._commit_together(changes)
        except Exception as fault:  # handed to whoever asked for this change
            return [fault]
        return [None]

    def _commit_together(self, changes: Sequence[Change]) -> None:
        with self._database.writing() as session:
            for change in changes:
                change(session)
