"""What is staged for an overlap and for a report on concepts is what plain rows say."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.variables.columns_needed import columns_needed
from analysis_jobs.variables.concept_facts import digest_of_ids
from analysis_jobs.variables.stage import stage_table
from onggi.errors import Refused
from onggi.spec.cohorts import cohort, everyone, has_condition, rule
from onggi.spec.job import JobSpec
from onggi.spec.kinds import ConceptsParameters, NamedCohort, OverlapParameters
from tests.support.cohort_oracle.entries import oracle_entries
from tests.support.generated_cdm import definitions, hospitals
from tests.support.small_hospitals import Hospital, load_hospital, with_vocabulary
from tests.support.statistics_specs import asking

_CONNECTION = duckdb.connect(":memory:", config={"threads": 1})
_KEY = b"an order key of the test"


def _overlap(first: dict[str, Any], *others: dict[str, Any]) -> JobSpec:
    named = tuple(NamedCohort(name=f"cohort {at}", cohort=each) for at, each in enumerate(others))
    return asking(OverlapParameters(name="own", cohorts=named), cohort=first)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(several=st.lists(definitions(), min_size=2, max_size=3), hospital=hospitals())
def test_an_overlap_is_who_the_oracle_lets_into_each_cohort(
    several: list[dict[str, Any]], hospital: Hospital
) -> None:
    connection = _CONNECTION.cursor()
    load_hospital(connection, hospital)
    table = stage_table(connection, _overlap(*several), cdm=Cdm(), order_key=_KEY)
    members = []
    for definition in several:
        entries = oracle_entries(definition, with_vocabulary(hospital))
        rules = len(definition["InclusionRules"])
        members.append({person for person, (_, step) in entries.items() if step == rules})
    wanted = Counter(tuple(int(person in inside) for inside in members) for person in set().union(*members))
    assert Counter(tuple(row.values()) for row in table.to_pylist()) == wanted
    assert table.schema.names == [f"_in_{at}" for at in range(len(several))]


def test_large_sets_of_several_definitions_keep_their_own_parameters() -> None:
    """More concepts than stand in a statement are bound, under one name per definition and set."""
    hospital: Hospital = {
        "person": [{"person_id": each} for each in (1, 2)],
        "observation_period": [
            {
                "observation_period_id": each,
                "person_id": each,
                "observation_period_start_date": _day(1),
                "observation_period_end_date": _day(28),
            }
            for each in (1, 2)
        ],
        "condition_occurrence": [
            {
                "condition_occurrence_id": each,
                "person_id": each,
                "condition_concept_id": each * 1000,
                "condition_start_date": _day(2),
            }
            for each in (1, 2)
        ],
        "concept": [{"concept_id": each} for each in (*range(1000, 1100), *range(2000, 2100))],
    }
    connection = _CONNECTION.cursor()
    load_hospital(connection, hospital)
    first, second = (
        cohort(everyone(), rule("ill", has_condition(list(range(at, at + 100))))) for at in (1000, 2000)
    )
    rows = stage_table(connection, _overlap(first, second), cdm=Cdm(), order_key=_KEY).to_pylist()
    assert sorted(tuple(row.values()) for row in rows) == [(0, 1), (1, 0)]


def _day(day: int) -> date:
    return date(2000, 1, day)


@pytest.fixture
def vocabulary() -> duckdb.DuckDBPyConnection:
    hospital: Hospital = {
        "concept": [
            {"concept_id": 1, "standard_concept": "S"},
            {"concept_id": 2, "standard_concept": None, "invalid_reason": "U"},
            {"concept_id": 3, "standard_concept": "C"},
            {"concept_id": 11, "standard_concept": "S"},
        ],
        "concept_ancestor": [
            {"ancestor_concept_id": 1, "descendant_concept_id": each} for each in (1, 2, 11)
        ],
    }
    connection = _CONNECTION.cursor()
    load_hospital(connection, hospital)
    return connection


def _report() -> JobSpec:
    definition = cohort(
        everyone(),
        rule("below", has_condition([1], include_descendants=True)),
        rule("named", has_condition([2, 3, 4])),
    )
    return asking(ConceptsParameters(), cohort=definition)


def test_a_report_says_what_the_vocabulary_holds(vocabulary: duckdb.DuckDBPyConnection) -> None:
    table = stage_table(vocabulary, _report(), cdm=Cdm(), order_key=_KEY).to_pylist()
    flags = [(row["row"], row["known"], row["standard"], row["valid"]) for row in table]
    assert flags == [(0, 1, 1, 1), (0, 1, 0, 0), (0, 1, 0, 1), (0, 0, 0, 0), (1, 0, 0, 0), (1, 0, 0, 0)]
    # A named concept counts although it is invalid, an invalid descendant does not: Circe's meaning.
    assert [row["size"] for row in table[4:]] == [2, 2]
    assert [row[f"digest_{at}"] for at in range(6) for row in table[4:5]] == list(digest_of_ids([11, 1]))


def test_a_report_reads_the_vocabulary_and_no_person(vocabulary: duckdb.DuckDBPyConnection) -> None:
    read = columns_needed(_report())
    assert {table for table, _ in read} == {"concept", "concept_ancestor"}
    assert ("concept", "standard_concept") in read
    vocabulary.execute("DROP TABLE person")
    vocabulary.execute("DROP TABLE condition_occurrence")
    assert stage_table(vocabulary, _report(), cdm=Cdm(), order_key=_KEY).num_rows == 6


def test_a_vocabulary_without_the_column_is_named(vocabulary: duckdb.DuckDBPyConnection) -> None:
    vocabulary.execute("ALTER TABLE concept DROP COLUMN standard_concept")
    with pytest.raises(Refused) as refused:
        stage_table(vocabulary, _report(), cdm=Cdm(), order_key=_KEY)
    assert (refused.value.code, refused.value.facts["column"]) == (
        "variables.missing_column",
        "standard_concept",
    )
