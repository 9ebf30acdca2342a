"""The node's one connection to the coordinator: outwards only, kept alive, and opened again for ever.

* After a break it waits a random, growing time, so that forty hospitals do not return in one second.
* Why the last attempt failed is always known as a code: a failed attempt is followed by a diagnosis.
* The certificate is renewed in the last third of its life; an expired one is renewed on the way in.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from time import monotonic
from typing import Any

import grpc
import grpc.aio

from node.link.channel import SERVICE, error_from_call, open_link_channel
from node.link.diagnose import find_cause
from node.link.identity import load_identity
from node.link.renewal import renew
from node.link.settings import LinkSettings
from onggi.errors import OnggiError, Refused, Unreachable
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.duplex import Duplex
from onggi.protocol.link_frames import hello_frame, read_frame, welcome_of
from onggi.protocol.link_inbox import Inbox
from onggi.protocol.link_queue import SendQueue
from onggi.protocol.parcels import PROTOCOL_MAX, PROTOCOL_MIN, Hello, Outbox, Parcel

_log = logging.getLogger("onggi.link")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """What `onggi-node status` shows of the connection."""

    connected_since: datetime | None = None
    last_error: str | None = None
    round_trip_s: float | None = None
    clock_difference_s: float | None = None
    attempts: int = 0  # since the last success


class _ClientStream:
    """gRPC's client side of a stream as a Transport."""

    def __init__(self, call: Any) -> None:
        self._call = call

    async def read(self) -> bytes | None:
        raw = await self._call.read()
        return raw if isinstance(raw, bytes) else None  # gRPC marks the end by an object

    async def write(self, frame: bytes) -> None:
        await self._call.write(frame)


class NodeLink:
    """Connects, serves and reconnects until stopped."""

    def __init__(
        self,
        settings: LinkSettings,
        *,
        outbox: Outbox,
        on_parcel: Callable[[Parcel], Awaitable[None]],
        hello: Callable[[], Hello],
        clock: Callable[[], datetime],
        random: Random,
        on_refused: Callable[[Parcel, str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._hello = hello
        self._clock = clock
        self._random = random
        self._inbox = Inbox(on_parcel=on_parcel, limits=settings.limits, now=monotonic)
        self._queue = SendQueue(outbox, site=settings.site, limits=settings.limits, on_refused=on_refused)
        self._duplex: Duplex | None = None
        self._stopping = asyncio.Event()
        self._status = LinkStatus()

    @property
    def status(self) -> LinkStatus:
        """How the connection is now."""
        live = self._duplex
        return replace(self._status, round_trip_s=live.round_trip_s if live is not None else None)

    async def send(self, parcel: Parcel) -> None:
        """Queue a parcel that the outbox already holds. Returns when queued."""
        self._queue.put(parcel)

    def stop(self) -> None:
        """Say goodbye and let `run` return."""
        self._stopping.set()
        if self._duplex is not None:
            self._duplex.close("link.stopping")

    async def run(self) -> None:
        """Connect, serve, reconnect, until `stop`."""
        try:
            while not self._stopping.is_set():
                await self._attempt()
                if not self._stopping.is_set():
                    await self._pause()
        finally:
            await self._inbox.close()

    async def _attempt(self) -> None:
        try:
            code = await self._connect_once()
        except OnggiError as error:
            code = error.code
            if isinstance(error, Unreachable):
                found = await asyncio.to_thread(find_cause, self._settings, now=self._clock())
                code = found or code
        except Exception as fault:  # an outbox or callback of ours failed: say so, and stay reachable
            _log.error("link fault: %s", type(fault).__name__)
            code = "link.fault"
        connected = self._status.connected_since is not None
        self._status = replace(
            self._status,
            connected_since=None,
            last_error=code,
            attempts=0 if connected and code in _HARMLESS else self._status.attempts + 1,
        )
        _log.info("link down: %s", code)

    async def _pause(self) -> None:
        ceiling = self._settings.reconnect_s * 2 ** min(self._status.attempts, 16)
        wait = self._random.uniform(0.1, 1.0) * min(ceiling, self._settings.reconnect_max_s)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), wait)

    async def _connect_once(self) -> str:
        identity = load_identity(self._settings.folder)
        if identity.expired(self._clock()):
            identity = await asyncio.to_thread(renew, self._settings, now=self._clock())
        channel = open_link_channel(self._settings, identity)
        try:
            call = channel.stream_stream(SERVICE + "Connect")()
            try:
                return await self._serve(_ClientStream(call))
            finally:
                call.cancel()
        except grpc.aio.AioRpcError as error:
            raise error_from_call(error) from None
        except asyncio.InvalidStateError:  # gRPC's way to say that the call is over
            raise Unreachable("link.unreachable", status="closed") from None
        finally:
            await channel.close()

    async def _serve(self, stream: _ClientStream) -> str:
        limits = self._settings.limits
        try:
            async with asyncio.timeout(limits.hello_s):
                welcome = await self._greet(stream)
        except TimeoutError:
            raise Unreachable("link.unreachable", status="no welcome") from None
        duplex = Duplex(
            stream,
            frame_type=pb.FromNode,
            inbox=self._inbox,
            queue=self._queue,
            limits=limits,
            their_window=welcome.window,
            heartbeat_s=min(max(welcome_of(welcome).heartbeat_s, 0.05), limits.dead_after_s / 3),
            on_error=self._note,
        )
        self._welcomed(welcome)
        self._duplex = duplex
        if self._stopping.is_set():
            duplex.close("link.stopping")  # asked to stop while connecting
        renewing = asyncio.create_task(self._renew_when_due(duplex))
        try:
            return await duplex.run()
        finally:
            self._duplex = None
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _greet(self, stream: _ClientStream) -> pb.Welcome:
        hello = replace(self._hello(), clock_ms=round(self._clock().timestamp() * 1000))
        await stream.write(hello_frame(hello, window=self._settings.limits.window))
        raw = await stream.read()
        if raw is None:
            raise Unreachable("link.unreachable", status="closed")
        frame, what, _ = read_frame(raw, pb.FromCoordinator, limits=self._settings.limits)
        assert isinstance(frame, pb.FromCoordinator)
        if what == "error":
            raise Refused(frame.error.code)
        if what != "welcome":
            raise Refused("link.no_greeting")
        if not PROTOCOL_MIN <= frame.welcome.version <= PROTOCOL_MAX:
            raise Refused("link.version_unknown", theirs=frame.welcome.version, ours=PROTOCOL_MAX)
        return frame.welcome

    def _welcomed(self, welcome: pb.Welcome) -> None:
        now = self._clock()
        difference = now.timestamp() - welcome.server_time_ms / 1000
        off = abs(difference) > self._settings.clock_tolerance_s
        self._status = LinkStatus(
            connected_since=now,
            last_error="link.clock_off" if off else None,
            clock_difference_s=difference,
        )

    def _note(self, code: str) -> None:
        self._status = replace(self._status, last_error=code)

    async def _renew_when_due(self, duplex: Duplex) -> None:
        while True:
            await asyncio.sleep(self._settings.renew_check_s)
            if not load_identity(self._settings.folder).renewal_due(self._clock()):
                continue
            try:
                await asyncio.to_thread(renew, self._settings, now=self._clock())
            except OnggiError as error:
                self._note(error.code)
            else:
                duplex.close("link.renewing")


_HARMLESS = frozenset({"link.closed", "link.renewing", "link.stopping"})
"""After these a node returns quickly; after anything else, ever more slowly."""
