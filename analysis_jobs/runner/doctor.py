"""Says whether this machine can run jobs in a closed room, and if not, why and what to do about it.

* Each finding is a code with words in Korean and English and one next act.
* After the single questions a worker is really started and asked to announce itself; only that proves it.
* Nothing here repairs or falls back: a machine that cannot close the room runs no job.
"""

from __future__ import annotations

import os
import platform
import re
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from analysis_jobs.runner.bubblewrap import PRLIMIT
from analysis_jobs.runner.launch import BWRAP_PLACES, Ended, find_bwrap, start_sandbox
from analysis_jobs.runner.limits import find_delegation, limits_in_force
from analysis_jobs.runner.seccomp_filter import check_machine
from analysis_jobs.runner.worker_frames import BlockingChannel, FrameType
from analysis_jobs.runner.worker_keeper import CLIENT_WORKER, worker_spec
from onggi.errors import Fact, OnggiError, Refused

_OLDEST_BWRAP: Final = (0, 8, 0)  # the first with --disable-userns
_TRIAL_SECONDS: Final = 60.0
_NOTES: Final = frozenset({"sandbox.memory_per_process", "sandbox.shared_uid"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands in the way, or a note that does not."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def blocks(self) -> bool:
        """Whether no job can run because of it."""
        return self.code not in _NOTES


def check_sandbox(*, uid: int | None, run_name: str, proc: Path = Path("/proc")) -> list[Finding]:
    """Every finding on this machine; the trial start only where nothing else blocks.

    Args:
        uid: a free per-run user where the caller is root, else None.
        run_name: a name for the trial's control group, unique on this machine.
        proc: where kernel settings are read from.
    """
    found = [
        *_ask(lambda: check_machine(platform.machine())),
        *check_programs(BWRAP_PLACES),
        *check_kernel_settings(proc, profiled=BWRAP_PLACES[0].exists()),
        *check_caller(os.getuid(), uid=uid),
        *check_reachable(needed_paths(), uid=uid if os.getuid() == 0 else None),
        *_note_limits(),
    ]
    if not any(one.blocks for one in found):
        found += _ask(lambda: try_sandbox(uid=uid, run_name=run_name))
    return found


def check_available(*, uid: int | None, run_name: str) -> None:
    """Raise `sandbox.unavailable` with the first cause where no job can run here."""
    for one in check_sandbox(uid=uid, run_name=run_name):
        if one.blocks:
            raise Refused("sandbox.unavailable", cause=one.code)


def _ask(question: Callable[[], object]) -> list[Finding]:
    """A refusal as a finding."""
    try:
        question()
    except OnggiError as error:
        return [Finding(error.code, error.facts)]
    return []


def check_programs(places: tuple[Path, ...]) -> list[Finding]:
    """Whether bubblewrap is there and new enough, and `prlimit` beside it."""
    if not Path(PRLIMIT).exists():
        return [Finding("sandbox.prlimit_missing", {"path": PRLIMIT})]
    try:
        bwrap = find_bwrap(places)
        told = subprocess.run([bwrap, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except Refused as error:
        return [Finding(error.code, error.facts)]
    except OSError:
        return [Finding("sandbox.bwrap_missing", {})]
    version = parse_version(told.stdout)
    if version < _OLDEST_BWRAP:
        return [Finding("sandbox.bwrap_old", {"version": ".".join(map(str, version))})]
    return []


def parse_version(text: str) -> tuple[int, ...]:
    """The numbers in `bubblewrap 0.8.0`; zeros where there are none."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(one) for one in found.groups()) if found else (0, 0, 0)


def check_kernel_settings(proc: Path, *, profiled: bool) -> list[Finding]:
    """Whether the kernel lets an ordinary user close a room.

    Args:
        proc: where the settings are read from.
        profiled: whether our own copy of bubblewrap, the one that the AppArmor profile names, is in place.
    """
    kernel = proc / "sys/kernel"
    if _read(kernel / "unprivileged_userns_clone") == "0":
        return [
            Finding("sandbox.userns_blocked", {"setting": "kernel.unprivileged_userns_clone", "value": 1})
        ]
    if _read(proc / "sys/user/max_user_namespaces") == "0":
        return [Finding("sandbox.userns_blocked", {"setting": "user.max_user_namespaces", "value": 15000})]
    if _read(kernel / "apparmor_restrict_unprivileged_userns") == "1" and not profiled:
        return [Finding("sandbox.apparmor_profile_needed", {"path": str(BWRAP_PLACES[0])})]
    return []


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def check_caller(caller: int, *, uid: int | None) -> list[Finding]:
    """Whether the caller can become, or already is, an ordinary user."""
    if caller != 0:
        return [Finding("sandbox.shared_uid", {"uid": caller})]
    if uid is None or uid == 0:
        return [Finding("sandbox.root_refused", {})]
    if not _may_change_user(_read(Path("/proc/self/status")) or ""):
        return [Finding("sandbox.cannot_drop_uid", {"uid": uid})]
    return []


def _may_change_user(status: str) -> bool:
    """CAP_SETUID and CAP_SETGID, which a container may have taken from its root."""
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return found is not None and int(found[1], 16) & 0b11000000 == 0b11000000


def needed_paths() -> list[Path]:
    """The interpreter, its packages and our code: all that a worker reads from this machine's disks."""
    return [
        Path(sys.executable).resolve(),
        Path(sysconfig.get_path("purelib")),
        Path(sysconfig.get_path("platlib")),
        Path(__file__).resolve(),
    ]


def check_reachable(paths: Iterable[Path], *, uid: int | None) -> list[Finding]:
    """Whether the run's user may reach each path: a Python under a 0700 home is the usual trap."""
    if uid is None:
        return []
    for path in paths:
        for part in [*reversed(path.resolve().parents), path.resolve()]:
            needed = stat.S_IXOTH if part.is_dir() else stat.S_IROTH
            if not part.stat().st_mode & needed:
                return [Finding("sandbox.interpreter_unreachable", {"path": str(part), "uid": uid})]
    return []


def _note_limits() -> list[Finding]:
    force = limits_in_force(find_delegation())
    return [] if force.memory == "cgroup" else [Finding("sandbox.memory_per_process", {})]


def try_sandbox(*, uid: int | None, run_name: str) -> None:
    """Start a worker, wait until it announces itself, end it. Raises where it does not."""
    process = start_sandbox(worker_spec(CLIENT_WORKER, uid=uid), run_name=run_name)
    process.socket.settimeout(_TRIAL_SECONDS)
    try:
        frame = BlockingChannel(process.socket, max_bytes=1024).receive()
        if frame.type is not FrameType.READY:
            raise Refused("sandbox.trial_failed", ended=Ended.EXITED.value)
    except (OnggiError, TimeoutError):
        process.kill()
        raise Refused("sandbox.trial_failed", ended=process.wait(30).ended.value) from None
    finally:
        process.kill()
        process.wait(30)
        process.socket.close()
