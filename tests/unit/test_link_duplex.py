"""The rules of one connection, without a network: order, confirmation, credit, large bodies, breaks."""

from __future__ import annotations

import asyncio
import hashlib
import random
from dataclasses import replace

import pytest

from onggi.errors import Refused, Unreachable
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.link_frames import BadFrame, read_frame
from onggi.protocol.parcels import LinkLimits, Parcel, ParcelKind
from tests.support.link_house import in_loop, until
from tests.support.link_pair import SITE, End, ends, finish, wires

SMALL = LinkLimits(
    whole_frame=1000,
    chunk=2000,
    frame=12_000,
    body=200_000,
    window=8_000,
    partial_bytes=300_000,
    partial_count=3,
    retry_s=0.01,
    heartbeat_s=0.1,
    dead_after_s=2.0,
    ack_delay_s=0.001,
)


def parcel(
    number: int | str, size: int = 10, *, about: str = "run", kind: ParcelKind = ParcelKind.REPLY
) -> Parcel:
    return Parcel(id=f"p-{number}", kind=kind, about=about, body=random.Random(str(number)).randbytes(size))


@in_loop
async def test_mixed_sizes_of_one_run_arrive_once_in_order_and_are_confirmed() -> None:
    node, coordinator = ends(SMALL)
    sizes = random.Random(3).choices([0, 10, 1000, 1001, 5000, 60_000], k=40)
    sent = [parcel(number, size) for number, size in enumerate(sizes)]
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    for each in sent:
        node.send(each)
    await until(lambda: len(coordinator.received) == len(sent))
    await until(lambda: not node.outbox.pending(SITE))
    assert coordinator.received == sent
    assert len(node.queue) == 0
    assert coordinator.inbox.held_bytes == 0
    assert not node.errors
    await finish(*running)


@in_loop
async def test_a_cancel_overtakes_a_large_body_of_its_own_run() -> None:
    node, coordinator = ends(SMALL)
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    coordinator.send(parcel("model", 150_000, kind=ParcelKind.MESSAGE))
    await until(lambda: coordinator.duplex is not None and len(two.written) > 3)
    coordinator.send(parcel("stop", kind=ParcelKind.CANCEL))
    await until(lambda: len(node.received) == 2)
    assert [each.id for each in node.received] == ["p-stop", "p-model"]
    await finish(*running)


@in_loop
async def test_a_slow_run_does_not_hold_back_another_run() -> None:
    node, coordinator = ends(SMALL)
    gate = asyncio.Event()

    async def slow(each: Parcel) -> None:
        if each.about == "slow":
            await gate.wait()

    coordinator.handler = slow
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    node.send(parcel(1, about="slow"))
    node.send(parcel(2, about="slow"))
    node.send(parcel(3, about="quick"))
    await until(lambda: len(coordinator.received) == 1)
    assert coordinator.received[0].about == "quick"
    gate.set()
    await until(lambda: len(coordinator.received) == 3)
    assert [each.id for each in coordinator.received] == ["p-3", "p-1", "p-2"]
    await finish(*running)


@in_loop
async def test_a_receiver_that_does_not_keep_up_is_not_flooded() -> None:
    node, coordinator = ends(SMALL)
    gate = asyncio.Event()

    async def wait(_: Parcel) -> None:
        await gate.wait()

    coordinator.handler = wait
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    for number in range(200):
        node.send(parcel(number, 900))
    await asyncio.sleep(0.1)
    assert 0 < coordinator.inbox.held_bytes <= SMALL.window
    gate.set()
    await until(lambda: len(coordinator.received) == 200)
    assert not node.errors
    await finish(*running)


@in_loop
async def test_an_answer_and_its_confirmation_share_one_frame() -> None:
    limits = replace(SMALL, ack_delay_s=1.0)
    node, coordinator = ends(limits)

    async def answer(each: Parcel) -> None:
        node.send(parcel("answer"))

    node.handler = answer
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    coordinator.send(parcel("question"))
    await until(lambda: len(coordinator.received) == 1)
    frames = [pb.FromNode.FromString(raw) for raw in one.written]
    assert [ack for frame in frames for ack in frame.acks] == ["p-question"]
    assert all(frame.WhichOneof("what") for frame in frames)  # none for a confirmation alone
    await finish(*running)


