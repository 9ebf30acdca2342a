"""Answers a server app's calls: its messages go to the hospitals, their replies or their sum come back.

* Every call is written down. When the coordinator restarts, the app runs again from the beginning: its calls
  must be the ones written down (else ``run.not_resumable``), and stored replies are given again without
  asking any hospital twice.
* In clear, each hospital's reply comes back. Under masks one reply comes back: the sum.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from analysis_jobs.kinds.contract import Arrays, Ask, Kind
from analysis_jobs.kinds.guarded import layout_of_sum
from analysis_jobs.kinds.records import (
    read_ask,
    sums_to_records,
)
from analysis_jobs.runner import flower_adapter
from analysis_jobs.runner.wire_pieces import Buffer
from analysis_jobs.sums.contexts import participants_of
from analysis_jobs.sums.vector import decode_sum
from coordinator.database.group_commit import GroupCommit
from coordinator.database.payloads import IN_ROWS, Payloads
from coordinator.database.running import GridSumRow
from coordinator.database.sessions import Database
from coordinator.failpoints import CoordinatorPoint, Failpoint, no_failpoint
from coordinator.running.masked_sum import TRY_AGAIN, MaskedSum, OpenedSum, SumOf
from coordinator.running.outbox import SiteOutbox
from coordinator.running.round_journal import RoundJournal, SignedRecords, aside
from coordinator.sources import Clock
from onggi.errors import NotTrusted, OnggiError, Refused, Unreachable
from onggi.protocol.canonical import decode_base64
from onggi.protocol.dsse import TrustedKey
from onggi.protocol.messages import RunMessage, RunReply, SumStep, pack, reply_signed_digest
from onggi.protocol.parcels import LinkLimits, ParcelKind
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.ids import RunId, SiteId
from onggi.spec.job import JobSpec

_IN_CHUNKS = LinkLimits().whole_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Which run the grid serves."""

    run: str
    spec: JobSpec
    spec_digest: str
    root: TrustRoot
    sites: tuple[SiteId, ...]
    """Hospitals that accepted, in order; node ids count from 1."""


