"""Comparisons of a join become one condition for PostgreSQL, and stay what they are for the others."""

from __future__ import annotations

from sqlglot import exp

from analysis_jobs.cohort.dialects import Dialect, write_sql
from analysis_jobs.cohort.expressions import Expr, column, compare, every, joined, query_table


def _written(conditions: list[Expr], dialect: Dialect) -> str:
    join = joined(query_table("found", "f"), on=every(conditions), kind="inner")
    query = exp.select(column("e", "day")).from_(query_table("events", "e")).join(join)
    return write_sql(query, dialect=dialect).split(" ON ")[1]


def _same() -> Expr:
    return compare("eq", column("f", "person_id"), column("e", "person_id"))


def _from(name: str) -> Expr:
    return compare("gte", column("f", "day"), column("e", name))


def test_comparisons_are_one_condition_beside_the_key() -> None:
    conditions = [_from("first"), _same(), compare("lte", column("f", "day"), column("e", "last"))]
    assert _written(conditions, "postgres") == (
        '"f"."person_id" = "e"."person_id" AND CASE '
        'WHEN "f"."day" >= "e"."first" AND "f"."day" <= "e"."last" THEN TRUE ELSE FALSE END'
    )
    assert "CASE" not in _written([_from("first"), _same(), _from("last")], "duckdb")


def test_what_is_said_twice_is_asked_once() -> None:
    assert _written([_same(), _from("first"), _from("first")], "postgres") == (
        '"f"."person_id" = "e"."person_id" AND "f"."day" >= "e"."first"'
    )


def test_without_comparisons_nothing_changes() -> None:
    assert _written([_same()], "postgres") == '"f"."person_id" = "e"."person_id"'
