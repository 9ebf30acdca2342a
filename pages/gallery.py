"""Every part of which pages are made, in every state: what the gallery shows and the tests look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

_AT: Final = datetime(2026, 11, 22, 5, 5, tzinfo=UTC)
TONES: Final = ("plain", "waiting", "good", "bad", "info")
GALLERY: Final[Mapping[str, object]] = MappingProxyType(
    {
        "at": _AT,
        "tones": TONES,
        "minimum": 10,
        "digest": "sha256:" + "0123456789abcdef" * 4,
    }
)
