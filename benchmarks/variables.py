"""How long a table of fifty variables takes, beside the SQL that an able analyst would write for it by hand.

* Data: made up and seeded: persons, one observation period each, conditions, drugs, measurements, visits.
* Fifty variables: demographics, flags and counts of conditions, drugs and visits in windows, and the first,
  last, mean, smallest and greatest values of measurements.
* By hand: one pass per table with conditional aggregates, no descendants and no shared machinery, on the same
  connection. Both sides end in an Arrow table; the numbers must be equal, or there is no figure.
* Ours begins with the job's JSON: the cohort is read and found, and the rows are ordered by a keyed hash.
"""

from __future__ import annotations

import math
import time
from typing import Any

import duckdb
import pyarrow as pa

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.variables.stage import stage_table
from benchmarks.harness import Measured, alternate
from onggi.spec.builders import variables as columns
from onggi.spec.builders.jobs import glm
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.job import JobSpec
from onggi.spec.variables import Summary, Variable, Window

PERSONS = 100_000
REPEATS = 5
_KEY = b"the order of a benchmark"
_CONCEPTS = 12
_YEAR_BEFORE = Window(start_days=-365, end_days=0)
_YEAR_AFTER = Window(start_days=1, end_days=365)
_FLAGGED, _COUNTED = range(1, _CONCEPTS + 1), range(1, 7)
_VALUES: tuple[Summary, ...] = ("first", "last", "mean", "minimum", "maximum")


def asked_variables() -> list[Variable]:
    """The fifty columns."""
    found = [
        columns.age(),
        columns.is_gender("male"),
        columns.index_year(),
        columns.days_observed("observed"),
    ]
    found += [columns.has_record(f"c{each}", [each], window=_YEAR_BEFORE) for each in _FLAGGED]
    found += [columns.has_record(f"d{each}", [each], domain="drug", window=_YEAR_AFTER) for each in _FLAGGED]
    found += [
        columns.counted(f"n{each}", [each], domain="visit", low=0, high=1000, window=_YEAR_BEFORE)
        for each in _COUNTED
    ]
    found += [
        columns.number(f"{name}{each}", [each], low=-50, high=300, summary=name, window=_YEAR_BEFORE)
        for each in (1, 2, 3)
        for name in _VALUES
    ]
    found.append(columns.counted("since", [1], low=-1, high=400, summary="days_since", window=_YEAR_BEFORE))
    return found


def make_hospital(connection: duckdb.DuckDBPyConnection, *, persons: int) -> None:
    """Fills an empty database; the same numbers every time, whatever the number of threads."""

    def draw(salt: int, below: int) -> str:
        return f"CAST(hash(k * 1000003 + {salt}) % {below} AS INTEGER)"

    def records(table: str, prefix: str, day: str, per_person: int, more: str = "") -> str:
        return (
            f"CREATE TABLE {table} AS SELECT k AS {table}_id, k % {persons} AS person_id, "
            f"1 + {draw(len(table), _CONCEPTS)} AS {prefix}_concept_id, "
            f"DATE '2019-01-01' + {draw(len(table) + 1, 900)} AS {day}, "
            f"CAST(NULL AS TIMESTAMP) AS {day}time{more} FROM range({persons * per_person}) AS r(k)"
        )

    value = f", CAST({draw(99, 4000)} AS DOUBLE) / 10 - 60 AS value_as_number"
    person = (
        f"CREATE TABLE person AS SELECT k AS person_id, 1920 + {draw(1, 90)} AS year_of_birth, "
        f"8507 + 25 * {draw(2, 2)} AS gender_concept_id FROM range({persons}) AS r(k)"
    )
    period = (
        f"CREATE TABLE observation_period AS SELECT k AS observation_period_id, k AS person_id, "
        f"DATE '2020-01-01' - {draw(3, 365)} AS observation_period_start_date, "
        f"DATE '2021-06-30' AS observation_period_end_date FROM range({persons}) AS r(k)"
    )
    for statement in (
        person,
        period,
        records("condition_occurrence", "condition", "condition_start_date", 8),
        records("drug_exposure", "drug", "drug_exposure_start_date", 8),
        records("visit_occurrence", "visit", "visit_start_date", 6),
        records("measurement", "measurement", "measurement_date", 20, value),
    ):
        connection.execute(statement)


def asked_job() -> JobSpec:
    """Everybody, from the first day of observation on."""
    given: dict[str, Any] = {"title": "benchmark", "project": "p", "permit": "p", "dataset": "d"}
    return glm(
        **given,
        participants=["a"],
        outcome="age",
        terms=["observed"],
        family="gaussian",
        variables=asked_variables(),
        cohort=cohort(everyone()),
    )


