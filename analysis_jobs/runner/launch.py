"""Starts one job in its closed room, watches the clock, and can end it and all that it started.

* Root never starts the sandbox: a root caller names a per-run user, anybody else runs it as themselves.
* The caller and the job share one socket. Nothing else is passed: no other descriptor, no output.
* How a job ended is one of six words, never text of the job's making.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import enum
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from analysis_jobs.runner import stage
from analysis_jobs.runner.bubblewrap import SandboxSpec, bubblewrap_arguments, find_hidden
from analysis_jobs.runner.limits import (
    GROUP_PREFIX,
    ControlGroup,
    create_control_group,
    find_delegation,
    kill_control_group,
    outer_rlimits,
    remove_control_group,
    was_out_of_memory,
)
from analysis_jobs.runner.seccomp_filter import check_machine, filter_bytes, filter_program
from onggi.errors import Refused

# Ours alone comes first: on Ubuntu 24.04 the AppArmor profile allows that path and no other.
BWRAP_PLACES: Final = (Path("/opt/onggi/bin/bwrap"), Path("/usr/bin/bwrap"))
_KEPT_STDERR: Final = 16 * 1024
_SOCKET_BUFFER: Final = 4 * 1024 * 1024


class Ended(enum.StrEnum):
    """How a worker ended."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    OUT_OF_MEMORY = "out_of_memory"
    OUT_OF_TIME = "out_of_time"
    SECCOMP = "seccomp"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True)
class ExitReport:
    """How a worker ended: its exit status where it exited by itself, else the signal, where that is known."""

    ended: Ended
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """All that is decided before anything starts; tests take single defences out of a copy."""

    bwrap: Path
    arguments: tuple[str, ...]
    filter: bytes
    rlimits: tuple[tuple[int, int], ...]
    uid: int | None
    wall_seconds: float
    keep_stderr: bool


def find_bwrap(places: tuple[Path, ...] = BWRAP_PLACES) -> Path:
    """The bubblewrap program to use."""
    for place in places:
        if place.exists():
            return place
    raise Refused("sandbox.bwrap_missing")


def check_uid(uid: int | None, *, caller: int) -> None:
    """Root must name an ordinary user to become; others cannot become anybody else."""
    if caller == 0 and (uid is None or uid == 0):
        raise Refused("sandbox.root_refused")
    if caller != 0 and uid is not None and uid != caller:
        raise Refused("sandbox.cannot_drop_uid", uid=uid)
    if uid is not None and uid < 0:
        raise Refused("sandbox.cannot_drop_uid", uid=uid)


def plan_sandbox(spec: SandboxSpec) -> LaunchPlan:
    """Decide the whole start without starting anything."""
    machine = check_machine(platform.machine())
    return LaunchPlan(
        bwrap=find_bwrap(),
        arguments=tuple(bubblewrap_arguments(spec, hidden=find_hidden())),
        filter=filter_bytes(filter_program(machine)),
        rlimits=tuple(outer_rlimits(spec.limits)),
        uid=spec.uid,
        wall_seconds=spec.limits.wall_seconds,
        keep_stderr=spec.keep_stderr,
    )


@cache
def _starter() -> concurrent.futures.ThreadPoolExecutor:
    """One thread that starts all workers and lives as long as the process.

    The kernel ends a `--die-with-parent` child when the *thread* that started it ends; a worker started
    from a short-lived thread would die with that thread.
    """
    return concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="onggi-sandbox")


def start_sandbox(spec: SandboxSpec, *, run_name: str) -> SandboxProcess:
    """Start a worker and return at once; it announces itself over its socket.

    Args:
        spec: what to start and what it may see and use.
        run_name: a name for the run's control group, unique on this machine; letters, digits and dashes.
    """
    delegation = find_delegation()
    plan = plan_sandbox(spec)
    check_uid(plan.uid, caller=os.getuid())
    if not run_name.replace("-", "").isalnum():
        raise ValueError("run_name holds something other than letters, digits and dashes")
    group = (
        create_control_group(delegation, name=f"{GROUP_PREFIX}{run_name}", limits=spec.limits)
        if delegation
        else None
    )
    return start_plan(plan, group=group)


prepare_sandbox = start_sandbox
"""A worker needs neither data nor configuration to start: both follow as frames. A node that wants one
ready calls this before the order comes, and `configure`s it afterwards."""


def start_plan(
    plan: LaunchPlan, *, group: ControlGroup | None, more_descriptors: tuple[int, ...] = ()
) -> SandboxProcess:
    """Carry out a plan. Refuses root again, whatever the plan says.

    Args:
        plan: what `plan_sandbox` decided.
        group: the run's control group, if there is one.
        more_descriptors: further descriptors to hand in. Only the attack tests pass any, to prove that
            their search for inherited descriptors would find one.
    """
    check_uid(plan.uid, caller=os.getuid())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    status_read, status_write = os.pipe()
    filter_file = os.memfd_create("onggi-filter")
    try:
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
        os.write(filter_file, plan.filter)
        os.lseek(filter_file, 0, os.SEEK_SET)
        handed = (theirs.fileno(), filter_file, status_write, *more_descriptors)
        process = _starter().submit(_spawn, plan, group, handed).result()
    except BaseException:
        ours.close()
        os.close(status_read)
        if group is not None:
            remove_control_group(group)
        raise
    finally:
        theirs.close()
        os.close(filter_file)
        os.close(status_write)
    return SandboxProcess(process, ours, status_read, group, plan.wall_seconds)


