"""Writes a statement for an engine. The tree is the same for all of them; few words differ.

Days are counted with plain additions where the engine has them: through intervals each day would become a
moment and back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, Final, Literal

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.spark import Spark
from sqlglot.dialects.trino import Trino
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.generators.postgres import PostgresGenerator
from sqlglot.generators.spark import SparkGenerator
from sqlglot.generators.trino import TrinoGenerator

from analysis_jobs.cohort import ordered_aggregates
from analysis_jobs.cohort.first_rows import are_first_rows, as_distinct_rows, as_least_records
from analysis_jobs.cohort.range_joins import as_one_range

Dialect = Literal["duckdb", "postgres", "spark", "trino"]
_Write = Callable[[Any, Any], str]


def _identifier(write: Any, node: exp.Identifier) -> str:
    """As the library does, without asking what needs no quotes: a statement has hundreds of names."""
    if not node.args.get("quoted"):
        return str(write.identifier_sql(node))
    text = node.args["this"].replace('"', '""')
    return f'"{text}"'


def _column(write: Any, node: exp.Column) -> str:
    table, found = node.args.get("table"), node.args["this"]
    if node.args.get("db") or not (isinstance(table, exp.Identifier) and isinstance(found, exp.Identifier)):
        return str(write.column_sql(node))
    return f"{_identifier(write, table)}.{_identifier(write, found)}"


def _added(write: Any, node: exp.DateAdd) -> str:
    return f"({write.sql(node, 'this')} + {write.sql(node, 'expression')})"


def _subtracted(usual: _Write) -> _Write:
    def subtract(write: Any, node: exp.DateDiff) -> str:
        if node.text("unit").upper() != "DAY":
            return usual(write, node)
        return f"({write.sql(node, 'this')} - {write.sql(node, 'expression')})"

    return subtract


def _made(write: Any, node: exp.DateFromParts) -> str:
    parts = (f"CAST({write.sql(node, part)} AS INT)" for part in ("year", "month", "day"))
    return f"MAKE_DATE({', '.join(parts)})"


def _literal(write: Any, node: exp.Literal) -> str:
    """psycopg takes a percent sign for the start of a parameter; two of them are one."""
    return str(write.literal_sql(node)).replace("%", "%%")


def _year_as_int(write: Any, node: exp.Extract) -> str:
    """PostgreSQL tells the parts of a date as decimals, which compare slowly."""
    return f"CAST(EXTRACT({write.sql(node, 'this')} FROM {write.sql(node, 'expression')}) AS INT)"


def _remainder(write: Any, node: exp.Mod) -> str:
    """As a function: psycopg takes the sign for the start of a parameter."""
    return f"MOD({write.sql(node, 'this')}, {write.sql(node, 'expression')})"


def _sha256(write: Any, node: exp.SHA2) -> str:
    """The bytes of the hash: they order as their hexadecimal letters do on the other engines."""
    return f"SHA256(CONVERT_TO({write.sql(node, 'this')}, 'UTF8'))"


def _spark_added(write: Any, node: exp.DateAdd) -> str:
    """Spark adds 32-bit numbers alone, and a hospital's column may be wider."""
    days = write.sql(node, "expression")
    if not node.expression.is_int:
        days = f"CAST({days} AS INT)"
    return f"DATE_ADD({write.sql(node, 'this')}, {days})"


def _spark_subtracted(write: Any, node: exp.DateDiff) -> str:
    """With a unit, Spark would count through moments of the session's time zone."""
    if node.text("unit").upper() != "DAY":
        return str(write.datediff_sql(node))
    return f"DATEDIFF({write.sql(node, 'this')}, {write.sql(node, 'expression')})"


def _trino_made(write: Any, node: exp.DateFromParts) -> str:
    year, month, day = (write.sql(node, part) for part in ("year", "month", "day"))
    first = f"DATE_ADD('MONTH', ({year} - 1) * 12 + {month} - 1, DATE '0001-01-01')"
    return f"DATE_ADD('DAY', {day} - 1, {first})"


def _passing_over_nulls(function: str) -> _Write:
    """Trino's least and greatest are missing where one of the values is; then the other one is meant."""

    def of_two(first: str, second: str) -> str:
        return f"COALESCE({function}({first}, {second}), {first}, {second})"

    def written(write: Any, node: exp.Func) -> str:
        values: list[str] = [write.sql(each) for each in (node.this, *node.expressions)]
        return reduce(of_two, values)

    return written


class _DuckDB(DuckDB):
    class Generator(DuckDBGenerator):
        TRANSFORMS = {  # noqa: RUF012 -- the library's own form
            **DuckDBGenerator.TRANSFORMS,
            exp.Column: _column,
            exp.Identifier: _identifier,
            exp.DateAdd: _added,
            exp.DateDiff: _subtracted(DuckDBGenerator.TRANSFORMS[exp.DateDiff]),
            **ordered_aggregates.DUCKDB,
        }

        def select_sql(self, expression: exp.Select) -> str:
            if are_first_rows(expression):
                expression = as_least_records(expression)
            return str(super().select_sql(expression))


class _Postgres(Postgres):
    class Generator(PostgresGenerator):
        TRANSFORMS = {  # noqa: RUF012 -- the library's own form
            **PostgresGenerator.TRANSFORMS,
            exp.Column: _column,
            exp.Identifier: _identifier,
            exp.DateAdd: _added,
            exp.DateDiff: _subtracted(PostgresGenerator.TRANSFORMS[exp.DateDiff]),
            exp.DateFromParts: _made,
            exp.Literal: _literal,
            exp.Extract: _year_as_int,
            exp.SHA2: _sha256,
            exp.Mod: _remainder,
            **ordered_aggregates.POSTGRES,
        }

        def select_sql(self, expression: exp.Select) -> str:
            if are_first_rows(expression):
                expression = as_distinct_rows(expression)
            return str(super().select_sql(expression))

        def join_sql(self, expression: exp.Join, join_op: str | None = None) -> str:
            return str(super().join_sql(as_one_range(expression), join_op))


class _Spark(Spark):
    class Generator(SparkGenerator):
        # Spark takes queries within queries; moved to the top, two of one name would meet.
        EXPRESSIONS_WITHOUT_NESTED_CTES = set()  # noqa: RUF012 -- the library's own form
        TRANSFORMS = {  # noqa: RUF012 -- the library's own form
            **SparkGenerator.TRANSFORMS,
            exp.DateAdd: _spark_added,
            exp.DateDiff: _spark_subtracted,
            exp.DateFromParts: _made,
        }


class _Trino(Trino):
    class Generator(TrinoGenerator):
        TRANSFORMS = {  # noqa: RUF012 -- the library's own form
            **TrinoGenerator.TRANSFORMS,
            exp.DateFromParts: _trino_made,
            exp.Least: _passing_over_nulls("LEAST"),
            exp.Greatest: _passing_over_nulls("GREATEST"),
        }


_WRITERS: Final[dict[Dialect, Any]] = {
    "duckdb": _DuckDB,
    "postgres": _Postgres,
    "spark": _Spark,
    "trino": _Trino,
}


def write_sql(query: exp.Query, *, dialect: Dialect) -> str:
    """The statement as text; for PostgreSQL as psycopg takes it, together with parameters.

    Writing may change the tree: copying it first would take as long as the writing itself.
    """
    return str(query.sql(dialect=_WRITERS[dialect], copy=False))
