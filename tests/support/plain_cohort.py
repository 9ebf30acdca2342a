"""The meaning of a Circe definition, told in slow, obvious Python on plain rows: the oracle of the engine.

It reads the JSON itself and shares no code with the engine.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.support.small_hospitals import Hospital

# domain: table, concept column, start column
_PLACES = {
    "ObservationPeriod": ("observation_period", None, "observation_period_start_date"),
    "VisitOccurrence": ("visit_occurrence", "visit_concept_id", "visit_start_date"),
    "ConditionOccurrence": ("condition_occurrence", "condition_concept_id", "condition_start_date"),
    "DrugExposure": ("drug_exposure", "drug_concept_id", "drug_exposure_start_date"),
    "ProcedureOccurrence": ("procedure_occurrence", "procedure_concept_id", "procedure_date"),
    "Measurement": ("measurement", "measurement_concept_id", "measurement_date"),
    "Observation": ("observation", "observation_concept_id", "observation_date"),
}


def plain_cohort(expression: dict[str, Any], hospital: Hospital) -> dict[int, tuple[date, int]]:
    """person id -> (index date, cohort step)."""
    events = _primary(expression, hospital)
    additional = expression.get("AdditionalCriteria")
    if additional is not None:
        events = {
            person: [event for event in found if _group(additional, event, expression, hospital)]
            for person, found in events.items()
        }
        limit = expression["QualifiedLimit"]["Type"]
        events = {person: _limited(found, limit) for person, found in events.items()}
    answer: dict[int, tuple[date, int]] = {}
    for person, found in events.items():
        steps = [(event["start"], _step(expression, event, hospital)) for event in found]
        if steps:
            furthest = max(step for _, step in steps)
            days = [start for start, step in steps if step == furthest]
            last = expression["ExpressionLimit"]["Type"] == "Last"
            answer[person] = (max(days) if last else min(days), furthest)
    return answer


def _limited(events: list[dict[str, Any]], limit: str) -> list[dict[str, Any]]:
    if limit == "All" or not events:
        return events
    days = [event["start"] for event in events]
    chosen = max(days) if limit == "Last" else min(days)
    return [next(event for event in events if event["start"] == chosen)]


def _step(expression: dict[str, Any], event: dict[str, Any], hospital: Hospital) -> int:
    met = 0
    for rule in expression["InclusionRules"]:
        if not _group(rule["expression"], event, expression, hospital):
            break
        met += 1
    return met


def _primary(expression: dict[str, Any], hospital: Hospital) -> dict[int, list[dict[str, Any]]]:
    primary = expression["PrimaryCriteria"]
    prior = timedelta(days=primary["ObservationWindow"].get("PriorDays", 0))
    post = timedelta(days=primary["ObservationWindow"].get("PostDays", 0))
    events: dict[int, list[dict[str, Any]]] = {}
    for position, criterion in enumerate(primary["CriteriaList"]):
        for record in _records(criterion, expression, hospital):
            for period in hospital["observation_period"]:
                opens, closes = period["observation_period_start_date"], period["observation_period_end_date"]
                if period["person_id"] != record["person"] or not opens <= record["start"] <= closes:
                    continue
                if opens + prior <= record["start"] and record["start"] + post <= closes:
                    event = record | {"opens": opens, "closes": closes, "position": position}
                    events.setdefault(record["person"], []).append(event)
    limit = primary["PrimaryCriteriaLimit"]["Type"]
    for person, found in events.items():
        found.sort(key=lambda each: (each["id"], each["position"], each["opens"], each["closes"]))
        found.sort(key=lambda each: each["start"], reverse=limit == "Last")
        if limit != "All":
            events[person] = found[:1]
    return events


def _codeset(number: int, expression: dict[str, Any], hospital: Hospital) -> set[int]:
    items = next(each for each in expression["ConceptSets"] if each["id"] == number)["expression"]["items"]
    inside: set[int] = set()
    outside: set[int] = set()
    for item in items:
        found = {item["concept"]["CONCEPT_ID"]}
        if item["includeDescendants"]:
            for row in hospital.get("concept_ancestor", ()):
                if row["ancestor_concept_id"] == item["concept"]["CONCEPT_ID"]:
                    found.add(row["descendant_concept_id"])
        (outside if item["isExcluded"] else inside).update(found)
    return inside - outside


def _records(
    criterion: dict[str, Any], expression: dict[str, Any], hospital: Hospital
) -> list[dict[str, Any]]:
    [(domain, wanted)] = criterion.items()
    table, concept, start = _PLACES[domain]
    rows = list(hospital.get(table, ()))
    if wanted.get("CodesetId") is not None:
        rows = [row for row in rows if row[concept] in _codeset(wanted["CodesetId"], expression, hospital)]
    if wanted.get("First"):
        firsts: dict[int, Any] = {}
        for row in sorted(rows, key=lambda row: (row[start], row[f"{table}_id"])):
            firsts.setdefault(row["person_id"], row)
        rows = list(firsts.values())
    people = {row["person_id"]: row for row in hospital["person"]}
    found = []
    for row in rows:
        person = people.get(row["person_id"])
        if _wanted(row, row[start], person, wanted):
            end = _end(domain, row, row[start])
            found.append(
                {"person": row["person_id"], "id": row[f"{table}_id"], "start": row[start], "end": end}
            )
    return found


def _wanted(row: dict[str, Any], start: date, person: dict[str, Any] | None, wanted: dict[str, Any]) -> bool:
    checks = [
        "OccurrenceStartDate" not in wanted
        or _in_range(start, wanted["OccurrenceStartDate"], date.fromisoformat),
        "ValueAsNumber" not in wanted or _in_range(row.get("value_as_number"), wanted["ValueAsNumber"]),
        not wanted.get("ValueAsConcept") or row.get("value_as_concept_id") in _ids(wanted["ValueAsConcept"]),
        not wanted.get("Unit") or row.get("unit_concept_id") in _ids(wanted["Unit"]),
    ]
    return all(checks) and _fits(person, start, wanted)


def _fits(person: dict[str, Any] | None, start: date, wanted: dict[str, Any]) -> bool:
    if not wanted.get("Age") and not wanted.get("Gender"):
        return True
    if person is None:
        return False
    if wanted.get("Age"):
        born = person["year_of_birth"]
        if born is None or not _in_range(start.year - born, wanted["Age"]):
            return False
    return not wanted.get("Gender") or person["gender_concept_id"] in _ids(wanted["Gender"])


def _ids(concepts: list[dict[str, Any]]) -> set[int]:
    return {each["CONCEPT_ID"] for each in concepts}


def _in_range(value: Any, wanted: dict[str, Any], read: Any = lambda each: each) -> bool:
    if value is None:
        return False
    low = read(wanted["Value"])
    match wanted["Op"]:
        case "lt":
            return bool(value < low)
        case "lte":
            return bool(value <= low)
        case "eq":
            return bool(value == low)
        case "!eq":
            return bool(value != low)
        case "gt":
            return bool(value > low)
        case "gte":
            return bool(value >= low)
        case "bt":
            return bool(low <= value <= read(wanted["Extent"]))
        case "!bt":
            return not low <= value <= read(wanted["Extent"])
    raise AssertionError(wanted)


def _end(domain: str, row: dict[str, Any], start: date) -> date:
    next_day = start + timedelta(days=1)
    if domain == "ObservationPeriod":
        return row["observation_period_end_date"]
    if domain == "VisitOccurrence":
        return row.get("visit_end_date") or next_day
    if domain == "ConditionOccurrence":
        return row.get("condition_end_date") or next_day
    if domain == "DrugExposure":
        if row.get("drug_exposure_end_date"):
            return row["drug_exposure_end_date"]
        return next_day if row.get("days_supply") is None else start + timedelta(days=row["days_supply"])
    return next_day


def _group(
    group: dict[str, Any], event: dict[str, Any], expression: dict[str, Any], hospital: Hospital
) -> bool:
    people = {row["person_id"]: row for row in hospital["person"]}
    answers = [_correlated(each, event, expression, hospital) for each in group.get("CriteriaList", [])]
    for wanted in group.get("DemographicCriteriaList", []):
        person = people.get(event["person"])
        answers.append(person is not None and _fits(person, event["start"], wanted))
    answers += [_group(each, event, expression, hospital) for each in group.get("Groups", [])]
    if not answers:
        return True
    match group["Type"]:
        case "ALL":
            return all(answers)
        case "ANY":
            return any(answers)
        case "AT_LEAST":
            return sum(answers) >= group["Count"]
        case "AT_MOST":
            return sum(answers) <= group["Count"]
    raise AssertionError(group)


def _correlated(
    wanted: dict[str, Any], event: dict[str, Any], expression: dict[str, Any], hospital: Hospital
) -> bool:
    free = bool(wanted.get("IgnoreObservationPeriod"))
    count = 0
    for record in _records(wanted["Criteria"], expression, hospital):
        if record["person"] != event["person"]:
            continue
        if not free and not event["opens"] <= record["start"] <= event["closes"]:
            continue
        if not _windowed(wanted["StartWindow"], record, event, free=free, end_by_default=False):
            continue
        end_window = wanted.get("EndWindow")
        if end_window and not _windowed(end_window, record, event, free=free, end_by_default=True):
            continue
        count += 1
    limit = wanted["Occurrence"]["Count"]
    return {0: count == limit, 1: count <= limit, 2: count >= limit}[wanted["Occurrence"]["Type"]]


def _windowed(
    window: dict[str, Any], record: dict[str, Any], event: dict[str, Any], *, free: bool, end_by_default: bool
) -> bool:
    anchor = event["end"] if window.get("UseIndexEnd") else event["start"]
    uses_end = window.get("UseEventEnd")
    day = record["end"] if (end_by_default if uses_end is None else uses_end) else record["start"]

    def edge(bound: dict[str, Any]) -> date | None:
        if bound.get("Days") is not None:
            return anchor + timedelta(days=bound["Days"] * bound["Coeff"])
        if free:
            return None
        return event["opens"] if bound["Coeff"] == -1 else event["closes"]

    first, last = edge(window["Start"]), edge(window["End"])
    return (first is None or day >= first) and (last is None or day <= last)