def _spawn(plan: LaunchPlan, group: ControlGroup | None, handed: tuple[int, ...]) -> subprocess.Popen[bytes]:
    described = {
        "bwrap": str(plan.bwrap),
        "arguments": plan.arguments,
        "rlimits": plan.rlimits,
        "uid": plan.uid,
        "cgroup_procs": [str(folder / "cgroup.procs") for folder in group.folders] if group else [],
    }
    command = [sys.executable, "-I", "-S", stage.__file__, json.dumps(described), *map(str, handed)]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if plan.keep_stderr else subprocess.DEVNULL,
        pass_fds=handed,
        env={},
        cwd="/",
        start_new_session=True,
    )


class SandboxProcess:
    """One running worker: its socket, and the means to wait for it and to end it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        connection: socket.socket,
        status_read: int,
        group: ControlGroup | None,
        wall_seconds: float,
    ) -> None:
        self.socket = connection
        self.pid = process.pid
        self._process = process
        self._status_read = status_read
        self._status = b""
        self._group = group
        self._out_of_time = False
        self._report: ExitReport | None = None
        self._lock = threading.RLock()
        self._stderr = bytearray()
        self._stderr_reader = self._read_stderr() if process.stderr is not None else None
        os.set_blocking(status_read, False)
        self._wall_seconds = wall_seconds
        self._clock = self._start_clock()

    @property
    def has_ended(self) -> bool:
        """Whether it is gone already, whatever it said before."""
        return self._process.poll() is not None

    def stop_clock(self) -> None:
        """Let no time count while it waits and knows no job; `restart_clock` gives it its job's."""
        self._clock.cancel()

    def restart_clock(self) -> None:
        """Give the full time from now on: a worker that was kept ready has used none of its job's."""
        self._clock.cancel()
        self._clock = self._start_clock()

    def _start_clock(self) -> threading.Timer:
        clock = threading.Timer(self._wall_seconds, self._end_for_time)
        clock.daemon = True
        clock.start()
        return clock

    def wait(self, timeout_s: float | None = None) -> ExitReport:
        """Wait until the worker and all that it started are gone. Raises TimeoutError."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError("the worker is still running") from None
        with self._lock:
            if self._report is None:
                self._report = self._conclude()
                os.close(self._status_read)
            return self._report

    async def wait_async(self) -> ExitReport:
        """`wait` for an event loop: no thread is held while the worker runs."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        watched = os.pidfd_open(self.pid) if self._process.returncode is None else -1
        if watched >= 0:
            try:
                loop.add_reader(watched, ended.set)
                await ended.wait()
            finally:
                loop.remove_reader(watched)
                os.close(watched)
        return await asyncio.to_thread(self.wait)

    def kill(self) -> None:
        """End the worker and everything that it started. Does nothing where it has ended already."""
        self._kill_inside()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if self._group is not None:
            kill_control_group(self._group)

    def stderr_tail(self) -> bytes:
        """The end of the worker's error output, if it was kept. For this machine's own eyes only."""
        if self._stderr_reader is not None:
            self._stderr_reader.join(timeout=5)
        return bytes(self._stderr)

    def _end_for_time(self) -> None:
        self._out_of_time = True
        self.kill()

    def _kill_inside(self) -> None:
        """Kill the room's first process: the kernel then ends all others in it at once."""
        inside = self._read_status().get("child-pid")
        if inside is None or self._process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError, OSError):
            handle = os.pidfd_open(inside)
            try:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            finally:
                os.close(handle)

    def _read_status(self) -> dict[str, int]:
        """What bubblewrap has said so far about its child: several JSON objects in a row."""
        with self._lock, contextlib.suppress(BlockingIOError):
            while self._report is None and (part := os.read(self._status_read, 4096)):
                self._status += part
        told: dict[str, int] = {}
        for line in self._status.splitlines():
            with contextlib.suppress(ValueError):
                told |= json.loads(line)
        return told

    def _conclude(self) -> ExitReport:
        """Decide how the worker ended, then give back descriptors and control groups."""
        self._clock.cancel()
        told = self._read_status()
        out_of_memory = self._group is not None and was_out_of_memory(self._group)
        report = _decide_ending(
            bwrap_status=self._process.returncode,
            inner_status=told.get("exit-code"),
            out_of_time=self._out_of_time,
            out_of_memory=out_of_memory,
        )
        if self._group is not None:
            kill_control_group(self._group)
            remove_control_group(self._group)
        return report

    def _read_stderr(self) -> threading.Thread:
        def drain() -> None:
            assert self._process.stderr is not None
            while part := self._process.stderr.read1(4096):  # type: ignore[attr-defined] # BufferedReader
                self._stderr += part
                del self._stderr[:-_KEPT_STDERR]
            self._process.stderr.close()

        reader = threading.Thread(target=drain, daemon=True)
        reader.start()
        return reader


def _decide_ending(
    *, bwrap_status: int, inner_status: int | None, out_of_time: bool, out_of_memory: bool
) -> ExitReport:
    """One word for the ending. 128 + n is how bubblewrap reports signal n inside.

    bubblewrap that exits by itself without naming the job's status never got as far as starting it.
    """
    if out_of_time:
        return ExitReport(Ended.OUT_OF_TIME)
    if out_of_memory:
        return ExitReport(Ended.OUT_OF_MEMORY)
    if inner_status is None and bwrap_status >= 0:
        return ExitReport(Ended.NOT_STARTED, bwrap_status)
    if inner_status == 128 + signal.SIGSYS:
        return ExitReport(Ended.SECCOMP)
    if inner_status == 128 + signal.SIGXCPU:
        return ExitReport(Ended.OUT_OF_TIME)
    if inner_status is None or inner_status > 128:
        return ExitReport(Ended.SIGNALLED, None if inner_status is None else inner_status - 128)
    return ExitReport(Ended.EXITED, inner_status)
