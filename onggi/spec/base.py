"""The ground rules of every type that crosses a border: frozen, closed, and told in UTC seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer, StringConstraints


class Frozen(BaseModel):
    """Immutable, and an unknown field is an error: what was signed is what is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def is_unset(value: object) -> bool:
    """Whether an optional field says nothing: it is then left out, and older digests stay as they were."""
    return not value


_FIRST_YEAR = 1000
"""Before it, a year's four digits are written differently from system to system."""


def _to_utc_seconds(moment: datetime) -> datetime:
    try:
        told = moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError("no such moment in UTC") from None
    if told.year < _FIRST_YEAR:
        raise ValueError("a moment before all records")
    return told


def as_instant(moment: datetime) -> str:
    """A moment as signed statements write it, e.g. ``2026-11-22T06:00:00Z``."""
    return _to_utc_seconds(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


Instant = Annotated[
    AwareDatetime,
    AfterValidator(_to_utc_seconds),
    PlainSerializer(as_instant, return_type=str),
]
"""UTC, whole seconds, one spelling: two writers of one moment produce the same digest."""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
ColumnName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
LevelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,62}$")]
Line = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=300,
        pattern="^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+$",
    ),
]
"""One line of a person's text: no control, bidirectional or invisible characters, so that it cannot redraw a
terminal or a page, or read otherwise than it is signed."""
