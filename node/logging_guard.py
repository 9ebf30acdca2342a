"""Keeps patient values out of every log: of an error only its kind, its code and our own line are written.

* Texts of exceptions quote cell values (databases, parsers and validators all do), so no exception text and
  no traceback is ever written, wherever it comes from: loggers, uncaught errors, threads, warnings.
* Messages of our own loggers (`onggi.*`) are fixed sentences with codes. Of other libraries' messages only
  logger, level and place are written: what they put into a sentence is not ours to know.
* The process leaves no core dump, which would hold the data it was working on.
"""

from __future__ import annotations

import ctypes
import json
import logging
import resource
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog

from onggi.errors import OnggiError

OURS = "onggi"
_ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("node", "onggi", "analysis_jobs", "privacy", "catalog")
_PR_SET_DUMPABLE = 4


def guard_process(stream: TextIO, *, level: int = logging.INFO) -> None:
    """Makes this process write nothing but guarded lines. Called once, before anything else runs."""
    guard_logging(stream, level=level)
    sys.excepthook = _on_uncaught
    sys.unraisablehook = lambda found: _note("unraisable", found.exc_value)
    threading.excepthook = lambda found: _note("thread", found.exc_value)
    forbid_core_dumps()


def guard_logging(stream: TextIO, *, level: int = logging.INFO) -> None:
    """One guarded handler for every logger; handlers that libraries brought along are removed."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(GuardedFormatter())
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(level)
    logging.captureWarnings(True)
    # Otherwise logging prints the arguments of a message that it cannot format.
    logging.raiseExceptions = False
    structlog.configure(
        processors=[_without_errors, structlog.processors.JSONRenderer(ensure_ascii=False)],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class GuardedFormatter(logging.Formatter):
    """A line of JSON per record: time, level, logger, what happened, and of an error its kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name == OURS or record.name.startswith(f"{OURS}.")
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _sentence(record) if ours else f"message of another library, line {record.lineno}",
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe_fault(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def describe_fault(error: BaseException) -> str:
    """An error without its text: kind, code where it has one, and our own line where it came up."""
    code = f" {error.code}" if isinstance(error, OnggiError) else ""
    place = next(filter(None, map(_our_line, reversed(_frames(error)))), "")
    return f"{type(error).__name__}{code}{place}"


def _frames(error: BaseException) -> list[tuple[str, int]]:
    return [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]


def _our_line(frame: tuple[str, int]) -> str:
    try:
        place = Path(frame[0]).resolve().relative_to(_ROOT)
    except (ValueError, OSError):
        return ""
    return f" at {place.as_posix()}:{frame[1]}" if place.parts[0] in ROOMS else ""


def _sentence(record: logging.LogRecord) -> str:
    """The message, in which an error stands as its kind and code."""
    arguments = record.args
    try:
        if isinstance(arguments, Mapping):
            return str(record.msg) % {name: _plain(value) for name, value in arguments.items()}
        if isinstance(record.msg, BaseException):
            return describe_fault(record.msg)
        return str(record.msg) % tuple(map(_plain, arguments or ())) if arguments else str(record.msg)
    except (TypeError, ValueError, KeyError):
        return "message that does not fit its arguments"


def _plain(value: Any) -> Any:
    return describe_fault(value) if isinstance(value, BaseException) else value


def _without_errors(_logger: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog's events, likewise."""
    told = event.pop("exc_info", None)
    event.pop("stack_info", None)
    event.pop("exception", None)
    if told is True:
        told = sys.exc_info()[1]
    elif isinstance(told, tuple):
        told = told[1]
    plain = {name: _plain(value) for name, value in event.items()}
    if isinstance(told, BaseException):
        plain["error"] = describe_fault(told)
    return {**plain, "level": level}


def _on_uncaught(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    _note("uncaught", error)


def _note(event: str, error: BaseException | None) -> None:
    logging.getLogger(OURS).critical(
        "%s: %s", event, describe_fault(error) if error is not None else "unknown"
    )


def forbid_core_dumps() -> None:
    """No core file, and none handed to a collecting program either."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    # The limit does not bind a dump that goes to a program; a process that is not dumpable leaves none.
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise RuntimeError("the kernel refused to switch core dumps off")
