"""Whether an event meets a group: correlated records in windows, demographics, groups in groups."""

from __future__ import annotations

from datetime import date

from tests.support.cohort_oracle.concept_sets import concept_set
from tests.support.cohort_oracle.criteria import age, records
from tests.support.cohort_oracle.filters import in_date_range, in_list, in_number_range
from tests.support.cohort_oracle.rows import (
    Event,
    Hospital,
    Json,
    Record,
    at_least,
    find_row,
    ids,
    periods,
    plus,
)

_DEMOGRAPHICS = {
    "Gender": "gender_concept_id",
    "Race": "race_concept_id",
    "Ethnicity": "ethnicity_concept_id",
}
_KNOWN = {"Age", "OccurrenceStartDate", "OccurrenceEndDate"} | {
    f"{name}{form}" for name in _DEMOGRAPHICS for form in ("", "CS")
}


def find_records(criterion: Json, expression: Json, hospital: Hospital) -> list[Record]:
    """The records of a criterion, its inner criteria included."""

    def fits(wanted: Json, record: Record) -> bool:
        group = wanted.get("CorrelatedCriteria")
        if group is None or _is_empty(group):
            return True
        return any(group_holds(group, event, expression, hospital) for event in _as_events(record, hospital))

    return records(criterion, expression, hospital, fits=fits)


def _as_events(record: Record, hospital: Hospital) -> list[Event]:
    """The record once in each observation period around its first day."""
    return [
        Event(record.person, 0, record.start, record.end, opens, closes, record.visit)
        for opens, closes in periods(hospital, record.person, record.start)
        if record.start is not None
    ]


def _is_empty(group: Json) -> bool:
    return not any(group.get(name) for name in ("CriteriaList", "DemographicCriteriaList", "Groups"))


def group_holds(group: Json, event: Event, expression: Json, hospital: Hospital) -> bool:
    """ALL, ANY, AT_LEAST or AT_MOST of the members; a group without members holds."""
    if _is_empty(group):
        return True
    answers = [
        correlated_holds(each, event, expression, hospital) for each in group.get("CriteriaList") or ()
    ]
    answers += [
        demographic_holds(each, event, expression, hospital)
        for each in group.get("DemographicCriteriaList") or ()
    ]
    answers += [group_holds(each, event, expression, hospital) for each in group.get("Groups") or ()]
    match group["Type"].upper():
        case "ALL":
            return all(answers)
        case "ANY":
            return any(answers)
        case "AT_LEAST":
            return sum(answers) >= int(group["Count"])
        case "AT_MOST":
            return sum(answers) <= int(group["Count"])
    raise ValueError(f"no such group: {group['Type']}")


def demographic_holds(wanted: Json, event: Event, expression: Json, hospital: Hospital) -> bool:
    """The person as it stands in `person`, and the days of the event."""
    if unknown := set(wanted) - _KNOWN:
        raise ValueError(f"the oracle does not know {sorted(unknown)} of a demographic criterion")
    person = find_row(hospital, "person", person_id=event.person)
    if person is None:
        return False
    answers = []
    if wanted.get("Age"):
        answers.append(in_number_range(age(person, event.start), wanted["Age"]))
    if wanted.get("OccurrenceStartDate"):
        answers.append(in_date_range(event.start, wanted["OccurrenceStartDate"]))
    if wanted.get("OccurrenceEndDate"):
        answers.append(in_date_range(event.end, wanted["OccurrenceEndDate"]))
    for name, column in _DEMOGRAPHICS.items():
        if listed := wanted.get(name):
            answers.append(in_list(person.get(column), ids(listed), excluded=False))
        if selection := wanted.get(f"{name}CS"):
            concepts = concept_set(selection["CodesetId"], expression, hospital)
            answers.append(in_list(person.get(column), concepts, excluded=bool(selection.get("IsExclusion"))))
    return all(answers)


def correlated_holds(wanted: Json, event: Event, expression: Json, hospital: Hospital) -> bool:
    """The number of records (or of distinct values of theirs) near the event is as asked."""
    near = near_records(wanted, event, expression, hospital)
    occurrence = wanted["Occurrence"]
    count = len(near)
    if occurrence.get("IsDistinct"):
        column = occurrence.get("CountColumn") or "DOMAIN_CONCEPT"
        count = len({record.counted[column] for record in near} - {None})
    match occurrence["Type"]:
        case 0:
            return count == int(occurrence["Count"])
        case 1:
            return count <= int(occurrence["Count"])
        case 2:
            return count >= int(occurrence["Count"])
    raise ValueError(f"no such occurrence: {occurrence['Type']}")


def near_records(wanted: Json, event: Event, expression: Json, hospital: Hospital) -> list[Record]:
    """The records of the event's person in the windows around it."""
    return [
        record
        for record in find_records(wanted["Criteria"], expression, hospital)
        if _is_near(record, event, wanted)
    ]


def _is_near(record: Record, event: Event, wanted: Json) -> bool:
    if record.person != event.person:
        return False
    free = bool(wanted.get("IgnoreObservationPeriod"))
    if not free and not (at_least(record.start, event.opens) and at_least(event.closes, record.start)):
        return False
    if wanted.get("RestrictVisit") and (record.visit is None or record.visit != event.visit):
        return False
    start_window, end_window = wanted.get("StartWindow"), wanted.get("EndWindow")
    # An end window compares the record's last day unless told otherwise; a start window its first.
    return (not start_window or _in_window(record, event, start_window, free=free, by_end=False)) and (
        not end_window or _in_window(record, event, end_window, free=free, by_end=True)
    )


def _in_window(record: Record, event: Event, window: Json, *, free: bool, by_end: bool) -> bool:
    told = window.get("UseEventEnd")
    day = record.end if (by_end if told is None else told) else record.start
    index = event.end if window.get("UseIndexEnd") else event.start
    after = _edge(window["Start"], event, index)
    before = _edge(window["End"], event, index)
    # An edge without days is the period's, and no edge at all where periods are ignored.
    after_holds = (free and window["Start"].get("Days") is None) or at_least(day, after)
    before_holds = (free and window["End"].get("Days") is None) or at_least(before, day)
    return after_holds and before_holds


def _edge(bound: Json, event: Event, index: date | None) -> date | None:
    if bound.get("Days") is not None:
        return plus(index, int(bound["Days"]) * int(bound["Coeff"]))
    return event.opens if bound["Coeff"] == -1 else event.closes
