"""What a check of a definition tells: a code, and the place in the JSON among its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onggi.errors import Fact


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. Its words stand in the catalogue under its code."""

    code: str
    facts: Mapping[str, Fact]

    @property
    def place(self) -> str:
        """Where in the JSON."""
        return str(self.facts.get("place", "$"))
