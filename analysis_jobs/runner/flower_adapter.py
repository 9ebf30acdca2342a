"""The one place that touches Flower's private parts, so that an upgrade of Flower can break only here.

* Messages and record dictionaries to bytes and back, deterministically, so that replies can be stored by
  digest and sent again byte for byte.
* The identity of the running task, which Flower keeps per process.
* `SocketGrid`: the `Grid` that a server app calls; every call goes over the worker's inherited socket.

Pinned to the version below; a contract test fails when another one is installed. Arrays inside records are
`.npy` bytes: `check_arrays` refuses those that would need pickle.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.app.message import make_message
from flwr.app.metadata import Metadata
from flwr.common.serde import (
    config_record_to_proto,
    message_from_proto,
    metric_record_to_proto,
    recorddict_from_proto,
)
from flwr.common.serde_utils import error_to_proto, metadata_from_proto, metadata_to_proto
from flwr.proto.message_pb2 import Message as ProtoMessage
from flwr.proto.recorddict_pb2 import Array as ProtoArray
from flwr.proto.recorddict_pb2 import ArrayRecord as ProtoArrayRecord
from flwr.proto.recorddict_pb2 import RecordDict as ProtoRecordDict
from flwr.serverapp import Grid
from flwr.supercore.run import Run
from flwr.supercore.task_identity import TaskIdentity
from google.protobuf.message import DecodeError

from analysis_jobs.runner.wire_pieces import (
    MESSAGE,
    RECORDS,
    Buffer,
    Schema,
    cut,
    field,
    join_small,
    marked,
)
from analysis_jobs.runner.worker_frames import BlockingChannel, Frame, FrameType, join_parts, split_parts
from onggi.errors import NotTrusted

FLOWER_VERSION: Final = "1.41.0"
# Deadlines are the permit's and the order's; Flower's own must not end a message earlier.
_TIME_TO_LIVE_S: Final = 400 * 86400.0
_NUMPY_FORMAT: Final = "numpy.ndarray"
# Flower's field numbers; a contract test compares our bytes with its own encoder's.
_CONTENT, _ITEMS, _VALUE, _DATA = 2, 1, 2, 4
_WORTH_CUTTING: Final = 64 * 1024


def message_to_bytes(message: Message) -> bytes:
    """A message as bytes; equal messages give equal bytes."""
    return b"".join(message_to_pieces(message))


def message_to_pieces(message: Message) -> list[Buffer]:
    """The same bytes in pieces, with arrays as they lie in memory."""
    pieces: list[Buffer] = [_envelope(message.metadata)]
    if message.has_content():
        pieces += field(_CONTENT, *_records_pieces(message.content))
    if message.has_error():
        error = ProtoMessage(error=error_to_proto(message.error))
        pieces.append(error.SerializeToString(deterministic=True))
    return join_small(pieces)


def _envelope(metadata: Metadata) -> bytes:
    encoded: bytes = ProtoMessage(metadata=metadata_to_proto(metadata)).SerializeToString(deterministic=True)
    return encoded


def message_from_bytes(encoded: Buffer, *, views: bool = False, before: RecordDict | None = None) -> Message:
    """The message, with its arrays checked but not yet loaded.

    Args:
        encoded: the message as bytes.
        views: arrays' bytes stay where they are in `encoded`; for our own readers only, as Flower's
            own code expects `bytes`.
        before: the content of a message that comes without any; without it such a message is not trusted.
    """
    try:
        found = _cut_large(encoded, MESSAGE)
        proto = ProtoMessage.FromString(found[0])
        if before is not None and not proto.HasField("content") and not proto.HasField("error"):
            return make_message(metadata=metadata_from_proto(proto.metadata), content=before)
        message = message_from_proto(proto)
    except (DecodeError, ValueError, KeyError, TypeError) as error:
        raise NotTrusted("sandbox.bad_message") from error
    if message.has_content():
        _restore(message.content, found[1], views=views)
        check_arrays(message.content)
    return message


def messages_from_bytes(encoded: Iterable[Buffer], *, views: bool = False) -> list[Message]:
    """Messages that were pushed together: one without content has that of the message before it.

    Content that was said once is one and the same object.
    """
    read: list[Message] = []
    before: RecordDict | None = None
    for one in encoded:
        message = message_from_bytes(one, views=views, before=before)
        before = message.content if message.has_content() else None
        read.append(message)
    return read


def records_to_bytes(records: RecordDict) -> bytes:
    """A record dictionary as bytes; equal records give equal bytes."""
    return b"".join(records_to_pieces(records))


def records_to_pieces(records: RecordDict) -> list[Buffer]:
    """The same bytes in pieces, with arrays as they lie in memory."""
    return join_small(_records_pieces(records))


def _records_pieces(records: RecordDict) -> list[Buffer]:
    pieces: list[Buffer] = []
    for key, record in records.items():
        if isinstance(record, ArrayRecord):
            item: list[Buffer] = [ProtoRecordDict.Item(key=key).SerializeToString()]
            pieces += field(_ITEMS, *item, *field(_VALUE, *_array_pieces(record)))
        elif isinstance(record, MetricRecord):
            other = ProtoRecordDict.Item(key=key, metric_record=metric_record_to_proto(record))
            pieces += field(_ITEMS, other.SerializeToString(deterministic=True))
        elif isinstance(record, ConfigRecord):
            other = ProtoRecordDict.Item(key=key, config_record=config_record_to_proto(record))
            pieces += field(_ITEMS, other.SerializeToString(deterministic=True))
        else:
            raise TypeError("a record of a kind that Flower does not have")
    return pieces


def _array_pieces(record: ArrayRecord) -> list[Buffer]:
    pieces: list[Buffer] = []
    for name, array in record.items():
        head = ProtoArray(dtype=array.dtype, shape=array.shape, stype=array.stype)
        value: list[Buffer] = [head.SerializeToString(deterministic=True)]
        data = array.data if isinstance(array.data, tuple) else (array.data,)
        if any(map(len, data)):
            value += field(_DATA, *data)
        key = ProtoArrayRecord.Item(key=name).SerializeToString()
        pieces += field(_ITEMS, key, *field(_VALUE, *value))
    return pieces


def records_from_bytes(encoded: Buffer, *, views: bool = False) -> RecordDict:
    """The record dictionary, with its arrays checked but not yet loaded; `views` as for messages."""
    try:
        found = _cut_large(encoded, RECORDS)
        records = recorddict_from_proto(ProtoRecordDict.FromString(found[0]))
    except (DecodeError, ValueError, KeyError, TypeError) as error:
        raise NotTrusted("sandbox.bad_message") from error
    _restore(records, found[1], views=views)
    check_arrays(records)
    return records


def _cut_large(encoded: Buffer, schema: Schema) -> tuple[bytes, list[memoryview]]:
    """What protobuf decodes, and the arrays' bytes that it need not copy."""
    if len(encoded) > _WORTH_CUTTING:
        found = cut(memoryview(encoded), schema)
        if found is not None:
            return found
    return bytes(encoded), []


