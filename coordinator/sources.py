"""The clock, new names and new secrets, handed in wherever needed so that tests can choose them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
NewId: TypeAlias = Callable[[str], str]
"""From a short word such as ``"job"`` to a new name that begins with it; later names sort later."""
NewSecret: TypeAlias = Callable[[], str]


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class TimeOrderedIds:
    """Names of time and chance: lists sort by age, and nobody can guess another's name."""

    clock: Clock = field(default=system_clock)

    def __call__(self, word: str) -> str:
        milliseconds = int(self.clock().timestamp() * 1000)
        return f"{word}-{milliseconds:012x}{secrets.token_hex(8)}"


def new_secret() -> str:
    """256 random bits, fit for a header and a command line."""
    return secrets.token_urlsafe(32)
