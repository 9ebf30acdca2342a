"""Keeps the twins on which jobs are tried as files, one for each card and seed, drawn when first needed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from analysis_jobs.dry_run.twin_file import file_name, write_twin_file
from coordinator.dry_runs.trying import KnownCard


@dataclass(frozen=True, slots=True)
class TwinShelf:
    """Files in one folder of the coordinator's home. A file that is there is whole."""

    folder: Path
    _drawing: threading.Lock = field(default_factory=threading.Lock)

    def get(self, card: KnownCard, *, seed: int) -> Path:
        """The file of one twin."""
        path = self.folder / file_name(card.digest, seed=seed)
        if not path.exists():
            with self._drawing:
                if not path.exists():
                    self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                    write_twin_file(card.load(), path, seed=seed)
        return path

    def forget(self, digest: str) -> None:
        """Removes the twins of a card that another one replaced."""
        for path in self.folder.glob(f"{digest.removeprefix('sha256:')}-*.duckdb"):
            path.unlink(missing_ok=True)
