"""Describes the closed room in which a job runs: what it can see, and that it can see nothing else.

* One folder tree, read-only: the Python interpreter, the system's libraries, the approved packages and our
  own job code. No shell and no other program of the machine.
* Three private folders in memory, each with a size limit: /data, /tmp and /run. They vanish with the job.
* No network, no other process, no host name, no environment variable that is not listed here.

Only words for bubblewrap are made here; `launch` starts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from analysis_jobs.runner.limits import SandboxLimits, inner_rlimit_arguments

SOCKET_DESCRIPTOR: Final = 3
"""The number under which the job finds its one socket."""
FILTER_DESCRIPTOR: Final = 4
STATUS_DESCRIPTOR: Final = 5

PRLIMIT: Final = "/usr/bin/prlimit"
# Readable by anyone in a fresh /proc, and of no use to a job: keys, timers, kernel messages and layout.
_HIDDEN_IN_PROC: Final = ("keys", "key-users", "timer_list", "kmsg", "sched_debug", "kallsyms", "config.gz")
_LIBRARY_LINKS: Final = ("lib", "lib32", "lib64", "libx32")


@dataclass(frozen=True, slots=True)
class Exposed:
    """One file or folder of the machine that the job may read, and where it finds it."""

    source: Path
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSpec:
    """One worker to be started.

    `argv` starts with the interpreter as seen inside. `uid` is the per-run user to become when the caller
    is root, and None when the caller is an ordinary user already. `keep_stderr` keeps the last few
    kilobytes of the worker's error output for private debugging on this machine; it is off by default,
    because such text may hold patients' values.
    """

    argv: tuple[str, ...]
    exposed: tuple[Exposed, ...]
    limits: SandboxLimits = field(default_factory=SandboxLimits)
    uid: int | None
    variables: tuple[tuple[str, str], ...] = ()
    hostname: str = "onggi"
    keep_stderr: bool = False


def base_variables(threads: int = 1) -> tuple[tuple[str, str], ...]:
    """The environment of every worker. Nothing of the caller's environment is passed on."""
    pools = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS")
    return (
        ("HOME", "/tmp"),  # noqa: S108 - the job's own private folder in memory
        ("LANG", "C.UTF-8"),
        ("PATH", "/usr/bin"),
        ("TZ", "UTC"),
        ("FLWR_TELEMETRY_ENABLED", "0"),
        ("FLWR_DISABLE_UPDATE_CHECK", "1"),
        ("ARROW_DEFAULT_MEMORY_POOL", "system"),  # gives memory back between rounds, reserves none
        ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),  # large arrays in large pages: copies four times faster
        *((name, str(threads)) for name in pools),
    )


def isolation_arguments(spec: SandboxSpec) -> list[str]:
    """Everything that separates the job from the machine, apart from folders."""
    return [
        "--unshare-user",
        "--unshare-all",
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--hostname",
        spec.hostname,
        "--clearenv",
    ]


def folder_arguments(spec: SandboxSpec, *, hidden: tuple[str, ...]) -> list[str]:
    """The tree that the job sees, ending with the root itself made read-only."""
    words: list[str] = []
    for one in spec.exposed:
        words += ["--ro-bind", str(one.source), one.target]
    # /dev is a folder in memory without a size limit, hence read-only; so is the root.
    words += ["--dev", "/dev", "--remount-ro", "/dev"]
    words += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"]
    for name in hidden:
        words += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    for target, size in _private_folders(spec.limits).items():
        words += ["--perms", "0700", "--size", str(size), "--tmpfs", target]
    return [*words, "--remount-ro", "/"]


def _private_folders(limits: SandboxLimits) -> Mapping[str, int]:
    return {
        "/data": limits.data_bytes,
        "/tmp": limits.scratch_bytes,  # noqa: S108 - the job's own private folder in memory
        "/run": min(limits.scratch_bytes, 1024 * 1024),
    }


def bubblewrap_arguments(spec: SandboxSpec, *, hidden: tuple[str, ...]) -> list[str]:
    """All of bubblewrap's words but its own name, ending with the job's command."""
    variables: list[str] = []
    for name, value in (*base_variables(), *spec.variables):
        variables += ["--setenv", name, value]
    return [
        *isolation_arguments(spec),
        *folder_arguments(spec, hidden=hidden),
        *variables,
        "--chdir",
        "/tmp",  # noqa: S108 - the job's own private folder in memory
        "--seccomp",
        str(FILTER_DESCRIPTOR),
        "--json-status-fd",
        str(STATUS_DESCRIPTOR),
        "--",
        PRLIMIT,
        *inner_rlimit_arguments(spec.limits),
        "--",
        *spec.argv,
    ]


def find_hidden(proc: Path = Path("/proc")) -> tuple[str, ...]:
    """Which of the entries to be hidden exist on this kernel."""
    return tuple(name for name in _HIDDEN_IN_PROC if (proc / name).exists())


def exposed_system(interpreter: Path, base_prefix: Path) -> tuple[Exposed, ...]:
    """The interpreter, the system's libraries, `prlimit` and time zones: the least that Python needs.

    Args:
        interpreter: the real file, links resolved.
        base_prefix: where that interpreter was installed (`sys.base_prefix`).
    """
    found = [Exposed(interpreter, str(interpreter)), Exposed(Path(PRLIMIT), PRLIMIT)]
    for name in _LIBRARY_LINKS:
        for folder in (Path("/usr") / name, Path("/") / name):
            if folder.is_dir():
                found.append(Exposed(folder.resolve(), str(folder)))
    if base_prefix != Path("/usr"):
        found.append(Exposed(base_prefix / "lib", str(base_prefix / "lib")))
    for shared in (Path("/etc/ld.so.cache"), Path("/usr/share/zoneinfo")):
        if shared.exists():
            found.append(Exposed(shared, str(shared)))
    return tuple(found)
