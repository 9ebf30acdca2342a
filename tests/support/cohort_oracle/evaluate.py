"""A definition and a hospital's rows: who is in the cohort, from when to when, and which rules were met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.support.cohort_oracle.eras import merged, within
from tests.support.cohort_oracle.exits import exit_day
from tests.support.cohort_oracle.groups import find_records, group_holds
from tests.support.cohort_oracle.rows import Event, Hospital, Json, periods

_NEVER = date.max


@dataclass(frozen=True, slots=True)
class Answer:
    """The cohort's rows (person, first day, last day), and the rules met by each qualified event."""

    rows: list[tuple[int, date, date]]
    masks: list[tuple[int, date, int]]


def evaluate(expression: Json, hospital: Hospital) -> Answer:
    """The whole meaning of a definition, on plain rows."""
    events = _primary_events(expression, hospital)
    events = _qualified(events, expression, hospital)
    masked = [(event, _mask(event, expression, hospital)) for event in events]
    everything = (1 << len(expression.get("InclusionRules") or ())) - 1
    included = _limited(
        [event for event, mask in masked if mask == everything], _limit(expression, "ExpressionLimit")
    )
    rows = _eras(included, expression, hospital)
    return Answer(sorted(rows), sorted((event.person, event.start, mask) for event, mask in masked))


def _limit(holder: Json, name: str) -> str:
    """A limit that is not told is the first."""
    return str((holder.get(name) or {}).get("Type") or "First").upper()


def _primary_events(expression: Json, hospital: Hospital) -> list[Event]:
    """Numbered within their person in the documented total order, so that an ordinal names an event."""
    primary = expression["PrimaryCriteria"]
    window = primary.get("ObservationWindow") or {}
    prior, post = timedelta(days=window.get("PriorDays", 0)), timedelta(days=window.get("PostDays", 0))
    latest_first = _limit(primary, "PrimaryCriteriaLimit") == "LAST"
    found = []
    for position, criterion in enumerate(primary["CriteriaList"]):
        for record in find_records(criterion, expression, hospital):
            for opens, closes in periods(hospital, record.person, record.start):
                # For the reader of types: a record in a period has a first day.
                start = record.start or _NEVER
                if opens + prior <= start and start + post <= closes:
                    event = Event(record.person, 0, start, record.end, opens, closes, record.visit)
                    day = -start.toordinal() if latest_first else start.toordinal()
                    order = (day, record.id, position, opens, closes, record.end or _NEVER)
                    found.append((order, event))
    found.sort(key=lambda each: each[0])
    counts: dict[int, int] = {}
    events = []
    for _, event in found:
        counts[event.person] = counts.get(event.person, 0) + 1
        events.append(replace(event, ordinal=counts[event.person]))
    if _limit(primary, "PrimaryCriteriaLimit") == "ALL":
        return events
    return [event for event in events if event.ordinal == 1]


def _qualified(events: list[Event], expression: Json, hospital: Hospital) -> list[Event]:
    """The limit holds only where additional criteria are given, be they without members."""
    additional = expression.get("AdditionalCriteria")
    if additional is None:
        return events
    return _limited(
        [event for event in events if group_holds(additional, event, expression, hospital)],
        _limit(expression, "QualifiedLimit"),
    )


def _limited(events: Iterable[Event], limit: str) -> list[Event]:
    """All, or the first or last of each person by day and then by ordinal."""
    if limit == "ALL":
        return list(events)
    sign = -1 if limit == "LAST" else 1
    chosen: dict[int, Event] = {}
    for event in sorted(events, key=lambda each: (sign * each.start.toordinal(), each.ordinal)):
        chosen.setdefault(event.person, event)
    return list(chosen.values())


def _mask(event: Event, expression: Json, hospital: Hospital) -> int:
    return sum(
        1 << number
        for number, rule in enumerate(expression.get("InclusionRules") or ())
        if group_holds(rule["expression"], event, expression, hospital)
    )


def _eras(events: Iterable[Event], expression: Json, hospital: Hospital) -> list[tuple[int, date, date]]:
    stays: dict[int, list[tuple[date, date | None]]] = {}
    for event in events:
        if (last := exit_day(event, expression, hospital)) is not None:
            stays.setdefault(event.person, []).append((event.start, last))
    pad = (expression.get("CollapseSettings") or {}).get("EraPad") or 0
    window = expression.get("CensorWindow") or {}
    rows = []
    for person, intervals in stays.items():
        for first, last in merged(intervals, pad=pad):
            if part := within(first, last, window):
                rows.append((person, *part))
    return rows
