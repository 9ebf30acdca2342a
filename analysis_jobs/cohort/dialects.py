"""Writes a statement for an engine. The tree is the same for all of them; few words differ.

Days are counted with plain additions where the engine has them: through intervals each day would become a
moment and back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.spark import Spark
from sqlglot.dialects.trino import Trino
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.generators.postgres import PostgresGenerator

from analysis_jobs.cohort import ordered_aggregates
from analysis_jobs.cohort.first_rows import are_first_rows, as_least_records

Dialect = Literal["duckdb", "postgres", "spark", "trino"]
_Write = Callable[[Any, Any], str]


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


def _sha256(write: Any, node: exp.SHA2) -> str:
    """The bytes of the hash: they order as their hexadecimal letters do on the other engines."""
    return f"SHA256(CONVERT_TO({write.sql(node, 'this')}, 'UTF8'))"


class _DuckDB(DuckDB):
    class Generator(DuckDBGenerator):
        TRANSFORMS = {  # noqa: RUF012 -- the library's own form
            **DuckDBGenerator.TRANSFORMS,
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
            exp.DateAdd: _added,
            exp.DateDiff: _subtracted(PostgresGenerator.TRANSFORMS[exp.DateDiff]),
            exp.DateFromParts: _made,
            exp.Literal: _literal,
            exp.Extract: _year_as_int,
            exp.SHA2: _sha256,
            **ordered_aggregates.POSTGRES,
        }


_WRITERS: Final[dict[Dialect, Any]] = {
    "duckdb": _DuckDB,
    "postgres": _Postgres,
    "spark": Spark,
    "trino": Trino,
}


def write_sql(query: exp.Query, *, dialect: Dialect) -> str:
    """The statement as text; for PostgreSQL as psycopg takes it, together with parameters."""
    return str(query.sql(dialect=_WRITERS[dialect]))
