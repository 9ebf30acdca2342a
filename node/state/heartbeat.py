"""Leaves a small note, every second or so, of how the running node's connection stands.

* `onggi-node status` reads it; nothing is decided by it. It lies in the home folder and not in the state, so
  that a beat costs no durable write.
* The note names its process and its time. One that has grown old says that no node is running.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

FILE_NAME = "heartbeat.json"
OLD = timedelta(seconds=15)


class Link(Protocol):
    """How a connection stands (`node.link.client.LinkStatus`)."""

    @property
    def connected_since(self) -> datetime | None: ...
    @property
    def last_error(self) -> str | None: ...
    @property
    def round_trip_s(self) -> float | None: ...
    @property
    def clock_difference_s(self) -> float | None: ...
    @property
    def attempts(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The last note of a running node."""

    pid: int
    at: datetime
    connected_since: datetime | None
    last_error: str | None
    round_trip_s: float | None
    clock_difference_s: float | None
    attempts: int


def write_heartbeat(home: Path, link: Link, *, now: datetime) -> None:
    """Replaces the note at once. A full disk is no reason to stop serving: the note grows old instead."""
    note = {
        "pid": os.getpid(),
        "at": now.isoformat(),
        "connected_since": link.connected_since.isoformat() if link.connected_since else None,
        "last_error": link.last_error,
        "round_trip_s": link.round_trip_s,
        "clock_difference_s": link.clock_difference_s,
        "attempts": link.attempts,
    }
    draft = home / f"{FILE_NAME}.new"
    with contextlib.suppress(OSError):
        draft.write_text(json.dumps(note), encoding="utf-8")
        draft.replace(home / FILE_NAME)


def find_heartbeat(home: Path, *, now: datetime) -> Heartbeat | None:
    """The note of a node that is running now, or None."""
    try:
        note = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
        since = note["connected_since"]
        found = Heartbeat(
            **{
                **note,
                "at": datetime.fromisoformat(note["at"]),
                "connected_since": datetime.fromisoformat(since) if since else None,
            }
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if abs(now - found.at) <= OLD else None


def remove_heartbeat(home: Path) -> None:
    """Taken away when the node stops in an orderly way."""
    (home / FILE_NAME).unlink(missing_ok=True)
