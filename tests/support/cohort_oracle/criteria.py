"""The records of a hospital that one criterion of a definition asks for.

In this order: the rows whose concepts are in the named sets; where asked, the first of these of each person
(by the day that the row itself tells); their days as adjusted, unless the end then lies before the start;
then every other attribute. A criterion inside a criterion is judged by the caller's `fits`, once the record
is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.support.cohort_oracle.concept_sets import concept_set
from tests.support.cohort_oracle.domains import (
    DOMAINS,
    END_IS_COLUMN,
    END_IS_NEXT_DAY,
    END_OF_SUPPLY,
    Domain,
)
from tests.support.cohort_oracle.filters import (
    day,
    in_date_range,
    in_list,
    in_number_range,
    text_matches,
)
from tests.support.cohort_oracle.rows import (
    Hospital,
    Json,
    Record,
    Row,
    at_least,
    find_row,
    first_known,
    ids,
    plus,
    table,
)

Fits = Callable[[Json, Record], bool]

ABNORMAL = frozenset({4155142, 4155143})
_SHAPE = {"CodesetId", "First", "DateAdjustment", "CorrelatedCriteria"}


@dataclass(frozen=True, slots=True)
class _Dated:
    """A row with the days that the criterion gives it."""

    row: Row
    start: date | None
    end: date | None


def records(criterion: Json, expression: Json, hospital: Hospital, *, fits: Fits) -> list[Record]:
    """Every record that the criterion asks for, in the order of the hospital's rows."""
    [(name, wanted)] = criterion.items()
    domain = DOMAINS[name]
    _check_attributes(name, domain, wanted)
    found = []
    for row in _named_rows(domain, wanted, expression, hospital):
        dated = _dated(row, domain, wanted)
        # An adjustment that turns the record round leaves nothing of it.
        if wanted.get("DateAdjustment") and not at_least(dated.end, dated.start):
            continue
        if not _attributes_hold(dated, domain, wanted, expression, hospital):
            continue
        if not _covers_told_period(dated, wanted):
            continue
        record = _record(dated, domain, wanted)
        if fits(wanted, record):
            found.append(record)
    return found


def _check_attributes(name: str, domain: Domain, wanted: Json) -> None:
    known = _SHAPE | set(domain.attributes)
    known |= {f"{each}Exclude" for each, (kind, _) in domain.attributes.items() if kind == "concepts or not"}
    known |= {domain.source[0]} if domain.source else set()
    known |= {"UserDefinedPeriod"} if name in ("ObservationPeriod", "PayerPlanPeriod") else set()
    said = {each for each, value in wanted.items() if value is not None and value is not False}
    if unknown := said - known:
        raise ValueError(f"the oracle does not know {sorted(unknown)} of {name}")


def _named_rows(domain: Domain, wanted: Json, expression: Json, hospital: Hospital) -> list[Row]:
    rows = list(table(hospital, domain.table))
    asked = [(wanted.get("CodesetId"), domain.concept)]
    if domain.source:
        asked.append((wanted.get(domain.source[0]), domain.source[1]))
    for number, column in asked:
        if number is not None:
            if column is None:
                raise ValueError(f"{domain.table} has no concept to compare with a concept set")
            concepts = concept_set(number, expression, hospital)
            rows = [row for row in rows if row.get(column) in concepts]
    if wanted.get("First"):
        firsts: dict[int, Row] = {}
        for row in sorted(rows, key=lambda row: (row[domain.start], row[domain.id])):
            firsts.setdefault(row["person_id"], row)
        rows = [row for row in rows if firsts[row["person_id"]] is row]
    return rows


def _dated(row: Row, domain: Domain, wanted: Json) -> _Dated:
    start, end = row.get(domain.start), natural_end(row, domain)
    adjustment = wanted.get("DateAdjustment")
    if adjustment is None:
        return _Dated(row, start, end)
    days = {"START_DATE": start, "END_DATE": end}
    return _Dated(
        row,
        plus(days[adjustment.get("StartWith") or "START_DATE"], adjustment["StartOffset"]),
        plus(days[adjustment.get("EndWith") or "END_DATE"], adjustment["EndOffset"]),
    )


def natural_end(row: Row, domain: Domain) -> date | None:
    """The last day of a row by the rules of its domain."""
    start, end = row.get(domain.start), row.get(domain.end)
    next_day = plus(start, 1)
    if domain.ends == END_IS_COLUMN:
        return end
    if domain.ends == END_IS_NEXT_DAY:
        return next_day
    supply = plus(start, row.get("days_supply")) if domain.ends == END_OF_SUPPLY else None
    found: date | None = first_known(end, supply, next_day)
    return found


