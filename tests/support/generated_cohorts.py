"""Hypothesis strategies of complete Circe definitions, and of a definition together with a hospital.

Every domain, every attribute in each of its forms, and every structural feature may occur; each seldom
enough that something is usually found.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.support.cohort_oracle import Hospital
from tests.support.generated_criteria import Json, criteria, groups, once_in
from tests.support.generated_hospitals import (
    CONCEPTS,
    FIRST_DAYS,
    GENDERS,
    SPAN,
    VALUES,
    hospitals,
)

_WITH_VISITS = ["VisitOccurrence", "ConditionOccurrence", "DrugExposure", "Measurement", "VisitDetail"]
_LIMITS = st.sampled_from(["All", "All", "All", "First", "Last"])


@st.composite
def cases(
    draw: st.DrawFn, *, overlapping: bool = False, same_ids: bool = True
) -> tuple[dict[str, Any], Hospital]:
    """A definition and a hospital whose days lie in the same weeks."""
    first_day = draw(st.sampled_from(FIRST_DAYS))
    hospital = draw(hospitals(first_day=first_day, overlapping=overlapping, same_ids=same_ids))
    return draw(definitions(first_day=first_day) | wide_definitions(first_day=first_day)), hospital


@st.composite
def definitions(draw: st.DrawFn, *, first_day: date | None = None) -> dict[str, Any]:
    """A definition that uses any part of Circe; its days lie in the weeks after `first_day`."""
    first = first_day or draw(st.sampled_from(FIRST_DAYS))
    sets = draw(_concept_sets())
    numbers = [each["id"] for each in sets]
    found: dict[str, Any] = {
        "ConceptSets": sets,
        "PrimaryCriteria": {
            "CriteriaList": draw(st.lists(criteria(first, numbers, free=True), min_size=1, max_size=2)),
            "ObservationWindow": {
                "PriorDays": draw(st.sampled_from([0, 0, 0, 0, 0, 0, 5])),
                "PostDays": draw(st.sampled_from([0, 0, 0, 0, 0, 0, 5])),
            },
            "PrimaryCriteriaLimit": {"Type": draw(_LIMITS)},
        },
        "QualifiedLimit": {"Type": draw(_LIMITS)},
        "ExpressionLimit": {"Type": draw(_LIMITS)},
        "InclusionRules": [
            {"name": f"rule {at}", "expression": each}
            for at in range(draw(st.sampled_from([1, 2, 0, 3])))
            for each in [draw(groups(first, numbers))]
        ],
        "CensoringCriteria": draw(st.lists(criteria(first, numbers), max_size=1)),
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": draw(st.sampled_from([0, 0, 1, 5, 30]))},
        "CensorWindow": draw(_censor_windows(first)) if draw(once_in(5)) else {},
        "cdmVersionRange": ">=5.0.0",
    }
    if draw(once_in(4)):
        found["AdditionalCriteria"] = draw(groups(first, numbers))
    if draw(once_in(2)):
        found["EndStrategy"] = draw(_date_offsets() | _custom_eras(numbers))
    return found


@st.composite
def wide_definitions(draw: st.DrawFn, *, first_day: date) -> dict[str, Any]:
    """All records of one domain under many rules: the masks tell of each rule at each event."""
    sets = draw(_concept_sets())
    numbers = [each["id"] for each in sets]
    every = {"Type": "All"}
    return {
        "ConceptSets": sets,
        "PrimaryCriteria": {
            "CriteriaList": [{draw(st.sampled_from(_WITH_VISITS)): {}}],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": every,
        },
        "QualifiedLimit": every,
        "ExpressionLimit": every,
        "InclusionRules": [
            {"name": f"rule {at}", "expression": draw(groups(first_day, numbers))} for at in range(6)
        ],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
        "cdmVersionRange": ">=5.0.0",
    }


@st.composite
def _concept_sets(draw: st.DrawFn) -> list[Json]:
    """One to three sets of domain concepts, and one of the values that attributes compare."""
    kinds = [CONCEPTS] * draw(st.integers(1, 3)) + [[*VALUES, *GENDERS]]
    return [
        {"id": at, "name": f"set {at}", "expression": {"items": draw(_items(pool))}}
        for at, pool in enumerate(kinds)
    ]


def _items(pool: list[int]) -> st.SearchStrategy[list[Json]]:
    item = st.builds(
        lambda concept, excluded, below, mapped: {
            "concept": {"CONCEPT_ID": concept},
            "isExcluded": excluded,
            "includeDescendants": below,
            "includeMapped": mapped,
        },
        st.sampled_from(pool),
        st.sampled_from([False] * 5 + [True]),
        st.booleans(),
        st.sampled_from([False, False, True]),
    )
    return st.lists(item, min_size=2, max_size=4) | st.lists(item, max_size=4)


@st.composite
def _censor_windows(draw: st.DrawFn, first: date) -> Json:
    days = st.integers(0, SPAN).map(lambda each: (first + timedelta(days=each)).isoformat())
    return {name: draw(days) for name in ("StartDate", "EndDate") if draw(st.booleans())}


def _date_offsets() -> st.SearchStrategy[Json]:
    return st.builds(
        lambda field, offset: {"DateOffset": {"DateField": field, "Offset": offset}},
        st.sampled_from(["StartDate", "EndDate"]),
        st.sampled_from([0, 1, 7, 30, -1]),
    )


def _custom_eras(numbers: list[int]) -> st.SearchStrategy[Json]:
    override = st.sampled_from([{}, {}, {"DaysSupplyOverride": 3}])
    return st.builds(
        lambda number, gap, offset, override: {
            "CustomEra": {"DrugCodesetId": number, "GapDays": gap, "Offset": offset, **override}
        },
        st.sampled_from(numbers),
        st.sampled_from([0, 1, 5, 30]),
        st.sampled_from([0, 1, 5]),
        override,
    )
