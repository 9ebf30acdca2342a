"""Finds entries of the release register: newest first, by project or run, and between two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from node.state.tables import Release
from onggi.errors import Refused
from onggi.spec.base import as_instant

A_PAGE: Final = 50
_ZONE: Final = ZoneInfo("Asia/Seoul")
"""Days are typed as they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries. `text` is part of a project's or a run's name."""

    text: str = ""
    first: date | None = None
    last: date | None = None


def read_day(typed: str) -> date | None:
    """A day as it was typed; None where nothing was. Raises Refused(``console.date_malformed``)."""
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        raise Refused("console.date_malformed") from None
    if not 2000 <= found.year <= 2999:
        raise Refused("console.date_malformed")
    return found


def find_releases(
    session: Session, wanted: Wanted, *, before: int | None = None
) -> tuple[list[Release], bool]:
    """One page of entries, and whether there are further ones."""
    asked = select(Release).where(*_conditions(wanted)).order_by(Release.entry.desc()).limit(A_PAGE + 1)
    if before is not None:
        asked = asked.where(Release.entry < before)
    found = list(session.scalars(asked))
    return found[:A_PAGE], len(found) > A_PAGE


def count_releases(session: Session, wanted: Wanted | None = None) -> int:
    """How many entries there are."""
    asked = select(func.count()).select_from(Release).where(*_conditions(wanted or Wanted()))
    return session.scalar(asked) or 0


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        found.append(
            or_(*(each.icontains(wanted.text, autoescape=True) for each in (Release.project, Release.run)))
        )
    if wanted.first is not None:
        found.append(Release.at >= _begins(wanted.first))
    if wanted.last is not None:
        found.append(Release.at < _begins(wanted.last + timedelta(days=1)))
    return found


def _begins(day: date) -> str:
    return as_instant(datetime.combine(day, time(), tzinfo=_ZONE).astimezone(UTC))
