"""The published SQL keeps its meaning on DuckDB and PostgreSQL, and what is not understood is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import duckdb
import psycopg
import pytest

from tests.support.cdm_schemas import create_duckdb, create_postgres, load_duckdb, load_postgres
from tests.support.definition_data import hospital_for
from tests.support.official_rows import Connection, dialect_of, official_rows, rows_of, run
from tests.support.official_sql import Dialect, NotUnderstood, shared_definition_ids, translate
from tests.support.postgres import new_database
from tests.support.shared_data import shared_data

DIALECTS: tuple[Dialect, ...] = ("duckdb", "postgres")
# What each has that few others have.
EXOTIC = {
    61: "device exposures",
    218: "ratio to the range of a measurement",
    300: "source concepts and counts of eras",
    308: "the specialty of a visit's provider",
    1009: "dose eras, distinct counts, windows of ends",
    1021: "the type of the visit of an event",
    1035: "an end by exposure to a drug",
    1073: "death",
    1225: "specimens",
}


def read_definition(definition_id: int) -> dict[str, Any]:
    path = shared_data("omop", "phenotype-library", "cohorts", f"{definition_id}.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def on_duckdb() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        create_duckdb(connection)
        yield connection


@pytest.fixture(scope="module")
def on_postgres() -> Iterator[psycopg.Connection]:
    with psycopg.connect(new_database(), autocommit=True, prepare_threshold=None) as connection:
        create_postgres(connection)
        yield connection


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest) -> Connection:
    found: Connection = request.getfixturevalue(f"on_{request.param}")
    return found


def test_temporary_tables_and_statistics() -> None:
    sql = """
        CREATE TABLE #Codesets (codeset_id int NOT NULL, concept_id bigint NOT NULL); -- it's 1;
        UPDATE STATISTICS #Codesets;
        with some(id) as (select concept_id from #Codesets)
        select count_big(*) as many into #counted from some;
        TRUNCATE TABLE #counted; DROP TABLE #counted;
    """
    counted = "WITH some(id) AS (select concept_id from Codesets) select COUNT(*) as many from some"
    made = [
        "CREATE TEMP TABLE Codesets (codeset_id INTEGER NOT NULL, concept_id BIGINT NOT NULL)",
        f"CREATE TEMP TABLE counted AS {counted}",
        "TRUNCATE TABLE counted",
        "DROP TABLE counted",
    ]
    assert translate(sql, dialect="duckdb") == made
    with_statistics = [made[0], "ANALYZE Codesets", made[1], "ANALYZE counted", *made[2:]]
    assert translate(sql, dialect="postgres") == with_statistics


def test_blocks_are_kept_by_their_conditions() -> None:
    sql = """
        {1 != 0 & @rules = 2}?{DROP TABLE #yes;{@rules != 2}?{DROP TABLE #no;}}:{DROP TABLE #never;}
        {0 != 0 | @rules = 3}?{DROP TABLE #not;}:{DROP TABLE #otherwise;}
        {1 != 0}?{DELETE FROM @results_database_schema.cohort_censor_stats where id = @rules;}
    """
    assert translate(sql, dialect="duckdb", parameters={"rules": 2}) == [
        "DROP TABLE yes",
        "DROP TABLE otherwise",
    ]
    asked: dict[str, str | int] = {"RULES": 2, "results_database_schema": "results"}
    deleted = "DELETE FROM results.cohort_censor_stats where id = 2"
    assert translate(sql, dialect="duckdb", parameters=asked)[-1] == deleted


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("DATEADD(day, 1, day)", date(2020, 2, 1)),
        ("DATEADD(d, -1 * 31, day)", date(2019, 12, 31)),
        ("DATEADD(day, many, day)", date(2020, 1, 24)),
        ("DATEADD(day, nothing, day)", None),
        ("DATEADD(month, 1, day)", date(2020, 2, 29)),
        ("DATEADD(mm, -2, day)", date(2019, 11, 30)),
        ("DATEADD(year, 1, DATEADD(day, 29, day))", date(2021, 2, 28)),
        ("DATEADD(day, 1, DATEFROMPARTS(1899, 12, 31))", date(1900, 1, 1)),
        ("DATEFROMPARTS(YEAR(day), 2, many + 36)", date(2020, 2, 29)),
        ("DATEDIFF(day, day, DATEFROMPARTS(2020, 3, 1))", 30),
        ("DATEDIFF(d, DATEFROMPARTS(2020, 3, 1), day)", -30),
        ("DATEDIFF(year, DATEFROMPARTS(2019, 12, 31), day)", 1),
        ("DATEDIFF(month, day, DATEFROMPARTS(2020, 3, 1))", 2),
        ("YEAR(day) - 1950", 70),
        ("POWER(cast(2 as bigint), 62) - 1", 2**62 - 1),
        ("ISNULL(nothing, many)", -7),
        ("LEFT('abc', 2)", "ab"),
        ("CAST('2020-01-31' AS date)", date(2020, 1, 31)),
        ("case when 'Maps to' LIKE 'Maps%' then 1 else 0 end", 1),
    ],
)
def test_functions_follow_t_sql(engine: Connection, expression: str, value: object) -> None:
    sql = f"""
        CREATE TABLE #one (day date, many int, nothing int);
        INSERT INTO #one (day, many, nothing) SELECT DATEFROMPARTS(2020, 1, 31), -7, CAST(NULL as int);
        SELECT {expression} as answer INTO #answer FROM #one;
    """
    run(engine, translate(sql, dialect=dialect_of(engine)))
    found = engine.execute("SELECT answer FROM answer").fetchone()
    run(engine, ["DROP TABLE answer", "DROP TABLE one"])
    assert found == (value,)
    assert type(found[0]) is type(value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT TOP 1 a INTO #b FROM c",
        "SELECT a INTO lasting FROM c",
        "SELECT a INTO #b FROM c; GO",
        "SELECT GETDATE() as a INTO #b FROM c",
        "SELECT a / d as e INTO #b FROM c",
        "SELECT a + 'x' as e INTO #b FROM c",
        "SELECT a % 2 as e INTO #b FROM c",
        "SELECT N'x' as e INTO #b FROM c",
        "SELECT [a] INTO #b FROM c",
        "SELECT POWER(a, 2) as e INTO #b FROM c",
        "SELECT CAST(1.5 as int) as e INTO #b FROM c",
        "SELECT CAST(a as datetime2) as e INTO #b FROM c",
        "SELECT DATEADD(hour, 1, a) as e INTO #b FROM c",
        "SELECT DATEADD(day, 0.5, a) as e INTO #b FROM c",
        "SELECT DATEADD(day, 1, start_datetime) as e INTO #b FROM c",
        "SELECT DATEADD(day, 1, '20200131') as e INTO #b FROM c",
        "SELECT a INTO #b FROM c WHERE d LIKE '[a-z]%'",
        "SELECT a INTO #b FROM c WHERE d = @unknown",
        "SELECT a INTO #b FROM c WHERE (d = 1",
        "SELECT a INTO #b FROM c WHERE d = 'open",
        "{1 + 1}?{DROP TABLE #a}",
        "{@unknown != 0}?{DROP TABLE #a}",
        "{1 != 0}{DROP TABLE #a}",
        "CREATE TABLE lasting (a int)",
        "CREATE TABLE #a (a money)",
        "INSERT INTO #a (a) VALUES (1)",
        "DELETE FROM a where b = NEWID()",
        "DROP TABLE #a, #b",
        "MERGE INTO a USING b ON a.c = b.c",
        "IF OBJECT_ID('a') IS NULL DROP TABLE a",
    ],
)
def test_what_is_not_understood_is_refused(sql: str) -> None:
    for dialect in DIALECTS:
        with pytest.raises(NotUnderstood):
            translate(sql, dialect=dialect)


@pytest.mark.parametrize("value", ["cdm; DROP TABLE a", "a b", "", "1.5", "a'", "a.", "--"])
def test_parameters_are_names_or_whole_numbers(value: str) -> None:
    with pytest.raises(NotUnderstood):
        translate("DROP TABLE @table", dialect="duckdb", parameters={"table": value})


@pytest.mark.parametrize("definition_id", EXOTIC, ids=lambda number: f"{number}")
def test_engines_agree_and_find_somebody(
    on_duckdb: duckdb.DuckDBPyConnection, on_postgres: psycopg.Connection, definition_id: int
) -> None:
    hospital = hospital_for(read_definition(definition_id), seed=definition_id, persons=40)
    load_duckdb(on_duckdb, hospital)
    load_postgres(on_postgres, hospital)
    found = official_rows(on_duckdb, definition_id)
    assert found == official_rows(on_postgres, definition_id)
    assert {subject for subject, _, _ in found}
    assert all(type(day) is date for _, *days in found for day in days)


def test_a_broken_run_leaves_nothing_behind(engine: Connection) -> None:
    broken = ["CREATE TEMP TABLE Codesets (a INTEGER)", "SELECT * FROM nowhere"]
    for _ in range(2):
        with pytest.raises((duckdb.Error, psycopg.Error), match="nowhere"):
            rows_of(engine, broken)


def test_a_hospital_is_the_same_for_the_same_seed() -> None:
    expression = read_definition(1009)
    first, again, other = (hospital_for(expression, seed=seed, persons=5) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_periods_of_a_person_do_not_overlap() -> None:
    hospital = hospital_for(read_definition(1009), seed=3, persons=60)
    periods: dict[int, list[tuple[date, date]]] = {}
    for row in hospital["observation_period"]:
        days = row["observation_period_start_date"], row["observation_period_end_date"]
        periods.setdefault(row["person_id"], []).append(days)
    assert max(len(each) for each in periods.values()) > 1
    for each in periods.values():
        each.sort()
        assert all(first[1] < then[0] for first, then in pairwise(each))


def test_a_misspelt_column_is_not_lost(on_duckdb: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(KeyError, match="persn_id"):
        load_duckdb(on_duckdb, {"person": [{"persn_id": 1}]})


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_every_definition_runs_on_empty_data(engine: Connection) -> None:
    create = create_duckdb if isinstance(engine, duckdb.DuckDBPyConnection) else create_postgres
    create(engine)  # type: ignore[arg-type]  # each engine gets its own function
    assert len(shared_definition_ids()) == 803
    for definition_id in shared_definition_ids():
        assert official_rows(engine, definition_id) == [], definition_id


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_every_definition_finds_somebody(on_duckdb: duckdb.DuckDBPyConnection) -> None:
    nobody = []
    for definition_id in shared_definition_ids():
        load_duckdb(on_duckdb, hospital_for(read_definition(definition_id), seed=definition_id, persons=40))
        if not official_rows(on_duckdb, definition_id):
            nobody.append(definition_id)
    assert nobody == []
