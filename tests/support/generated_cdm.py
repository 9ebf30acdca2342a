"""Hypothesis strategies for small hospitals, cohort definitions of the supported subset, and variables."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.support.small_hospitals import Hospital, Row

# Signed 64-bit ids, as real hospitals have them.
PERSONS = [-3589912774911670296, 1, 2**62]
CONCEPTS = [1, 2, 3, 11, 2_000_000_012]
VALUES = [71, 72, 73]
UNITS = [81, 82, 83, 0]
GENDERS = [8507, 8532]
RACES = [8515, 8527]
ANCESTORS: list[Row] = [
    {"ancestor_concept_id": above, "descendant_concept_id": below}
    for above, below in [(1, 1), (1, 11), (2, 2_000_000_012), (1, 2_000_000_012), (3, 3)]
]
_FIRST_DAY = date(1999, 12, 20)
_LAST_DAY = _FIRST_DAY + timedelta(days=40)
days = st.integers(0, 40).map(lambda each: _FIRST_DAY + timedelta(days=each))
_numbers = st.sampled_from([-1.0, 0.0, 0.5, 2.0, 7.25, 100.0])


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def _record(draw: st.DrawFn, table: str, prefix: str, day: str, moment: str | None, end: str | None) -> Row:
    start = draw(days)
    row: Row = {
        "person_id": draw(st.sampled_from(PERSONS)),
        f"{prefix}_concept_id": draw(st.sampled_from(CONCEPTS)),
        day: start,
    }
    if moment:
        row[moment] = draw(
            _maybe(st.integers(0, 3).map(lambda hour: datetime.combine(start, time(hour * 6))))
        )
    if end:
        row[end] = draw(_maybe(days))
    if table == "drug_exposure":
        row["days_supply"] = draw(_maybe(st.integers(-2, 30)))
    if table in ("measurement", "observation"):
        row["value_as_number"] = draw(_maybe(_numbers))
        row["value_as_concept_id"] = draw(_maybe(st.sampled_from(VALUES)))
        row["unit_concept_id"] = draw(_maybe(st.sampled_from(UNITS)))
    return row


_TABLES: list[tuple[str, str, str, str | None, str | None]] = [
    ("visit_occurrence", "visit", "visit_start_date", "visit_start_datetime", "visit_end_date"),
    (
        "condition_occurrence",
        "condition",
        "condition_start_date",
        "condition_start_datetime",
        "condition_end_date",
    ),
    (
        "drug_exposure",
        "drug",
        "drug_exposure_start_date",
        "drug_exposure_start_datetime",
        "drug_exposure_end_date",
    ),
    ("procedure_occurrence", "procedure", "procedure_date", "procedure_datetime", None),
    (
        "device_exposure",
        "device",
        "device_exposure_start_date",
        "device_exposure_start_datetime",
        "device_exposure_end_date",
    ),
    ("measurement", "measurement", "measurement_date", "measurement_datetime", None),
    ("observation", "observation", "observation_date", "observation_datetime", None),
    ("condition_era", "condition", "condition_era_start_date", None, "condition_era_end_date"),
    ("drug_era", "drug", "drug_era_start_date", None, "drug_era_end_date"),
    (
        "visit_detail",
        "visit_detail",
        "visit_detail_start_date",
        "visit_detail_start_datetime",
        "visit_detail_end_date",
    ),
    ("specimen", "specimen", "specimen_date", "specimen_datetime", None),
]
_DEATHS = st.lists(
    st.builds(
        lambda person, day, cause: {"person_id": person, "death_date": day, "cause_concept_id": cause},
        st.sampled_from(PERSONS),
        days,
        _maybe(st.sampled_from(CONCEPTS)),
    ),
    max_size=3,
)


@st.composite
def hospitals(draw: st.DrawFn) -> Hospital:
    """A few persons, some without a row in `person`, with periods that may overlap."""
    known = draw(st.just(PERSONS) | st.lists(st.sampled_from(PERSONS), unique=True))
    hospital: dict[str, list[Row]] = {
        "person": [
            {
                "person_id": person,
                "gender_concept_id": draw(_maybe(st.sampled_from(GENDERS))),
                "race_concept_id": draw(_maybe(st.sampled_from(RACES))),
                "ethnicity_concept_id": draw(_maybe(st.sampled_from([38003563, 38003564]))),
                "year_of_birth": draw(_maybe(st.sampled_from([1949, 1950, 1951]))),
                "month_of_birth": draw(_maybe(st.sampled_from([0, 2, 12]))),
                "day_of_birth": draw(_maybe(st.sampled_from([1, 29, 31]))),
            }
            for person in known
        ],
        "concept_ancestor": ANCESTORS,
        "observation_period": [],
    }
    for number in range(draw(st.integers(1, 6))):
        # Often the whole time, so that most examples have persons; sometimes any piece of it.
        opens, closes = draw(st.just((_FIRST_DAY, _LAST_DAY)) | st.tuples(days, days).map(sorted).map(tuple))
        hospital["observation_period"].append(
            {
                "observation_period_id": -number,
                "person_id": draw(st.sampled_from(PERSONS)),
                "observation_period_start_date": opens,
                "observation_period_end_date": closes,
            }
        )
    for table, prefix, day, moment, end in _TABLES:
        rows = draw(st.lists(_record(table, prefix, day, moment, end), min_size=2, max_size=8))
        ids = draw(st.permutations(range(-2, len(rows) - 2)))
        hospital[table] = [row | {f"{table}_id": number} for row, number in zip(rows, ids, strict=True)]
    hospital["death"] = draw(_DEATHS)
    return hospital


def _concepts(ids: list[int]) -> list[dict[str, int]]:
    return [{"CONCEPT_ID": each} for each in ids]


@st.composite
def _ranges(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    op = draw(st.sampled_from(["lt", "lte", "eq", "!eq", "gt", "gte", "bt", "!bt"]))
    found = {"Op": op, "Value": draw(values)}
    return found | {"Extent": draw(values)} if op.endswith("bt") else found


_ages = _ranges(st.integers(48, 52))


@st.composite
def _criteria(draw: st.DrawFn, codesets: int, one_in: int = 5) -> dict[str, Any]:
    """One criterion; each optional attribute is there once in so many."""
    domain = draw(
        st.sampled_from(
            [
                "ObservationPeriod",
                "VisitOccurrence",
                "ConditionOccurrence",
                "DrugExposure",
                "ProcedureOccurrence",
                "Measurement",
                "Observation",
            ]
        )
    )
    inner: dict[str, Any] = {}
    if draw(st.booleans()):
        inner["First"] = draw(st.booleans())
    if domain == "ObservationPeriod":
        return {domain: inner}
    if draw(st.booleans()):
        inner["CodesetId"] = draw(st.integers(0, codesets - 1))
    options: dict[str, st.SearchStrategy[Any]] = {
        "OccurrenceStartDate": _ranges(days.map(date.isoformat)),
        "Age": _ages,
        "Gender": st.just(_concepts([8507])),
    }
    if domain in ("Measurement", "Observation"):
        options["ValueAsNumber"] = _ranges(_numbers)
        options["ValueAsConcept"] = st.lists(st.sampled_from(VALUES), unique=True).map(_concepts)
        options["Unit"] = st.just(_concepts([81]))
    for name, strategy in options.items():
        if draw(st.integers(1, one_in)) == one_in:
            inner[name] = draw(strategy)
    return {domain: inner}


@st.composite
def _bounds(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"Coeff": draw(st.sampled_from([-1, 1]))}
    return found | {"Days": draw(st.integers(0, 30))} if draw(st.booleans()) else found


@st.composite
def _windows(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"Start": draw(_bounds()), "End": draw(_bounds())}
    for name in ("UseIndexEnd", "UseEventEnd"):
        if draw(st.booleans()):
            found[name] = draw(st.booleans())
    return found


@st.composite
def _correlated(draw: st.DrawFn, codesets: int) -> dict[str, Any]:
    everywhere = {"Start": {"Coeff": -1}, "End": {"Coeff": 1}, "UseEventEnd": False}
    found: dict[str, Any] = {
        "Criteria": draw(_criteria(codesets)),
        "StartWindow": draw(_windows() | st.just(everywhere)),
        "Occurrence": {"Type": draw(st.integers(0, 2)), "Count": draw(st.integers(0, 2))},
    }
    if not draw(st.integers(0, 3)):
        found["EndWindow"] = draw(_windows())
    if draw(st.booleans()):
        found["IgnoreObservationPeriod"] = draw(st.booleans())
    return found


@st.composite
def _groups(draw: st.DrawFn, codesets: int, depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Type": draw(st.sampled_from(["ALL", "ANY", "AT_LEAST", "AT_MOST"])),
        "CriteriaList": draw(st.lists(_correlated(codesets), max_size=2)),
        "DemographicCriteriaList": draw(
            st.lists(
                st.one_of(
                    _ages.map(lambda age: {"Age": age}),
                    st.just({"Gender": _concepts([8532])}),
                    st.just({}),
                ),
                max_size=1,
            )
        ),
        "Groups": draw(st.lists(_groups(codesets, depth + 1), max_size=1)) if depth < 2 else [],
    }
    members = sum(len(found[name]) for name in ("CriteriaList", "DemographicCriteriaList", "Groups"))
    if found["Type"].startswith("AT_"):
        found["Count"] = draw(st.integers(0, members))
    return found


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """A cohort definition that uses any part of the supported subset."""
    limits = st.sampled_from(["All", "First", "Last"])
    items = st.builds(
        lambda concept, excluded, below: {
            "concept": {"CONCEPT_ID": concept},
            "isExcluded": excluded,
            "includeDescendants": below,
        },
        st.sampled_from(CONCEPTS),
        st.sampled_from([False, False, True]),
        st.booleans(),
    )
    sets = draw(st.lists(st.lists(items, max_size=4), min_size=1, max_size=3))
    found: dict[str, Any] = {
        "ConceptSets": [
            {"id": at, "name": "", "expression": {"items": each}} for at, each in enumerate(sets)
        ],
        "PrimaryCriteria": {
            "CriteriaList": draw(st.lists(_criteria(len(sets), 12), min_size=1, max_size=2)),
            "ObservationWindow": {
                "PriorDays": draw(st.sampled_from([0, 0, 5])),
                "PostDays": draw(st.sampled_from([0, 0, 5])),
            },
            "PrimaryCriteriaLimit": {"Type": draw(limits)},
        },
        "QualifiedLimit": {"Type": draw(limits)},
        "ExpressionLimit": {"Type": draw(limits)},
        "InclusionRules": [
            {"name": f"rule {at}", "expression": each}
            for at, each in enumerate(draw(st.lists(_groups(len(sets)), max_size=3)))
        ],
    }
    if draw(st.integers(0, 3)) == 3:
        found["AdditionalCriteria"] = draw(_groups(len(sets), depth=1))
    return found
