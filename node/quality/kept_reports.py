"""Keeps the last full report of each data generation in the node's own folder, for its own people alone."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from analysis_jobs.quality.results import QualityReport
from node.store.durable_files import write_durably
from onggi.errors import Refused


def report_file(folder: Path, generation: int) -> Path:
    """Where the report of a generation lies."""
    return folder / f"generation-{generation}.json"


def keep_report(folder: Path, report: QualityReport) -> Path:
    """Replaces the generation's report. Readable by the node's user alone: it holds small counts."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = report_file(folder, report.generation)
    write_durably(path, to_bytes(report))
    return path


def get_report(folder: Path, generation: int) -> QualityReport:
    """The kept report. Raises Refused(``quality.not_checked``) where there is none that can be read."""
    path = report_file(folder, generation)
    try:
        return QualityReport.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise Refused("quality.not_checked", path=str(path), generation=generation) from None


def to_bytes(report: QualityReport) -> bytes:
    return report.model_dump_json(indent=1).encode() + b"\n"


def check_new_file(path: Path) -> None:
    """A file can be made there. Asked before a long run: its result is not lost to a slip of typing."""
    if path.exists() or path.is_symlink() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise Refused("quality.file_unwritable", path=str(path))


def write_new_file(path: Path, content: bytes) -> None:
    """Writes a file that is not there yet, readable by its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError:
        raise Refused("quality.file_unwritable", path=str(path)) from None
