"""How synthetic data is told from a hospital's: the name of its source, and a file beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

SOURCE_NAME: Final = "SYNTHETIC TWIN"
"""How `cdm_source_name` of every twin begins: the mark travels inside the data."""
MARK_FILE: Final = "twin.json"


def is_mark_file(name: str) -> bool:
    """Whether a file of a folder or an archive is the mark of a twin."""
    return PurePosixPath(name).name == MARK_FILE


def is_synthetic(files: Iterable[str], *, source_name: str | None) -> bool:
    """Whether a file beside the tables, or the CDM's own name, says that it is a twin."""
    named = (source_name or "").strip().upper().startswith(SOURCE_NAME)
    return named or any(is_mark_file(name) for name in files)
