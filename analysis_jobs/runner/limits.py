"""Bounds what one job may use up: memory, processes, files, processor time and time on the wall.

* Memory and processes of the whole job are bounded by a control group where one was given to us (systemd
  delegation on version 2, a writable tree on version 1). Without one, memory is bounded per process only;
  `limits_in_force` says which of the two holds, and `doctor` prints it.
* A core dump would write patients' values to disk: the core limit is 1 byte. That value, unlike 0, also
  stops dumps that the kernel pipes to a handler; the filter keeps the job from lowering it to 0.
"""

from __future__ import annotations

import contextlib
import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from onggi.errors import Refused

MIB: Final = 1024 * 1024
# Address space that libraries reserve without using it; only the part in use counts as memory.
_RESERVED_ADDRESSES: Final = 4096 * MIB
_CORE_LIMIT: Final = 1
GROUP_PREFIX: Final = "onggi-run-"
_DEFAULT_CGROUP_ROOT: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """What one worker may use. Every number is a ceiling; none is a reservation."""

    memory_bytes: int = 2048 * MIB
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 1024 * MIB
    data_bytes: int = 1024 * MIB
    scratch_bytes: int = 256 * MIB
    cpu_seconds: int = 3600
    wall_seconds: float = 3600.0
    frame_bytes: int = 256 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsInForce:
    """Which mechanism bounds what on this machine."""

    memory: Literal["cgroup", "per_process"]
    processes: Literal["cgroup", "rlimit"]
    cgroup_version: Literal[0, 1, 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """Control-group folders under which we may create our own."""

    version: Literal[1, 2]
    memory: Path | None
    pids: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlGroup:
    """The folders of one run; `None` delegation leaves both empty."""

    version: Literal[1, 2]
    memory: Path | None
    pids: Path | None

    @property
    def folders(self) -> tuple[Path, ...]:
        """Each folder once: version 2 has a single one."""
        return tuple(dict.fromkeys(one for one in (self.memory, self.pids) if one is not None))


def outer_rlimits(limits: SandboxLimits) -> list[tuple[int, int]]:
    """Limits set before bubblewrap starts; inherited by everything inside, never raisable there."""
    return [
        (resource.RLIMIT_CORE, _CORE_LIMIT),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_AS, limits.memory_bytes + _RESERVED_ADDRESSES),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 64 * 1024),
    ]


def inner_rlimit_arguments(limits: SandboxLimits) -> list[str]:
    """Limits set by `prlimit` as the first program inside.

    The kernel counts processes per user *and* user namespace: set inside, the number bounds the job
    alone; set outside it would count whatever else runs under the same user. The hard limit of processor
    time is later than the soft one, so that SIGXCPU tells it apart from other kills.
    """
    return [
        f"--nproc={limits.processes}:{limits.processes}",
        f"--cpu={limits.cpu_seconds}:{limits.cpu_seconds + 5}",
    ]


def _own_groups(listing: str) -> dict[str, str]:
    """Controller -> path from /proc/self/cgroup; the version 2 tree has the empty name."""
    groups: dict[str, str] = {}
    for line in listing.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            groups[controller] = path
    return groups


def _writable_v1(controller: str, groups: dict[str, str], root: Path) -> Path | None:
    path = groups.get(controller)
    if path is None:
        return None
    folder = root / controller / path.lstrip("/")
    return folder if os.access(folder, os.W_OK) and (folder / "cgroup.procs").exists() else None


def _delegated_v2(groups: dict[str, str], root: Path) -> Path | None:
    """Our own subtree on version 2, with memory and pids handed on to its children, else None."""
    path = groups.get("")
    if path is None:
        return None
    folder = root / path.lstrip("/")
    try:
        offered = set((folder / "cgroup.controllers").read_text().split())
        handed_on = set((folder / "cgroup.subtree_control").read_text().split())
    except OSError:
        return None
    if not {"memory", "pids"} <= offered or not os.access(folder, os.W_OK):
        return None
    if {"memory", "pids"} <= handed_on:
        return folder
    return folder if _hand_on_controllers(folder) else None


def _hand_on_controllers(folder: Path) -> bool:
    """Move our own processes into a leaf, as version 2 demands, then let children have the controllers.

    Only where systemd marked the folder as delegated: elsewhere the processes in it are not ours to move.
    """
    try:
        if os.getxattr(folder, "user.delegate") != b"1":
            return False
        leaf = folder / "onggi-service"
        leaf.mkdir(exist_ok=True)
        for process in (folder / "cgroup.procs").read_text().split():
            (leaf / "cgroup.procs").write_text(process)
        (folder / "cgroup.subtree_control").write_text("+memory +pids")
    except OSError:
        return False
    return True


