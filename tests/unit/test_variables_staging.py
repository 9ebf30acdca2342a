"""Staging gives one row per person, no identity, an order that tells nothing, and no word of the data."""

from __future__ import annotations

import traceback
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.dialects import write_sql
from analysis_jobs.variables.columns_needed import columns_needed
from analysis_jobs.variables.meaning import check_variables
from analysis_jobs.variables.sql import table_query
from analysis_jobs.variables.stage import stage_batches, stage_table
from analysis_jobs.variables.table_schema import table_schema
from onggi.errors import Refused
from onggi.spec.circe.read import read_cohort
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_condition, rule
from onggi.spec.variables import WITHOUT_CONCEPTS, Variable, Window
from onggi.words import find_words
from tests.support.job_specs import make_spec
from tests.support.plain_variables import order_of
from tests.support.small_hospitals import Row, load_hospital

_KEY = b"0123456789abcdef"
_EVERYONE = cohort(everyone(), rule("50", age_at_least(50)))
_AGE = Variable(name="age", domain="age", kind="number", low=0, high=120)
_PRESSURE = Variable(
    name="pressure", domain="measurement", kind="number", concepts=(3,), unit=8876, low=1, high=300
)


def _hospital(persons: int = 200) -> dict[str, list[Row]]:
    day = date(2020, 1, 1)
    return {
        "person": [{"person_id": each, "year_of_birth": 1920 + each % 90} for each in range(persons)],
        "observation_period": [
            {
                "observation_period_id": each,
                "person_id": each,
                "observation_period_start_date": day,
                "observation_period_end_date": day,
            }
            for each in range(persons)
        ],
        "measurement": [
            {
                "measurement_id": each,
                "person_id": each,
                "measurement_concept_id": 3,
                "measurement_date": day,
                "value_as_number": float(each),
                "unit_concept_id": 8876 if each % 2 else None,
            }
            for each in range(persons)
        ],
    }


@pytest.fixture
def connection() -> Any:
    with duckdb.connect(":memory:") as opened:
        load_hospital(opened, _hospital())
        yield opened


def test_the_table_is_as_the_contract_says(connection: duckdb.DuckDBPyConnection) -> None:
    spec = make_spec(_EVERYONE, [_AGE, _PRESSURE])
    table = stage_table(connection, spec, cdm=Cdm(), order_key=_KEY)
    assert table.schema == table_schema(spec)
    assert table.schema.names == ["age", "pressure", "cohort_step"]
    assert [str(field.type) for field in table.schema] == ["double", "double", "int32"]
    assert table.num_rows == 200
    assert table.column("pressure").null_count == 100, "an even person's unit is not recorded"


def test_a_kind_other_than_count_sees_only_who_met_every_rule(connection: duckdb.DuckDBPyConnection) -> None:
    counted = stage_table(connection, make_spec(_EVERYONE, [_AGE]), cdm=Cdm(), order_key=_KEY)
    fitted = stage_table(connection, make_spec(_EVERYONE, [_AGE], counting=False), cdm=Cdm(), order_key=_KEY)
    assert set(counted.column("cohort_step").to_pylist()) == {0, 1}
    assert set(fitted.column("cohort_step").to_pylist()) == {1}
    assert fitted.num_rows == sum(age >= 50 for age in counted.column("age").to_pylist())


def test_rows_follow_the_secret_key_and_nothing_else(connection: duckdb.DuckDBPyConnection) -> None:
    spec = make_spec(_EVERYONE, [_PRESSURE.model_copy(update={"unit": None, "low": -1.0})])
    first = stage_table(connection, spec, cdm=Cdm(), order_key=_KEY).column("pressure").to_pylist()
    again = stage_table(connection, spec, cdm=Cdm(), order_key=_KEY).column("pressure").to_pylist()
    other = stage_table(connection, spec, cdm=Cdm(), order_key=_KEY[::-1]).column("pressure").to_pylist()
    assert first == again == [float(each) for each in order_of(list(range(200)), order_key=_KEY)]
    assert other != first
    assert sorted(other) == sorted(first) != first


def test_batches_are_the_table_in_pieces(connection: duckdb.DuckDBPyConnection) -> None:
    load_hospital(connection, _hospital(5_000))
    spec = make_spec(_EVERYONE, [_AGE, _PRESSURE])
    batches = list(stage_batches(connection, spec, cdm=Cdm(), order_key=_KEY, rows_per_batch=2_048))
    assert len(batches) > 1
    assert max(batch.num_rows for batch in batches) <= 2_048
    whole = stage_table(connection, spec, cdm=Cdm(), order_key=_KEY)
    assert pa.Table.from_batches(batches) == whole


