"""Knows where this person's own files lie: credentials, the pinned root, what was last seen of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from onggi.client.log_memory import LogMemory
from onggi.client.pinned_roots import PinnedRoots


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that only its owner can read."""

    folder: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Home:
        """``ONGGI_HOME``, or ``onggi`` under the folder where this system keeps settings."""
        if own := environment.get("ONGGI_HOME"):
            return cls(Path(own))
        if base := environment.get("XDG_CONFIG_HOME"):
            return cls(Path(base) / "onggi")
        return cls(Path(environment.get("HOME", "~")).expanduser() / ".config" / "onggi")

    @property
    def credentials(self) -> Path:
        return self.folder / "credentials"

    @property
    def pinned(self) -> PinnedRoots:
        return PinnedRoots(self.folder / "federation-roots.json")

    @property
    def memory(self) -> LogMemory:
        return LogMemory(self.folder / "log-views.json")
