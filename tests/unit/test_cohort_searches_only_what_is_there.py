"""A statement does not look for records that the vocabulary or a store's counts say are not there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_records import ConceptRecords
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.sql import cohort_rows
from onggi import Cohort, concepts, events
from onggi.spec.circe.read import read_cohort

DEFINITION: dict[str, Any] = (
    Cohort.entering(events.visit(concepts("Visit", 9202)))
    .rule("Operated", events.procedure(concepts("Operation", 4_336_464)).after(1, 30))
    .to_dict()
)
SEARCHED, NOT = {"visit_occurrence", "procedure_occurrence"}, {"visit_occurrence"}
HERE = {
    "visit_occurrence.visit_concept_id": {9202: 3},
    "procedure_occurrence.procedure_concept_id": {1: 3},
    "observation_period.period_type_concept_id": {32_817: 3},
}


def tables(concept_sets: ConceptSets) -> set[str]:
    """The clinical tables with records that the statement reads."""
    query = cohort_rows(read_cohort(DEFINITION), cdm=Cdm("cdm"), concept_sets=concept_sets)
    return {each.name for each in query.find_all(exp.Table) if each.db} - {"observation_period", "person"}


@pytest.mark.parametrize(
    ("operations", "records", "expected"),
    [
        ([4_336_464], None, SEARCHED),
        ([], None, NOT),
        ([4_336_464], HERE, NOT),
        ([1], HERE, SEARCHED),
    ],
)
def test_what_is_known_not_to_be_there(
    operations: list[int], records: dict[str, dict[int, int]] | None, expected: set[str]
) -> None:
    known = None if records is None else ConceptRecords(records)
    assert tables(ConceptSets({0: [9202], 1: operations}, records=known)) == expected