@dataclass(slots=True)
class JobGrid:
    """The grid of one run. Implements `GridCalls`."""

    facts: RunFacts
    kind: Kind
    database: Database
    writes: GroupCommit
    outbox: SiteOutbox
    clock: Clock
    patience_s: float
    failpoint: Failpoint = no_failpoint
    payloads: Payloads = IN_ROWS
    _again: str = field(default_factory=lambda: secrets.token_hex(4))
    """In every parcel's id: a node that answered an earlier process must not take this one's for known."""
    _keys: dict[str, TrustedKey] = field(default_factory=dict)
    """Identity keys by hospital: read from the root once, not for every reply."""
    _ordinals: int = 0
    _ids: dict[str, tuple[int, int]] = field(default_factory=dict)
    """(ordinal, node id) by message id."""
    _sources: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    _delivered: set[int] = field(default_factory=set)
    _journal: RoundJournal | None = None
    _replies: dict[int, dict[SiteId, SignedRecords]] = field(default_factory=dict)
    """Of the newest message and the one before it."""
    _sums: dict[int, asyncio.Task[bytes]] = field(default_factory=dict)
    _sum: MaskedSum | None = None
    _failed: OnggiError | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def _get_journal(self) -> RoundJournal:
        if self._journal is None:
            self._journal = RoundJournal(
                run=self.facts.run,
                database=self.database,
                writes=self.writes,
                payloads=self.payloads,
                clock=self.clock,
                failpoint=self.failpoint,
                on_fault=self._stop,
            )
        return self._journal

    def _stop(self, error: OnggiError) -> None:
        """Nothing more can come of this run."""
        self._failed = self._failed or error
        self._changed.set()

    # --- what the server app asks --------------------------------------------------------------------

    async def node_ids(self) -> Sequence[int]:
        """One id for each hospital that accepted."""
        return list(range(1, len(self.facts.sites) + 1))

    async def push(self, messages: Sequence[Buffer]) -> Sequence[str]:
        """Takes one message for each hospital, all with the same content, and sends it."""
        read = flower_adapter.messages_from_bytes(messages, views=True)
        if len(read) != len(self.facts.sites) or not all(message.has_content() for message in read):
            raise Refused("run.uneven_messages")
        first, *others = {id(message.content): message.content for message in read}.values()
        records, ordinal = flower_adapter.records_to_bytes(first), self._ordinals
        if any(flower_adapter.records_to_bytes(other) != records for other in others):
            raise Refused("run.uneven_messages")
        self._ordinals += 1
        self._replies.pop(ordinal - 2, None)
        stored = self._get_journal().begin(ordinal, records)
        self._replies[ordinal] = dict(stored)
        for message in read:
            known = flower_adapter.get_metadata(message)
            name = str(known["message_id"])
            self._ids[name] = (ordinal, int(known["dst_node_id"]))
            self._sources[name] = (
                int(known["run_id"]),
                int(known["src_node_id"]),
                str(known["group_id"]),
            )
        if self.facts.spec.privacy.masked:
            self._sums[ordinal] = asyncio.create_task(self._sum_of(ordinal, records))
        else:
            self._ask_in_clear(ordinal, *await self._write_letter(ordinal, records))
        return [str(flower_adapter.get_metadata(message)["message_id"]) for message in read]

    async def pull(self, ids: Sequence[str], wait_s: float | None) -> Sequence[Sequence[Buffer]]:
        """Replies for these ids; waits until one is there. Under masks one reply stands for all."""
        ordinals = {self._ids[name][0] for name in ids if name in self._ids}
        if len(ordinals) != 1:
            raise Refused("run.uneven_messages")
        ordinal = ordinals.pop()
        if self.facts.spec.privacy.masked:
            return await self._pull_sum(ordinal, ids)
        return await self._pull_replies(ordinal, ids, wait_s)

    async def _pull_sum(self, ordinal: int, ids: Sequence[str]) -> Sequence[Sequence[Buffer]]:
        if ordinal in self._delivered:
            return []
        records = await self._sums[ordinal]
        self._delivered.add(ordinal)
        return [self._reply_message(min(ids), records)]

    async def _pull_replies(
        self, ordinal: int, ids: Sequence[str], wait_s: float | None
    ) -> Sequence[Sequence[Buffer]]:
        loop = asyncio.get_running_loop()
        # A hospital may hold its reply for a decision of its own: it has the time that the spec gives.
        patience = float(self.facts.spec.answer_within_seconds)
        deadline = loop.time() + (patience if wait_s is None else min(wait_s, patience))
        wanted = {self.facts.sites[self._ids[name][1] - 1]: name for name in ids}
        while True:
            if self._failed is not None:
                raise self._failed
            here = [site for site in wanted if site in self._replies.get(ordinal, {})]
            left = deadline - loop.time()
            # All at once: a sum must not depend on the order in which hospitals answered.
            if len(here) == len(wanted) or (left <= 0 and wait_s is not None):
                return [
                    self._reply_message(wanted[site], self._replies[ordinal][site].records)
                    for site in sorted(here)
                ]
            if left <= 0:
                raise Unreachable("run.site_silent")
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                continue

    def _reply_message(self, message_id: str, records: Buffer) -> Sequence[Buffer]:
        run_id, source, group = self._sources[message_id]
        return flower_adapter.reply_pieces(
            records,
            run_id=run_id,
            message_id=f"reply:{message_id}",
            reply_to=message_id,
            src_node_id=self._ids[message_id][1],
            dst_node_id=source,
            message_type="query.ask",
            group_id=group,
        )

    # --- clear ---------------------------------------------------------------------------------------

    async def _write_letter(self, ordinal: int, records: bytes) -> tuple[bytes, bytes]:
        """The body of the message for all hospitals, and its digest where the link needs one."""
        previous = sorted(self._replies[ordinal - 1].items()) if ordinal else []
        header = RunMessage(
            run=RunId(self.facts.run),
            ordinal=ordinal,
            previous_sites=tuple(site for site, _ in previous),
            previous_signatures=tuple(reply.signature for _, reply in previous),
        )
        body = pack(header, [records, *(reply.records for _, reply in previous)])
        if len(body) <= _IN_CHUNKS:
            return body, b""
        # Hashed once for all hospitals, where the link would for each.
        return body, (await aside(body, partial(hashlib.sha256, body))).digest()

    def _ask_in_clear(self, ordinal: int, body: bytes, sha256: bytes) -> None:
        """Sends the message to every hospital whose reply is not stored yet."""
        missing = [site for site in self.facts.sites if site not in self._replies.get(ordinal, {})]
        self.failpoint(CoordinatorPoint.MESSAGE_RECORDED)
        for site in missing:
            # Not written down once more for every hospital: after a crash the journal tells the same message.
            self.outbox.pass_raw(
                site,
                id=f"{self.facts.run}:{ordinal}:message:{self._again}",
                kind=ParcelKind.MESSAGE,
                about=self.facts.run,
                body=body,
                sha256=sha256,
            )

    async def on_reply(self, site: SiteId, reply: RunReply, attachments: Sequence[memoryview]) -> None:
        """Shows a hospital's signed reply to the app; returns when it is also written down."""
        if reply.code is not None:
            self._fail(site, reply.code)
            return
        if site not in self.facts.sites or len(attachments) != 1 or reply.signature is None:
            raise NotTrusted("message.malformed", kind="RunReply")
        given = SignedRecords(attachments[0], reply.signature)
        digest = (await aside(given.records, partial(hashlib.sha256, given.records))).hexdigest()
        self._check_signed(site, reply, digest)
        # Of another ordinal than the one waited for, what an earlier process stored is not in memory.
        if reply.ordinal == self._ordinals - 1:
            here = self._replies.setdefault(reply.ordinal, {})
            if here.setdefault(site, given).records != given.records:
                raise NotTrusted("reply.changed")
            self._changed.set()
        await self._get_journal().write_reply(reply.ordinal, site, given, sha256=digest)

    def _check_signed(self, site: SiteId, reply: RunReply, digest: str) -> None:
        """The hospital's identity key, not only its connection, stands behind the numbers."""
        if not self._keys:
            self._keys = {key.holder: key for key in self.facts.root.site_keys().values()}
        signed = reply_signed_digest(
            run=self.facts.run,
            site=site,
            spec=self.facts.spec_digest,
            ordinal=reply.ordinal,
            records=digest,
        )
        self._keys[site].public_key.verify(decode_base64(reply.signature or ""), signed)

    def _fail(self, site: SiteId, code: str) -> None:
        if self._sum is not None:
            self._sum.on_message_failed(code)
        elif code not in TRY_AGAIN and site in self.facts.sites:
            # What concerns one attempt came from before a restart: the next attempt has its own answers.
            self._failed = self._failed or Refused(code)
        self._changed.set()

    # --- masked --------------------------------------------------------------------------------------

    async def _sum_of(self, ordinal: int, records: bytes) -> bytes:
        """The stored sum's records, or those of a sum led now."""
        with self.database.reading() as session:
            known = session.get(GridSumRow, (self.facts.run, ordinal))
        if known is not None:
            return known.records
        if self._failed is not None:
            raise self._failed
        ask = read_ask(flower_adapter.records_from_bytes(records))
        first = self._find_sum(0)
        sites = self.facts.sites if first is None else first[1]
        layout = layout_of_sum(
            self.kind, self.facts.spec, ask, participants=len(self.facts.spec.participants)
        )
        self._sum = MaskedSum(
            of=SumOf(
                federation=self.facts.root.federation,
                spec_digest=self.facts.spec_digest,
                run=self.facts.run,
                ordinal=ordinal,
                participants=participants_of(self.facts.root, self.facts.spec),
                layout=layout,
            ),
            sites=sites,
            fixed=first is not None,
            send_step=self._send_step,
            send_message=lambda attempt: self._send_masked(ordinal, records, attempt, sites),
            patience_s=self.patience_s,
        )
        opened = await self._sum.run()
        self.failpoint(CoordinatorPoint.SUM_OPENED)
        return self._store_sum(ordinal, opened, ask)

    def _store_sum(self, ordinal: int, opened: OpenedSum, ask: Ask) -> bytes:
        count = len(self.facts.spec.participants)
        layout = self.kind.layout(self.facts.spec, ask, participants=count)
        arrays: Arrays = decode_sum(
            opened.total, layout.arrays, participants=count, contributors=len(opened.sites)
        )
        records = sums_to_records(arrays, sites=len(opened.sites), near=opened.near)
        pooled = flower_adapter.records_to_bytes(records)
        with self.database.writing() as session:
            session.add(
                GridSumRow(
                    run=self.facts.run,
                    ordinal=ordinal,
                    attempt=opened.attempt,
                    sites=",".join(opened.sites),
                    records=pooled,
                    transcript=opened.transcript,
                )
            )
        self.failpoint(CoordinatorPoint.SUM_STORED)
        return pooled

    def _find_sum(self, ordinal: int) -> tuple[GridSumRow, tuple[SiteId, ...]] | None:
        """A stored sum and the hospitals in it."""
        with self.database.reading() as session:
            row = session.get(GridSumRow, (self.facts.run, ordinal))
        if row is None:
            return None
        return row, tuple(SiteId(site) for site in row.sites.split(","))

    def _send_masked(self, ordinal: int, records: bytes, attempt: int, sites: Sequence[SiteId]) -> None:
        previous = self._find_sum(ordinal - 1) if ordinal else None
        header = RunMessage(
            run=RunId(self.facts.run),
            ordinal=ordinal,
            attempt=attempt,
            previous_attempt=previous[0].attempt if previous else 0,
        )
        attachments = [records, *([previous[0].transcript] if previous else [])]
        for site in sites:
            self.outbox.pass_on(
                site,
                id=f"{self.facts.run}:{ordinal}:{attempt}:message:{self._again}",
                kind=ParcelKind.MESSAGE,
                about=self.facts.run,
                header=header,
                attachments=attachments,
            )

    def _send_step(self, site: SiteId, step: SumStep, letters: Sequence[bytes | memoryview]) -> None:
        self.outbox.pass_on(
            site,
            id=f"{self.facts.run}:{step.ordinal}:{step.attempt}:{step.phase}:ask:{self._again}",
            kind=ParcelKind.SUM,
            about=self.facts.run,
            header=step,
            attachments=letters,
        )

    def on_step(self, site: SiteId, step: SumStep, letters: Sequence[memoryview]) -> None:
        """Hands a hospital's letters to the sum that is being led."""
        if self._sum is not None and step.ordinal == self._sum.of.ordinal:
            self._sum.on_step(site, step, list(letters))

    def on_lost(self, site: SiteId, code: str) -> None:
        """A hospital's run ended before the job did: no more will come from it."""
        if site in self.facts.sites:
            self._failed = self._failed or Refused(code)
            self._fail(site, code)

    def on_reconnect(self, site: SiteId) -> None:
        """A node came back; whatever exchange it was in may be lost."""
        if self._sum is not None:
            self._sum.on_reconnect(site)

    def close(self) -> None:
        """Stops leading sums."""
        for task in self._sums.values():
            task.cancel()

    async def finish_writing(self) -> None:
        """Returns when all messages are on disk, or could not be written."""
        if self._journal is not None:
            await self._journal.finish()
