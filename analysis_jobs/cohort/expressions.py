"""The few expressions from which every query is built: syntax trees only, never text pasted into text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from typing import Literal

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from onggi.spec.circe.plan import DateRange, NumberRange

Expr = exp.Expr
_COMPARE: dict[str, type[exp.Binary]] = {
    "lt": exp.LT,
    "lte": exp.LTE,
    "eq": exp.EQ,
    "!eq": exp.NEQ,
    "gt": exp.GT,
    "gte": exp.GTE,
}


def name(text: str) -> exp.Identifier:
    """An identifier, quoted."""
    return exp.Identifier(this=text, quoted=True)


def column(table: str, column_name: str) -> exp.Column:
    """A column of a named table or query."""
    return exp.Column(this=name(column_name), table=name(table))


def cdm_table(cdm: Cdm, table: str, alias: str) -> exp.Table:
    """A table of the hospital's CDM."""
    return exp.Table(
        this=name(table),
        db=name(cdm.schema),
        catalog=name(cdm.catalog) if cdm.catalog else None,
        alias=exp.TableAlias(this=name(alias)),
    )


def query_table(query: str, alias: str) -> exp.Table:
    """A common table expression of the same statement."""
    return exp.Table(this=name(query), alias=exp.TableAlias(this=name(alias)))


def named(expression: Expr, alias: str) -> exp.Alias:
    """An output column."""
    return exp.Alias(this=expression, alias=name(alias))


def derived(query: exp.Query, alias: str) -> exp.Subquery:
    """A query in brackets with a name."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=name(alias)))


def whole(value: int) -> Expr:
    """A whole number."""
    return exp.Literal.number(value)


def real(value: float) -> Expr:
    """A double, written so that every bit survives (a decimal literal would be rounded twice)."""
    return exp.Cast(
        this=exp.Literal.string(repr(float(value))), to=exp.DataType(this=exp.DataType.Type.DOUBLE)
    )


def as_double(expression: Expr) -> Expr:
    """The expression as a double."""
    return exp.Cast(this=expression, to=exp.DataType(this=exp.DataType.Type.DOUBLE))


def day(value: date) -> Expr:
    """A calendar day."""
    return exp.Cast(this=exp.Literal.string(value.isoformat()), to=exp.DataType(this=exp.DataType.Type.DATE))


def year(expression: Expr) -> Expr:
    """The calendar year of a date."""
    return exp.Extract(this=exp.Var(this="YEAR"), expression=expression)


def days_between(earlier: Expr, later: Expr) -> Expr:
    """Days from one date to another, as a whole number."""
    return exp.DateDiff(this=later, expression=earlier, unit=exp.Var(this="DAY"))


def days_after(start: Expr, days: Expr | int) -> Expr:
    """The day that lies so many days after another; the same day's expression where it is none."""
    if isinstance(days, int):
        return start if days == 0 else days_after(start, whole(days))
    return exp.DateAdd(this=start, expression=days, unit=exp.Var(this="DAY"))


def day_from_parts(year_part: Expr, month: Expr, day_part: Expr) -> Expr:
    """A calendar day from its three numbers; missing where one of them is, or where the month is none."""
    first = exp.DateFromParts(year=year_part, month=month, day=whole(1))
    named_month = every([compare("gte", month.copy(), whole(1)), compare("lte", month.copy(), whole(12))])
    moved = days_after(first, exp.Paren(this=exp.Sub(this=day_part, expression=whole(1))))
    return when([(named_month, moved)])


def earliest_of(days: Sequence[Expr]) -> Expr:
    """The earliest of several days; a missing one is passed over."""
    if len(days) == 1:
        return days[0]
    return exp.Least(this=days[0], expressions=list(days[1:]), ignore_nulls=True)


def latest_of(days: Sequence[Expr]) -> Expr:
    """The latest of several days; a missing one is passed over."""
    if len(days) == 1:
        return days[0]
    return exp.Greatest(this=days[0], expressions=list(days[1:]), ignore_nulls=True)


def matches_text(expression: Expr, op: str, text: str) -> Expr:
    """The text is, begins with, ends with or contains the letters; every letter stands for itself."""
    if op.endswith("eq"):
        return compare(op, expression, exp.Literal.string(text))
    literal = re.sub(r"([~%_])", r"~\1", text)
    before = "" if op.endswith("startsWith") else "%"
    behind = "" if op.endswith("endsWith") else "%"
    like = exp.Escape(
        this=exp.Like(this=expression, expression=exp.Literal.string(f"{before}{literal}{behind}")),
        expression=exp.Literal.string("~"),
    )
    return exp.Not(this=exp.Paren(this=like)) if op.startswith("!") else like


