"""Waits for a node's first frame; noise before it is answered with a code, not with a closed door."""

from __future__ import annotations

from typing import Any

from onggi.errors import Refused
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.link_frames import BadFrame, read_frame
from onggi.protocol.parcels import LinkLimits

_TRIES = 100


class ServerStream:
    """gRPC's server side of a stream as a Transport."""

    def __init__(self, context: Any) -> None:
        self._context = context

    async def read(self) -> bytes | None:
        raw = await self._context.read()
        return raw if isinstance(raw, bytes) else None  # gRPC marks the end by an object

    async def write(self, frame: bytes) -> None:
        await self._context.write(frame)


async def read_hello(stream: ServerStream, *, limits: LinkLimits) -> pb.Hello:
    """The node's greeting. Raises Refused where the stream ends or the noise does not."""
    for _ in range(_TRIES):
        raw = await stream.read()
        if raw is None:
            break
        try:
            frame, what, _ = read_frame(raw, pb.FromNode, limits=limits)
        except BadFrame as bad:
            error = pb.Error(code=bad.code, limit=bad.limit)
        else:
            if what == "hello":
                assert isinstance(frame, pb.FromNode)
                return frame.hello
            error = pb.Error(code="link.no_greeting")
        await stream.write(pb.FromCoordinator(error=error).SerializeToString())
    raise Refused("link.no_greeting")