def _restore(records: RecordDict, found: list[memoryview], *, views: bool) -> None:
    """Put arrays' bytes in the place of their marks."""
    if not found:
        return
    for record in records.array_records.values():
        for array in record.values():
            data = marked(array.data, found)
            if data is None:
                raise NotTrusted("sandbox.bad_array")
            array.data = data if views else bytes(data)


def check_arrays(records: RecordDict) -> None:
    """Refuse arrays that are not plain numbers in `.npy` form: loading objects would run their code."""
    for record in records.array_records.values():
        for array in record.values():
            if array.stype != _NUMPY_FORMAT or not _is_plain(array.data):
                raise NotTrusted("sandbox.bad_array")


def _is_plain(data: Buffer) -> bool:
    """Whether the header of a `.npy` names a type without Python objects. Reads no more than the header."""
    stream = BytesIO(data[:65536])
    try:
        version = np.lib.format.read_magic(stream)
        reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        _, _, dtype = reader[version](stream)
    except (ValueError, KeyError, EOFError, SyntaxError):
        return False
    return not dtype.hasobject


def make_instruction(
    content: RecordDict,
    *,
    run_id: int,
    message_id: str,
    src_node_id: int,
    dst_node_id: int,
    message_type: str,
    group_id: str,
    created_at: float,
    ttl: float,
) -> Message:
    """A message to a client app, built without the process-wide task identity."""
    metadata = Metadata(
        run_id=run_id,
        message_id=message_id,
        src_node_id=src_node_id,
        dst_node_id=dst_node_id,
        reply_to_message_id="",
        group_id=group_id,
        created_at=created_at,
        ttl=ttl,
        message_type=message_type,
    )
    message: Message = make_message(metadata=metadata, content=content)
    return message


def instruction_pieces(
    content: Sequence[Buffer],
    *,
    run_id: int,
    message_id: str,
    message_type: str,
    group_id: str,
    created_at: float,
    ttl: float,
) -> list[Buffer]:
    """An instruction of a node to its own worker, around content that is encoded already."""
    metadata = Metadata(
        run_id=run_id,
        message_id=message_id,
        src_node_id=1,
        dst_node_id=1,
        reply_to_message_id="",
        group_id=group_id,
        created_at=created_at,
        ttl=ttl,
        message_type=message_type,
    )
    return [_envelope(metadata), *field(_CONTENT, *content)]


def reply_pieces(
    records: Buffer,
    *,
    run_id: int,
    message_id: str,
    reply_to: str,
    src_node_id: int,
    dst_node_id: int,
    message_type: str,
    group_id: str,
) -> list[Buffer]:
    """A reply to a server app's message around records that a hospital released, as they came.

    The records are checked like any others; only the envelope is written here.
    """
    records_from_bytes(records, views=True)
    metadata = Metadata(
        run_id=run_id,
        message_id=message_id,
        src_node_id=src_node_id,
        dst_node_id=dst_node_id,
        reply_to_message_id=reply_to,
        group_id=group_id,
        created_at=0.0,
        ttl=_TIME_TO_LIVE_S,
        message_type=message_type,
    )
    return [_envelope(metadata), *field(_CONTENT, records)]


