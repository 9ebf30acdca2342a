"""Writes a paper to a file that is not there yet, readable by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from onggi.errors import Refused


def write_paper(path: Path, content: bytes) -> None:
    """Raises Refused(``papers.file_unwritable``)."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError:
        raise Refused("papers.file_unwritable", path=str(path)) from None
