"""What an outcome means, told day by day on plain rows: the oracle of time-to-event columns."""

from __future__ import annotations

from datetime import date

from onggi.spec.outcomes import Outcome, OutcomeEvent
from onggi.spec.variables import Variable, Window
from tests.support.plain_variables import held_period, records_in_window
from tests.support.small_hospitals import Hospital

Told = tuple[float | None, float | None]
_MISSING: Told = (None, None)


def plain_outcome(
    outcome: Outcome, person: int, index: date, hospital: Hospital, *, cohort_end: date | None
) -> Told:
    """Days and event of one person; (None, None) is missing."""
    ends = [held[1] if (held := held_period(person, index, hospital)) else None]
    if outcome.censor_at_cohort_end:
        ends.append(cohort_end)
    begins = max(outcome.starts_after_days, 0)
    last = begins + outcome.horizon_days
    for end in ends:
        if end is None or (end - index).days < begins:
            return _MISSING
        last = min(last, (end - index).days)
    events = [_days(each, person, index, hospital) for each in (outcome.event, *outcome.competing)]
    if outcome.prior_events == "missing" and any(day <= outcome.starts_after_days for day in events[0]):
        return _MISSING
    # Day by day, and on each day the event of interest before those that compete with it.
    for day in range(outcome.starts_after_days + 1, last + 1):
        for code, days in enumerate(events, start=1):
            if day in days:
                return float(day - begins), float(code)
    return float(last - begins), 0.0


def _days(event: OutcomeEvent, person: int, index: date, hospital: Hospital) -> set[int]:
    """On which days after the index date such a record stands."""
    asked = Variable(
        name="asked",
        domain=event.domain,
        kind="flag",
        concepts=event.concepts,
        include_descendants=event.include_descendants,
        window=Window(start_days=None, end_days=None),
        summary="any",
    )
    return {(each[0] - index).days for each in records_in_window(asked, person, index, hospital)}
