"""Hypothesis strategies of criteria with every attribute, windows around them, and groups of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.support.cohort_oracle.domains import DOMAINS, Domain
from tests.support.generated_hospitals import CONCEPTS, GENDERS, NUMBERS, SPAN, TEXTS, VALUES

Json: TypeAlias = dict[str, Any]

# Columns that the CDM had before 5.1 alone, which no hospital of ours has.
GONE = {"EffectiveDrugDose", "DoseUnit", "DoseUnitCS"}
_OPS = ["lt", "lte", "eq", "!eq", "gt", "gte", "bt", "!bt"]
_TEXT_OPS = ["eq", "startsWith", "endsWith", "contains"]
_NUMBERS: dict[str, list[Any]] = {
    "age at start": [48, 49, 50, 51, 52],
    "age at end": [48, 49, 50, 51, 52],
    "length": [-1, 0, 1, 5, 12, 30],
    "days_supply": [0, 1, 7, 30],
    "quantity": [0, 1, 2, 30],
    "gap_days": [0, 5, 30],
    "ratio to range_low": [-0.5, 0.0, 0.5, 1.0, 3.625],
    "ratio to range_high": [-0.2, 0.0, 0.05, 0.5, 1.45],
    "dose_value": [10.0, 15.5, 20.5],
    "value_as_number": NUMBERS,
    "range_low": [0.0, 1.0, 2.0],
    "range_high": [0.0, 5.0, 10.0],
}


def once_in(number: int) -> st.SearchStrategy[bool]:
    """True once in so many draws; simplest is False."""
    return st.integers(1, number).map(lambda each: each == number)


def days_after(first: date) -> st.SearchStrategy[str]:
    """A day of the hospital's weeks, as definitions write it."""
    return st.integers(0, SPAN).map(lambda each: (first + timedelta(days=each)).isoformat())


