"""Garbage on the link: memory stays bounded, a code goes back, and the next parcel is served."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc.aio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.link.channel import error_from_call, open_link_channel
from node.link.identity import load_identity
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.link_frames import BadFrame, hello_frame, read_frame
from onggi.protocol.parcels import Hello, LinkLimits
from onggi.words.link import WORDS
from tests.support.link_house import GatewayHouse, in_loop
from tests.support.link_pair import End, Wire, finish, wires

LIMITS = LinkLimits(
    whole_frame=1000,
    chunk=2000,
    frame=12_000,
    body=100_000,
    window=8_000,
    partial_bytes=200_000,
    partial_count=3,
    heartbeat_s=30.0,
    dead_after_s=60.0,
    ack_delay_s=0.0,
)
NAMES = st.text(max_size=200) | st.sampled_from(["p-1", "p-2", "p-3"])
KINDS = st.integers(-(2**31), 2**31 - 1) | st.sampled_from([0, 1, 4, 99])
NUMBERS = st.integers(0, 2**64 - 1) | st.integers(0, 5000)
DATA = st.binary(max_size=3000)


def frames() -> st.SearchStrategy[bytes]:
    """Well-formed protobuf of every shape with wild values, cut and bent copies of it, and noise."""
    whats = st.one_of(
        st.builds(
            lambda i, k, a, b: {"parcel": pb.Parcel(id=i, kind=k, about=a, body=b)}, NAMES, KINDS, NAMES, DATA
        ),
        st.builds(
            lambda i, k, a, n: {"begin": pb.Begin(id=i, kind=k, about=a, length=n)},
            NAMES,
            KINDS,
            NAMES,
            NUMBERS,
        ),
        st.builds(lambda i, n: {"resume": pb.Resume(id=i, offset=n)}, NAMES, NUMBERS),
        st.builds(
            lambda i, n, s, d: {"chunk": pb.Chunk(id=i, offset=n, sha256=s, data=d)},
            NAMES,
            NUMBERS,
            st.binary(max_size=40) | st.binary(min_size=32, max_size=32),
            DATA,
        ),
        st.builds(lambda a, b: {"heartbeat": pb.Heartbeat(sent_us=a, echo_us=b)}, NUMBERS, NUMBERS),
        st.builds(lambda n: {"hello": pb.Hello(version_max=n)}, st.integers(0, 2**32 - 1)),
        st.just({}),
    )
    shaped = st.builds(
        lambda what, acks, credit: pb.FromNode(acks=acks, credit=credit, **what).SerializeToString(),
        whats,
        st.lists(NAMES, max_size=5),
        NUMBERS,
    )
    cut = st.builds(lambda raw, at: raw[: at % (len(raw) + 1)], shaped, NUMBERS)
    bent = st.builds(_flip, shaped, NUMBERS, st.integers(1, 255))
    oversized = st.integers(12_001, 30_000).map(bytes)
    return st.one_of(shaped, cut, bent, oversized, st.binary(max_size=400))


def _flip(raw: bytes, at: int, by: int) -> bytes:
    if not raw:
        return b"\xff"
    at %= len(raw)
    return raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :]


@given(st.binary(max_size=400) | frames())
@settings(max_examples=400, deadline=None, derandomize=True)
def test_reading_a_frame_gives_a_frame_or_a_code_with_words(raw: bytes) -> None:
    code = _code_of(raw)
    assert code is None or code in WORDS


def _code_of(raw: bytes) -> str | None:
    try:
        read_frame(raw, pb.FromNode, limits=LIMITS)
    except BadFrame as bad:
        return bad.code
    return None


async def pour(raws: list[bytes], *, after: bytes) -> tuple[End, list[pb.FromCoordinator]]:
    """Send frames, then a good one; what came back until it was confirmed."""
    coordinator = End(pb.FromCoordinator, limits=LIMITS)
    one, two = wires()
    running = coordinator.connect(two)
    answers: list[pb.FromCoordinator] = []

    async def listen(wire: Wire) -> None:
        while not answers or "the-good-one" not in answers[-1].acks:
            raw = await wire.read()
            assert raw is not None
            answers.append(pb.FromCoordinator.FromString(raw))

    hearing = asyncio.create_task(listen(one))
    for raw in raws:
        await one.write(raw)
        assert coordinator.inbox.held_bytes <= 2 * LIMITS.window + LIMITS.partial_bytes
    await one.write(after)
    await asyncio.wait_for(hearing, 20)
    await finish(running)
    await coordinator.inbox.close()
    return coordinator, answers


GOOD = pb.FromNode(parcel=pb.Parcel(id="the-good-one", kind=pb.REPLY, body=b"ok")).SerializeToString()


@given(st.lists(frames(), max_size=25))
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_the_connection_survives_any_garbage_and_answers_with_codes(raws: list[bytes]) -> None:
    coordinator, answers = asyncio.run(pour(raws, after=GOOD))
    assert "the-good-one" in [parcel.id for parcel in coordinator.received]
    codes = {answer.error.code for answer in answers if answer.WhichOneof("what") == "error"}
    assert codes <= set(WORDS)
    assert codes or all(_code_of(raw) is None for raw in raws)


def test_a_flood_of_bad_frames_does_not_grow_the_receiver() -> None:
    dice = random.Random(5)
    wild = [dice.randbytes(dice.randrange(1, 3000)) for _ in range(50)]
    greedy = [
        pb.FromNode(begin=pb.Begin(id=f"b-{n}", kind=pb.SUM, length=100_000)).SerializeToString()
        for n in range(50)
    ]
    asyncio.run(pour(wild, after=GOOD))  # imports and caches settle first
    tracemalloc.start()
    asyncio.run(pour((wild + greedy) * 40, after=GOOD))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000  # 4,000 bad frames, each answered


def test_more_than_the_granted_bytes_is_dropped_with_a_code() -> None:
    async def main() -> tuple[End, list[str]]:
        coordinator = End(pb.FromCoordinator, limits=LIMITS)
        gate = asyncio.Event()

        async def wait(_: object) -> None:
            await gate.wait()

        coordinator.handler = wait
        one, two = wires()
        running = coordinator.connect(two)
        codes: list[str] = []
        for number in range(20):
            body = pb.Parcel(id=f"p-{number}", kind=pb.REPLY, body=bytes(900))
            await one.write(pb.FromNode(parcel=body).SerializeToString())
        while len(codes) < 12:
            raw = await one.read()
            assert raw is not None
            frame = pb.FromCoordinator.FromString(raw)
            if frame.WhichOneof("what") == "error":
                codes.append(frame.error.code)
        assert coordinator.inbox.held_bytes <= LIMITS.window
        gate.set()
        await finish(running)
        await coordinator.inbox.close()
        return coordinator, codes

    _, codes = asyncio.run(main())
    assert set(codes) == {"link.credit_overrun"}


@in_loop
async def test_over_real_tls_bad_frames_are_answered_and_the_next_parcel_is_served(tmp_path: Path) -> None:
    house = GatewayHouse()
    await house.start()
    chosen = await house.enrol(tmp_path, "seoul")
    channel = open_link_channel(chosen, load_identity(chosen.folder))
    call = channel.stream_stream("/onggi.v1.NodeService/Connect")()
    try:
        await call.write(b"\xff\xff noise before the greeting")
        assert await answer(call) == "link.malformed_frame"
        await call.write(pb.FromNode(parcel=pb.Parcel(id="early", kind=pb.REPLY)).SerializeToString())
        assert await answer(call) == "link.no_greeting"
        await call.write(hello_frame(Hello(), window=1 << 20))
        assert (await _frame(call)).WhichOneof("what") == "welcome"
        bad: list[tuple[bytes, str]] = [
            (b"\x00\xff\x13", "link.malformed_frame"),
            (b"", "link.unknown_frame"),
            (b"\xba\x06\x01x", "link.unknown_frame"),  # field 103 of a later version
            (bytes(house.limits.frame + 1), "link.frame_too_large"),
            (_parcel(kind=99), "link.unknown_kind"),
            (_parcel(body=bytes((1 << 20) + 1)), "link.parcel_too_large"),
            (_begin(1 << 60), "link.parcel_too_large"),
            (_begin(0), "link.malformed_frame"),
            (_chunk(), "link.unexpected_chunk"),
            (hello_frame(Hello(), window=1), "link.unknown_frame"),
        ]
        for raw, code in bad:
            await call.write(raw)
            assert await answer(call) == code
        await call.write(_parcel())
        while "good" not in (await _frame(call)).acks:
            pass
        assert [parcel.id for _, parcel in house.received] == ["good"]
        assert house.gateway.connected()[chosen.site].bad_frames == 7
    finally:
        call.cancel()
        await channel.close()
        await house.stop()


@in_loop
async def test_a_message_beyond_all_limits_ends_its_stream_and_the_channel_serves_the_next(
    tmp_path: Path,
) -> None:
    house = GatewayHouse()
    await house.start()
    chosen = await house.enrol(tmp_path, "seoul")
    channel = open_link_channel(
        replace(chosen, limits=replace(chosen.limits, frame=4 * chosen.limits.frame)),
        load_identity(chosen.folder),
    )
    try:
        for size in (3 * house.limits.frame, 10):
            call = channel.stream_stream("/onggi.v1.NodeService/Connect")()
            await call.write(hello_frame(Hello(), window=1 << 20))
            assert (await _frame(call)).WhichOneof("what") == "welcome"
            await call.write(_parcel(body=bytes(size)))
            ended = ""
            try:
                while "good" not in (await _frame(call)).acks:
                    pass
            except grpc.aio.AioRpcError as error:
                ended = error_from_call(error).code
            assert ended == ("link.frame_too_large" if size > 10 else "")
            call.cancel()
        assert [len(parcel.body) for _, parcel in house.received] == [10]
    finally:
        await channel.close()
        await house.stop()


async def _frame(call: Any) -> pb.FromCoordinator:
    return pb.FromCoordinator.FromString(await asyncio.wait_for(call.read(), 20))


async def answer(call: Any) -> str:
    """The next error's code; heartbeats go by."""
    while True:
        frame = await _frame(call)
        if frame.WhichOneof("what") == "error":
            return frame.error.code


def _parcel(*, kind: int = pb.REPLY, body: bytes = b"x") -> bytes:
    return pb.FromNode(parcel=pb.Parcel(id="good", kind=kind, body=body)).SerializeToString()  # type: ignore[arg-type]  # a kind that the enum lacks is the point


def _begin(length: int) -> bytes:
    return pb.FromNode(begin=pb.Begin(id="big", kind=pb.SUM, length=length)).SerializeToString()


def _chunk() -> bytes:
    return pb.FromNode(chunk=pb.Chunk(id="nothing", offset=5, data=b"x")).SerializeToString()
