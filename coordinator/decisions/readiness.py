"""Decides whose pledge is missing and whose training has run out or soon will.

Of several trainings of one name the one that counts longest counts. A training counts to the end of its last
day, by the calendar of Korea.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from onggi.errors import Refused

WARN_BEFORE: Final = timedelta(days=30)
ZONE: Final = ZoneInfo("Asia/Seoul")


class Paper(StrEnum):
    """How a person's pledge and trainings stand, the worst first."""

    PLEDGE_MISSING = "pledge_missing"
    TRAINING_MISSING = "training_missing"
    EXPIRED = "expired"
    ENDS_SOON = "ends_soon"
    GOOD = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A completed training as it is shown."""

    id: str
    name: str
    completed: date
    expires: date
    recorded_by: str
    recorded: datetime


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def counting(trainings: Iterable[Training]) -> dict[str, Training]:
    """The one training of each name that counts longest."""
    found: dict[str, Training] = {}
    for each in trainings:
        known = found.get(each.name)
        if known is None or each.expires > known.expires:
            found[each.name] = each
    return found


def paper_of(pledged: date | None, trainings: Iterable[Training], *, today: date) -> Paper:
    """The worst of what there is to say."""
    newest = counting(trainings).values()
    if pledged is None:
        return Paper.PLEDGE_MISSING
    if not newest:
        return Paper.TRAINING_MISSING
    first = min(each.expires for each in newest)
    if first < today:
        return Paper.EXPIRED
    return Paper.ENDS_SOON if first - today <= WARN_BEFORE else Paper.GOOD


def check_may_submit(pledged: date | None, trainings: Iterable[Training], *, today: date) -> None:
    """Raises Refused where a federation that asks for pledge and training lets this person not submit."""
    match paper_of(pledged, trainings, today=today):
        case Paper.PLEDGE_MISSING:
            raise Refused("readiness.pledge_missing")
        case Paper.TRAINING_MISSING:
            raise Refused("readiness.training_missing")
        case Paper.EXPIRED:
            raise Refused("readiness.training_expired")
        case Paper.ENDS_SOON | Paper.GOOD:
            return
