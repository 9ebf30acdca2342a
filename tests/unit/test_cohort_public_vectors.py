"""OHDSI's own test hospitals: the entries that Circe's authors expect are the entries that we find."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from onggi.spec.circe.read import read_cohort
from tests.support.engine_answers import engine_entries
from tests.support.shared_data import shared_data
from tests.support.small_hospitals import SCHEMAS, Row, load_hospital

Definition = dict[str, Any]
Change = Callable[[Definition], None]
Entries = dict[int, str]


def _read(*parts: str) -> Any:
    return json.loads(shared_data("omop", "circe-tests", *parts).read_text())


def _row(table: str, row: Row) -> Row:
    found: Row = {}
    for field in SCHEMAS[table]:
        value = row.get(field.name)
        found[field.name] = date.fromisoformat(value) if value and pa.types.is_date(field.type) else value
    return found


def _entries(prepared: str, definition: Definition) -> Entries:
    hospital: dict[str, list[Row]] = {}
    for source in (_read("datasets", "vocabulary.json"), _read("cohortgeneration", *prepared.split("/"))):
        for name, rows in source.items():
            table = name.split(".")[-1]
            if table in SCHEMAS:
                # Circe's rows leave the datetimes out or repeat the date; its cohorts do not read them.
                hospital[table] = [
                    _row(table, {key: value for key, value in row.items() if not key.endswith("_datetime")})
                    for row in rows
                ]
    plan = read_cohort(definition)
    with duckdb.connect(":memory:") as connection:
        load_hospital(connection, hospital)
        rows = engine_entries(connection, definition)
    return {person: str(day) for person, day, step in rows if step == len(plan.rules)}


def _expected(verify: str, cohort: int) -> Entries:
    told = _read("cohortgeneration", *verify.split("/"))
    [rows] = [value for name, value in told.items() if name.endswith(".cohort")]
    found: Entries = {}
    for row in rows:
        if row["cohort_definition_id"] == cohort:
            person, day = row["subject_id"], row["cohort_start_date"]
            found[person] = min(found.get(person, day), day)
    return found


def _occurrence(kind: int, count: int) -> Change:
    def change(definition: Definition) -> None:
        definition["AdditionalCriteria"]["CriteriaList"][0]["Occurrence"] |= {"Type": kind, "Count": count}

    return change


def _outer(kind: str, count: int) -> Change:
    def change(definition: Definition) -> None:
        definition["AdditionalCriteria"] |= {"Type": kind, "Count": count}

    return change


def _impossible(definition: Definition) -> None:
    definition["AdditionalCriteria"]["Type"] = "ALL"
    definition["AdditionalCriteria"]["Groups"][0] |= {"Type": "AT_MOST", "Count": 0}


def _without_inner_group(definition: Definition) -> None:
    definition["AdditionalCriteria"] |= {"Type": "ALL", "Groups": []}


def _first_of(domain: str) -> Change:
    def change(definition: Definition) -> None:
        definition["PrimaryCriteria"]["CriteriaList"] = [{domain: {"CodesetId": 0, "First": True}}]

    return change


def _same(definition: Definition) -> None:
    assert definition["PrimaryCriteria"]


_COUNTS, _GROUPS = "correlatedCriteria/countsTest", "correlatedCriteria/groupTest"
_CASES: list[tuple[str, str, int, Change]] = [
    ("correlatedCriteria/countsExpression.json", _COUNTS, 1, _same),
    ("correlatedCriteria/countsExpression.json", _COUNTS, 2, _occurrence(2, 1)),
    ("correlatedCriteria/countsExpression.json", _COUNTS, 3, _occurrence(1, 0)),
    ("correlatedCriteria/visitExpression.json", _COUNTS, 4, _same),
    ("correlatedCriteria/groupExpression.json", _GROUPS, 1, _same),
    ("correlatedCriteria/groupExpression.json", _GROUPS, 2, _outer("AT_LEAST", 2)),
    ("correlatedCriteria/groupExpression.json", _GROUPS, 3, _outer("AT_MOST", 2)),
    ("correlatedCriteria/groupExpression.json", _GROUPS, 4, _impossible),
    ("correlatedCriteria/groupExpression.json", _GROUPS, 5, _without_inner_group),
    ("inclusionRules/simpleInclusionRule.json", "inclusionRules/simpleInclusionRule", 1, _same),
    ("exits/fixedOffsetExpression.json", "exits/fixedOffset", 1, _same),
    ("eraDupes/eraDupesExpression.json", "eraDupes/eraDupes", 1, _same),
    *(
        (
            "firstOccurrence/firstOccurrenceTestExpression.json",
            "firstOccurrence/firstOccurrenceTest",
            number,
            _first_of(domain),
        )
        for number, domain in [
            (2, "ConditionOccurrence"),
            (5, "DrugExposure"),
            (6, "Measurement"),
            (7, "Observation"),
            (8, "ProcedureOccurrence"),
            (10, "VisitOccurrence"),
        ]
    ),
]


@pytest.mark.parametrize(("expression", "hospital", "cohort", "change"), _CASES)
def test_entries_are_those_of_circe(expression: str, hospital: str, cohort: int, change: Change) -> None:
    definition = copy.deepcopy(_read("cohortgeneration", *expression.split("/")))
    change(definition)
    expected = _expected(f"{hospital}_VERIFY.json", cohort)
    assert bool(expected) is not (change is _impossible)
    assert _entries(f"{hospital}_PREP.json", definition) == expected


@pytest.mark.parametrize(
    ("limits", "entry"),
    [
        (("All", "All", "All"), {1: "2000-02-01"}),
        (("All", "First", "All"), {1: "2000-02-01"}),
        (("All", "All", "First"), {1: "2000-02-01"}),
        (("First", "All", "All"), {}),
        (("Last", "All", "All"), {1: "2000-12-01"}),
        (("All", "Last", "All"), {1: "2000-12-01"}),
        (("All", "All", "Last"), {1: "2000-12-01"}),
    ],
)
def test_each_limit_keeps_the_event_that_circe_keeps(limits: tuple[str, str, str], entry: Entries) -> None:
    definition = _read("cohortgeneration", "limits", "limitExpression.json")
    definition["PrimaryCriteria"]["PrimaryCriteriaLimit"]["Type"] = limits[0]
    definition["QualifiedLimit"]["Type"] = limits[1]
    definition["ExpressionLimit"]["Type"] = limits[2]
    assert _entries("limits/limitTest_PREP.json", definition) == entry
