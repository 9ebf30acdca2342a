"""Cuts the byte stream between a worker and its keeper into frames, and refuses frames that are too long.

A frame is a 32-bit type, a 64-bit length and a payload, in network byte order. Both ends bound the length
before they set memory aside. Large payloads are sent from where they lie and received into one buffer.

* `BlockingChannel` for the worker and for simple callers; `AsyncChannel` for a keeper in an event loop.
* A closed socket is `Unreachable("sandbox.worker_gone")`; a frame that cannot be right is `NotTrusted`.
"""

from __future__ import annotations

import asyncio
import enum
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analysis_jobs.runner.wire_pieces import Buffer, join_small
from onggi.errors import NotTrusted, Unreachable

_HEADER: Final = struct.Struct(">IQ")
_LENGTH: Final = struct.Struct(">Q")

MOST_PARTS: Final = 4096


class FrameType(enum.IntEnum):
    """What a frame carries. Numbers are never reused."""

    CONFIG = 1
    FILE = 2
    FILE_BYTES = 3
    STATE = 4
    MESSAGE = 5
    STOP = 6
    READY = 16
    REPLY = 17
    ERROR = 18
    PUSH = 32
    PUSHED = 33
    PULL = 34
    PULLED = 35
    NODE_IDS = 36
    NODE_LIST = 37
    RESULT = 38


class WorkerError(enum.StrEnum):
    """All that a worker may say about a failure. Text of an exception never leaves it."""

    APP_NOT_FOUND = "app_not_found"
    APP_RAISED = "app_raised"
    BAD_REPLY = "bad_reply"
    OUT_OF_MEMORY = "out_of_memory"
    DATA_NOT_STORED = "data_not_stored"
    BAD_FRAME = "bad_frame"


@dataclass(frozen=True, slots=True)
class Frame:
    """One received frame."""

    type: FrameType
    payload: bytes | bytearray


def read_header(header: Buffer, *, max_bytes: int) -> tuple[FrameType, int]:
    """Type and length of the frame that follows."""
    number, length = _HEADER.unpack(header)
    try:
        kind = FrameType(number)
    except ValueError:
        raise NotTrusted("sandbox.bad_frame", type=number) from None
    if length > max_bytes:
        raise NotTrusted("sandbox.frame_too_long", length=length, limit=max_bytes)
    return kind, length


def join_parts(parts: Sequence[Buffer | Sequence[Buffer]]) -> list[Buffer]:
    """Several byte strings as one payload: each behind its 64-bit length. A part may come in pieces."""
    joined: list[Buffer] = []
    for part in parts:
        pieces = [part] if isinstance(part, bytes | bytearray | memoryview) else part
        joined += [_LENGTH.pack(sum(map(len, pieces))), *pieces]
    return joined


def split_parts(payload: Buffer, *, at_most: int = MOST_PARTS) -> list[memoryview]:
    """The byte strings that `join_parts` joined, without copying them.

    Their number is bounded: a payload of empty parts would cost its reader many times its own length.
    """
    rest = memoryview(payload)
    parts: list[memoryview] = []
    while rest:
        if len(rest) < _LENGTH.size or len(parts) == at_most:
            raise NotTrusted("sandbox.bad_frame", type=0)
        (length,) = _LENGTH.unpack_from(rest)
        if length > len(rest) - _LENGTH.size:
            raise NotTrusted("sandbox.bad_frame", type=0)
        parts.append(rest[_LENGTH.size : _LENGTH.size + length])
        rest = rest[_LENGTH.size + length :]
    return parts


class BlockingChannel:
    """Frames over a blocking socket."""

    def __init__(self, connection: socket.socket, *, max_bytes: int) -> None:
        self._socket = connection
        self._max_bytes = max_bytes

    def send(self, kind: FrameType, *parts: Buffer) -> None:
        """Send one frame whose payload is the parts, one after another."""
        header = _HEADER.pack(kind, sum(map(len, parts)))
        waiting = [memoryview(part) for part in (header, *parts) if len(part)]
        try:
            while waiting:
                sent = self._socket.sendmsg(waiting[:64])
                waiting = _drop_sent(waiting, sent)
        except (BrokenPipeError, ConnectionError) as error:
            raise Unreachable("sandbox.worker_gone") from error

    def receive(self) -> Frame:
        """Wait for the next frame."""
        kind, length = read_header(self._receive_exactly(_HEADER.size), max_bytes=self._max_bytes)
        return Frame(kind, self._receive_exactly(length) if length else b"")

    def _receive_exactly(self, length: int) -> bytes | bytearray:
        """One call and no copy where the kernel delivers all of it, which it does unless interrupted."""
        try:
            first = self._socket.recv(length, socket.MSG_WAITALL)
            if len(first) == length:
                return first
            whole = bytearray(first)
            while first and len(whole) < length:
                first = self._socket.recv(length - len(whole), socket.MSG_WAITALL)
                whole += first
        except ConnectionError as error:
            raise Unreachable("sandbox.worker_gone") from error
        if len(whole) < length:
            raise Unreachable("sandbox.worker_gone")
        return whole


def _drop_sent(waiting: list[memoryview], sent: int) -> list[memoryview]:
    """What is still to be sent after `sent` bytes went out."""
    while waiting and sent >= len(waiting[0]):
        sent -= len(waiting[0])
        waiting = waiting[1:]
    return [waiting[0][sent:], *waiting[1:]] if waiting else []


class AsyncChannel:
    """Frames over the same kind of socket, for one reader and one writer in an event loop."""

    def __init__(self, connection: socket.socket, *, max_bytes: int) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._max_bytes = max_bytes

    async def send(self, kind: FrameType, *parts: Buffer) -> None:
        """Send one frame whose payload is the parts, one after another."""
        loop = asyncio.get_running_loop()
        try:
            # Small pieces together: each send is a call of the system and a turn of the loop.
            for part in join_small([_HEADER.pack(kind, sum(map(len, parts))), *parts]):
                await loop.sock_sendall(self._socket, part)
        except ConnectionError as error:
            raise Unreachable("sandbox.worker_gone") from error

    async def receive(self) -> Frame:
        """Wait for the next frame."""
        header = await self._receive_exactly(_HEADER.size)
        kind, length = read_header(header, max_bytes=self._max_bytes)
        return Frame(kind, await self._receive_exactly(length))

    async def _receive_exactly(self, length: int) -> bytearray:
        loop = asyncio.get_running_loop()
        whole = bytearray(length)
        rest = memoryview(whole)
        try:
            while rest:
                received = await loop.sock_recv_into(self._socket, rest)
                if received == 0:
                    raise Unreachable("sandbox.worker_gone")
                rest = rest[received:]
        except ConnectionError as error:
            raise Unreachable("sandbox.worker_gone") from error
        return whole
