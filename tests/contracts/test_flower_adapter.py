"""What we rely on in Flower's private parts: fails when a Flower is installed that changed them."""

from __future__ import annotations

import importlib.metadata
import io
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, Error, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.common.serde import message_to_proto, recorddict_to_proto
from flwr.serverapp import Grid
from flwr.serverapp.strategy import FedAvg
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.runner import flower_adapter
from analysis_jobs.runner.flower_adapter import (
    FLOWER_VERSION,
    SocketGrid,
    get_metadata,
    make_context,
    make_instruction,
    message_from_bytes,
    message_to_bytes,
    messages_from_bytes,
    records_from_bytes,
    records_to_bytes,
    set_task_identity,
)
from analysis_jobs.runner.worker_frames import BlockingChannel, FrameType, join_parts, split_parts
from onggi.errors import NotTrusted


def _records() -> RecordDict:
    return RecordDict(
        {
            "weights": ArrayRecord({"w": Array(np.arange(6, dtype=np.float64).reshape(2, 3))}),
            "metrics": MetricRecord({"n": 7, "loss": 0.5, "all": [1.0, 2.0]}),
            "settings": ConfigRecord({"name": "a", "raw": b"\x00\xff", "on": True}),
        }
    )


def _instruction(content: RecordDict, **changed: object) -> Message:
    envelope: dict[str, object] = {
        "run_id": 1,
        "message_id": "m-1",
        "src_node_id": 2,
        "dst_node_id": 3,
        "message_type": "train",
        "group_id": "4",
        "created_at": 1.7e9,
        "ttl": 60.0,
    }
    return make_instruction(content, **(envelope | changed))


def test_the_pinned_version_is_installed() -> None:
    assert importlib.metadata.version("flwr") == FLOWER_VERSION


def test_private_parts_are_imported_in_one_file_only() -> None:
    ours = Path(flower_adapter.__file__).parents[1]
    root = ours.parent
    private = ("flwr.supercore", "flwr.common", "flwr.proto", "flwr.app.message", "flwr.app.metadata")
    users = {
        file.name
        for room in ("analysis_jobs", "node", "coordinator", "onggi", "catalog", "privacy", "pages", "tools")
        for file in (root / room).rglob("*.py")
        if any(f"{start} {part}" in file.read_text() for part in private for start in ("from", "import"))
    }
    assert users <= {"flower_adapter.py"}


def test_a_message_comes_back_whole_and_in_the_same_bytes() -> None:
    encoded = message_to_bytes(_instruction(_records()))
    decoded = message_from_bytes(encoded)
    assert message_to_bytes(decoded) == encoded
    assert np.array_equal(decoded.content.array_records["weights"]["w"].numpy(), np.arange(6.0).reshape(2, 3))
    assert dict(decoded.content.metric_records["metrics"]) == {"n": 7, "loss": 0.5, "all": [1.0, 2.0]}
    assert dict(decoded.content.config_records["settings"]) == {"name": "a", "raw": b"\x00\xff", "on": True}
    assert get_metadata(decoded) == {
        "run_id": 1,
        "message_id": "m-1",
        "src_node_id": 2,
        "dst_node_id": 3,
        "reply_to_message_id": "",
        "group_id": "4",
        "message_type": "train",
    }


@pytest.mark.parametrize(
    "records",
    [
        _records(),
        RecordDict(),
        RecordDict({"a": ArrayRecord(), "m": MetricRecord(), "c": ConfigRecord()}),
        RecordDict({"a": ArrayRecord({"scalar": Array(np.array(1.5)), "empty": Array(np.zeros((0, 3)))})}),
    ],
)
def test_our_bytes_are_flowers_own(records: RecordDict) -> None:
    message = _instruction(records)
    assert records_to_bytes(records) == recorddict_to_proto(records).SerializeToString(deterministic=True)
    assert message_to_bytes(message) == message_to_proto(message).SerializeToString(deterministic=True)
    failed = Message(Error(code=3), reply_to=_instruction(records, created_at=_now()))
    assert message_to_bytes(failed) == message_to_proto(failed).SerializeToString(deterministic=True)


def test_records_come_back_whole_and_in_the_same_bytes() -> None:
    encoded = records_to_bytes(_records())
    assert records_to_bytes(records_from_bytes(encoded)) == encoded
    assert records_to_bytes(records_from_bytes(b"")) == b""


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_a_message_or_not_trusted(payload: bytes) -> None:
    code = _decoding_code(payload)
    assert code in {None, "sandbox.bad_message", "sandbox.bad_array"}


def _decoding_code(payload: bytes) -> str | None:
    try:
        message_from_bytes(payload)
    except NotTrusted as error:
        return error.code
    return None


def _npy(array: np.ndarray, *, allow_pickle: bool) -> bytes:
    written = io.BytesIO()
    np.save(written, array, allow_pickle=allow_pickle)
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "stype"),
    [
        (_npy(np.array([{"a": 1}], dtype=object), allow_pickle=True), "numpy.ndarray"),
        (_npy(np.zeros(2), allow_pickle=False), "pickle"),
        (b"\x80\x04K\x01.", "numpy.ndarray"),
        (b"", "numpy.ndarray"),
    ],
)
def test_arrays_that_would_need_pickle_are_not_trusted(data: bytes, stype: str) -> None:
    hostile = RecordDict(
        {"w": ArrayRecord({"w": Array(dtype="float64", shape=(2,), stype=stype, data=data)})}
    )
    with pytest.raises(NotTrusted) as distrust:
        records_from_bytes(records_to_bytes(hostile))
    assert distrust.value.code == "sandbox.bad_array"


