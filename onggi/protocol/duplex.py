"""One live connection between a node and the coordinator: frames in, frames out, and a watch on silence.

* It knows no gRPC: a transport reads and writes bytes, so that the rules are the same on both sides
  and in tests.
* A bad frame is answered with a code and dropped; the connection goes on.
* Confirmations and credit ride on whatever frame goes next, so an answer costs one frame each way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Protocol

from onggi.errors import Refused
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.link_frames import (
    BadFrame,
    Frame,
    FrameType,
    Inbound,
    begin_of,
    chunk_bytes,
    cost_of,
    put_parcel,
    read_frame,
)
from onggi.protocol.link_inbox import Inbox
from onggi.protocol.link_queue import Announce, Piece, SendQueue, Whole
from onggi.protocol.parcels import LinkLimits

_MOST_CREDIT = 1 << 40
_ACKS_A_FRAME = 1000
_LAST_WORDS_S = 1.0


class Transport(Protocol):
    """An ordered stream of frames. `read` gives None at the end."""

    async def read(self) -> bytes | None: ...
    async def write(self, frame: bytes) -> None: ...


class Closed(Refused):
    """The connection ended; the code says why."""


class Duplex:
    """Runs one connection after the greeting. Implements link_inbox.Source."""

    def __init__(
        self,
        transport: Transport,
        *,
        frame_type: FrameType,
        inbox: Inbox,
        queue: SendQueue,
        limits: LinkLimits,
        their_window: int,
        heartbeat_s: float,
        on_error: Callable[[str], None] | None = None,
    ) -> None:
        self._transport = transport
        self._type = frame_type
        self._reads: FrameType = pb.FromCoordinator if frame_type is pb.FromNode else pb.FromNode
        self._inbox = inbox
        self._queue = queue
        self._limits = limits
        self._credit = min(their_window, _MOST_CREDIT)
        self._granted = limits.window
        self._heartbeat_s = heartbeat_s
        self._on_error = on_error
        self._loop = asyncio.get_running_loop()
        self._now = self._loop.time
        self._last_heard = self._now()
        self._sleeper: asyncio.Future[None] | None = None
        self._woken = False
        self._errors: deque[pb.Error] = deque(maxlen=64)  # a flood of bad frames costs the sender, not us
        self._resumes: dict[str, int] = {}
        self._acks: dict[str, None] = {}
        self._returned = 0
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flush_now = False
        self._beat_due = False
        self._echo: int | None = None
        self._goodbye: str | None = None
        self.round_trip_s: float | None = None
        self.bad_frames = 0

    async def run(self) -> str:
        """Serve until either side ends; returns the code of the reason."""
        self._inbox.attach(self)
        self._queue.wake = self._wake
        self._queue.restart()
        tasks = [asyncio.create_task(part()) for part in (self._read_all, self._write_all, self._watch)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return await self._reason(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._inbox.detach(self)
            if self._flush_timer is not None:
                self._flush_timer.cancel()

    async def _reason(self, tasks: list[asyncio.Task[str]]) -> str:
        reading, writing, watching = tasks
        if writing.done() and writing.exception() is not None:
            # The other side closed; what it said last is still to be read and says why.
            await asyncio.wait([reading], timeout=_LAST_WORDS_S)
        return next(task for task in (reading, writing, watching) if task.done()).result()

    def close(self, code: str) -> None:
        """Tell the other side why, then end."""
        self._goodbye = code
        self._wake()

    @property
    def silent_s(self) -> float:
        """How long ago the other side's last frame came."""
        return self._now() - self._last_heard

    # -- what the inbox asks for -------------------------------------------------------------

    def confirm(self, parcel_id: str) -> None:
        """Tell the sender that the parcel is durable here."""
        self._acks[parcel_id] = None
        self._flush_soon()

    def give_back(self, credit: int) -> None:
        """The sender may send that many bytes more."""
        self._granted += credit
        self._returned += credit
        self._flush_soon()

    def report(self, code: str, *, parcel_id: str = "", final: bool = False, limit: int = 0) -> None:
        """Tell the sender what was wrong."""
        self._errors.append(pb.Error(code=code, id=parcel_id, final=final, limit=limit))
        self._wake()

    def ask_from(self, parcel_id: str, offset: int) -> None:
        """Ask for a large parcel from an offset on."""
        self._resumes[parcel_id] = offset
        self._wake()

    # -- reading -----------------------------------------------------------------------------

    async def _read_all(self) -> str:
        while True:
            raw = await self._transport.read()
            if raw is None:
                return "link.closed"
            self._last_heard = self._now()
            try:
                inbound = read_frame(raw, self._reads, limits=self._limits)
            except BadFrame as bad:
                self.bad_frames += 1
                self.report(bad.code, parcel_id=bad.parcel_id, final=bad.final, limit=bad.limit)
                continue
            ended = self._take(inbound)
            if ended is not None:
                return ended

    def _take(self, inbound: Inbound) -> str | None:
        frame = inbound.frame
        for parcel_id in frame.acks:
            self._queue.confirmed(parcel_id)
        if frame.credit:
            self._credit = min(self._credit + frame.credit, _MOST_CREDIT)
            self._wake()
        match inbound.what:
            case "parcel":
                parcel = frame.parcel
                if self._spend(cost_of(parcel.id, parcel.about, len(parcel.body)), parcel.id):
                    self._inbox.take_whole(parcel, self)
            case "begin":
                self._inbox.take_begin(frame.begin, self)
            case "chunk":
                chunk = inbound.chunk
                assert chunk is not None
                if self._spend(cost_of(chunk.id, "", len(chunk.data)), chunk.id):
                    self._inbox.take_chunk(chunk, self)
            case "resume":
                if self._queue.resume(frame.resume.id, frame.resume.offset):
                    self._wake()
                else:
                    self.report("link.unexpected_chunk", parcel_id=frame.resume.id)
                    self._queue.failed(frame.resume.id, "link.unexpected_chunk", final=False)
            case "heartbeat":
                self._take_heartbeat(frame.heartbeat)
            case "error":
                return self._take_error(frame.error)
            case "hello" | "welcome":
                self.report("link.unknown_frame")  # a greeting belongs to the beginning
            case _:
                pass  # confirmations or credit alone
        return None

    def _spend(self, cost: int, parcel_id: str) -> bool:
        if cost > self._granted:
            self.report("link.credit_overrun", parcel_id=parcel_id, limit=self._limits.window)
            return False
        self._granted -= cost
        return True

    def _take_heartbeat(self, beat: pb.Heartbeat) -> None:
        if beat.echo_us:
            self.round_trip_s = max(0.0, self._now() - beat.echo_us / 1e6)
        elif beat.sent_us:
            self._echo = beat.sent_us
            self._wake()

    def _take_error(self, error: pb.Error) -> str | None:
        if self._on_error is not None:
            self._on_error(error.code)
        if error.id:
            self._queue.failed(error.id, error.code, final=error.final)
            return None
        return error.code if error.code in ENDING else None

    # -- writing -----------------------------------------------------------------------------

    def _wake(self) -> None:
        self._woken = True
        if self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)

    def _flush_soon(self) -> None:
        if self._returned * 4 >= self._limits.window or len(self._acks) >= _ACKS_A_FRAME:
            self._flush()
        elif self._flush_timer is None:
            self._flush_timer = self._loop.call_later(self._limits.ack_delay_s, self._flush_if_due)

    def _flush(self) -> None:
        self._flush_now = True
        self._wake()

    def _flush_if_due(self) -> None:
        # One timer at a time, never cancelled: it rides out frames that took the confirmations along.
        self._flush_timer = None
        if not self._acks and not self._returned:
            return
        self._flush()

    async def _write_all(self) -> str:
        while True:
            if self._goodbye is not None:
                last = self._type(error=pb.Error(code=self._goodbye, final=True))
                await self._transport.write(last.SerializeToString())
                return self._goodbye
            raw = self._next_frame()
            if raw is None:
                if not self._woken:
                    self._sleeper = self._loop.create_future()
                    await self._sleeper
                    self._sleeper = None
                self._woken = False
            else:
                await self._transport.write(raw)

    def _next_frame(self) -> bytes | None:
        if self._errors or self._resumes or self._beat_due or self._echo is not None:
            frame = self._type()
            self._put_control(frame)
            return self._sealed(frame)
        following = self._queue.take(self._credit)
        if following is None and not self._flush_now:
            return None
        frame = self._type()
        if isinstance(following, Whole):
            self._credit -= following.cost
            put_parcel(frame, following.parcel)
        elif isinstance(following, Announce):
            frame.begin.CopyFrom(begin_of(following.parcel))
        elif isinstance(following, Piece):
            self._credit -= following.cost
            self._ride(frame)
            data = memoryview(following.parcel.body)[following.offset : following.end]
            return chunk_bytes(frame, following.parcel.id, following.offset, data, following.sha256)
        return self._sealed(frame)

    def _put_control(self, frame: Frame) -> None:
        if self._errors:
            frame.error.CopyFrom(self._errors.popleft())
        elif self._resumes:
            frame.resume.id = next(iter(self._resumes))
            frame.resume.offset = self._resumes.pop(frame.resume.id)
        elif self._echo is not None:
            frame.heartbeat.echo_us, self._echo = self._echo, None
        else:
            self._beat_due = False
            frame.heartbeat.sent_us = max(1, int(self._now() * 1e6))

    def _ride(self, frame: Frame) -> None:
        """Put waiting confirmations and credit on a frame that goes anyway."""
        if self._acks:
            for parcel_id in list(islice(self._acks, _ACKS_A_FRAME)):
                del self._acks[parcel_id]
                frame.acks.append(parcel_id)
        frame.credit, self._returned = self._returned, 0
        self._flush_now = bool(self._acks)

    def _sealed(self, frame: Frame) -> bytes | None:
        self._ride(frame)
        return frame.SerializeToString() or None

    # -- watching ----------------------------------------------------------------------------

    async def _watch(self) -> str:
        while True:
            self._beat_due = True
            self._wake()
            await asyncio.sleep(self._heartbeat_s)
            self._inbox.drop_stale()
            if self._now() - self._last_heard > self._limits.dead_after_s:
                return "link.silent"


ENDING = frozenset(
    {
        "link.certificate_revoked",
        "link.certificate_expired",
        "link.superseded",
        "link.stopping",
        "link.renewing",
        "link.version_unknown",
    }
)
"""Errors about the connection itself: whoever sends one of these closes the stream after it."""
