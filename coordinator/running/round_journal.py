"""Writes down what a run's server app said and what hospitals answered, beside the work.

* Nobody waits for the disk before the next step. A message that was sent and not yet written is made again,
  in the same bytes, by the app that runs again; hospitals refuse another one of that number. A reply that
  was not yet written is asked for again, and the hospital sends the bytes that it stored.
* What was written by an earlier process is held against what the app says now: it must be the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar, cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from analysis_jobs.runner.wire_pieces import Buffer
from coordinator.database.group_commit import GroupCommit
from coordinator.database.payloads import SMALL, Payloads
from coordinator.database.running import GridMessageRow, GridReplyRow
from coordinator.database.sessions import Database
from coordinator.failpoints import CoordinatorPoint, Failpoint
from coordinator.sources import Clock
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.spec.ids import SiteId

_log = logging.getLogger("onggi.runner")
_MESSAGES = cast(Table, GridMessageRow.__table__)
_REPLIES = cast(Table, GridReplyRow.__table__)
_STORED_REPLY = select(_REPLIES.c.records).where(
    *(_REPLIES.c[name] == bindparam(name) for name in ("run", "ordinal", "site"))
)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class SignedRecords:
    """A hospital's clear reply and the signature of its identity key."""

    records: Buffer
    signature: str


@dataclass(slots=True)
class RoundJournal:
    """The journal of one run. `on_fault` learns of a message that could not be written."""

    run: str
    database: Database
    writes: GroupCommit
    payloads: Payloads
    clock: Clock
    failpoint: Failpoint
    on_fault: Callable[[OnggiError], None]
    _written: dict[int, bytes] | None = None
    """What an earlier process wrote of this run's messages; read once."""
    _writing: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self, ordinal: int, records: Buffer) -> Mapping[SiteId, SignedRecords]:
        """Journals a message; replies to it that an earlier process stored, by hospital.

        Raises:
            Refused: ``run.not_resumable`` where an earlier process wrote another message.
        """
        if self._written is None:
            wanted = select(_MESSAGES.c.ordinal, _MESSAGES.c.records).where(_MESSAGES.c.run == self.run)
            with self.database.reading() as session:
                self._written = {row.ordinal: row.records for row in session.execute(wanted)}
        known = self._written.get(ordinal)
        if known is None:
            task = asyncio.create_task(self._write_message(ordinal, records))
            self._writing.add(task)
            task.add_done_callback(self._note_written)
            return {}
        if known != self.payloads.keep(records):
            raise Refused("run.not_resumable", ordinal=ordinal)
        return self._stored_replies(ordinal)

    def _stored_replies(self, ordinal: int) -> dict[SiteId, SignedRecords]:
        wanted = select(_REPLIES).where(_REPLIES.c.run == self.run, _REPLIES.c.ordinal == ordinal)
        with self.database.reading() as session:
            rows = session.execute(wanted).all()
        return {
            SiteId(row.site): SignedRecords(self.payloads.fetch(row.records), row.signature) for row in rows
        }

    async def _write_message(self, ordinal: int, records: Buffer) -> None:
        kept = await aside(records, partial(self.payloads.keep, records))
        row = {"run": self.run, "ordinal": ordinal, "records": kept, "sent": self.clock()}

        def add(session: Session) -> None:
            session.execute(_MESSAGES.insert(), row)

        await self.writes.write(add)
        self.failpoint(CoordinatorPoint.MESSAGE_JOURNALLED)

    def _note_written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _log.error("fault while journalling a message: %s", type(fault).__name__)
            self.on_fault(Refused("coordinator.fault"))

    async def write_reply(self, ordinal: int, site: SiteId, reply: SignedRecords, *, sha256: str) -> None:
        """Returns when the reply is on disk. Raises NotTrusted(``reply.changed``) where another one is."""
        kept = await aside(reply.records, partial(self.payloads.keep, reply.records, sha256=sha256))
        key = {"run": self.run, "ordinal": ordinal, "site": site}

        def store(session: Session) -> None:
            known = session.scalar(_STORED_REPLY, key)
            if known is None:
                session.execute(_REPLIES.insert(), key | {"records": kept, "signature": reply.signature})
            elif known != kept:
                raise NotTrusted("reply.changed")

        await self.writes.write(store)
        self.failpoint(CoordinatorPoint.REPLY_STORED)

    async def finish(self) -> None:
        """Returns when all messages are on disk, or could not be written."""
        await asyncio.gather(*self._writing, return_exceptions=True)


async def aside(data: Buffer, work: Callable[[], Made]) -> Made:
    """What takes long with large data is done in a thread: hashing and writing let the link go on."""
    return work() if len(data) <= SMALL else await asyncio.to_thread(work)
