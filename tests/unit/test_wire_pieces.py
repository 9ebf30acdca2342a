"""Records around their arrays: the same bytes as Flower writes, and the same reading as protobuf's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
from flwr.common.serde import message_to_proto, recorddict_to_proto
from flwr.proto.message_pb2 import Message as ProtoMessage
from flwr.proto.recorddict_pb2 import RecordDict as ProtoRecordDict
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.records import (
    arrays_to_pieces,
    arrays_to_records,
    ask_to_pieces,
    ask_to_records,
    read_ask,
)
from analysis_jobs.runner import flower_adapter
from analysis_jobs.runner.wire_pieces import MESSAGE, RECORDS, cut, join_small, marked
from onggi.errors import NotTrusted

LARGE = np.random.default_rng(1).uniform(-1.0, 1.0, 20_000)


def _records() -> RecordDict:
    return RecordDict(
        {
            "weights": ArrayRecord({"a": Array(LARGE), "b": Array(np.ones(2))}),
            "settings": ConfigRecord({"name": "x", "raw": b"\x22\x02ab"}),
            "more": ArrayRecord({"a": Array(2 * LARGE)}),
            "metrics": MetricRecord({"n": 7}),
        }
    )


def _message(content: RecordDict) -> Message:
    return flower_adapter.make_instruction(
        content,
        run_id=1,
        message_id="m",
        src_node_id=2,
        dst_node_id=3,
        message_type="query.ask",
        group_id="0",
        created_at=1.0,
        ttl=60.0,
    )


def test_large_records_and_messages_are_flowers_own_bytes() -> None:
    records, message = _records(), _message(_records())
    whole = recorddict_to_proto(records).SerializeToString(deterministic=True)
    assert flower_adapter.records_to_bytes(records) == whole
    assert flower_adapter.message_to_bytes(message) == message_to_proto(message).SerializeToString(
        deterministic=True
    )


@pytest.mark.parametrize("views", [False, True])
def test_large_records_come_back_whole(views: bool) -> None:
    encoded = flower_adapter.records_to_bytes(_records())
    read = flower_adapter.records_from_bytes(memoryview(encoded), views=views)
    assert flower_adapter.records_to_bytes(read) == encoded
    assert isinstance(read.array_records["more"]["a"].data, memoryview if views else bytes)
    assert np.array_equal(read.array_records["more"]["a"].numpy(), 2 * LARGE)


def test_arrays_are_not_copied_on_the_way_out_or_in() -> None:
    ask = Ask(0, "step", {"numbers": LARGE})
    pieces = ask_to_pieces(ask)
    assert any(np.shares_memory(np.frombuffer(piece, np.uint8), LARGE) for piece in pieces)
    assert b"".join(pieces) == flower_adapter.records_to_bytes(ask_to_records(ask))
    encoded = bytearray(b"".join(pieces))
    read = read_ask(flower_adapter.records_from_bytes(encoded, views=True))
    assert np.array_equal(read.arrays["numbers"], LARGE)
    assert np.shares_memory(read.arrays["numbers"], np.frombuffer(encoded, np.uint8))
    assert not read.arrays["numbers"].flags.writeable


@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3), (4000, 5)])
def test_what_leaves_in_pieces_is_what_the_records_say(shape: tuple[int, ...]) -> None:
    arrays = {"b": np.ones(3), "a": np.arange(float(np.prod(shape))).reshape(shape)}
    assert b"".join(arrays_to_pieces(arrays)) == flower_adapter.records_to_bytes(arrays_to_records(arrays))


def _restored(encoded: bytes, schema: Any, proto: Any) -> Any:
    """What protobuf reads from the marked message, with the arrays' bytes put back."""
    found = cut(memoryview(encoded), schema)
    if found is None:
        return None
    read = proto.FromString(found[0])
    records = read.content if schema is MESSAGE else read
    for item in records.items:
        for entry in item.array_record.items:
            data = marked(entry.value.data, found[1])
            if data is not None:
                entry.value.data = bytes(data)
    return read


