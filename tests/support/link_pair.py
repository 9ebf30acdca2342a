"""Two ends of the link in one loop without a network: what one writes the other reads, slowly if asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.duplex import Duplex
from onggi.protocol.link_frames import FrameType
from onggi.protocol.link_inbox import Inbox
from onggi.protocol.link_queue import SendQueue
from onggi.protocol.parcels import LinkLimits, MemoryOutbox, Parcel
from onggi.spec.ids import SiteId

SITE = SiteId("seoul")


class Wire:
    """One direction is a bounded queue, as a socket's buffer is. `put(None)` ends the stream."""

    def __init__(self, inward: asyncio.Queue[bytes | None], outward: asyncio.Queue[bytes | None]) -> None:
        self.inward, self.outward = inward, outward
        self.written: list[bytes] = []

    async def read(self) -> bytes | None:
        return await self.inward.get()

    async def write(self, frame: bytes) -> None:
        self.written.append(frame)
        await self.outward.put(frame)


def wires() -> tuple[Wire, Wire]:
    one: asyncio.Queue[bytes | None] = asyncio.Queue(8)
    two: asyncio.Queue[bytes | None] = asyncio.Queue(8)
    return Wire(one, two), Wire(two, one)


class End:
    """One side: outbox, queue, inbox and, while connected, a duplex."""

    def __init__(
        self,
        frame_type: FrameType,
        *,
        limits: LinkLimits,
        handler: Callable[[Parcel], Awaitable[None]] | None = None,
        remember_refusals: bool = True,
    ) -> None:
        self.type = frame_type
        self.limits = limits
        self.handler = handler
        self.received: list[Parcel] = []
        self.refused: list[tuple[str, str]] = []
        self.errors: list[str] = []
        self.outbox = MemoryOutbox()
        loop = asyncio.get_running_loop()
        self.inbox = Inbox(on_parcel=self._take, limits=limits, now=loop.time)

        def on_refused(parcel: Parcel, code: str) -> None:
            self.refused.append((parcel.id, code))

        self.queue = SendQueue(
            self.outbox, site=SITE, limits=limits, on_refused=on_refused if remember_refusals else None
        )
        self.duplex: Duplex | None = None

    async def _take(self, parcel: Parcel) -> None:
        if self.handler is not None:
            await self.handler(parcel)
        self.received.append(parcel)

    def send(self, parcel: Parcel) -> None:
        self.outbox.record(SITE, parcel)
        self.queue.put(parcel)

    def connect(self, wire: Wire) -> asyncio.Task[str]:
        self.duplex = Duplex(
            wire,
            frame_type=self.type,
            inbox=self.inbox,
            queue=self.queue,
            limits=self.limits,
            their_window=self.limits.window,
            heartbeat_s=self.limits.heartbeat_s,
            on_error=self.errors.append,
        )
        return asyncio.create_task(self.duplex.run())


def ends(limits: LinkLimits) -> tuple[End, End]:
    return End(pb.FromNode, limits=limits), End(pb.FromCoordinator, limits=limits)


async def finish(*tasks: asyncio.Task[str]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
