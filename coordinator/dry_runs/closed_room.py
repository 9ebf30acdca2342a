"""Keeps one closed room ready for the next dry run, and hands it one job.

Starting the room takes longer than most dry runs, so the next one starts as soon as one was used. A room
serves one job: whatever a definition did to it ends with it.
"""

from __future__ import annotations

import itertools
import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from analysis_jobs.dry_run.findings import Finding
from analysis_jobs.dry_run.room_main import JOB_FILE
from analysis_jobs.runner.launch import Ended, SandboxProcess, start_sandbox
from analysis_jobs.runner.limits import MIB, SandboxLimits
from analysis_jobs.runner.worker_frames import BlockingChannel, FrameType, WorkerError
from analysis_jobs.runner.worker_keeper import worker_spec
from onggi.errors import NotTrusted, OnggiError, Refused, Unreachable
from onggi.protocol.canonical import canonical_json
from onggi.spec.job import JobSpec

ROOM: Final = "analysis_jobs.dry_run.room_main"
JOB_SECONDS: Final = 5
"""Of processor time, for one job: a machine that is busy with other things makes no job too long."""
_START_SECONDS: Final = 2
LIMITS: Final = SandboxLimits(
    memory_bytes=1536 * MIB,
    data_bytes=256 * MIB,
    scratch_bytes=256 * MIB,
    cpu_seconds=JOB_SECONDS + _START_SECONDS,
    wall_seconds=15.0,
    frame_bytes=64 * MIB,
)
_UIDS: Final = (64000, 64099)
_CHUNK: Final = MIB
_MEMORY_WORDS: Final = (b"memoryerror", b"bad_alloc", b"memory allocation", b"cannot allocate memory")
_FINDINGS: Final = TypeAdapter(tuple[Finding, ...])


@dataclass(slots=True)
class ClosedRoom:
    """At most one waiting room. Calls may come from any thread, one at a time."""

    limits: SandboxLimits = LIMITS
    _waiting: SandboxProcess | None = None
    _uids: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(_UIDS[0], _UIDS[1] + 1)))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def warm(self) -> None:
        """Starts the next room, unless one waits. Raises Refused(``sandbox.*``) where none can be."""
        with self._lock:
            if self._waiting is None or self._waiting.has_ended:
                self._waiting = self._start()

    def try_job(self, spec: JobSpec, twins: Sequence[Path]) -> tuple[Finding, ...]:
        """What the dry run found.

        Raises:
            Refused: ``dry_run.too_long``, ``dry_run.too_much_memory``, ``dry_run.broke``: the job's doing.
            Unreachable: ``dry_run.busy``, ``dry_run.no_room``; Refused ``sandbox.*`` where no room can be
                had: not its doing.
        """
        room = self._take()
        began = time.monotonic()
        room.restart_clock()
        channel = BlockingChannel(room.socket, max_bytes=self.limits.frame_bytes)
        try:
            _await_ready(channel)
            return _converse(channel, spec, twins)
        except _NotReady:
            raise _why_not_ready(room, began=began, limits=self.limits) from None
        except Unreachable:
            raise _why_gone(room, began=began, limits=self.limits) from None
        except NotTrusted:  # what speaks like this is no longer our code
            raise Refused("dry_run.broke") from None
        finally:
            room.kill()
            room.wait()
            room.socket.close()

    def close(self) -> None:
        """Ends the room that nobody used."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.kill()
            waiting.wait()
            waiting.socket.close()

    def _take(self) -> SandboxProcess:
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.has_ended:
            return waiting
        return self._start()

    def _start(self) -> SandboxProcess:
        uid = next(self._uids) if os.getuid() == 0 else None
        room = start_sandbox(
            worker_spec(ROOM, uid=uid, limits=self.limits, keep_stderr=True),
            run_name=f"dry-{secrets.token_hex(8)}",
        )
        room.stop_clock()
        return room


class _NotReady(Exception):
    """The room ended, or gave up, before it knew any job."""


def _await_ready(channel: BlockingChannel) -> None:
    try:
        first = channel.receive()
    except OnggiError:
        raise _NotReady from None
    if first.type is not FrameType.READY:
        raise _NotReady


def _converse(channel: BlockingChannel, spec: JobSpec, twins: Sequence[Path]) -> tuple[Finding, ...]:
    _send_file(channel, JOB_FILE, [canonical_json(spec)])
    names = [f"twin_{at}.duckdb" for at in range(len(twins))]
    for name, twin in zip(names, twins, strict=True):
        _send_file(channel, name, _chunks(twin))
    channel.send(FrameType.MESSAGE, json.dumps(names).encode())
    answer = channel.receive()
    if answer.type is FrameType.ERROR:
        raise _name_error(bytes(answer.payload))
    try:
        return _FINDINGS.validate_json(bytes(answer.payload))
    except ValidationError:
        raise NotTrusted("sandbox.bad_frame", type=int(answer.type)) from None


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


def _send_file(channel: BlockingChannel, name: str, chunks: Iterable[bytes]) -> None:
    channel.send(FrameType.FILE, name.encode())
    for chunk in chunks:
        channel.send(FrameType.FILE_BYTES, chunk)


def _name_error(payload: bytes) -> OnggiError:
    """The room's code for a failure in it; anything that is no such code is a failure like any other."""
    if payload == WorkerError.OUT_OF_MEMORY.value.encode():
        return Refused("dry_run.too_much_memory")
    return Refused("dry_run.broke")


def _why_not_ready(room: SandboxProcess, *, began: float, limits: SandboxLimits) -> OnggiError:
    """A room that never was ready says nothing about the job: the machine is busy, or gives it too little."""
    room.kill()
    busy = time.monotonic() - began >= limits.wall_seconds or room.wait().ended is Ended.OUT_OF_TIME
    return Unreachable("dry_run.busy" if busy else "dry_run.no_room")


def _why_gone(room: SandboxProcess, *, began: float, limits: SandboxLimits) -> OnggiError:
    """Why the room ended without an answer: its limits, the machine's, or an end of its own.

    * Its clock ends a room that keeps silent without ending. A busy machine may need seconds to clear an
      ended one away, so nothing shorter is waited for.
    * Nobody here sends SIGKILL to a room that ended by itself: the machine did, for want of memory.
    * Where memory cannot be had a library may abort the process. Its last words tell that from other crashes;
      there is nothing but twins in a room, and no more than the cause is taken from them.
    """
    report = room.wait()
    match report.ended:
        case Ended.OUT_OF_TIME if time.monotonic() - began < limits.wall_seconds:
            return Refused("dry_run.too_long", seconds=JOB_SECONDS)
        case Ended.OUT_OF_TIME:
            return Unreachable("dry_run.busy")
        case Ended.OUT_OF_MEMORY:
            return Refused("dry_run.too_much_memory")
        case Ended.NOT_STARTED:
            return Unreachable("dry_run.no_room")
        case Ended.SIGNALLED if report.status in (None, signal.SIGKILL):
            return Unreachable("dry_run.busy")
    last_words = room.stderr_tail().lower()
    if any(words in last_words for words in _MEMORY_WORDS):
        return Refused("dry_run.too_much_memory")
    return Refused("dry_run.broke")
