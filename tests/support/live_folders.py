"""Looking through a folder in which others are at work: what goes meanwhile is passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def paths_below(root: Path) -> Iterator[Path]:
    """Everything below a folder, in a fixed order; links to folders are named and not followed.

    Raises:
        OSError: a folder that is there cannot be read. `Path.rglob` raises as well for one that went
            between being named and being opened.
    """
    for folder, folders, files in os.walk(root, onerror=_unless_gone):
        folders.sort()
        for name in sorted([*folders, *files]):
            yield Path(folder, name)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
