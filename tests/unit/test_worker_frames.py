"""Frames between a worker and its keeper: whole in every piece size, bounded, and refused when malformed."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.runner.worker_frames import (
    AsyncChannel,
    BlockingChannel,
    Frame,
    FrameType,
    join_parts,
    split_parts,
)
from onggi.errors import NotTrusted, Unreachable


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=8))
def test_parts_come_apart_as_they_were(parts: list[bytes]) -> None:
    joined = b"".join(bytes(one) for one in join_parts(parts))
    assert [bytes(one) for one in split_parts(joined)] == parts


def _parts_or_code(payload: bytes) -> list[int] | str:
    try:
        return [len(one) for one in split_parts(payload)]
    except NotTrusted as error:
        return error.code


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_splitting_arbitrary_bytes_ends_in_parts_or_distrust(payload: bytes) -> None:
    outcome = _parts_or_code(payload)
    if isinstance(outcome, list):
        assert sum(8 + length for length in outcome) == len(payload)
    else:
        assert outcome == "sandbox.bad_frame"


def test_countless_empty_parts_are_not_trusted() -> None:
    assert len(split_parts(bytes(8 * 4096))) == 4096
    with pytest.raises(NotTrusted):
        split_parts(bytes(8 * 4097))
    with pytest.raises(NotTrusted):
        split_parts(bytes(8 * 3), at_most=2)


def test_a_large_frame_arrives_whole(ends: tuple[socket.socket, socket.socket]) -> None:
    left, right = ends
    payload = bytes(range(256)) * 40_000
    sender = BlockingChannel(left, max_bytes=0)
    sending = threading.Thread(target=sender.send, args=(FrameType.REPLY, payload, b"", payload[:7]))
    sending.start()
    frame = BlockingChannel(right, max_bytes=2**24).receive()
    sending.join()
    assert frame == Frame(FrameType.REPLY, payload + payload[:7])


def test_a_frame_in_single_bytes_arrives_whole(ends: tuple[socket.socket, socket.socket]) -> None:
    left, right = ends
    wire = struct.pack(">IQ", FrameType.STATE, 5) + b"state"

    def drip() -> None:
        for position in range(len(wire)):
            left.send(wire[position : position + 1])

    dripping = threading.Thread(target=drip)
    dripping.start()
    assert BlockingChannel(right, max_bytes=5).receive() == Frame(FrameType.STATE, b"state")
    dripping.join()


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (struct.pack(">IQ", 999, 0), "sandbox.bad_frame"),
        (struct.pack(">IQ", FrameType.REPLY, 2**63), "sandbox.frame_too_long"),
        (struct.pack(">IQ", FrameType.REPLY, 101), "sandbox.frame_too_long"),
    ],
)
def test_a_malformed_frame_is_not_trusted(
    ends: tuple[socket.socket, socket.socket], wire: bytes, code: str
) -> None:
    left, right = ends
    left.sendall(wire)
    with pytest.raises(NotTrusted) as distrust:
        BlockingChannel(right, max_bytes=100).receive()
    assert distrust.value.code == code


@pytest.mark.parametrize("cut", [0, 3, 12, 14])
def test_a_worker_that_goes_away_is_unreachable(ends: tuple[socket.socket, socket.socket], cut: int) -> None:
    left, right = ends
    left.sendall((struct.pack(">IQ", FrameType.REPLY, 5) + b"reply")[:cut])
    left.close()
    with pytest.raises(Unreachable) as gone:
        BlockingChannel(right, max_bytes=100).receive()
    assert gone.value.code == "sandbox.worker_gone"


def test_sending_to_a_closed_worker_is_unreachable(ends: tuple[socket.socket, socket.socket]) -> None:
    left, right = ends
    right.close()
    with pytest.raises(Unreachable):
        BlockingChannel(left, max_bytes=100).send(FrameType.STOP)


def test_the_keeper_in_an_event_loop_speaks_the_same_frames(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    left, right = ends
    payload = bytes(3_000_000)

    def echo() -> None:
        channel = BlockingChannel(right, max_bytes=2**24)
        frame = channel.receive()
        channel.send(FrameType.REPLY, frame.payload)

    async def talk() -> Frame:
        channel = AsyncChannel(left, max_bytes=2**24)
        await channel.send(FrameType.MESSAGE, payload, b"end")
        return await channel.receive()

    echoing = threading.Thread(target=echo)
    echoing.start()
    frame = asyncio.run(talk())
    echoing.join()
    assert frame == Frame(FrameType.REPLY, payload + b"end")


@pytest.mark.parametrize("cut", [0, 5, 13])
def test_the_keeper_notices_a_worker_that_goes_away(
    ends: tuple[socket.socket, socket.socket], cut: int
) -> None:
    left, right = ends
    right.sendall((struct.pack(">IQ", FrameType.REPLY, 5) + b"reply")[:cut])
    right.close()

    async def receive() -> None:
        await AsyncChannel(left, max_bytes=100).receive()

    with pytest.raises(Unreachable):
        asyncio.run(receive())


def test_the_keeper_bounds_a_frame_before_it_sets_memory_aside(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    left, right = ends
    right.sendall(struct.pack(">IQ", FrameType.REPLY, 2**62))

    async def receive() -> None:
        await AsyncChannel(left, max_bytes=2**20).receive()

    with pytest.raises(NotTrusted) as distrust:
        asyncio.run(receive())
    assert distrust.value.facts == {"length": 2**62, "limit": 2**20}
