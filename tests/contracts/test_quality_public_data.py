"""The checks of data quality end with a verdict on each public data set, the same on both engines."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.quality.read_checks import read_checks
from analysis_jobs.quality.results import TableQuality
from analysis_jobs.quality.run_checks import run_checks
from tests.support.engine_answers import engine_on
from tests.support.postgres import new_database
from tests.support.public_cdm import PUBLIC_NAMES, SCHEMA, PublicName, copy_to_postgres, open_public
from tests.support.quality_hospitals import TODAY

CHECKS = read_checks()

# What is known to be wrong with them: (violated, rows that could violate).
_KNOWN: dict[PublicName, dict[str, tuple[int, int]]] = {
    "gibleed": {
        "isForeignKey/observation_period/person_id": (2649, 5343),
        "standardConceptRecordCompleteness/condition_occurrence/condition_status_concept_id": (65332, 65332),
    },
    "synthea27nj": {},
    "mimic-iv-demo": {},
}


def run_on(connection: Any) -> list[TableQuality]:
    tables = list(run_checks(engine_on(connection), CHECKS, cdm=Cdm(SCHEMA), today=TODAY))
    assert not [one.id for table in tables for one in table.results if one.status == "error"]
    return tables


@pytest.mark.parametrize(
    "name", [PUBLIC_NAMES[0], *(pytest.param(name, marks=pytest.mark.soak) for name in PUBLIC_NAMES[1:])]
)
def test_every_check_has_an_answer_and_both_engines_give_the_same(name: PublicName) -> None:
    with open_public(name) as source, psycopg.connect(new_database()) as target:
        copy_to_postgres(source, target)
        on_duckdb = run_on(source)
        assert run_on(target) == on_duckdb
    found = {one.id: (one.violated, one.denominator) for table in on_duckdb for one in table.results}
    assert len(found) == len(CHECKS)
    assert {check: found[check] for check in _KNOWN[name]} == _KNOWN[name]
