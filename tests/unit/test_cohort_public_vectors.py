"""OHDSI's own test hospitals: the rows that Circe's authors expect, by the oracle and by the engine."""

from __future__ import annotations

from collections import Counter
from typing import Any

import duckdb
import pytest

from tests.support.circe_vectors import (
    LIMITS,
    VECTORS,
    Change,
    Cohort,
    Definition,
    definition_of,
    expected_rows,
    hospital_of,
    impossible,
    limited_definition,
    read_vector,
)
from tests.support.cohort_oracle import Hospital, evaluate
from tests.support.cohort_oracle.domains import DOMAINS
from tests.support.cohort_oracle.groups import find_records, near_records
from tests.support.cohort_oracle.rows import Event, periods
from tests.support.engine_answers import engine_entries, engine_rows
from tests.support.hospital_tables import load_tables


def _rows(definition: Definition, hospital: Hospital) -> Cohort:
    """The rows by the oracle, which are also the engine's."""
    told = evaluate(definition, hospital).rows
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        load_tables(connection, hospital)
        assert engine_rows(connection, definition) == told
        entered = {
            person: day
            for person, day, step in engine_entries(connection, definition)
            if step == len(definition.get("InclusionRules") or ())
        }
    assert entered == {person: first for person, first, _ in reversed(told)}
    return Counter((person, str(first), str(last)) for person, first, last in told)


@pytest.mark.parametrize(("expression", "hospital", "cohort", "change"), VECTORS)
def test_rows_are_those_of_circe(expression: str, hospital: str, cohort: int, change: Change) -> None:
    definition = definition_of(expression, change)
    expected = expected_rows(f"{hospital}_VERIFY.json", cohort)
    assert bool(expected) is not (change is impossible)
    assert _rows(definition, hospital_of("cohortgeneration", f"{hospital}_PREP.json")) == expected


@pytest.mark.parametrize(("cohort", "limits"), LIMITS)
def test_each_limit_keeps_the_events_that_circe_keeps(cohort: int, limits: tuple[str, str, str]) -> None:
    definition = limited_definition(limits)
    expected = expected_rows("limits/limitTest_VERIFY.json", cohort)
    assert bool(expected) is (cohort != 4)
    assert _rows(definition, hospital_of("cohortgeneration", "limits/limitTest_PREP.json")) == expected


@pytest.mark.parametrize(
    ("cohort", "status"),
    [(1, {}), (2, {"ConditionStatus": []}), (3, {"ConditionStatus": [{"CONCEPT_ID": 1}]})],
)
def test_an_empty_list_of_concepts_asks_for_nothing(cohort: int, status: dict[str, Any]) -> None:
    definition = {
        "ConceptSets": [],
        "PrimaryCriteria": {
            "CriteriaList": [{"ConditionOccurrence": status}],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "First"},
        },
        "InclusionRules": [],
    }
    hospital = hospital_of("cohortgeneration", "conditionOccurrence/conditionStatusTest_PREP.json")
    expected = expected_rows("conditionOccurrence/conditionStatusTest_VERIFY.json", cohort)
    assert expected
    assert _rows(definition, hospital) == expected


def test_rule_masks_are_those_of_circe() -> None:
    told = read_vector("cohortgeneration", "inclusionRules", "simpleInclusionRule_VERIFY.json")
    expected = Counter[int]()
    for row in told["simpleInclusionRule.cohort_inclusion_result"]:
        if row["mode_id"] == 0:
            expected[row["inclusion_rule_mask"]] += row["person_count"]
    definition = read_vector("cohortgeneration", "inclusionRules", "simpleInclusionRule.json")
    hospital = hospital_of("cohortgeneration", "inclusionRules/simpleInclusionRule_PREP.json")
    assert expected
    assert Counter(mask for _, _, mask in evaluate(definition, hospital).masks) == expected