def every(conditions: Iterable[Expr]) -> Expr:
    """All conditions hold; with none, true."""
    found = list(conditions)
    return exp.and_(*found, copy=False) if found else exp.true()


def some(conditions: Iterable[Expr]) -> Expr:
    """At least one condition holds; with none, false."""
    found = list(conditions)
    return exp.or_(*found, copy=False) if found else exp.false()


def surely(condition: Expr) -> Expr:
    """Missing does not satisfy."""
    return exp.Coalesce(this=condition, expressions=[exp.false()])


def is_one_of(expression: Expr, values: Sequence[int]) -> Expr:
    """The value is in the list; nothing is in an empty list."""
    if not values:
        return exp.false()
    return exp.In(this=expression, expressions=[whole(value) for value in values])


def is_null(expression: Expr) -> Expr:
    """The value is missing."""
    return exp.Is(this=expression, expression=exp.Null())


def is_present(expression: Expr) -> Expr:
    """The value is not missing."""
    return exp.Not(this=is_null(expression))


def compare(op: str, left: Expr, right: Expr) -> Expr:
    """One comparison by its Circe name."""
    return _COMPARE[op](this=left, expression=right)


def _in_range(op: str, left: Expr, value: Expr, extent: Expr | None) -> Expr:
    if extent is None:
        return compare(op, left, value)
    between = exp.and_(compare("gte", left, value), compare("lte", left.copy(), extent), copy=False)
    return exp.Not(this=exp.Paren(this=between)) if op.startswith("!") else between


def in_number_range(expression: Expr, found: NumberRange, *, integer: bool) -> Expr:
    """The Circe comparison of a number."""

    def literal(value: float) -> Expr:
        return whole(int(value)) if integer else real(value)

    extent = None if found.extent is None else literal(found.extent)
    return _in_range(found.op, expression, literal(found.value), extent)


def in_date_range(expression: Expr, found: DateRange) -> Expr:
    """The Circe comparison of a date."""
    return _in_range(
        found.op, expression, day(found.value), None if found.extent is None else day(found.extent)
    )


def joined(table: exp.Table | exp.Subquery, *, on: Expr, kind: Literal["inner", "left"]) -> exp.Join:
    """One more table of a query, ready made: from text the library would parse it anew each time."""
    if kind == "left":
        return exp.Join(this=table, side="LEFT", on=on)
    return exp.Join(this=table, kind="INNER", on=on)


def row_number(partition: Sequence[Expr], order: Sequence[Expr]) -> Expr:
    """Numbers rows within a partition, from 1."""
    return exp.Window(
        this=exp.RowNumber(), partition_by=list(partition), order=exp.Order(expressions=list(order))
    )


def ascending(expression: Expr) -> exp.Ordered:
    """Smallest first, missing last, in every dialect."""
    return exp.Ordered(this=expression, desc=False, nulls_first=False)


def descending(expression: Expr) -> exp.Ordered:
    """Greatest first, missing last, in every dialect."""
    return exp.Ordered(this=expression, desc=True, nulls_first=False)


def when(cases: Sequence[tuple[Expr, Expr]], otherwise: Expr | None = None) -> exp.Case:
    """The value of the first case whose condition holds."""
    return exp.Case(ifs=[exp.If(this=condition, true=value) for condition, value in cases], default=otherwise)


def listed(numbers: Iterable[int], alias: str) -> exp.Subquery:
    """Different numbers as a table of one column, ``asked``: an engine expects few rows of it.

    Joined to a large table it says what a list in a condition says, and the engine plans for few rows.
    """
    array = exp.Array(expressions=[whole(each) for each in numbers])
    return derived(exp.select(named(exp.Explode(this=array), "asked"), copy=False), alias)


def all_of(queries: Sequence[exp.Query]) -> exp.Query:
    """The rows of every query, one below the other; at least one is given."""

    def below(above: exp.Query, query: exp.Query) -> exp.Query:
        return exp.Union(this=above, expression=query, distinct=False)

    return reduce(below, queries)


def rows_of(rows: Sequence[Sequence[Expr]], alias: str, columns: Sequence[str]) -> exp.Values:
    """A small table written into the statement."""
    return exp.Values(
        expressions=[exp.Tuple(expressions=list(row)) for row in rows],
        alias=exp.TableAlias(this=name(alias), columns=[name(each) for each in columns]),
    )


def with_queries(query: exp.Select, queries: Sequence[tuple[str, exp.Query]]) -> exp.Select:
    """Puts named queries in front of a statement."""
    for alias, inner in queries:
        query = query.with_(name(alias), as_=inner, copy=False)
    return query
