"""The send queue is a cache over the outbox: it forgets when full, and reads again; order survives both."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from onggi.errors import Refused
from onggi.protocol.link_queue import Announce, Piece, SendQueue, Whole
from onggi.protocol.parcels import LinkLimits, MemoryOutbox, Parcel, ParcelKind
from onggi.spec.ids import SiteId
from tests.support.link_house import in_loop

SITE = SiteId("seoul")
LIMITS = LinkLimits(whole_frame=100, chunk=400, frame=8000, window=1000, body=5000, queued_count=4)
PLENTY = 1 << 30


def parcel(number: int, size: int = 10, *, about: str = "run") -> Parcel:
    return Parcel(id=f"p-{number}", kind=ParcelKind.REPLY, about=about, body=bytes(size))


def take_all(queue: SendQueue) -> list[str]:
    taken = []
    while isinstance(following := queue.take(PLENTY), Whole):
        taken.append(following.parcel.id)
    return taken


def test_a_full_queue_reads_the_rest_from_the_outbox_in_order() -> None:
    outbox = MemoryOutbox()
    queue = SendQueue(outbox, site=SITE, limits=LIMITS)
    for number in range(10):
        outbox.record(SITE, parcel(number))
        queue.put(parcel(number))
    assert len(queue) == 4
    sent = []
    while batch := take_all(queue):
        sent += batch
        for parcel_id in batch:
            queue.confirmed(parcel_id)
    assert sent == [f"p-{number}" for number in range(10)]
    assert not outbox.pending(SITE)


def test_what_lies_in_the_outbox_from_before_goes_first_after_a_restart() -> None:
    outbox = MemoryOutbox()
    for number in range(2):
        outbox.record(SITE, parcel(number))
    queue = SendQueue(outbox, site=SITE, limits=LIMITS)
    outbox.record(SITE, parcel(7))
    queue.put(parcel(7))
    queue.restart()
    assert take_all(queue) == ["p-0", "p-1", "p-7"]
    queue.restart()  # nothing was confirmed: all of it again
    assert take_all(queue) == ["p-0", "p-1", "p-7"]


def test_look_again_finds_what_nobody_handed_over() -> None:
    outbox = MemoryOutbox()
    queue = SendQueue(outbox, site=SITE, limits=LIMITS)
    outbox.record(SITE, parcel(1))
    assert take_all(queue) == []
    queue.look_again()
    assert take_all(queue) == ["p-1"]


def test_a_parcel_waits_for_credit() -> None:
    queue = SendQueue(MemoryOutbox(), site=SITE, limits=LIMITS)
    queue.put(parcel(1))
    assert queue.take(20) is None
    assert isinstance(queue.take(100), Whole)


def test_the_same_parcel_is_queued_once() -> None:
    queue = SendQueue(MemoryOutbox(), site=SITE, limits=LIMITS)
    queue.put(parcel(1))
    queue.put(parcel(1))
    assert take_all(queue) == ["p-1"]


@in_loop
async def test_a_large_parcel_holds_back_its_own_lane_only_and_leaves_room_for_small_ones() -> None:
    queue = SendQueue(MemoryOutbox(), site=SITE, limits=LIMITS)
    large = replace(parcel(0, 900), sha256=hashlib.sha256(bytes(900)).digest())
    for each in (large, parcel(1), parcel(2, about="other")):
        queue.put(each)
    taken = [queue.take(PLENTY) for _ in range(3)]
    assert [type(each) for each in taken] == [Whole, Announce, type(None)]
    assert queue.resume("p-0", 500)
    piece = queue.take(PLENTY)
    assert isinstance(piece, Piece)
    assert (piece.offset, piece.end, piece.sha256) == (500, 900, large.sha256)
    assert take_all(queue) == ["p-1"]


@in_loop
async def test_pieces_leave_credit_for_small_parcels() -> None:
    queue = SendQueue(MemoryOutbox(), site=SITE, limits=LIMITS)
    queue.put(parcel(0, 900))
    assert isinstance(queue.take(PLENTY), Announce)
    assert queue.resume("p-0", 0)
    assert queue.take(500) is None
    assert isinstance(queue.take(600), Piece)


@in_loop
async def test_a_resume_beyond_the_end_is_not_believed() -> None:
    queue = SendQueue(MemoryOutbox(), site=SITE, limits=LIMITS)
    queue.put(parcel(0, 900))
    queue.take(PLENTY)
    assert queue.resume("p-0", 900) is False
    assert queue.resume("unknown", 5) is True  # an answer that came too late


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (Parcel(id="", kind=ParcelKind.REPLY), "link.bad_parcel_name"),
        (Parcel(id="a b", kind=ParcelKind.REPLY), "link.bad_parcel_name"),
        (Parcel(id="a", kind=ParcelKind.REPLY, about="run\n"), "link.bad_parcel_name"),
        (Parcel(id="a", kind=ParcelKind.REPLY, body=bytes(5001)), "link.parcel_too_large"),
    ],
)
def test_what_no_receiver_would_take_is_refused_at_the_sender(bad: Parcel, code: str) -> None:
    queue = SendQueue(MemoryOutbox(), site=SITE, limits=LIMITS)
    with pytest.raises(Refused) as caught:
        queue.put(bad)
    assert caught.value.code == code


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="frame"):
        LinkLimits(frame=1000)
    with pytest.raises(ValueError, match="window"):
        LinkLimits(window=1000)