def test_an_attached_catalog_is_read(connection: duckdb.DuckDBPyConnection) -> None:
    spec = make_spec(_EVERYONE, [_AGE, _PRESSURE])
    here = stage_table(connection, spec, cdm=Cdm(), order_key=_KEY)
    connection.execute("ATTACH ':memory:' AS elsewhere")
    connection.execute("COPY FROM DATABASE memory TO elsewhere")
    there = stage_table(connection, spec, cdm=Cdm(catalog="elsewhere"), order_key=_KEY)
    assert there == here


def test_nobody_is_an_empty_table(connection: duckdb.DuckDBPyConnection) -> None:
    load_hospital(connection, {})
    table = stage_table(connection, make_spec(_EVERYONE, [_AGE]), cdm=Cdm(), order_key=_KEY)
    assert (table.num_rows, table.schema.names) == (0, ["age", "cohort_step"])


def test_columns_needed_are_exactly_those_read() -> None:
    needed = columns_needed(make_spec(_EVERYONE, [_AGE, _PRESSURE]))
    assert {table for table, _ in needed} == {"person", "observation_period", "measurement"}
    assert ("measurement", "value_as_number") in needed
    assert ("measurement", "value_as_concept_id") not in needed
    assert ("person", "gender_concept_id") not in needed
    below = cohort(everyone(), rule("condition", has_condition([1], include_descendants=True)))
    assert ("concept_ancestor", "descendant_concept_id") in columns_needed(make_spec(below))
    assert ("condition_occurrence", "condition_end_date") not in columns_needed(make_spec(below))


@pytest.mark.parametrize(("table", "column"), sorted(columns_needed(make_spec(_EVERYONE, [_AGE, _PRESSURE]))))
def test_every_needed_column_is_needed_and_missed(
    connection: duckdb.DuckDBPyConnection, table: str, column: str
) -> None:
    connection.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
    with pytest.raises(Refused) as refused:
        stage_table(connection, make_spec(_EVERYONE, [_AGE, _PRESSURE]), cdm=Cdm(), order_key=_KEY)
    assert refused.value.code == "variables.missing_column"
    assert refused.value.facts == {"table": table, "column": column}
    assert find_words("variables.missing_column") is not None