@in_loop
async def test_after_a_break_a_large_body_goes_on_from_the_receivers_offset() -> None:
    node, coordinator = ends(SMALL)
    body = parcel("big", 150_000)
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    node.send(body)
    await until(lambda: sum(map(len, one.written)) > 60_000)
    await finish(*running)
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    await until(lambda: len(coordinator.received) == 1)
    assert coordinator.received == [body]
    assert sum(map(len, one.written)) < 100_000
    await finish(*running)


@in_loop
async def test_random_breaks_lose_nothing_double_nothing_and_keep_order() -> None:
    dice = random.Random(11)
    node, coordinator = ends(SMALL)
    up = [parcel(f"up{n}", dice.choice([5, 900, 4000, 30_000])) for n in range(120)]
    down = [parcel(f"down{n}", dice.choice([5, 900, 4000])) for n in range(120)]
    for each in up:
        node.send(each)
    for each in down:
        coordinator.send(each)
    breaks = 0
    while node.outbox.pending(SITE) or coordinator.outbox.pending(SITE):
        one, two = wires()
        running = node.connect(one), coordinator.connect(two)
        for _ in range(dice.randrange(5, 200)):
            await asyncio.sleep(0)
        await asyncio.sleep(dice.random() * 0.003)
        await finish(*running)
        breaks += 1
        assert breaks < 2000
    assert breaks > 3
    assert coordinator.received == up
    assert node.received == down


@in_loop
async def test_a_final_refusal_ends_a_parcel_and_any_other_failure_brings_it_back() -> None:
    node, coordinator = ends(SMALL)
    tries: dict[str, int] = {}

    async def judge(each: Parcel) -> None:
        tries[each.id] = tries.get(each.id, 0) + 1
        if each.id == "p-bad":
            raise Refused("order.expired")
        if tries[each.id] == 1:
            raise Unreachable("store.busy") if each.id == "p-busy" else ValueError("names a patient")

    coordinator.handler = judge
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    for name, size in (("bad", 10), ("busy", 10), ("broken", 5000)):
        node.send(parcel(name, size, about=name))
    await until(lambda: len(coordinator.received) == 2 and bool(node.refused))
    assert node.refused == [("p-bad", "order.expired")]
    assert tries == {"p-bad": 1, "p-busy": 2, "p-broken": 2}
    assert sorted(node.errors) == ["link.handler_failed", "order.expired", "store.busy"]
    assert not any(b"patient" in frame for frame in two.written)
    await finish(*running)


@in_loop
async def test_a_refused_parcel_stays_in_the_outbox_where_nobody_listens_for_refusals() -> None:
    node = End(pb.FromNode, limits=SMALL, remember_refusals=False)
    coordinator = End(pb.FromCoordinator, limits=SMALL)
    tries = 0

    async def refuse(_: Parcel) -> None:
        nonlocal tries
        tries += 1
        raise Refused("order.expired")

    coordinator.handler = refuse
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    node.send(parcel(1))
    await until(lambda: tries >= 3)
    assert [each.id for each in node.outbox.pending(SITE)] == ["p-1"]
    await finish(*running)


@in_loop
async def test_a_body_that_does_not_match_its_digest_is_never_handled() -> None:
    node, coordinator = ends(SMALL)
    lie = replace(parcel("big", 5000), sha256=hashlib.sha256(b"another").digest())
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    node.send(lie)
    await until(lambda: node.errors.count("link.digest_mismatch") >= 2)
    assert not coordinator.received
    await finish(*running)
    assert coordinator.inbox.held_bytes <= 5000


@in_loop
async def test_halves_that_nobody_continues_are_forgotten_and_their_room_is_free_again() -> None:
    limits = replace(SMALL, partial_keep_s=0.05, heartbeat_s=0.02)
    coordinator = End(pb.FromCoordinator, limits=limits)
    one, two = wires()
    running = coordinator.connect(two)
    for number in range(7):  # three have room, three wait for it, one is one too many
        begin = pb.Begin(id=f"half-{number}", kind=pb.REPLY, length=90_000)
        await one.write(pb.FromNode(begin=begin).SerializeToString())
    seen: list[pb.FromCoordinator] = []
    while sum(frame.WhichOneof("what") == "resume" for frame in seen) < 6:
        assert coordinator.inbox.held_bytes <= 270_000
        raw = await one.read()
        assert raw is not None
        seen.append(pb.FromCoordinator.FromString(raw))
    codes = [(frame.error.code, frame.error.id) for frame in seen if frame.WhichOneof("what") == "error"]
    assert codes == [("link.receiver_full", "half-6")]
    resumed = [frame.resume.id for frame in seen if frame.WhichOneof("what") == "resume"]
    assert sorted(resumed) == [f"half-{number}" for number in range(6)]
    await until(lambda: coordinator.inbox.held_bytes == 0)
    await finish(running)