_VALUES = st.fixed_dictionaries({"dtype": st.text(max_size=3), "data": st.binary(max_size=40)})
_ITEMS = st.lists(st.tuples(st.text(max_size=2), st.lists(_VALUES, max_size=3)), max_size=4)


def _odd_records(items: list[tuple[str, list[dict[str, Any]]]]) -> bytes:
    """Records as no honest writer spells them: fields repeated, so that protobuf merges what it reads."""
    out = b""
    for key, values in items:
        item = ProtoRecordDict.Item(key=key).SerializeToString()
        for value in values:
            once = ProtoRecordDict.Item()
            once.array_record.items.add(key=key).value.dtype = value["dtype"]
            once.array_record.items[0].value.data = value["data"]
            item += once.SerializeToString()
        out += b"\x0a" + bytes([len(item)]) + item if len(item) < 128 else b""
    return out


@settings(deadline=None)
@given(_ITEMS)
def test_merged_spellings_are_read_as_protobuf_reads_them(items: list[Any]) -> None:
    encoded = _odd_records(items)
    assert _restored(encoded, RECORDS, ProtoRecordDict) == ProtoRecordDict.FromString(encoded)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_cut_without_harm(noise: bytes) -> None:
    found = cut(memoryview(noise), MESSAGE)
    assert found is None or sum(map(len, found[1])) <= len(noise)


@pytest.mark.parametrize("inside", [b"\x0b", b"\x0a\xff", b"\x0a" + b"\xff" * 9, b"\x80"])
def test_what_is_not_plain_is_left_to_protobuf(inside: bytes) -> None:
    assert cut(memoryview(inside), RECORDS) is None


def test_countless_small_fields_are_not_walked() -> None:
    assert cut(memoryview(b"\x08\x00" * 30_000), RECORDS) is None


def test_a_mark_that_a_sender_forged_is_not_trusted() -> None:
    """Small messages are not cut: an array whose bytes look like a mark is then no array at all."""
    forged = ArrayRecord(
        {"w": Array(dtype="float64", shape=(), stype="numpy.ndarray", data=b"\0cut\0\0\0\0")}
    )
    small = flower_adapter.records_to_bytes(RecordDict({"w": forged}))
    large = flower_adapter.records_to_bytes(RecordDict({"w": forged, "x": ArrayRecord({"x": Array(LARGE)})}))
    for encoded in (small, large):
        with pytest.raises(NotTrusted) as distrust:
            flower_adapter.records_from_bytes(encoded)
        assert distrust.value.code == "sandbox.bad_array"


def test_content_is_said_once_when_messages_are_pushed_together() -> None:
    first, second = _message(_records()), _message(_records())
    alone = ProtoMessage(metadata=message_to_proto(second).metadata).SerializeToString()
    read = flower_adapter.messages_from_bytes([flower_adapter.message_to_bytes(first), alone])
    assert read[1].content is read[0].content
    with pytest.raises(NotTrusted) as distrust:
        flower_adapter.messages_from_bytes([alone])
    assert distrust.value.code == "sandbox.bad_message"


def test_a_reply_is_put_around_records_as_they_came() -> None:
    encoded = flower_adapter.records_to_bytes(_records())
    envelope: dict[str, Any] = {"run_id": 1, "message_id": "r", "reply_to": "m", "src_node_id": 2}
    envelope |= {"dst_node_id": 1, "message_type": "query.ask", "group_id": "0"}
    reply = flower_adapter.message_from_bytes(b"".join(flower_adapter.reply_pieces(encoded, **envelope)))
    assert flower_adapter.records_to_bytes(reply.content) == encoded
    assert flower_adapter.get_metadata(reply)["reply_to_message_id"] == "m"
    with pytest.raises(NotTrusted):
        flower_adapter.reply_pieces(encoded[:-1], **envelope)


def test_small_pieces_are_joined_and_large_ones_left_alone() -> None:
    large = memoryview(bytes(5000))
    joined = join_small([b"a", b"b", large, b"c", b"", b"d"])
    assert [bytes(one) for one in joined] == [b"ab", bytes(5000), b"cd"]
    assert joined[1] is large
