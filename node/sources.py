"""The clock, randomness and failpoints, handed in wherever needed so that tests can choose them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
RandomBytes: TypeAlias = Callable[[int], bytes]


def system_clock() -> datetime:
    return datetime.now(UTC)