@in_loop
async def test_silence_ends_the_connection() -> None:
    limits = replace(SMALL, heartbeat_s=0.02, dead_after_s=0.1)
    coordinator = End(pb.FromCoordinator, limits=limits)
    _one, two = wires()
    assert await asyncio.wait_for(coordinator.connect(two), 10) == "link.silent"


@in_loop
async def test_a_goodbye_says_why() -> None:
    node, coordinator = ends(SMALL)
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    await until(lambda: bool(one.written) and bool(two.written))
    assert coordinator.duplex is not None
    coordinator.duplex.close("link.certificate_revoked")
    assert await asyncio.wait_for(running[0], 10) == "link.certificate_revoked"
    assert await asyncio.wait_for(running[1], 10) == "link.certificate_revoked"


@in_loop
async def test_the_fast_reading_of_a_chunk_agrees_with_protobufs_own() -> None:
    node, coordinator = ends(SMALL)
    one, two = wires()
    running = node.connect(one), coordinator.connect(two)
    node.send(parcel("big", 20_001))
    coordinator.send(parcel("down", 50))  # so that confirmations ride on chunks
    await until(lambda: len(coordinator.received) == 1)
    await finish(*running)
    chunks = 0
    for raw in one.written:
        slow = pb.FromNode.FromString(raw)
        fast = read_frame(raw, pb.FromNode, limits=SMALL)
        assert fast.what == slow.WhichOneof("what")
        assert (list(fast.frame.acks), fast.frame.credit) == (list(slow.acks), slow.credit)
        if fast.chunk is None:
            continue
        chunks += 1
        respelt = read_frame(slow.SerializeToString(), pb.FromNode, limits=SMALL).chunk
        assert respelt is not None
        for found in (fast.chunk, respelt):
            assert (found.id, found.offset, found.sha256, bytes(found.data)) == (
                slow.chunk.id,
                slow.chunk.offset,
                slow.chunk.sha256,
                slow.chunk.data,
            )
    assert chunks == 11


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (pb.FromNode(), "link.unknown_frame"),
        (pb.FromNode(parcel=pb.Parcel(id="", kind=pb.REPLY)), "link.malformed_frame"),
        (pb.FromNode(parcel=pb.Parcel(id="a b", kind=pb.REPLY)), "link.malformed_frame"),
        (pb.FromNode(parcel=pb.Parcel(id="a", kind=pb.REPLY, about="\n")), "link.malformed_frame"),
        (pb.FromNode(parcel=pb.Parcel(id="a")), "link.unknown_kind"),
        (pb.FromNode(parcel=pb.Parcel(id="a", kind=pb.REPLY, body=bytes(1001))), "link.parcel_too_large"),
        (pb.FromNode(begin=pb.Begin(id="a", kind=pb.REPLY, length=200_001)), "link.parcel_too_large"),
        (pb.FromNode(chunk=pb.Chunk(id="a", data=b"")), "link.malformed_frame"),
        (pb.FromNode(chunk=pb.Chunk(id="a", data=b"x", sha256=b"short")), "link.malformed_frame"),
        (pb.FromNode(error=pb.Error(code="<script>")), "link.malformed_frame"),
        (pb.FromNode(acks=["ok", "\x1b[2J"]), "link.malformed_frame"),
        (pb.FromNode(acks=["a"] * 3900), "link.malformed_frame"),
    ],
)
def test_each_bad_field_has_its_code(frame: pb.FromNode, code: str) -> None:
    with pytest.raises(BadFrame) as caught:
        read_frame(frame.SerializeToString(), pb.FromNode, limits=SMALL)
    assert caught.value.code == code
