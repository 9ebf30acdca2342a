"""OHDSI's own test hospitals and definitions, with the rows that Circe's authors expect."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from tests.support.cohort_oracle import Hospital
from tests.support.shared_data import shared_data

Definition = dict[str, Any]
Change = Callable[[Definition], None]
Cohort = Counter[tuple[int, str, str]]


def read_vector(*parts: str) -> Any:
    """A file of the test cases."""
    return json.loads(shared_data("omop", "circe-tests", *parts).read_text())


def hospital_of(folder: str, prepared: str) -> Hospital:
    """The rows that a case puts into the CDM, with the vocabulary of all cases."""
    hospital: dict[str, list[dict[str, Any]]] = {}
    for source in (read_vector("datasets", "vocabulary.json"), read_vector(folder, *prepared.split("/"))):
        for name, rows in source.items():
            hospital.setdefault(name.split(".")[-1].lower(), []).extend(_row(row) for row in rows)
    return hospital


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: date.fromisoformat(value) if name.endswith("_date") and value else value
        for name, value in row.items()
    }


def expected_rows(verify: str, cohort: int) -> Cohort:
    """The cohort that a case expects."""
    told = read_vector("cohortgeneration", *verify.split("/"))
    [rows] = [value for name, value in told.items() if name.endswith(".cohort")]
    return Counter(
        (row["subject_id"], row["cohort_start_date"], row["cohort_end_date"])
        for row in rows
        if row["cohort_definition_id"] == cohort
    )


def _same(definition: Definition) -> None:
    assert definition["PrimaryCriteria"]


def _occurrence(kind: int, count: int) -> Change:
    def change(definition: Definition) -> None:
        definition["AdditionalCriteria"]["CriteriaList"][0]["Occurrence"] |= {"Type": kind, "Count": count}

    return change


def _outer(kind: str, count: int) -> Change:
    def change(definition: Definition) -> None:
        definition["AdditionalCriteria"] |= {"Type": kind, "Count": count}

    return change


def impossible(definition: Definition) -> None:
    """A group of which all must hold and none may: nobody is expected."""
    definition["AdditionalCriteria"]["Type"] = "ALL"
    definition["AdditionalCriteria"]["Groups"][0] |= {"Type": "AT_MOST", "Count": 0}


def _without_inner_group(definition: Definition) -> None:
    definition["AdditionalCriteria"] |= {"Type": "ALL", "Groups": []}


def _first_primary(definition: Definition) -> None:
    definition["PrimaryCriteria"]["PrimaryCriteriaLimit"] = {"Type": "First"}


def _first_of(domain: str) -> Change:
    def change(definition: Definition) -> None:
        asked: dict[str, Any] = {"First": True}
        if domain != "PayerPlanPeriod":
            asked["CodesetId"] = 0
        definition["PrimaryCriteria"]["CriteriaList"] = [{domain: asked}]

    return change


_COUNTS, _GROUPS = "correlatedCriteria/countsTest", "correlatedCriteria/groupTest"
_FIRSTS = "firstOccurrence/firstOccurrenceTest"
VECTORS: list[tuple[str, str, int, Change]] = [
    ("correlatedCriteria/countsExpression", _COUNTS, 1, _same),
    ("correlatedCriteria/countsExpression", _COUNTS, 2, _occurrence(2, 1)),
    ("correlatedCriteria/countsExpression", _COUNTS, 3, _occurrence(1, 0)),
    ("correlatedCriteria/visitExpression", _COUNTS, 4, _same),
    ("correlatedCriteria/groupExpression", _GROUPS, 1, _same),
    ("correlatedCriteria/groupExpression", _GROUPS, 2, _outer("AT_LEAST", 2)),
    ("correlatedCriteria/groupExpression", _GROUPS, 3, _outer("AT_MOST", 2)),
    ("correlatedCriteria/groupExpression", _GROUPS, 4, impossible),
    ("correlatedCriteria/groupExpression", _GROUPS, 5, _without_inner_group),
    ("inclusionRules/simpleInclusionRule", "inclusionRules/simpleInclusionRule", 1, _same),
    ("exits/fixedOffsetExpression", "exits/fixedOffset", 1, _same),
    ("exits/fixedOffsetCensorExpression", "exits/fixedOffsetCensor", 1, _same),
    ("exits/censorEventExpression", "exits/censorEvent", 1, _same),
    ("exits/continuousExposureExpression", "exits/continuousExposure", 1, _same),
    ("exits/continuousExposureExpression", "exits/continuousExposure", 2, _first_primary),
    ("exits/continuousExposureCensorExpression", "exits/continuousExposureCensor", 1, _same),
    ("eraDupes/eraDupesExpression", "eraDupes/eraDupes", 1, _same),
    ("censorWindow/censorWindowExpression", "censorWindow/censorWindow", 1, _same),
    ("mixedConceptsets/mixedConceptsetsExpression", "mixedConceptsets/mixedConceptsets", 1, _same),
    *(
        ("firstOccurrence/firstOccurrenceTestExpression", _FIRSTS, number, _first_of(domain))
        for number, domain in enumerate(
            [
                "ConditionEra",
                "ConditionOccurrence",
                "DeviceExposure",
                "DrugEra",
                "DrugExposure",
                "Measurement",
                "Observation",
                "ProcedureOccurrence",
                "Specimen",
                "VisitOccurrence",
                "PayerPlanPeriod",
            ],
            start=1,
        )
    ),
]
"""Expression, hospital, number of the expected cohort, and what the case changes in the expression."""


def definition_of(expression: str, change: Change) -> Definition:
    """A published definition with what its authors change for one case."""
    definition: Definition = copy.deepcopy(read_vector("cohortgeneration", *f"{expression}.json".split("/")))
    change(definition)
    return definition


LIMITS = [
    (1, ("All", "All", "All")),
    (2, ("All", "All", "First")),
    (3, ("All", "First", "First")),
    (4, ("First", "First", "First")),
    (5, ("Last", "First", "First")),
]
"""The cohort of `limits/limitTest` and its three limits: of primary, of qualified and of included events."""


def limited_definition(limits: tuple[str, str, str]) -> Definition:
    """The published definition under three limits."""
    definition: Definition = read_vector("cohortgeneration", "limits", "limitExpression.json")
    definition["PrimaryCriteria"]["PrimaryCriteriaLimit"]["Type"] = limits[0]
    definition["QualifiedLimit"]["Type"] = limits[1]
    definition["ExpressionLimit"]["Type"] = limits[2]
    return definition
