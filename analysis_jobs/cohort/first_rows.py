"""Finds the first of each person's rows, in the way that each engine does it fastest.

Everywhere a row's number among the person's rows says it. DuckDB sorts for that, whatever is asked for; the
least record of each person is the same row and takes a tenth of the time. PostgreSQL expects one row in 200
to have the number 1 and joins what it then finds row by row; it knows how many distinct persons there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlglot import exp

from analysis_jobs.cohort.expressions import (
    Expr,
    ascending,
    column,
    compare,
    day,
    days_between,
    derived,
    name,
    named,
    row_number,
    whole,
)

_MARK: Final = "first_rows"
_PLACE: Final = "place"


def first_rows(rows: exp.Select, *, of: Expr, order: Sequence[Expr]) -> exp.Select:
    """Of each value of `of` the row that is first by `order`, ascending and missing values last.

    Args:
        rows: selects named columns, and is used up.
        order: must tell any two rows apart that differ in a way that matters.
    """
    told = [each.alias_or_name for each in rows.selects]
    numbered = rows.select(named(row_number([of], [ascending(each) for each in order]), _PLACE), copy=False)
    found = (
        exp.select(*(column("n", each) for each in told), copy=False)
        .from_(derived(numbered, "n"), copy=False)
        .where(compare("eq", column("n", _PLACE), whole(1)), copy=False)
    )
    found.meta[_MARK] = True
    return found


def rank_of_day(found: Expr, *, later_first: bool) -> Expr:
    """What orders days: the day itself, or the days that are left after it."""
    return days_between(found, day(date.max)) if later_first else found


def are_first_rows(query: exp.Select) -> bool:
    """Whether a query is the work of `first_rows`."""
    return bool(query.meta.get(_MARK))


def as_least_records(query: exp.Select) -> exp.Select:
    """The same rows by the least record of each value. Takes the parts of the given query.

    A record begins with what rows are ordered by; the columns that are not part of the order follow.
    """
    numbered = query.args["from_"].this.this
    *told, place = numbered.selects
    window = place.this
    fields: dict[str, Expr] = {}
    for position, ordered in enumerate(window.args["order"].expressions):
        same = [each for each in told if each.unalias() == ordered.this and each.alias_or_name not in fields]
        fields[same[0].alias_or_name if same else f"key_{position}"] = ordered.this
    for each in told:
        fields.setdefault(each.alias_or_name, each.unalias())
    record = exp.Struct(
        expressions=[exp.PropertyEQ(this=name(field), expression=value) for field, value in fields.items()]
    )
    numbered.set("expressions", [named(exp.Min(this=record), "least")])
    numbered.group_by(*window.args["partition_by"], copy=False)
    found = exp.select(
        *(
            named(exp.Dot(this=column("n", "least"), expression=name(each.alias_or_name)), each.alias_or_name)
            for each in told
        ),
        copy=False,
    ).from_(derived(numbered, "n"), copy=False)
    found.set("with_", query.args.get("with_"))
    return found


def as_distinct_rows(query: exp.Select) -> exp.Select:
    """The same rows as the distinct ones of each value, in order. Takes the parts of the given query."""
    found: exp.Select = query.args["from_"].this.this
    *told, place = found.selects
    window = place.this
    values = window.args["partition_by"]
    found.set("expressions", told)
    found.set("distinct", exp.Distinct(on=exp.Tuple(expressions=[each.copy() for each in values])))
    found.set("order", exp.Order(expressions=[*map(ascending, values), *window.args["order"].expressions]))
    if query.args.get("with_"):
        found.set("with_", query.args["with_"])
    return found
