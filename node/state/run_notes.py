"""Leaves a small note, beside the heartbeat, of what each run under way uses: memory and computing time.

For people alone: nothing is decided by it, and an old note says nothing. It holds numbers of processes and no
more; a run's own limits are the sandbox's business.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from node.state.heartbeat import OLD

FILE_NAME = "runs-now.json"
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a run's processes use together."""

    memory_bytes: int
    cpu_s: float


def measure_trees(pids: Mapping[str, int], *, proc: Path = Path("/proc")) -> dict[str, Used]:
    """For each run its process and all that descend from it. What ends meanwhile counts nothing."""
    if not pids:
        return {}
    parents: dict[int, int] = {}
    used: dict[int, Used] = {}
    for folder in proc.iterdir():
        if not folder.name.isdecimal():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name stands in brackets and may hold blanks and brackets itself.
            fields = (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
            cpu = (int(fields[11]) + int(fields[12])) / _TICK
            used[int(folder.name)] = Used(memory_bytes=int(fields[21]) * _PAGE, cpu_s=cpu)
    return {
        run: _add_up(each for one, each in used.items() if _descends(one, pid, parents))
        for run, pid in pids.items()
    }


def _add_up(found: Iterable[Used]) -> Used:
    memory, cpu = 0, 0.0
    for each in found:
        memory, cpu = memory + each.memory_bytes, cpu + each.cpu_s
    return Used(memory_bytes=memory, cpu_s=round(cpu, 2))


def _descends(one: int, pid: int, parents: Mapping[int, int]) -> bool:
    seen: set[int] = set()
    while one not in seen and one != pid:
        seen.add(one)
        one = parents.get(one, 0)
    return one == pid


def write_run_notes(home: Path, runs: Mapping[str, Used], *, now: datetime) -> None:
    """Replaces the note at once; a full disk is no reason to stop serving."""
    place = home / FILE_NAME
    with contextlib.suppress(OSError):
        if not runs:
            place.unlink(missing_ok=True)
            return
        note = {"at": now.isoformat(), "runs": {run: asdict(used) for run, used in runs.items()}}
        draft = home / f"{FILE_NAME}.new"
        draft.write_text(json.dumps(note), encoding="utf-8")
        draft.replace(place)


def find_run_notes(home: Path, *, now: datetime) -> dict[str, Used]:
    """What the runs under way use; empty where no node runs or the note is old."""
    try:
        note = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
        if abs(now - datetime.fromisoformat(note["at"])) > OLD:
            return {}
        return {
            str(run): Used(memory_bytes=int(used["memory_bytes"]), cpu_s=float(used["cpu_s"]))
            for run, used in note["runs"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def workspace_size(workspaces: Path, run: str) -> int:
    """How many bytes lie in a run's workspace now."""
    total = 0
    with contextlib.suppress(OSError):  # it may be destroyed meanwhile
        for path in (workspaces / run).rglob("*"):
            with contextlib.suppress(OSError):
                if path.is_file():
                    total += path.stat().st_size
    return total
