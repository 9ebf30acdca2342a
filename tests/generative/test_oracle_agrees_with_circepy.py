"""The oracle and Circe's Python port, run by DuckDB: of any hospital and definition, one answer.

The port (ohdsi-circepy) lives in an environment of its own: ONGGI_CIRCEPY_PYTHON is its interpreter's path.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.circepy_reading import as_the_port_reads
from tests.support.cohort_oracle import Answer, Hospital, evaluate
from tests.support.generated_cohorts import cases
from tests.support.hospital_tables import load_tables

_WRITER = Path(__file__).parents[1] / "support" / "circepy_writer.py"


class _Port:
    """One long-lived process that turns definitions into SQL."""

    def __init__(self, interpreter: str) -> None:
        self._process = subprocess.Popen(
            [interpreter, "-P", str(_WRITER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def sql(self, definition: dict[str, Any]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(definition) + "\n")
        self._process.stdin.flush()
        return str(json.loads(self._process.stdout.readline())["sql"])

    def end(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def port() -> Iterator[_Port]:
    interpreter = os.environ.get("ONGGI_CIRCEPY_PYTHON")
    if not interpreter:
        pytest.skip("ONGGI_CIRCEPY_PYTHON names no interpreter that has ohdsi-circepy")
    port = _Port(interpreter)
    yield port
    port.end()


# T-SQL's date functions, as DuckDB macros that take the unit for granted.
_MACROS = """
CREATE MACRO days_later(days, day) AS CAST(day AS DATE) + CAST(days AS INTEGER);
CREATE MACRO days_between(a, b) AS CAST(b AS DATE) - CAST(a AS DATE);
CREATE TABLE cohort (
    cohort_definition_id BIGINT, subject_id BIGINT, cohort_start_date DATE, cohort_end_date DATE
);
"""
_OF_THE_PERIOD = "OP.observation_period_start_date, OP.observation_period_end_date"
_CHANGES = [
    (r"--[^\n]*", ""),
    (r"\{\d+ != 0\}\?\{(.*?)\}", r"\1"),
    (r"(?i)DATEADD\(\s*(?:day|d)\s*,", "days_later("),
    (r"(?i)DATEDIFF\(\s*(?:day|d)\s*,", "days_between("),
    (r"(?i)DATEFROMPARTS", "make_date"),
    (r"#(\w+)", r"tmp_\1"),
    # Circe's own SQL ends a specimen on the next day, gives it no visit and selects its type.
    (r"C\.specimen_date as end_date", "days_later(1, C.specimen_date) as end_date"),
    (r"s\.visit_occurrence_id", "CAST(NULL AS BIGINT) AS visit_occurrence_id, s.specimen_type_concept_id"),
    # Our total order, wherever the port leaves ties to the engine.
    (
        r"E\.sort_date (ASC|DESC), E\.event_id\)",
        rf"E.start_date \1, E.event_id, {_OF_THE_PERIOD}, E.end_date NULLS LAST)",
    ),
    (r"(ORDER BY op\.observation_period_start_date)\)", r"\1, op.observation_period_id)"),
    (r"(order by pe\.start_date (?:ASC|DESC))", r"\1, pe.event_id"),
    (r"(partition by person_id order by start_date (?:ASC|DESC))", r"\1, event_id"),
]


def _statements(sql: str) -> Iterator[str]:
    for pattern, replacement in _CHANGES:
        sql = re.sub(pattern, replacement, sql, flags=re.DOTALL)
    for statement in sql.split(";"):
        words = statement.split()
        if not words or words[0].upper() in ("TRUNCATE", "DROP", "UPDATE"):
            continue
        into = re.search(r"(?i)\binto (tmp_\w+)", statement)
        if words[0].upper() == "CREATE":
            yield re.sub(r"(?i)create table", "CREATE OR REPLACE TEMP TABLE", statement)
        elif into and words[0].upper() != "INSERT":
            plain = statement.replace(into.group(0), "", 1)
            yield f"CREATE OR REPLACE TEMP TABLE {into.group(1)} AS {plain}"
        else:
            yield statement


_CONNECTION = duckdb.connect(":memory:", config={"threads": 1})
_CONNECTION.execute(_MACROS)


def _run(sql: str, hospital: Hospital) -> Answer:
    connection = _CONNECTION.cursor()
    load_tables(connection, hospital)
    for statement in _statements(sql):
        connection.execute(statement)
    rows = connection.execute(
        "SELECT subject_id, cohort_start_date, cohort_end_date FROM cohort ORDER BY ALL"
    ).fetchall()
    masks: list[tuple[int, date, int]] = connection.execute(
        "SELECT q.person_id, q.start_date, CAST(coalesce(sum(power(2, i.inclusion_rule_id)), 0) AS BIGINT)"
        " FROM tmp_qualified_events q LEFT JOIN tmp_inclusion_events i USING (person_id, event_id)"
        " GROUP BY q.person_id, q.event_id, q.start_date ORDER BY 1, 2, 3"
    ).fetchall()
    return Answer(rows, masks)


def _agree(port: _Port, definition: dict[str, Any], hospital: Hospital) -> None:
    assert evaluate(definition, hospital) == _run(port.sql(definition), hospital)


_THOROUGH = settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@_THOROUGH
@given(case=cases(same_ids=False))
def test_the_oracle_agrees_with_the_port(port: _Port, case: tuple[dict[str, Any], Hospital]) -> None:
    _agree(port, as_the_port_reads(case[0], within=True), case[1])


@pytest.mark.soak
@pytest.mark.timeout(7200)
@_THOROUGH
@given(case=cases(same_ids=False, overlapping=True))
def test_they_agree_on_overlapping_periods(port: _Port, case: tuple[dict[str, Any], Hospital]) -> None:
    _agree(port, as_the_port_reads(case[0], within=False), case[1])
