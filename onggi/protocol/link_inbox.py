"""The receiving side of a link: hands each parcel to its handler, confirms it, and keeps halves.

* A parcel is confirmed only after its handler returned. A handler that says no (Refused, NotTrusted)
  ends the parcel; any other failure asks the sender to try again later.
* Parcels of one lane are handled one after another; different lanes at the same time.
* Memory is bounded: whole parcels by the window, halves by declared size, number and age.
* Only codes cross back. What a handler's exception says stays here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from onggi.errors import NotTrusted, Refused, Unreachable
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.link_frames import ChunkIn, cost_of, is_code, parcel_from_begin, parcel_of
from onggi.protocol.link_partial import Partial
from onggi.protocol.parcels import LinkLimits, Parcel

_log = logging.getLogger("onggi.link")

OnParcel = Callable[[Parcel], Awaitable[None]]


class Source(Protocol):
    """The connection through which answers go back."""

    def confirm(self, parcel_id: str) -> None: ...
    def give_back(self, credit: int) -> None: ...
    def report(self, code: str, *, parcel_id: str = "", final: bool = False, limit: int = 0) -> None: ...
    def ask_from(self, parcel_id: str, offset: int) -> None: ...


@dataclass(slots=True)
class _Arrived:
    """A complete parcel waiting for its handler."""

    id: str
    source: Source
    credit: int = 0
    parcel: Parcel | None = None
    partial: Partial | None = None
    sha256: bytes = b""


class Inbox:
    """One per peer; connections come and go, this stays."""

    def __init__(self, *, on_parcel: OnParcel, limits: LinkLimits, now: Callable[[], float]) -> None:
        self._on_parcel = on_parcel
        self._limits = limits
        self._now = now
        self._source: Source | None = None
        self._confirmed: OrderedDict[str, None] = OrderedDict()
        self._handling: set[str] = set()
        self._lanes: dict[str, deque[_Arrived]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._partials: dict[str, Partial] = {}
        self._announced: dict[str, pb.Begin] = {}  # waiting for room, in the order of their coming
        self._large_bytes = 0
        self._held = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of whole parcels waiting for handlers, and declared bytes of large ones."""
        return self._held + self._large_bytes

    def attach(self, source: Source) -> None:
        """Answers go to this connection from now on."""
        self._source = source

    def detach(self, source: Source) -> None:
        """That connection is gone."""
        if self._source is source:
            self._source = None
            self._announced.clear()  # the sender announces again on its next connection

    async def close(self) -> None:
        """Stop handlers that still run; their parcels stay unconfirmed and come again."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def take_whole(self, message: pb.Parcel, source: Source) -> None:
        """A parcel that came in one frame."""
        cost = cost_of(message.id, message.about, len(message.body))
        if self._settled(message.id, source):
            source.give_back(cost)
        elif self._held + cost > 2 * self._limits.window:
            source.give_back(cost)
            source.report("link.receiver_full", parcel_id=message.id)
        else:
            self._held += cost
            parcel = parcel_of(message)
            self._enqueue(parcel.lane, _Arrived(id=parcel.id, source=source, credit=cost, parcel=parcel))

    def take_begin(self, begin: pb.Begin, source: Source) -> None:
        """A large parcel is announced: say from where it should be sent, if there is room."""
        if self._settled(begin.id, source):
            return
        if begin.length == 0:
            source.report("link.malformed_frame", parcel_id=begin.id, final=True)
            return
        partial = self._partials.get(begin.id)
        if partial is not None and not partial.same_as(begin):
            self._drop(begin.id)
            partial = None
        if partial is not None:
            source.ask_from(begin.id, partial.received)
        elif begin.length > self._limits.partial_bytes or len(self._announced) >= self._limits.partial_count:
            source.report("link.receiver_full", parcel_id=begin.id, limit=self._limits.partial_bytes)
        else:
            self._announced[begin.id] = begin
            self._admit()

    def _admit(self) -> None:
        """Let announced parcels come, as far as there is room. Refusing them would break their order."""
        while self._announced and self._source is not None:
            begin = next(iter(self._announced.values()))
            full = self._large_bytes + begin.length > self._limits.partial_bytes
            if full or len(self._partials) >= self._limits.partial_count:
                return
            del self._announced[begin.id]
            self._partials[begin.id] = Partial(begin, now=self._now())
            self._large_bytes += begin.length
            self._source.ask_from(begin.id, 0)

    def take_chunk(self, chunk: ChunkIn, source: Source) -> None:
        """A piece of a large parcel."""
        size = len(chunk.data)
        source.give_back(cost_of(chunk.id, "", size))
        partial = self._partials.get(chunk.id)
        if partial is None or chunk.offset != partial.received:
            if not self._settled(chunk.id, source):
                source.report("link.unexpected_chunk", parcel_id=chunk.id)
            return
        complete = partial.received + size == partial.begin.length
        if partial.received + size > partial.begin.length or complete != bool(chunk.sha256):
            self._drop(chunk.id)
            source.report("link.malformed_frame", parcel_id=chunk.id)
            return
        partial.add(chunk.data, now=self._now())
        if complete:
            del self._partials[chunk.id]
            lane = parcel_from_begin(partial.begin, b"").lane
            self._enqueue(lane, _Arrived(id=chunk.id, source=source, partial=partial, sha256=chunk.sha256))

    def drop_stale(self) -> None:
        """Forget halves that nobody has continued for a while."""
        oldest = self._now() - self._limits.partial_keep_s
        for parcel_id in [key for key, partial in self._partials.items() if partial.touched < oldest]:
            self._drop(parcel_id)
        self._admit()

    def _drop(self, parcel_id: str) -> None:
        self._large_bytes -= self._partials.pop(parcel_id).begin.length

    def _settled(self, parcel_id: str, source: Source) -> bool:
        """Whether nothing more is needed: confirmed already, or in a handler's hands."""
        if parcel_id in self._confirmed:
            source.confirm(parcel_id)
            return True
        return parcel_id in self._handling

    def _enqueue(self, lane: str, arrived: _Arrived) -> None:
        self._handling.add(arrived.id)
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(arrived)
            return
        self._lanes[lane] = deque([arrived])
        task = asyncio.create_task(self._work(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, lane: str) -> None:
        waiting = self._lanes[lane]
        try:
            while waiting:
                arrived = waiting[0]
                try:
                    await self._handle(arrived)
                finally:
                    waiting.popleft()
                    self._release(arrived)
        finally:
            for left in waiting:  # only when cancelled
                self._release(left)
            del self._lanes[lane]

    def _release(self, arrived: _Arrived) -> None:
        self._handling.discard(arrived.id)
        self._held -= arrived.credit
        if arrived.partial is not None:
            self._large_bytes -= arrived.partial.begin.length
            self._admit()
        if arrived.credit and arrived.source is self._source:
            arrived.source.give_back(arrived.credit)

    async def _handle(self, arrived: _Arrived) -> None:
        parcel = arrived.parcel
        if arrived.partial is not None:
            body = await arrived.partial.finish(arrived.sha256)
            if body is None:
                self._report("link.digest_mismatch", arrived.id, final=False)
                return
            parcel = parcel_from_begin(arrived.partial.begin, body, sha256=arrived.sha256)
        assert parcel is not None
        try:
            await self._on_parcel(parcel)
        except (Refused, NotTrusted) as no:
            self._report(no.code, arrived.id, final=True)
        except Unreachable as later:
            self._report(later.code, arrived.id, final=False)
        except Exception as fault:  # whatever a handler does, the link lives and the parcel comes again
            _log.error("handler failed: kind=%s fault=%s", parcel.kind, type(fault).__name__)
            self._report("link.handler_failed", arrived.id, final=False)
        else:
            self._confirmed[arrived.id] = None
            if len(self._confirmed) > self._limits.recent_acks:
                self._confirmed.popitem(last=False)
            if self._source is not None:
                self._source.confirm(arrived.id)

    def _report(self, code: str, parcel_id: str, *, final: bool) -> None:
        if self._source is not None:
            shown = code if is_code(code) else "link.handler_failed"
            self._source.report(shown, parcel_id=parcel_id, final=final)
