"""Intervals that overlap, or lie no further apart than a pad, become one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from tests.support.cohort_oracle.filters import day
from tests.support.cohort_oracle.rows import Json


def merged(intervals: Iterable[tuple[date, date | None]], *, pad: int) -> list[tuple[date, date]]:
    """The eras of one person. Each interval is lengthened by the pad, and each era shortened by it again.

    Of intervals that start on one day the longest comes first, so that one which ends before it starts
    never parts two others.
    """
    known = [(first, last + timedelta(days=pad)) for first, last in intervals if last is not None]
    eras: list[list[date]] = []
    furthest: date | None = None
    for first, last in sorted(known, key=lambda each: (each[0], -each[1].toordinal())):
        if furthest is not None and furthest >= first:
            eras[-1][1] = max(eras[-1][1], last)
        else:
            eras.append([first, last])
        furthest = last if furthest is None else max(furthest, last)
    return [(first, last - timedelta(days=pad)) for first, last in eras]


def within(first: date, last: date, window: Json) -> tuple[date, date] | None:
    """The part of an era inside the censor window, if there is any."""
    if window.get("StartDate"):
        first = max(first, day(window["StartDate"]))
    if window.get("EndDate"):
        last = min(last, day(window["EndDate"]))
    # Without a window nothing is asked of the days.
    asked = window.get("StartDate") or window.get("EndDate")
    return (first, last) if not asked or first <= last else None
