"""Aggregates whose answer depends on the order of rows, each written so that engines agree to the bit.

A sum of doubles depends on the order of its terms, and two runs must agree to the last bit: means and sums
take their values in ascending order.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp


class OrderedMean(exp.Expression, exp.AggFunc):
    """The mean of the values, added up in ascending order."""

    arg_types = {"this": True}  # noqa: RUF012 -- the library's own form


class OrderedSum(exp.Expression, exp.AggFunc):
    """The sum of the values, added up in ascending order."""

    arg_types = {"this": True}  # noqa: RUF012 -- the library's own form


class FirstBy(exp.Expression, exp.AggFunc):
    """The value of the row that comes first by day, microsecond of the day and record id."""

    arg_types = {"this": True, "expressions": True}  # noqa: RUF012 -- the library's own form


class LastBy(exp.Expression, exp.AggFunc):
    """The value of the row that comes last by day, microsecond of the day and record id."""

    arg_types = {"this": True, "expressions": True}  # noqa: RUF012 -- the library's own form


_MICROSECONDS_A_DAY = 86_400_000_000
_IDS = 2**64


def _duckdb_place(write: Any, node: exp.Expression) -> str:
    """One 128-bit number that orders records by day, time of day and id: far cheaper than a row of three."""
    day, of_day, record = (write.sql(each) for each in node.expressions)
    return f"(CAST({day} * {_MICROSECONDS_A_DAY} + {of_day} AS INT128) * {_IDS} + {record})"


def _postgres_order(write: Any, node: exp.Expression, direction: str) -> str:
    order = ", ".join(f"{write.sql(each)} {direction}" for each in node.expressions)
    return f"(ARRAY_AGG({write.sql(node, 'this')} ORDER BY {order}))[1]"


def _listed(function: str) -> Any:
    # An aggregate with ORDER BY does the same seven times slower.
    return lambda write, node: f"{function}(LIST_SORT(LIST({write.sql(node, 'this')})))"


def _in_order(function: str) -> Any:
    def written(write: Any, node: exp.Expression) -> str:
        value = write.sql(node, "this")
        return f"{function}({value} ORDER BY {value})"

    return written


DUCKDB: dict[type[exp.Expr], Any] = {
    OrderedMean: _listed("LIST_AVG"),
    OrderedSum: _listed("LIST_SUM"),
    FirstBy: lambda write, node: f"ARG_MIN({write.sql(node, 'this')}, {_duckdb_place(write, node)})",
    LastBy: lambda write, node: f"ARG_MAX({write.sql(node, 'this')}, {_duckdb_place(write, node)})",
}
POSTGRES: dict[type[exp.Expr], Any] = {
    OrderedMean: _in_order("AVG"),
    OrderedSum: _in_order("SUM"),
    FirstBy: lambda write, node: _postgres_order(write, node, "ASC"),
    LastBy: lambda write, node: _postgres_order(write, node, "DESC"),
}
