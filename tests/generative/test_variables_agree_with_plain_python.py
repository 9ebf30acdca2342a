"""For any small hospital, variables and outcomes, DuckDB, PostgreSQL and plain Python give one answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import PostgresEngine
from analysis_jobs.variables.stage import stage_table
from onggi.spec.job import JobSpec
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import Variable
from tests.support.cohort_oracle.entries import oracle_entries
from tests.support.cohort_oracle.evaluate import evaluate
from tests.support.generated_cdm import definitions, hospitals
from tests.support.generated_variables import outcomes, variables
from tests.support.job_specs import make_spec
from tests.support.plain_outcomes import plain_outcome
from tests.support.plain_variables import order_of, plain_value
from tests.support.postgres import new_database
from tests.support.small_hospitals import (
    Hospital,
    create_in_postgres,
    load_hospital,
    load_into_postgres,
    with_vocabulary,
)

_CONNECTION = duckdb.connect(":memory:", config={"threads": 1})
_KEY = b"an order key of the test"
_QUICK = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
_SUMMARIES = ("first", "last", "mean", "minimum", "maximum", "sum")


def _with_sibling(columns: tuple[Variable, ...]) -> tuple[Variable, ...]:
    """Another summary of the same records, where there is one: both are told from one selection."""
    siblings = [
        each.model_copy(update={"name": "sibling", "summary": other})
        for each in columns
        for other in _SUMMARIES
        if each.kind == "number" and each.domain in ("measurement", "observation")
        if each.summary in _SUMMARIES and each.summary != other
    ]
    return (*columns, *siblings[:1])


_COLUMNS = st.tuples(*(variables(f"v{at}") for at in range(5))).map(_with_sibling)
_OUTCOMES = st.lists(outcomes("o0"), max_size=1) | st.tuples(outcomes("o0"), outcomes("o1")).map(list)
_ENTRIES: dict[str, Any] = {
    "PrimaryCriteria": {
        "CriteriaList": [{"ObservationPeriod": {}}],
        "ObservationWindow": {},
        "PrimaryCriteriaLimit": {"Type": "First"},
    },
    "ExpressionLimit": {"Type": "First"},
    "InclusionRules": [],
}
_SCHEMA = "hospital"


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection]:
    with psycopg.connect(new_database()) as connection:
        create_in_postgres(connection, schema=_SCHEMA)
        connection.commit()
        yield connection


def _spec(
    definition: dict[str, Any], columns: tuple[Variable, ...], asked: list[Outcome], *, counting: bool
) -> JobSpec:
    spec = make_spec(definition, columns, counting=counting)
    return spec.model_copy(update={"outcomes": tuple(asked)})


def _wanted(spec: JobSpec, hospital: Hospital) -> list[dict[str, Any]]:
    definition = dict(spec.cohort)
    persons = oracle_entries(definition, with_vocabulary(hospital))
    ends = {
        (person, start): end for person, start, end in evaluate(definition, with_vocabulary(hospital)).rows
    }
    if spec.kind != "count":
        rules = len(definition["InclusionRules"])  # type: ignore[arg-type]  # plain JSON
        persons = {person: found for person, found in persons.items() if found[1] == rules}
    rows = []
    for person in order_of(list(persons), order_key=_KEY):
        index, step = persons[person]
        row: dict[str, Any] = {
            each.name: plain_value(each, person, index, hospital) for each in spec.variables
        }
        for each in spec.outcomes:
            end = ends.get((person, index))
            told = plain_outcome(each, person, index, hospital, cohort_end=end)
            row |= dict(zip((each.days_name, each.event_name), told, strict=True))
        rows.append(row | {"cohort_step": step})
    return rows


def _on_duckdb(spec: JobSpec, hospital: Hospital) -> list[dict[str, Any]]:
    connection = _CONNECTION.cursor()
    load_hospital(connection, hospital)
    return stage_table(connection, spec, cdm=Cdm(), order_key=_KEY).to_pylist()


def _on_postgres(connection: psycopg.Connection, spec: JobSpec, hospital: Hospital) -> list[dict[str, Any]]:
    load_into_postgres(connection, hospital, schema=_SCHEMA)
    staged = stage_table(PostgresEngine(connection), spec, cdm=Cdm(_SCHEMA), order_key=_KEY).to_pylist()
    connection.commit()
    return staged


@settings(max_examples=25, **_QUICK)
@given(columns=_COLUMNS, asked=_OUTCOMES, hospital=hospitals())
def test_staged_values_agree_with_plain_python(
    columns: tuple[Variable, ...], asked: list[Outcome], hospital: Hospital
) -> None:
    spec = _spec(_ENTRIES, columns, asked, counting=True)
    assert _on_duckdb(spec, hospital) == _wanted(spec, hospital)


@settings(max_examples=15, **_QUICK)
@given(columns=_COLUMNS, asked=_OUTCOMES, hospital=hospitals())
def test_staged_values_agree_on_postgres(
    server: psycopg.Connection, columns: tuple[Variable, ...], asked: list[Outcome], hospital: Hospital
) -> None:
    spec = _spec(_ENTRIES, columns, asked, counting=True)
    assert _on_postgres(server, spec, hospital) == _wanted(spec, hospital)


@settings(max_examples=15, **_QUICK)
@given(definition=definitions(), columns=_COLUMNS, asked=_OUTCOMES, hospital=hospitals())
def test_staged_rows_agree_for_any_cohort(
    definition: dict[str, Any], columns: tuple[Variable, ...], asked: list[Outcome], hospital: Hospital
) -> None:
    spec = _spec(definition, columns, asked, counting=False)
    assert _on_duckdb(spec, hospital) == _wanted(spec, hospital)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=1000, **_QUICK)
@given(
    definition=definitions(),
    columns=_COLUMNS,
    asked=_OUTCOMES,
    hospital=hospitals(),
    counting=st.booleans(),
)
def test_staged_rows_agree_for_long(
    definition: dict[str, Any],
    columns: tuple[Variable, ...],
    asked: list[Outcome],
    hospital: Hospital,
    counting: bool,
) -> None:
    spec = _spec(definition, columns, asked, counting=counting)
    assert _on_duckdb(spec, hospital) == _wanted(spec, hospital)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=200, **_QUICK)
@given(definition=definitions(), columns=_COLUMNS, asked=_OUTCOMES, hospital=hospitals())
def test_staged_rows_agree_on_postgres_for_long(
    server: psycopg.Connection,
    definition: dict[str, Any],
    columns: tuple[Variable, ...],
    asked: list[Outcome],
    hospital: Hospital,
) -> None:
    spec = _spec(definition, columns, asked, counting=True)
    assert _on_postgres(server, spec, hospital) == _wanted(spec, hospital)
