"""Keeps of guarded log lines what our own vocabulary proves: codes, kinds, lines of our sources."""

from __future__ import annotations

import json
import re
from collections import deque
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, get_args

from node.papers.bundle_schema import Failed, Log, LogLine
from node.papers.bundle_words import ERRORS, LOGGERS, OTHER, band, is_known_code, is_own_line, is_plausible
from onggi.errors import Refused

MOST_LINES: Final = 500
_LONGEST: Final = 16_384
_CODE: Final = re.compile(r"[a-z_]+\.[a-z0-9_]+")
_MOST_CODES: Final = 4
Level = Literal["debug", "info", "warning", "error", "critical"]
_LEVELS: Final[dict[str, Level]] = {level: level for level in get_args(Level)}


def read_log(path: Path | None) -> Log:
    """The last lines of a file of guarded lines. Raises Refused(``node.file_unreadable``)."""
    if path is None:
        return Log(given=False, lines=(), unreadable="0")
    kept: deque[LogLine] = deque(maxlen=MOST_LINES)
    unreadable = 0
    try:
        with path.open("rb") as file:
            for raw in file:
                line = read_line(raw)
                if line is None:
                    unreadable += 1
                else:
                    kept.append(line)
    except OSError:
        raise Refused("node.file_unreadable", path=str(path)) from None
    return Log(given=True, lines=tuple(kept), unreadable=band(unreadable))


def read_line(raw: bytes) -> LogLine | None:
    """One line, or None where it is not one that the guard wrote."""
    if len(raw) > _LONGEST:
        return None
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    level = _LEVELS.get(str(told.get("level"))) if isinstance(told, dict) else None
    if level is None:
        return None
    logger = str(told.get("logger", "")).split(".")[0]
    error = str(told.get("error", ""))
    fault = tell_fault(error)
    return LogLine(
        at=_moment(told.get("at")),
        level=level,
        logger=logger if logger in LOGGERS else OTHER,
        codes=_codes(f"{told.get('event', '')} {error}"),
        error=fault.failed if error else None,
        place=fault.place if error else None,
    )


def tell_fault(described: str) -> Failed:
    """An error as `node.logging_guard.describe_fault` writes it."""
    kind, _, rest = described.partition(" ")
    codes, place = _codes(rest), rest.rpartition("at ")[2]
    return Failed(
        failed=kind if kind in ERRORS else OTHER,
        code=codes[0] if codes else None,
        place=place if is_own_line(place) else None,
    )


def _codes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in _CODE.findall(text) if is_known_code(code)))[:_MOST_CODES]


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None and is_plausible(found) else None