def test_a_client_app_is_called_as_flower_calls_it() -> None:
    app = ClientApp()

    @app.train()
    def train(message: Message, context: object) -> Message:
        return Message(RecordDict({"m": MetricRecord({"n": 1})}), reply_to=message)

    context = make_context(
        run_id=1, node_id=3, node_config={"data-path": "/data"}, run_config={}, state=RecordDict()
    )
    reply = app(_instruction(_records(), created_at=_now()), context)
    known = get_metadata(reply)
    assert (known["reply_to_message_id"], known["src_node_id"], known["dst_node_id"]) == ("m-1", 3, 2)


def _now() -> float:
    from flwr.supercore.date import now

    moment: float = now().timestamp()
    return moment


def test_the_task_identity_is_what_new_messages_carry() -> None:
    set_task_identity(run_id=41, node_id=42, task_id=43)
    message = Message(RecordDict(), dst_node_id=9, message_type="query")
    assert (message.metadata.run_id, message.metadata.src_node_id, message.metadata.src_task_id) == (
        41,
        42,
        43,
    )


class Coordinator(threading.Thread):
    """Answers a grid's frames: every node replies with twice what it was sent; node 9 never replies."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(daemon=True)
        self.channel = BlockingChannel(connection, max_bytes=2**26)
        self.held: dict[str, bytes] = {}

    def run(self) -> None:
        while (frame := self.channel.receive()).type is not FrameType.STOP:
            if frame.type is FrameType.NODE_IDS:
                self.channel.send(FrameType.NODE_LIST, b"[7, 8]")
            elif frame.type is FrameType.PUSH:
                self._push([bytes(part) for part in split_parts(frame.payload)])
            else:
                wanted = json.loads(frame.payload)["ids"]
                ready = [self.held.pop(one) for one in wanted if one in self.held]
                self.channel.send(FrameType.PULLED, *join_parts(ready))

    def _push(self, messages: list[bytes]) -> None:
        ids = []
        for asked in messages_from_bytes(messages):
            known = get_metadata(asked)
            ids.append(known["message_id"])
            if known["dst_node_id"] == 9:
                continue
            arrays = {key: Array(2 * value.numpy()) for key, value in _first_arrays(asked).items()}
            content = RecordDict(
                {"arrays": ArrayRecord(arrays), "metrics": MetricRecord({"num-examples": 1})}
            )
            self.held[str(known["message_id"])] = message_to_bytes(Message(content, reply_to=asked))
        self.channel.send(FrameType.PUSHED, json.dumps(ids).encode())


def _first_arrays(message: Message) -> ArrayRecord:
    arrays: ArrayRecord = next(iter(message.content.array_records.values()))
    return arrays


@pytest.fixture
def grid() -> Iterator[SocketGrid]:
    left, right = socket.socketpair()
    with left, right:
        coordinator = Coordinator(right)
        coordinator.start()
        channel = BlockingChannel(left, max_bytes=2**26)
        set_task_identity(run_id=1, node_id=1, task_id=1)
        yield SocketGrid(channel, run_id=1, node_id=1, created_at=_now())
        channel.send(FrameType.STOP)
        coordinator.join(10)


def _ask(grid: SocketGrid, node: int) -> Message:
    content = RecordDict({"arrays": ArrayRecord({"w": Array(np.ones(3))})})
    return grid.create_message(content, "train", node, "0")


def test_the_grid_has_everything_that_flower_asks_of_one(grid: SocketGrid) -> None:
    assert isinstance(grid, Grid)
    assert not SocketGrid.__abstractmethods__
    assert grid.run.run_id == 1
    assert list(grid.get_node_ids()) == [7, 8]
    assert [node.node_id for node in grid.get_nodes()] == [7, 8]


def test_push_and_pull(grid: SocketGrid) -> None:
    ids = list(grid.push_messages([_ask(grid, 7), _ask(grid, 8)]))
    replies = list(grid.pull_messages(ids))
    assert len(set(ids)) == 2
    assert {reply.metadata.reply_to_message_id for reply in replies} == set(ids)
    assert list(grid.pull_messages(ids)) == []


def test_send_and_receive_ends_when_no_more_will_come(grid: SocketGrid) -> None:
    replies = list(grid.send_and_receive([_ask(grid, 7), _ask(grid, 9)]))
    assert [reply.metadata.src_node_id for reply in replies] == [7]


def test_an_unmodified_strategy_runs_over_the_socket(grid: SocketGrid) -> None:
    strategy = FedAvg(fraction_evaluate=0.0, min_available_nodes=2, min_train_nodes=2)
    result = strategy.start(grid=grid, initial_arrays=ArrayRecord({"w": Array(np.ones(3))}), num_rounds=3)
    assert np.array_equal(result.arrays["w"].numpy(), np.full(3, 8.0))