def find_delegation(*, listing: str | None = None, root: Path = _DEFAULT_CGROUP_ROOT) -> Delegation | None:
    """The control-group subtree that this process may use, or None."""
    text = Path("/proc/self/cgroup").read_text() if listing is None else listing
    groups = _own_groups(text)
    folder = _delegated_v2(groups, root)
    if folder is not None:
        return Delegation(version=2, memory=folder, pids=folder)
    memory, pids = _writable_v1("memory", groups, root), _writable_v1("pids", groups, root)
    if memory is None and pids is None:
        return None
    return Delegation(version=1, memory=memory, pids=pids)


def limits_in_force(delegation: Delegation | None) -> LimitsInForce:
    """What really bounds a job here, without embellishment."""
    return LimitsInForce(
        memory="cgroup" if delegation and delegation.memory else "per_process",
        processes="cgroup" if delegation and delegation.pids else "rlimit",
        cgroup_version=delegation.version if delegation else 0,
    )


def create_control_group(delegation: Delegation, *, name: str, limits: SandboxLimits) -> ControlGroup:
    """Create this run's folders and write its ceilings into them."""
    memory = delegation.memory / name if delegation.memory else None
    pids = delegation.pids / name if delegation.pids else None
    group = ControlGroup(version=delegation.version, memory=memory, pids=pids)
    _remove_empty(group.folders)  # left by a keeper that was killed
    try:
        for folder in group.folders:
            folder.mkdir()
        if memory is not None:
            _bound_memory(memory, version=group.version, limit=limits.memory_bytes)
        if pids is not None:
            # bubblewrap's own two processes live in the group too.
            (pids / "pids.max").write_text(str(limits.processes + 3))
    except OSError as error:
        _remove_empty(group.folders)
        raise Refused("sandbox.cgroup_failed", errno=error.errno or 0) from error
    return group


def remove_left_groups(delegation: Delegation, *, run_prefix: str) -> int:
    """Remove the folders of runs whose keeper was killed; for a node's or coordinator's start.

    Folders that still hold processes stay. Answers how many were removed.

    Args:
        delegation: where our folders lie.
        run_prefix: how the caller's own run names begin; another service may be starting a run right now.
    """
    parents = dict.fromkeys(one for one in (delegation.memory, delegation.pids) if one is not None)
    return sum(_remove_empty(tuple(parent.glob(f"{GROUP_PREFIX}{run_prefix}*"))) for parent in parents)


def _remove_empty(folders: tuple[Path, ...]) -> int:
    """Remove what can be removed; the kernel keeps a group that has processes."""
    removed = 0
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()
            removed += 1
    return removed


def _bound_memory(folder: Path, *, version: int, limit: int) -> None:
    if version == 2:
        (folder / "memory.max").write_text(str(limit))
        (folder / "memory.swap.max").write_text("0")
        (folder / "memory.oom.group").write_text("1")
        return
    (folder / "memory.limit_in_bytes").write_text(str(limit))
    with contextlib.suppress(OSError):  # absent where the kernel does not account swap
        (folder / "memory.memsw.limit_in_bytes").write_text(str(limit))


def was_out_of_memory(group: ControlGroup) -> bool:
    """Whether the kernel killed something of this group for its memory."""
    if group.memory is None:
        return False
    name = "memory.events" if group.version == 2 else "memory.oom_control"
    try:
        lines = (group.memory / name).read_text().splitlines()
    except OSError:
        return False
    return any(line.split()[0] == "oom_kill" and int(line.split()[1]) > 0 for line in lines if line.strip())


def kill_control_group(group: ControlGroup) -> None:
    """End every process that is still in the group."""
    for folder in group.folders:
        with contextlib.suppress(OSError):
            for process in (folder / "cgroup.procs").read_text().split():
                os.kill(int(process), 9)


def remove_control_group(group: ControlGroup, *, attempts: int = 50) -> None:
    """Remove the run's folders; the kernel needs a moment after the last process is gone."""
    for folder in group.folders:
        for _ in range(attempts):
            try:
                folder.rmdir()
            except FileNotFoundError:
                break
            except OSError:
                time.sleep(0.01)
            else:
                break