def test_a_database_error_says_nothing_of_the_data(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("ALTER TABLE measurement ALTER value_as_number TYPE VARCHAR")
    connection.execute("UPDATE measurement SET value_as_number = 'canary-4711'")
    with pytest.raises(Refused) as refused:
        stage_table(connection, make_spec(_EVERYONE, [_PRESSURE]), cdm=Cdm(), order_key=_KEY)
    assert refused.value.code == "variables.not_staged"
    assert find_words("variables.not_staged") is not None
    assert "canary-4711" not in "".join(traceback.format_exception(refused.value))


def test_want_of_memory_has_a_code_of_its_own(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TABLE person AS"
        " SELECT person.* REPLACE (range AS person_id) FROM (FROM person LIMIT 1) person, range(300_000)"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE observation_period AS SELECT period.* REPLACE (range AS person_id)"
        " FROM (FROM observation_period LIMIT 1) period, range(300_000)"
    )
    (held,) = connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchall()[0]
    connection.execute(f"SET temp_directory = ''; SET memory_limit = '{held + 2**20}B'")
    with pytest.raises(Refused) as refused:
        stage_table(connection, make_spec(_EVERYONE, [_AGE, _PRESSURE]), cdm=Cdm(), order_key=_KEY)
    assert refused.value.code == "variables.too_much_memory"


def test_a_short_order_key_is_our_own_fault(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ValueError, match="order_key"):
        stage_table(connection, make_spec(_EVERYONE), cdm=Cdm(), order_key=b"short")


def test_the_order_key_is_not_in_the_statement() -> None:
    spec = make_spec(_EVERYONE, [_AGE])
    query = table_query(spec, [read_cohort(spec.cohort)], cdm=Cdm(), concept_sets=[ConceptSets({})])
    written = write_sql(query, dialect="duckdb")
    assert written.count("$order_key") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"domain": "age", "kind": "flag"},
        {"domain": "age", "kind": "number", "low": 0, "high": 1, "unit": 3},
        {"domain": "sex", "kind": "number", "low": 0, "high": 1},
        {"domain": "sex", "kind": "flag", "levels": (8, 9)},
        {"domain": "sex", "kind": "flag", "include_descendants": True},
        {"domain": "condition", "kind": "number", "low": 0, "high": 1},
        {"domain": "condition", "kind": "flag", "levels": (8, 9)},
        {"domain": "condition", "kind": "flag", "unit": 3},
        {"domain": "drug", "kind": "flag", "summary": "mean"},
        {"domain": "measurement", "kind": "number", "low": 0, "high": 1, "summary": "any"},
        {"domain": "measurement", "kind": "number", "low": 0, "high": 1, "levels": (1, 2)},
        {"domain": "measurement", "kind": "flag", "levels": (1, 2), "summary": "mean"},
        {"domain": "measurement", "kind": "flag", "low": 0.5, "high": 1},
        {"domain": "age_days", "kind": "flag"},
        {"domain": "index_year", "kind": "number", "low": 0, "high": 1, "window": {"start_days": -1}},
        {"domain": "index_year", "kind": "number", "low": 0, "high": 1, "summary": "days_before"},
        {"domain": "race", "kind": "number", "low": 0, "high": 1},
        {"domain": "ethnicity", "kind": "flag", "levels": (8, 9)},
        {"domain": "observation_period", "kind": "number", "low": 0, "high": 1},
        {"domain": "observation_period", "kind": "number", "low": 0, "high": 1, "concepts": (1,)},
        {"domain": "death", "kind": "flag", "concepts": (), "include_descendants": True},
        {"domain": "drug_era", "kind": "number", "low": 0, "high": 1, "summary": "sum"},
        {"domain": "specimen", "kind": "flag", "unit": 3},
        {
            "domain": "measurement",
            "kind": "number",
            "low": 0,
            "high": 1,
            "summary": "count",
            "unit": 3,
            "conversions": ({"unit": 4, "factor": 2.0},),
        },
        {
            "domain": "observation",
            "kind": "category",
            "levels": (1, 2, 3),
            "level_names": ("a", "b", "c"),
            "low": 0,
            "high": 1,
        },
        {
            "domain": "observation",
            "kind": "category",
            "levels": (1, 2),
            "level_names": ("a", "b"),
            "summary": "any",
        },
    ],
)
def test_a_variable_that_means_nothing_is_refused(changes: dict[str, Any]) -> None:
    concepts = () if changes["domain"] in WITHOUT_CONCEPTS else (5, 6)
    variable = Variable.model_validate({"name": "v", "concepts": concepts, **changes})
    with pytest.raises(Refused) as refused:
        check_variables([variable])
    assert refused.value.code == "variables.contradictory"
    assert refused.value.facts["variable"] == "v"
    assert find_words("variables.contradictory") is not None


def test_an_enormous_window_is_only_a_window(connection: duckdb.DuckDBPyConnection) -> None:
    wide = _PRESSURE.model_copy(update={"window": Window(start_days=-(2**62), end_days=2**62), "unit": None})
    table = stage_table(connection, make_spec(_EVERYONE, [wide]), cdm=Cdm(), order_key=_KEY)
    assert table.column("pressure").null_count == 1, "person 0 has 0, which is not believable"


def test_the_last_record_by_date_time_and_id_wins(connection: duckdb.DuckDBPyConnection) -> None:
    day = date(2020, 1, 1)
    moments = [
        (4, datetime(2020, 1, 1, 9)),
        (3, datetime(2020, 1, 1, 9)),
        (9, None),
        (1, datetime(2020, 1, 1, 0)),
    ]
    load_hospital(
        connection,
        _hospital(1)
        | {
            "measurement": [
                {
                    "measurement_id": key,
                    "person_id": 0,
                    "measurement_concept_id": 3,
                    "measurement_date": day,
                    "measurement_datetime": moment,
                    "value_as_number": 100.0 + key,
                    "unit_concept_id": 8876,
                }
                for key, moment in moments
            ]
        },
    )
    chosen = {}
    for summary in ("first", "last"):
        variable = _PRESSURE.model_copy(update={"summary": summary})
        table = stage_table(connection, make_spec(_EVERYONE, [variable]), cdm=Cdm(), order_key=_KEY)
        chosen[summary] = table.column("pressure").to_pylist()
    assert chosen == {"first": [101.0], "last": [104.0]}
