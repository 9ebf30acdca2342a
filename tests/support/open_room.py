"""Starts the probe program in the closed room, or in the same room with one of its defences taken out."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis_jobs.runner.bubblewrap import Exposed, SandboxSpec, exposed_system
from analysis_jobs.runner.launch import (
    ExitReport,
    LaunchPlan,
    SandboxProcess,
    plan_sandbox,
    start_plan,
    start_sandbox,
)
from analysis_jobs.runner.limits import MIB, SandboxLimits
from analysis_jobs.runner.run_uid import choose_run_uid, uids_with_processes
from analysis_jobs.runner.seccomp_filter import ALLOW, Instruction, filter_bytes
from analysis_jobs.runner.syscall_numbers import SYSCALL_NUMBERS

PROBE_SOURCE = Path(__file__).with_name("probe_program.py")
REPOSITORY = Path(__file__).resolve().parents[2]
_INSIDE = "/onggi/probe.py"
_EXPOSED_FOLDER = "/onggi/exposed"
TIGHT = SandboxLimits(
    memory_bytes=200 * MIB,
    processes=40,
    open_files=64,
    file_bytes=8 * MIB,
    data_bytes=16 * MIB,
    scratch_bytes=16 * MIB,
    cpu_seconds=60,
    wall_seconds=120.0,
)
LOOSE = SandboxLimits(
    memory_bytes=4096 * MIB,
    processes=400,
    open_files=4096,
    file_bytes=64 * MIB,
    data_bytes=64 * MIB,
    scratch_bytes=64 * MIB,
    cpu_seconds=60,
    wall_seconds=120.0,
)
Change = Callable[[LaunchPlan], LaunchPlan]


def free_run_uid() -> int | None:
    """A user for this test process; parallel test processes look from different places on."""
    first = 62000 + os.getpid() % 900
    return choose_run_uid(caller=os.getuid(), busy=uids_with_processes(), first=first)


def unique_name() -> str:
    return "test-" + uuid.uuid4().hex


@contextmanager
def shared_folder(uid: int | None) -> Iterator[Path]:
    """A folder that the run's user owns; not below /tmp, which is private inside."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        if uid is not None:
            os.chown(folder, uid, uid)
        yield folder


class Host:
    """What a job might try to reach on the machine: listeners, a process and files, all of the same user."""

    def __init__(self) -> None:
        self.uid = free_run_uid()
        self.facts: dict[str, Any] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Host:
        with ExitStack() as stack:
            self.folder = stack.enter_context(shared_folder(self.uid))
            self._make_files()
            self._listen(stack)
            self._start_target(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _make_files(self) -> None:
        for name in ("exposed", "other_run"):
            folder = self.folder / name
            folder.mkdir(mode=0o700)
            (folder / "file").write_bytes(b"canary")
            for path in (folder / "file", folder):
                path.chmod(0o700)
                if self.uid is not None:
                    os.chown(path, self.uid, self.uid)
        column = 0 if os.uname().machine == "x86_64" else 1
        self.facts |= {
            "exposed_folder": _EXPOSED_FOLDER,
            "exposed_file": _EXPOSED_FOLDER + "/file",
            "other_run_file": str(self.folder / "other_run/file"),
            "unix_path": _EXPOSED_FOLDER + "/listener",
            "repository": str(REPOSITORY),
            "environment_word": "word-" + uuid.uuid4().hex,
            "target_word": "target-" + uuid.uuid4().hex,
            "hostname": os.uname().nodename,
            "syscalls": {name: numbers[column] for name, numbers in SYSCALL_NUMBERS.items()},
            "namespaces": {
                kind: os.readlink(f"/proc/self/ns/{kind}")
                for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")
            },
        }

    def _listen(self, stack: ExitStack) -> None:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        by_path = stack.enter_context(socket.socket(socket.AF_UNIX))
        self.facts["abstract_name"] = "onggi-" + uuid.uuid4().hex
        abstract.bind("\0" + self.facts["abstract_name"])
        by_path.bind(str(self.folder / "exposed/listener"))
        (self.folder / "exposed/listener").chmod(0o777)
        for listener in (abstract, by_path):
            listener.listen(8)
        self.facts["tcp_port"] = tcp.getsockname()[1]
        self.facts["udp_port"] = udp.getsockname()[1]
        answering = threading.Thread(target=_answer_datagrams, args=(udp,), daemon=True)
        answering.start()

        def stop() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"stop", udp.getsockname())
            answering.join(10)

        stack.callback(stop)

    def _start_target(self, stack: ExitStack) -> None:
        """A process of the same user outside the room, with a word in its command and environment."""
        word = self.facts["target_word"]
        identity: dict[str, Any] = (
            {} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}
        )
        code = "import sys; sys.stdout.write('up'); sys.stdout.flush(); sys.stdin.read()"
        target = subprocess.Popen(
            [Path(sys.executable).resolve(), "-I", "-S", "-c", code, word],
            env={"WORD": word},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            **identity,
        )
        stack.callback(target.__exit__, None, None, None)
        stack.callback(target.send_signal, signal.SIGKILL)
        assert target.stdout is not None
        assert target.stdout.read(2) == b"up"
        self.facts["target_pid"] = target.pid

    def spec(self, limits: SandboxLimits = TIGHT) -> SandboxSpec:
        """The probe program in place of a worker; everything else as for a worker."""
        interpreter = Path(sys.executable).resolve()
        return SandboxSpec(
            argv=(str(interpreter), "-I", "-S", "-B", _INSIDE),
            exposed=(
                *exposed_system(interpreter, Path(sys.base_prefix)),
                Exposed(PROBE_SOURCE, _INSIDE),
                Exposed(self.folder / "exposed", _EXPOSED_FOLDER),
            ),
            limits=limits,
            uid=self.uid,
        )

    def spec_with_whole_disk(self) -> SandboxSpec:
        """The same, but the machine's own folder tree is exposed instead of the chosen parts."""
        interpreter = Path(sys.executable).resolve()
        whole = (Exposed(Path("/"), "/"),)
        return replace(
            self.spec(), exposed=whole, argv=(str(interpreter), "-I", "-S", "-B", str(PROBE_SOURCE))
        )

    def ask_closed(self, probes: Sequence[str]) -> dict[str, str]:
        """Run probes in the room as it is used."""
        return ask(start_sandbox(self.spec(), run_name=unique_name()), probes, self.facts)

    def ask_open(
        self,
        probes: Sequence[str],
        *changes: Change,
        spec: SandboxSpec | None = None,
        facts: dict[str, Any] | None = None,
        more_descriptors: tuple[int, ...] = (),
    ) -> dict[str, str]:
        """Run probes in the room with the changes made. Never as root: `start_plan` refuses that."""
        plan = plan_sandbox(spec or self.spec())
        for change in changes:
            plan = change(plan)
        process = start_plan(plan, group=None, more_descriptors=more_descriptors)
        return ask(process, probes, self.facts | (facts or {}))


