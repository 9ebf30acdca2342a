"""Says on what machine and with which versions something was measured."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

_TOLD = ("flwr", "grpcio", "numpy", "statsmodels", "duckdb", "sqlalchemy", "cryptography")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The machine and the moment. `load` is the load average of the last minute before measuring."""

    measured: str
    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    load: float
    versions: dict[str, str]


def machine_facts() -> Facts:
    """The facts of this machine, now."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return Facts(
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(pages * size / 2**30, 1),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 2),
        versions={name: metadata.version(name) for name in _TOLD},
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or "unknown"