@st.composite
def _ranges(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> Json:
    op = draw(st.sampled_from(_OPS))
    found: Json = {"Op": op, "Value": draw(values)}
    return found | {"Extent": draw(values)} if op.endswith("bt") else found


def date_ranges(first: date) -> st.SearchStrategy[Json]:
    """A comparison with days of the hospital's weeks."""
    return _ranges(days_after(first))


@st.composite
def criteria(draw: st.DrawFn, first: date, sets: list[int], depth: int = 0, *, free: bool = False) -> Json:
    """One criterion of any domain with up to two attributes (free: one), and perhaps criteria within it."""
    name = draw(st.sampled_from(sorted(DOMAINS)))
    domain = DOMAINS[name]
    wanted: Json = {}
    if domain.concept and draw(once_in(3) if free else st.integers(0, 3)):
        wanted["CodesetId"] = draw(st.sampled_from(sets[:-1]))
    if domain.source and draw(once_in(12)):
        wanted[domain.source[0]] = draw(st.sampled_from(sets[:-1]))
    if name != "Death" and draw(once_in(8 if free else 4)):
        wanted["First"] = draw(st.booleans())
    if draw(once_in(10)) and name not in ("Death", "Specimen"):
        wanted["DateAdjustment"] = draw(_adjustments())
    if name.endswith("Period") and draw(once_in(4)):
        wanted["UserDefinedPeriod"] = {
            edge: draw(days_after(first)) for edge in ("StartDate", "EndDate") if draw(st.booleans())
        }
    names = sorted(set(domain.attributes) - GONE)
    for _ in range(draw(st.sampled_from([0, 0, 1] if free else [0, 1, 1, 2]))):
        wanted |= draw(_attribute(draw(st.sampled_from(names)), domain, first, sets))
    if depth < 2 and draw(once_in(10 if free else 6)):
        wanted["CorrelatedCriteria"] = draw(groups(first, sets, depth + 1))
    return {name: wanted}


@st.composite
def _adjustments(draw: st.DrawFn) -> Json:
    offsets = st.sampled_from([-3, -1, 0, 2, 5])
    found: Json = {"StartOffset": draw(offsets), "EndOffset": draw(offsets)}
    for name in ("StartWith", "EndWith"):
        if draw(st.booleans()):
            found[name] = draw(st.sampled_from(["START_DATE", "END_DATE"]))
    return found


@st.composite
def _attribute(draw: st.DrawFn, name: str, domain: Domain, first: date, sets: list[int]) -> Json:
    kind, place = domain.attributes[name]
    match kind:
        case "date":
            return {name: draw(date_ranges(first))}
        case "number":
            return {name: draw(_ranges(st.sampled_from(_NUMBERS.get(place, [0, 1, 2, 3]))))}
        case "text":
            return {name: draw(_texts())}
        case "flag":
            return {name: draw(st.booleans())}
        case "concept set":
            return {name: draw(_selections(place, sets))}
        case "concept set number":
            return {name: draw(st.sampled_from(sets))}
    listed = st.lists(st.sampled_from(_pool(place)), max_size=3, unique=True)
    found: Json = {name: [{"CONCEPT_ID": each} for each in draw(listed)]}
    return found | {f"{name}Exclude": draw(st.booleans())} if kind == "concepts or not" else found


def _pool(place: str) -> list[int]:
    if place == "person.gender_concept_id":
        return GENDERS
    return CONCEPTS if place == "visit.visit_concept_id" else VALUES


def _selections(place: str, sets: list[int]) -> st.SearchStrategy[Json]:
    """Sometimes without the attribute that turns it round, as ATLAS leaves it out."""
    numbers = sets[:-1] if place == "visit.visit_concept_id" else [sets[-1], sets[-1], *sets]
    return st.builds(
        lambda number, more: {"CodesetId": number, **more},
        st.sampled_from(numbers),
        st.sampled_from([{}, {"IsExclusion": False}, {"IsExclusion": True}]),
    )


def _texts() -> st.SearchStrategy[Json]:
    return st.builds(
        lambda text, op, no: {"Text": text, "Op": f"{no}{op}"},
        st.sampled_from([*TEXTS, "a", "b%", "_", "'", "C", "글"]),
        st.sampled_from(_TEXT_OPS),
        st.sampled_from(["", "!"]),
    )


@st.composite
def _bounds(draw: st.DrawFn, side: int) -> Json:
    found: Json = {"Coeff": draw(st.sampled_from([side, side, -side]))}
    return found | {"Days": draw(st.integers(0, 20))} if draw(st.booleans()) else found


@st.composite
def _windows(draw: st.DrawFn) -> Json:
    found: Json = {"Start": draw(_bounds(-1)), "End": draw(_bounds(1))}
    for name in ("UseIndexEnd", "UseEventEnd"):
        if draw(st.booleans()):
            found[name] = draw(st.booleans())
    return found


_EVERYWHERE: Json = {"Start": {"Coeff": -1}, "End": {"Coeff": 1}, "UseEventEnd": False}


@st.composite
def _correlated(draw: st.DrawFn, first: date, sets: list[int], depth: int) -> Json:
    criterion = draw(criteria(first, sets, depth))
    found: Json = {
        "Criteria": criterion,
        "StartWindow": _EVERYWHERE if draw(once_in(4)) else draw(_windows()),
        "Occurrence": draw(_occurrences(DOMAINS[next(iter(criterion))])),
        "RestrictVisit": draw(once_in(6)),
    }
    if draw(once_in(4)):
        found["EndWindow"] = draw(_windows())
    if draw(st.booleans()):
        found["IgnoreObservationPeriod"] = draw(st.booleans())
    return found


@st.composite
def _occurrences(draw: st.DrawFn, domain: Domain) -> Json:
    found: Json = {
        "Type": draw(st.sampled_from([2, 0, 1])),
        "Count": draw(st.sampled_from([1, 0, 2, 1])),
    }
    if draw(once_in(4)):
        found["IsDistinct"] = True
        if draw(st.booleans()):
            visit = "VISIT_DETAIL_ID" if domain.table == "visit_detail" else "VISIT_ID"
            columns = [*sorted(domain.counted), "START_DATE", "END_DATE", visit]
            found["CountColumn"] = draw(st.sampled_from(columns))
    return found


@st.composite
def _demographics(draw: st.DrawFn, first: date, sets: list[int]) -> Json:
    found: Json = {}
    options = ["Age", "OccurrenceStartDate", "OccurrenceEndDate"]
    options += [f"{name}{form}" for name in ("Gender", "Race", "Ethnicity") for form in ("", "CS")]
    for name in draw(st.lists(st.sampled_from(options), max_size=2, unique=True)):
        if name == "Age":
            found[name] = draw(_ranges(st.sampled_from(_NUMBERS["age at start"])))
        elif name.startswith("Occurrence"):
            found[name] = draw(date_ranges(first))
        elif name.endswith("CS"):
            found[name] = draw(_selections(name, sets))
        else:
            pool = GENDERS if name == "Gender" else VALUES
            listed = st.lists(st.sampled_from(pool), max_size=2, unique=True)
            found[name] = [{"CONCEPT_ID": each} for each in draw(listed)]
    return found


@st.composite
def groups(draw: st.DrawFn, first: date, sets: list[int], depth: int = 0) -> Json:
    """ALL, ANY, AT_LEAST or AT_MOST of correlated criteria, demographics and groups; sometimes of nothing."""
    found: Json = {
        "Type": draw(st.sampled_from(["ALL", "ANY", "AT_LEAST", "AT_MOST"])),
        "CriteriaList": [
            draw(_correlated(first, sets, depth)) for _ in range(draw(st.sampled_from([1, 2, 0, 1])))
        ],
        "DemographicCriteriaList": [draw(_demographics(first, sets))] if draw(once_in(3)) else [],
        "Groups": [draw(groups(first, sets, depth + 1))] if depth < 2 and draw(once_in(3)) else [],
    }
    members = sum(len(found[name]) for name in ("CriteriaList", "DemographicCriteriaList", "Groups"))
    if found["Type"].startswith("AT_"):
        found["Count"] = draw(st.integers(0, members))
    return found
