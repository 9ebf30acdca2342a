"""Counts many checks in one statement: violated rows, rows that could violate, and how many persons at least.

A hospital has hundreds of millions of rows, so a table is read a few times, not once for each check.

How many distinct persons stand behind a count is needed before it may leave (see `catalog.quality_card`).
Counting them for each check would take memory for every person and check. Each person falls into one of 62
buckets instead, and a statement collects which buckets occur: never more than there are persons, and always
enough to tell that ten of them are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlglot import exp

from analysis_jobs.cohort.expressions import (
    Expr,
    column,
    compare,
    derived,
    every,
    is_null,
    joined,
    named,
    surely,
    when,
    whole,
)
from analysis_jobs.quality.cdm_shape import CdmShape
from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.lookups import Lookup, lookup_query

BUCKETS: Final = 62
BASE: Final = "t"
_COLUMNS: Final = 4


class Tally(NamedTuple):
    """One check's numbers. `violators` and `conforming`: at least so many persons; None where unknown.

    `violators` are the persons of violated rows, `conforming` those of rows that could violate and do not.
    """

    violated: int
    denominator: int
    violators: int | None
    conforming: int | None


@dataclass(frozen=True, slots=True)
class Measure:
    """What one check counts in the rows of its table. Where `distinct` is given, its values are counted."""

    check: Check
    violated: Expr
    eligible: Expr | None = None
    lookups: tuple[Lookup, ...] = ()
    distinct: Expr | None = None


def base_column(field: str) -> Expr:
    """A column of the table that is checked."""
    return column(BASE, field)


def person_bit(shape: CdmShape, table: str, alias: str = BASE) -> Expr | None:
    """The bucket of a row's person, as one bit."""
    field = shape.person_column(table)
    if field is None:
        return None
    # MOD by name: a percent sign would begin a parameter at one of the drivers.
    bucket = exp.Abs(this=exp.Anonymous(this="MOD", expressions=[column(alias, field), whole(BUCKETS)]))
    one = exp.Cast(this=whole(1), to=exp.DataType(this=exp.DataType.Type.BIGINT))
    return exp.BitwiseLeftShift(
        this=one, expression=exp.Cast(this=bucket, to=exp.DataType(this=exp.DataType.Type.INT))
    )


def outputs(measure: Measure, number: int, *, bit: Expr | None, weight: Expr | None = None) -> list[Expr]:
    """The four output columns of a check. `weight`: how many rows of the table one row stands for."""
    eligible = [] if measure.eligible is None else [measure.eligible]
    hit = every([*eligible, measure.violated])
    free = every([*eligible, exp.Not(this=surely(measure.violated))])
    could = measure.eligible or exp.true()
    if measure.distinct is None:
        counts = [_count(hit, weight), _count(could, weight)]
    else:
        counts = [_count_values(hit, measure.distinct), _count_values(could, measure.distinct)]
    parts = [*counts, _collect(hit, bit), _collect(free, bit)]
    return [named(part, f"c{number}_{at}") for at, part in enumerate(parts)]


def _count(condition: Expr, weight: Expr | None) -> Expr:
    if weight is None:
        return exp.Count(this=when([(condition.copy(), whole(1))]))
    return exp.Sum(this=when([(condition.copy(), weight.copy())]))


def _count_values(condition: Expr, value: Expr) -> Expr:
    """Distinct values, a missing one counted as one of them."""
    present = exp.Count(this=exp.Distinct(expressions=[when([(condition.copy(), value.copy())])]))
    lacking = every([condition.copy(), is_null(value.copy())])
    return exp.Add(this=present, expression=exp.Count(this=exp.Distinct(expressions=[_one_if(lacking)])))


def _one_if(condition: Expr) -> Expr:
    return when([(condition, whole(1))])


def _collect(condition: Expr, bit: Expr | None) -> Expr:
    if bit is None:
        return exp.Null()
    return exp.BitwiseOrAgg(this=when([(condition.copy(), bit.copy())]))


def read_tallies(row: Sequence[Any], count: int, *, persons_known: bool) -> list[Tally]:
    """The numbers of `count` checks out of one row of a statement."""
    return [
        read_tally(row[at * _COLUMNS : (at + 1) * _COLUMNS], persons_known=persons_known)
        for at in range(count)
    ]


def read_tally(cells: Sequence[Any], *, persons_known: bool) -> Tally:
    violated, denominator, hit, free = (int(cell or 0) for cell in cells)
    if not persons_known:
        return Tally(violated, denominator, None, None)
    return Tally(violated, denominator, hit.bit_count(), free.bit_count())


def row_scan(shape: CdmShape, table: str, measures: Sequence[Measure]) -> exp.Select:
    """One reading of a table for all of these checks; the last column tells its rows."""
    bit = person_bit(shape, table)
    columns = [each for at, measure in enumerate(measures) for each in outputs(measure, at, bit=bit)]
    columns.append(named(exp.Count(this=exp.Star()), "n"))
    query = exp.select(*columns, copy=False).from_(shape.source(table, BASE), copy=False)
    for lookup in _once(measure.lookups for measure in measures):
        same = compare("eq", column(lookup.alias, "found"), base_column(lookup.field))
        inner = derived(lookup_query(shape, lookup), lookup.alias)
        query = query.join(joined(inner, on=same, kind="left"), copy=False)
    return query


def _once(groups: Iterable[Sequence[Lookup]]) -> list[Lookup]:
    return list(dict.fromkeys(lookup for group in groups for lookup in group))


def key_scan(shape: CdmShape, measure: Measure) -> exp.Select:
    """One reading of a table by its key: rows that share a key with another row."""
    check = measure.check
    field = str(check.field)
    inner = exp.select(named(base_column(field), "found"), named(exp.Count(this=exp.Star()), "n"), copy=False)
    bit = person_bit(shape, check.table)
    if bit is not None:
        inner = inner.select(named(exp.BitwiseOrAgg(this=bit), "bits"), copy=False)
    inner = inner.from_(shape.source(check.table, BASE), copy=False).group_by(base_column(field), copy=False)
    collected = None if bit is None else column("g", "bits")
    columns = outputs(measure, 0, bit=collected, weight=column("g", "n"))
    return exp.select(*columns, copy=False).from_(derived(inner, "g"), copy=False)