def get_metadata(message: Message) -> Mapping[str, str | int | float]:
    """The parts of a message's envelope that a keeper needs."""
    known = message.metadata
    return {
        "run_id": known.run_id,
        "message_id": known.message_id,
        "src_node_id": known.src_node_id,
        "dst_node_id": known.dst_node_id,
        "reply_to_message_id": known.reply_to_message_id,
        "group_id": known.group_id,
        "message_type": known.message_type,
    }


def set_task_identity(*, run_id: int, node_id: int, task_id: int) -> None:
    """Tell Flower who runs in this process. One process, one task."""
    TaskIdentity.run_id = run_id
    TaskIdentity.node_id = node_id
    TaskIdentity.task_id = task_id


def make_context(
    *,
    run_id: int,
    node_id: int,
    node_config: Mapping[str, Any],
    run_config: Mapping[str, Any],
    state: RecordDict,
) -> Context:
    """The context that an app is called with."""
    return Context(
        run_id=run_id,
        node_id=node_id,
        node_config=dict(node_config),
        state=state,
        run_config=dict(run_config),
    )


class SocketGrid(Grid):  # type: ignore[misc] # Flower's classes are untyped to mypy here
    """Carries a server app's calls over its inherited socket to the coordinator, which answers them."""

    def __init__(self, channel: BlockingChannel, *, run_id: int, node_id: int, created_at: float) -> None:
        self._created_at = created_at
        self._channel = channel
        self._run = Run.create_empty(run_id)
        self._node_id = node_id
        self._ordinal = 0

    def set_run(self, run: Run) -> None:
        """Keep the run that Flower's own engine would set."""
        self._run = run

    @property
    def run(self) -> Run:
        """The run in which the server app works."""
        return self._run

    def create_message(
        self,
        content: RecordDict,
        message_type: str,
        dst_node_id: int,
        group_id: str,
        ttl: float | None = None,
    ) -> Message:
        """A message to one node, addressed but not yet sent."""
        return Message(
            content, dst_node_id=dst_node_id, message_type=message_type, group_id=group_id, ttl=ttl
        )

    def get_node_ids(self) -> Iterable[int]:
        """The nodes that take part."""
        answer = self._ask(FrameType.NODE_IDS, FrameType.NODE_LIST)
        return [int(one) for one in json.loads(bytes(answer.payload))]

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        """Hand messages to the coordinator; the ids in the answer fetch their replies."""
        parts: list[list[Buffer]] = []
        before: RecordDict | None = None
        for message in messages:
            content = message.content if message.has_content() else None
            # Content is said once; `messages_from_bytes` reads it so.
            same = content is not None and (content is before or content == before)
            addressed = self._with_id(message)
            parts.append([_envelope(addressed.metadata)] if same else message_to_pieces(addressed))
            before = content
        answer = self._ask(FrameType.PUSH, FrameType.PUSHED, *join_parts(parts))
        return [str(one) for one in json.loads(bytes(answer.payload))]

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        """Replies that have arrived for these ids, at once and without waiting."""
        return self._pull(list(message_ids), wait_s=0.0)

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> Iterable[Message]:
        """Hand over messages and wait until all replies are there or the coordinator says that is all."""
        missing = set(self.push_messages(messages))
        deadline = None if timeout is None else time.monotonic() + timeout
        replies: list[Message] = []
        while missing:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            arrived = self._pull(sorted(missing), wait_s=left)
            replies += arrived
            missing -= {reply.metadata.reply_to_message_id for reply in arrived}
            if not arrived:
                break
        return replies

    def _pull(self, message_ids: list[str], *, wait_s: float | None) -> list[Message]:
        """`wait_s` None: the coordinator answers when at least one reply is there, or none will come."""
        wanted = json.dumps({"ids": message_ids, "wait_s": wait_s}).encode()
        answer = self._ask(FrameType.PULL, FrameType.PULLED, wanted)
        return [message_from_bytes(part) for part in split_parts(answer.payload)]

    def _with_id(self, message: Message) -> Message:
        """Ids follow from run and ordinal, time from the run's start: a replay asks in the same bytes."""
        self._ordinal += 1
        name = f"{self._run.run_id}:{self._ordinal}"
        envelope = message.metadata.__dict__
        envelope["_message_id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, name))
        envelope["_src_node_id"] = self._node_id
        envelope["_created_at"] = self._created_at
        envelope["_ttl"] = _TIME_TO_LIVE_S
        return message

    def _ask(self, question: FrameType, answer: FrameType, *parts: Buffer) -> Frame:
        self._channel.send(question, *parts)
        frame = self._channel.receive()
        if frame.type is not answer:
            raise NotTrusted("sandbox.bad_frame", type=int(frame.type))
        return frame
