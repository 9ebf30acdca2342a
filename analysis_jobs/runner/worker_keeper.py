"""The keeper's side of one worker: hands it data and messages, takes replies or a code, and ends it.

* Used by the node for client apps and by the coordinator for server apps; both live in an event loop.
* Every answer is bounded in length before it is read, and its type is checked.
* A worker that ended says so in one word: `Refused("sandbox.worker_ended", ended=...)`. A failure inside
  the job is `Refused("sandbox.app_failed", reason=...)` with one of the closed codes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import sysconfig
from collections.abc import AsyncIterable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self

from analysis_jobs.runner.boot import OUR_CODE, PACKAGES
from analysis_jobs.runner.bubblewrap import Exposed, SandboxSpec, exposed_system
from analysis_jobs.runner.launch import SandboxProcess, start_sandbox
from analysis_jobs.runner.limits import SandboxLimits
from analysis_jobs.runner.wire_pieces import Buffer
from analysis_jobs.runner.worker_frames import (
    AsyncChannel,
    Frame,
    FrameType,
    WorkerError,
    join_parts,
    split_parts,
)
from analysis_jobs.runner.worker_setup import DEFAULT_REGISTRY, WorkerConfig, config_to_bytes
from onggi.errors import NotTrusted, Refused, Unreachable

CLIENT_WORKER: Final = "analysis_jobs.runner.worker_main"
SERVER_WORKER: Final = "analysis_jobs.runner.worker_server_main"
# The folders of our source that job code imports. The servers' own code is not among them.
_OUR_ROOMS: Final = ("onggi", "privacy", "catalog", "analysis_jobs")
_LONGEST_PULL: Final = 1024 * 1024
_SOURCE_ROOT: Final = Path(__file__).resolve().parents[2]


def worker_spec(
    module: str,
    *,
    uid: int | None,
    limits: SandboxLimits | None = None,
    registry: str = DEFAULT_REGISTRY,
    more_code: Sequence[Exposed] = (),
    keep_stderr: bool = False,
) -> SandboxSpec:
    """What a worker of this installation sees: its interpreter, its packages and the job code, read-only.

    Args:
        module: `CLIENT_WORKER` or `SERVER_WORKER`.
        uid: the per-run user where the caller is root, else None.
        limits: ceilings; the defaults where not given.
        registry: the module that loads apps by their short names.
        more_code: further folders to expose below `/onggi/code`.
        keep_stderr: keep the end of the error output for debugging on this machine.
    """
    bounds = limits or SandboxLimits()
    interpreter = Path(sys.executable).resolve()
    rooms = [Exposed(_SOURCE_ROOT / room, f"{OUR_CODE}/{room}") for room in _OUR_ROOMS]
    folders = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    packages = [Exposed(Path(one).resolve(), target) for one, target in zip(folders, PACKAGES, strict=False)]
    boot = f"{OUR_CODE}/analysis_jobs/runner/boot.py"
    return SandboxSpec(
        argv=(str(interpreter), "-I", "-S", "-B", boot, module, str(bounds.frame_bytes), registry),
        exposed=(*exposed_system(interpreter, Path(sys.base_prefix)), *rooms, *packages, *more_code),
        limits=bounds,
        uid=uid,
        keep_stderr=keep_stderr,
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """A client app's reply and its context's state after it, both as bytes to be stored."""

    message: Buffer
    state: Buffer


class GridCalls(Protocol):
    """How the coordinator answers a server app."""

    async def node_ids(self) -> Sequence[int]:
        """The nodes that take part."""
        ...

    async def push(self, messages: Sequence[Buffer]) -> Sequence[str]:
        """Take messages for delivery; answer with one id for each, in order.

        A message without content has that of the message before it.
        """
        ...

    async def pull(self, ids: Sequence[str], wait_s: float | None) -> Sequence[Buffer | Sequence[Buffer]]:
        """Replies for these ids, whole or in pieces.

        `wait_s` None: wait for at least one; none at all means none will come.
        """
        ...


class Worker:
    """One running worker and the frames to and from it."""

    def __init__(self, process: SandboxProcess, *, limits: SandboxLimits) -> None:
        self.process = process
        self._channel = AsyncChannel(process.socket, max_bytes=limits.frame_bytes)

    @classmethod
    async def start(cls, spec: SandboxSpec, *, run_name: str) -> Self:
        """Start a worker without waiting for it; `ready` waits. It needs no order to start."""
        process = await asyncio.to_thread(start_sandbox, spec, run_name=run_name)
        return cls(process, limits=spec.limits)

    async def ready(self) -> None:
        """Wait until the worker can take its configuration. It may then wait as long as it likes."""
        await self._expect(FrameType.READY)
        self.process.stop_clock()

    async def check_alive(self) -> None:
        """Raise Refused(``sandbox.worker_ended``) where it ended after it was ready."""
        if self.process.has_ended:
            raise await self._why_gone()

    async def configure(self, config: WorkerConfig, *, state: bytes | None = None) -> None:
        """Tell the worker its task, and the state that it kept before a restart. Its time starts here."""
        self.process.restart_clock()
        await self._send(FrameType.CONFIG, config_to_bytes(config))
        if state is not None:
            await self._send(FrameType.STATE, state)

    async def send_file(self, name: str, chunks: AsyncIterable[Buffer] | Iterable[Buffer]) -> None:
        """Write one file into the worker's /data folder."""
        await self._send(FrameType.FILE, name.encode())
        if isinstance(chunks, AsyncIterable):
            async for chunk in chunks:
                await self._send(FrameType.FILE_BYTES, chunk)
            return
        for chunk in chunks:
            await self._send(FrameType.FILE_BYTES, chunk)

    async def answer(self, *message: Buffer) -> Reply:
        """Let the client app answer one message, given whole or in pieces."""
        await self._send(FrameType.MESSAGE, *message)
        frame = await self._expect(FrameType.REPLY)
        parts = split_parts(frame.payload, at_most=2)
        if len(parts) != 2:
            raise NotTrusted("sandbox.bad_frame", type=int(frame.type))
        return Reply(parts[0], parts[1])

    async def combine(self, grid: GridCalls) -> bytes:
        """Let the server app run to its end, answering its calls; the result's records as bytes."""
        await self._send(FrameType.MESSAGE)
        while True:
            frame = await self._receive()
            match frame.type:
                case FrameType.RESULT:
                    return bytes(frame.payload)
                case FrameType.NODE_IDS:
                    ids = list(await grid.node_ids())
                    await self._send(FrameType.NODE_LIST, json.dumps(ids).encode())
                case FrameType.PUSH:
                    pushed = await grid.push(split_parts(frame.payload))
                    await self._send(FrameType.PUSHED, json.dumps(list(pushed)).encode())
                case FrameType.PULL:
                    ids_wanted, wait_s = _read_pull(frame)
                    replies = await grid.pull(ids_wanted, wait_s)
                    await self._send(FrameType.PULLED, *join_parts(replies))
                case _:
                    raise NotTrusted("sandbox.bad_frame", type=int(frame.type))

    async def stop(self, *, patience_s: float = 2.0) -> None:
        """End the worker: ask, then insist. Returns when all its processes are gone."""
        try:
            await self._channel.send(FrameType.STOP)
            await asyncio.wait_for(self.process.wait_async(), patience_s)
        except (Unreachable, TimeoutError):
            self.process.kill()
            await self.process.wait_async()
        finally:
            self.process.socket.close()

    async def _expect(self, kind: FrameType) -> Frame:
        frame = await self._receive()
        if frame.type is not kind:
            raise NotTrusted("sandbox.bad_frame", type=int(frame.type))
        return frame

    async def _send(self, kind: FrameType, *parts: Buffer) -> None:
        try:
            await self._channel.send(kind, *parts)
        except Unreachable:
            raise await self._why_gone() from None

    async def _receive(self) -> Frame:
        try:
            frame = await self._channel.receive()
        except Unreachable:
            raise await self._why_gone() from None
        if frame.type is FrameType.ERROR:
            raise Refused("sandbox.app_failed", reason=_read_error(frame))
        return frame

    async def _why_gone(self) -> Refused:
        """The socket is closed: end whatever is left and say how the worker ended."""
        try:
            report = await asyncio.wait_for(self.process.wait_async(), 2.0)
        except TimeoutError:
            self.process.kill()
            report = await self.process.wait_async()
        return Refused("sandbox.worker_ended", ended=report.ended.value)


def _read_error(frame: Frame) -> str:
    """The worker's code, or NotTrusted: a worker cannot smuggle text out as an error."""
    try:
        return WorkerError(bytes(frame.payload).decode("ascii")).value
    except (ValueError, UnicodeDecodeError):
        raise NotTrusted("sandbox.bad_frame", type=int(frame.type)) from None


def _read_pull(frame: Frame) -> tuple[list[str], float | None]:
    """The ids and the patience of a pull; its JSON is bounded, as reading it costs many times its length."""
    if len(frame.payload) > _LONGEST_PULL:
        raise NotTrusted("sandbox.frame_too_long", length=len(frame.payload), limit=_LONGEST_PULL)
    try:
        told = json.loads(bytes(frame.payload))
        wait_s = told["wait_s"]
        return [str(one) for one in told["ids"]], None if wait_s is None else float(wait_s)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotTrusted("sandbox.bad_frame", type=int(frame.type)) from None
