"""How synthetic data is told from a hospital's: the name of its source, and a file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SOURCE_NAME: Final = "SYNTHETIC TWIN"
"""How `cdm_source_name` of every twin begins: the mark travels inside the data."""
MARK_FILE: Final = "twin.json"


def is_synthetic(folder: Path, *, source_name: str | None) -> bool:
    """Whether a folder of CDM files says that it is a twin. Either mark is enough."""
    return (source_name or "").strip().upper().startswith(SOURCE_NAME) or (folder / MARK_FILE).exists()