def _attributes_hold(
    dated: _Dated, domain: Domain, wanted: Json, expression: Json, hospital: Hospital
) -> bool:
    for name, (kind, place) in domain.attributes.items():
        asked = wanted.get(name)
        # By identity: the number 0 equals False and is the id of a concept set.
        if asked is None or asked is False or asked == []:
            continue
        if not _joins(place, dated.row, hospital):
            return False
        excluded = bool(wanted.get(f"{name}Exclude"))
        value = _value(place, dated, hospital)
        if not _holds(kind, value, asked, expression, hospital, excluded=excluded):
            return False
    return True


def _holds(
    kind: str, value: Any, asked: Any, expression: Json, hospital: Hospital, *, excluded: bool
) -> bool:
    match kind:
        case "date":
            return in_date_range(value, asked)
        case "number":
            return in_number_range(value, asked)
        case "text":
            return text_matches(value, asked)
        case "flag":
            return bool(value)
        case "concepts":
            return in_list(value, ids(asked), excluded=False)
        case "concepts or not":
            return in_list(value, ids(asked), excluded=excluded)
        case "concept set":
            concepts = concept_set(asked["CodesetId"], expression, hospital)
            return in_list(value, concepts, excluded=bool(asked.get("IsExclusion")))
        case "concept set number":
            return in_list(value, concept_set(asked, expression, hospital), excluded=False)
    raise AssertionError(kind)


def _joined(place: str, row: Row, hospital: Hospital) -> Row | None:
    match place.partition(".")[0]:
        case "person" | "age at start" | "age at end":
            return find_row(hospital, "person", person_id=row.get("person_id"))
        case "provider":
            return find_row(hospital, "provider", provider_id=row.get("provider_id"))
        case "care_site":
            return find_row(hospital, "care_site", care_site_id=row.get("care_site_id"))
        case "visit":
            return find_row(
                hospital,
                "visit_occurrence",
                visit_occurrence_id=row.get("visit_occurrence_id"),
                person_id=row.get("person_id"),
            )
    return row


def _joins(place: str, row: Row, hospital: Hospital) -> bool:
    """Only a missing provider leaves the record standing, with an unknown specialty."""
    return place.startswith("provider.") or _joined(place, row, hospital) is not None


def _value(place: str, dated: _Dated, hospital: Hospital) -> Any:
    row = dated.row
    joined = _joined(place, row, hospital) or {}
    match place:
        case "start":
            return dated.start
        case "end":
            return dated.end
        case "length":
            return _days_between(dated.start, dated.end)
        case "age at start":
            return age(joined, dated.start)
        case "age at end":
            return age(joined, dated.end)
        case "ratio to range_low":
            return _ratio(row.get("value_as_number"), row.get("range_low"))
        case "ratio to range_high":
            return _ratio(row.get("value_as_number"), row.get("range_high"))
        case "abnormal":
            return _abnormal(row)
    return joined.get(place.partition(".")[2] or place)


def age(person: Row, at: date | None) -> int | None:
    """The difference of the years; NULL if either is unknown."""
    born = person.get("year_of_birth")
    return None if at is None or born is None else at.year - born


def _days_between(start: date | None, end: date | None) -> int | None:
    return None if start is None or end is None else (end - start).days


def _ratio(value: float | None, limit: float | None) -> float | None:
    return None if value is None or not limit else value / limit


def _abnormal(row: Row) -> bool:
    value, low, high = row.get("value_as_number"), row.get("range_low"), row.get("range_high")
    below = value is not None and low is not None and value < low
    above = value is not None and high is not None and value > high
    return below or above or row.get("value_as_concept_id") in ABNORMAL


def _covers_told_period(dated: _Dated, wanted: Json) -> bool:
    told = wanted.get("UserDefinedPeriod") or {}
    for text in (told.get("StartDate"), told.get("EndDate")):
        if text is None:
            continue
        if dated.start is None or dated.end is None or not dated.start <= day(text) <= dated.end:
            return False
    return True


def _record(dated: _Dated, domain: Domain, wanted: Json) -> Record:
    row = dated.row
    told = wanted.get("UserDefinedPeriod") or {}
    start = day(told["StartDate"]) if told.get("StartDate") else dated.start
    end = day(told["EndDate"]) if told.get("EndDate") else dated.end
    counted = {name: _counted(place, dated, start, end) for name, place in domain.counted.items()}
    visit = row.get(domain.visit) if domain.visit else None
    counted |= {"START_DATE": start, "END_DATE": end, "VISIT_ID": visit}
    if domain.table == "visit_detail":
        counted["VISIT_DETAIL_ID"] = row[domain.id]
    return Record(row["person_id"], row[domain.id], start, end, visit, counted)


def _counted(place: str, dated: _Dated, start: date | None, end: date | None) -> Any:
    match place:
        case "one":
            return 1
        case "length":
            return _days_between(dated.start, dated.end)
        case "told length":
            return _days_between(start, end)
        case "cause or zero":
            return first_known(dated.row.get("cause_concept_id"), 0)
    return dated.row.get(place)