def _answer_datagrams(udp: socket.socket) -> None:
    while True:
        words, sender = udp.recvfrom(16)
        if words == b"stop":
            return
        udp.sendto(b"!", sender)


def ask(process: SandboxProcess, probes: Sequence[str], facts: dict[str, Any]) -> dict[str, str]:
    """Hand over the list and read one outcome for each probe."""
    try:
        process.socket.settimeout(60)
        stream = process.socket.makefile("rwb")
        stream.write(json.dumps({"probes": list(probes), "facts": facts}).encode() + b"\n")
        stream.flush()
        outcomes = dict(json.loads(line) for line in stream)
        stream.close()
    finally:
        process.socket.close()
        process.kill()
        report: ExitReport = process.wait(30)
    assert outcomes.keys() == set(probes), (
        f"the probe program ended early: {report}, {len(outcomes)} outcomes"
    )
    return outcomes


def _at(words: Sequence[str], wanted: Sequence[str]) -> int:
    for index in range(len(words)):
        if tuple(words[index : index + len(wanted)]) == tuple(wanted):
            return index
    raise AssertionError(f"the room has no {wanted}")


def without(*wanted: str) -> Change:
    """Leave these words out of bubblewrap's arguments."""

    def change(plan: LaunchPlan) -> LaunchPlan:
        at = _at(plan.arguments, wanted)
        return replace(plan, arguments=plan.arguments[:at] + plan.arguments[at + len(wanted) :])

    return change


def instead(old: Sequence[str], new: Sequence[str]) -> Change:
    """Replace words of bubblewrap's arguments."""

    def change(plan: LaunchPlan) -> LaunchPlan:
        at = _at(plan.arguments, old)
        return replace(plan, arguments=(*plan.arguments[:at], *new, *plan.arguments[at + len(old) :]))

    return change


def sharing(kind: str) -> Change:
    """All namespaces of one's own but this one."""
    own = [f"--unshare-{other}" for other in ("ipc", "pid", "net", "uts", "cgroup") if other != kind]
    return instead(["--unshare-all"], own)


def without_filter(plan: LaunchPlan) -> LaunchPlan:
    """A filter that lets every system call through."""
    return replace(plan, filter=filter_bytes([Instruction(0x06, 0, 0, ALLOW)]))


def without_room(argv: Sequence[str]) -> Change:
    """No bubblewrap at all: the same program as the same unprivileged user."""
    return lambda plan: replace(plan, bwrap=Path("/usr/bin/env"), arguments=tuple(argv))
