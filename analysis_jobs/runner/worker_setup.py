"""What every worker does first, inside the room: take its configuration, its data and its earlier state.

* Configuration and data arrive as frames, so a worker can be started before an order is known.
* Files go to /data, the run's private folder in memory, under plain names; nothing else is written there.
* Randomness starts from the seed of the configuration: a repeated run draws the same numbers.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import random
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from analysis_jobs.runner.worker_frames import BlockingChannel, Frame, FrameType, WorkerError
from onggi.errors import NotTrusted

DATA_FOLDER: Final = Path("/data")
DEFAULT_REGISTRY: Final = "analysis_jobs.kinds.app_registry"
_SOCKET_DESCRIPTOR: Final = 3
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """What a worker is told about its task. `app` is our own short name, never a path to code."""

    app: str
    run_id: int
    node_id: int
    task_id: int
    seed: int
    node_config: Mapping[str, Any] = field(default_factory=dict)
    run_config: Mapping[str, Any] = field(default_factory=dict)
    started_at: float = 0.0


def config_to_bytes(config: WorkerConfig) -> bytes:
    """The configuration as the payload of a CONFIG frame."""
    names = ("app", "run_id", "node_id", "task_id", "seed", "node_config", "run_config", "started_at")
    return json.dumps({name: getattr(config, name) for name in names}).encode()


def config_from_bytes(payload: bytes | bytearray) -> WorkerConfig:
    """The configuration that its keeper sent."""
    return WorkerConfig(**json.loads(payload))


class WorkerFailed(Exception):
    """Ends the handling of one frame with a code for the keeper."""

    def __init__(self, code: WorkerError) -> None:
        super().__init__(code)
        self.code = code


def open_channel(arguments: list[str]) -> tuple[BlockingChannel, str]:
    """The inherited socket, and the name of the module that knows the apps.

    Args:
        arguments: the launcher's words: the longest frame to accept, then optionally another registry.
    """
    connection = socket.socket(fileno=_SOCKET_DESCRIPTOR)
    registry = arguments[1] if len(arguments) > 1 else DEFAULT_REGISTRY
    return BlockingChannel(connection, max_bytes=int(arguments[0])), registry


def send_error(channel: BlockingChannel, code: WorkerError) -> None:
    """Tell the keeper that something failed: the code and nothing else."""
    channel.send(FrameType.ERROR, code.value.encode())


def preload_kinds(registry: str) -> None:
    """Import what the app will need, while nobody waits for this worker yet.

    A registry that has no `preload`, or fails at it, changes nothing: what is missing is imported when the
    app is loaded, and a failure there has its own code.
    """
    with contextlib.suppress(Exception):  # any failure returns, with its code, when the app is loaded
        importlib.import_module(registry).preload()


def seed_everything(seed: int) -> None:
    """Start Python's and numpy's shared generators from the seed."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)


class DataFolder:
    """Writes the files that arrive as frames."""

    def __init__(self, folder: Path = DATA_FOLDER) -> None:
        self._folder = folder
        self._open: BinaryIO | None = None

    def take(self, frame: Frame) -> None:
        """Begin a file (FILE) or add to the one begun last (FILE_BYTES)."""
        try:
            if frame.type is FrameType.FILE:
                self.close()
                self._open = (self._folder / check_file_name(frame.payload)).open("xb")
            elif self._open is None:
                raise NotTrusted("sandbox.bad_frame", type=int(frame.type))
            else:
                self._open.write(frame.payload)
        except OSError as error:
            raise WorkerFailed(WorkerError.DATA_NOT_STORED) from error

    def close(self) -> None:
        """Complete the file begun last."""
        if self._open is not None:
            self._open.close()
            self._open = None


def check_file_name(payload: bytes | bytearray) -> str:
    """A plain file name: no folder, no leading dot."""
    name = bytes(payload).decode("ascii", errors="replace")
    if not _FILE_NAME.fullmatch(name):
        raise NotTrusted("sandbox.bad_frame", type=int(FrameType.FILE))
    return name


@dataclass(slots=True)
class Prepared:
    """What a worker holds once the first frame that is not preparation arrives."""

    config: WorkerConfig
    state: bytes | bytearray | None
    first: Frame


def take_preparation(channel: BlockingChannel, *, data: DataFolder) -> Prepared | None:
    """Take configuration, files and state; None when the keeper stops before there is work."""
    config: WorkerConfig | None = None
    state: bytes | bytearray | None = None
    while True:
        frame = channel.receive()
        match frame.type:
            case FrameType.CONFIG:
                config = config_from_bytes(frame.payload)
            case FrameType.STATE:
                state = frame.payload
            case FrameType.FILE | FrameType.FILE_BYTES:
                data.take(frame)
            case FrameType.STOP:
                return None
            case _:
                data.close()
                if config is None:
                    raise NotTrusted("sandbox.bad_frame", type=int(frame.type))
                return Prepared(config, state, frame)