_DOMAINS = {name[0].lower() + name[1:]: name for name in DOMAINS}
# Circe's tests give the codeset table itself; each of its sets is one concept of the vocabulary.
_CODESETS = {
    "ConceptSets": [
        {"id": number, "expression": {"items": [{"concept": {"CONCEPT_ID": number}}]}} for number in (1, 2, 3)
    ]
}
_ADJUSTMENT = {"StartWith": "START_DATE", "StartOffset": 15, "EndWith": "END_DATE", "EndOffset": -10}
_TOLD = {"StartDate": "2000-09-01", "EndDate": "2000-09-30"}


@pytest.mark.parametrize("name", sorted(set(_DOMAINS) - {"specimen"}))
def test_records_and_their_adjusted_days_are_those_of_circe(name: str) -> None:
    domain = _DOMAINS[name]
    hospital = hospital_of("criteria", f"{name}DateOffset_PREP.json")
    told = read_vector("criteria", f"{name}DateOffset_VERIFY.json")
    plain: dict[str, Any] = {} if domain.endswith("Period") else {"CodesetId": 1}
    asked = {
        "simple": plain,
        "date_adjust": plain | {"DateAdjustment": _ADJUSTMENT},
        "user_defined": plain | {"DateAdjustment": _ADJUSTMENT, "UserDefinedPeriod": _TOLD},
    }
    assert told[f"{name}.simple"]
    for table, expected in told.items():
        found = find_records({domain: asked[table.split(".")[1]]}, _CODESETS, hospital)
        assert sorted((each.person, each.id, str(each.start), str(each.end)) for each in found) == sorted(
            (row["person_id"], row["event_id"], row["start_date"], row["end_date"]) for row in expected
        )


_COLUMNS = {
    "domain_concept_id": "DOMAIN_CONCEPT",
    "occurrence_count": "ERA_OCCURRENCES",
    "unit_concept_id": "UNIT",
    "visit_occurrence_id": "VISIT_ID",
}


@pytest.mark.parametrize(
    "name", [*sorted(set(_DOMAINS) - {"payerPlanPeriod"}), "observationPeriodUserDefined"]
)
def test_windows_and_countable_columns_are_those_of_circe(name: str) -> None:
    file = f"window{name[0].upper()}{name[1:]}"
    told_period = name == "observationPeriodUserDefined"
    domain = _DOMAINS[name.removesuffix("UserDefined")]
    hospital = hospital_of("windowcriteria", f"{file}_PREP.json")
    wanted = {
        "Criteria": {
            domain: {"UserDefinedPeriod": {"StartDate": "2008-01-01", "EndDate": "2009-01-01"}}
            if told_period
            else {}
        },
        "StartWindow": {"Start": {"Coeff": -1}, "End": {"Coeff": 1}}
        if told_period
        else {"Start": {"Coeff": -1, "Days": 365}, "End": {"Coeff": -1, "Days": 0}},
    }
    told = read_vector("windowcriteria", f"{file}_VERIFY.json")
    [expected] = [rows for table, rows in told.items() if table.endswith(".add_columns")]
    assert expected
    columns = {column: _COLUMNS.get(column, column.upper()) for column in expected[0]}
    found = [
        {"person_id": str(record.person), "event_id": "1"}
        | {
            name: str(record.counted[column])
            for name, column in columns.items()
            if not name.endswith("_id") or name in _COLUMNS
        }
        for event in _index_events(hospital)
        for record in near_records(wanted, event, _CODESETS, hospital)
    ]
    assert sorted(str(sorted(row.items())) for row in found) == sorted(
        str(sorted((name, str(value)) for name, value in row.items())) for row in expected
    )


def _index_events(hospital: Hospital) -> list[Event]:
    """The rows of the test's own cohort, each in the observation periods around its first day."""
    return [
        Event(row["subject_id"], 1, start, row["cohort_end_date"], opens, closes, None)
        for row in hospital["cohort"]
        for start in [row["cohort_start_date"]]
        for opens, closes in periods(hospital, row["subject_id"], start)
    ]