def by_hand() -> str:
    """What an analyst would write: one grouped pass for each table."""

    def window(day: str, low: int, high: int) -> str:
        return f"r.{day} BETWEEN i.index_date + ({low}) AND i.index_date + {high}"

    def grouped(name: str, table: str, answers: list[str], where: str) -> str:
        return (
            f"{name} AS (SELECT i.person_id, {', '.join(answers)} FROM {table} AS r "
            f"JOIN i USING (person_id) WHERE {where} GROUP BY i.person_id)"
        )

    def flags(letter: str, prefix: str) -> list[str]:
        return [
            f"CAST(bool_or({prefix}_concept_id = {each}) AS INTEGER) AS {letter}{each}" for each in _FLAGGED
        ]

    visits = [f"count(*) FILTER (visit_concept_id = {each}) AS n{each}" for each in _COUNTED]
    order = "(r.measurement_date, r.measurement_id)"
    aggregates = {
        "first": f"arg_min(value_as_number, {order})",
        "last": f"arg_max(value_as_number, {order})",
        "mean": "avg(value_as_number)",
        "minimum": "min(value_as_number)",
        "maximum": "max(value_as_number)",
    }
    values = [
        f"{aggregates[name]} FILTER (measurement_concept_id = {each}) AS {name}{each}"
        for each in (1, 2, 3)
        for name in _VALUES
    ]
    since = "CAST(i.index_date - max(condition_start_date) FILTER (condition_concept_id = 1) AS DOUBLE)"
    entries = (
        "i AS (SELECT person_id, min(observation_period_start_date) AS index_date "
        "FROM observation_period GROUP BY person_id)"
    )
    queries = [
        entries,
        grouped(
            "c",
            "condition_occurrence",
            [*flags("c", "condition"), f"{since} AS since"],
            window("condition_start_date", -365, 0),
        ).replace("GROUP BY i.person_id", "GROUP BY i.person_id, i.index_date"),
        grouped("d", "drug_exposure", flags("d", "drug"), window("drug_exposure_start_date", 1, 365)),
        grouped("v", "visit_occurrence", visits, window("visit_start_date", -365, 0)),
        grouped(
            "m",
            "measurement",
            values,
            f"{window('measurement_date', -365, 0)} AND measurement_concept_id IN (1, 2, 3) "
            "AND value_as_number BETWEEN -50 AND 300",
        ),
    ]
    told = [
        "year(i.index_date) - p.year_of_birth AS age",
        "CAST(p.gender_concept_id = 8507 AS INTEGER) AS male",
        "year(i.index_date) AS index_year",
        "0 AS observed",
        *(f"coalesce(c{each}, 0) AS c{each}" for each in _FLAGGED),
        *(f"coalesce(d{each}, 0) AS d{each}" for each in _FLAGGED),
        *(f"coalesce(n{each}, 0) AS n{each}" for each in _COUNTED),
        *(f"{name}{each}" for each in (1, 2, 3) for name in _VALUES),
        "since",
    ]
    joins = " ".join(f"LEFT JOIN {each} ON {each}.person_id = i.person_id" for each in "cdvm")
    return (
        f"WITH {', '.join(queries)} SELECT {', '.join(told)} FROM i "
        f"JOIN person AS p ON p.person_id = i.person_id {joins}"
    )


def check_equal(ours: pa.Table, theirs: pa.Table) -> None:
    """A fast wrong answer would be no answer. Rows have no identity: both sides are sorted whole."""
    names = [each.name for each in asked_variables()]
    if ours.num_rows != theirs.num_rows or len(names) != 50:
        raise RuntimeError(f"{ours.num_rows} rows against {theirs.num_rows}")
    mine, other = (_sorted_rows(table, names) for table in (ours, theirs))
    for at, (left, right) in enumerate(zip(mine, other, strict=True)):
        if not all(
            math.isclose(one, two, rel_tol=1e-12, abs_tol=1e-9) for one, two in zip(left, right, strict=True)
        ):
            raise RuntimeError(f"row {at} differs")


def _sorted_rows(table: pa.Table, names: list[str]) -> list[tuple[float, ...]]:
    listed = (table.column(name).cast(pa.float64()).to_pylist() for name in names)
    # A missing number sorts as one that no column can hold; means are compared last, as they may differ
    # in their last bit.
    rows = zip(*([-1e9 if each is None else each for each in column] for column in listed), strict=True)
    means = [at for at, name in enumerate(names) if name.startswith("mean")]
    exact = [at for at in range(len(names)) if at not in means]
    return sorted(tuple(row[at] for at in exact) + tuple(row[at] for at in means) for row in rows)


def measure(*, persons: int = PERSONS, repeats: int = REPEATS) -> Measured:
    """Both sides in turn on one connection."""
    with duckdb.connect(":memory:") as connection:
        make_hospital(connection, persons=persons)
        spec, statement = asked_job(), by_hand()
        answers: dict[str, pa.Table] = {}

        def ours() -> float:
            begun = time.perf_counter()
            answers["ours"] = stage_table(connection, spec, cdm=Cdm(), order_key=_KEY)
            return time.perf_counter() - begun

        def peer() -> float:
            begun = time.perf_counter()
            answers["peer"] = connection.execute(statement).to_arrow_table()
            return time.perf_counter() - begun

        measured = alternate(ours=ours, peer=peer, repeats=repeats, warm_ups=1)
        check_equal(answers["ours"], answers["peer"])
        return measured
