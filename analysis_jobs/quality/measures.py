"""Counts many checks in one statement: violated rows, rows that could violate, and how many persons at least.

A hospital has hundreds of millions of rows, so a table is read a few times, not once for each check.

How many distinct persons stand behind a count is needed before it may leave (see `catalog.quality_card`).
Counting them for each check would take memory for every person and check. Each person falls into one of 61
buckets instead (a prime, so that ids in steps spread), and a statement collects which buckets occur: never
more than there are persons, and nearly always enough to tell that ten of them are there.
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
    is_present,
    joined,
    named,
    when,
    whole,
)
from analysis_jobs.quality.cdm_shape import CdmShape
from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.lookups import Lookup, lookup_query

BUCKETS: Final = 61
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


def states(measures: Sequence[Measure], *, bit: Expr | None) -> list[Expr]:
    """What each row is to each check: 1 violates it, 0 could, nothing at all; and the row's person.

    The conditions stand in the statement once, and what is collected from them is short.
    """
    columns: list[Expr] = []
    for number, measure in enumerate(measures):
        hit = measure.violated if measure.eligible is None else every([measure.eligible, measure.violated])
        state = when([(hit, whole(1)), ((measure.eligible or exp.true()).copy(), whole(0))])
        columns.append(named(state, f"s{number}"))
        if measure.distinct is not None:
            columns.append(named(measure.distinct, f"d{number}"))
    return columns if bit is None else [*columns, named(bit, "bits")]


def tallied(
    inner: exp.Select, measures: Sequence[Measure], *, persons: bool, weighted: bool = False
) -> exp.Select:
    """Four columns a check, over rows of `states`; `n` tells how many rows of the table one stands for."""
    columns: list[Expr] = []
    for number, measure in enumerate(measures):
        state = column("r", f"s{number}")
        bad, good = compare("eq", state, whole(1)), compare("eq", state.copy(), whole(0))
        if measure.distinct is not None:
            value = column("r", f"d{number}")
            counts = [_count_values(bad, value), _count_values(is_present(state.copy()), value)]
        else:
            counts = [_count(bad, weighted=weighted), _count(is_present(state.copy()), weighted=weighted)]
        parts = [*counts, _collect(bad, persons=persons), _collect(good, persons=persons)]
        columns += [named(part, f"c{number}_{at}") for at, part in enumerate(parts)]
    return exp.select(*columns, copy=False).from_(derived(inner, "r"), copy=False)


def _count(condition: Expr, *, weighted: bool) -> Expr:
    if weighted:
        return exp.Sum(this=when([(condition.copy(), column("r", "n"))]))
    return exp.Count(this=when([(condition.copy(), whole(1))]))


def _count_values(condition: Expr, value: Expr) -> Expr:
    """Distinct values, a missing one counted as one of them."""
    present = exp.Count(this=exp.Distinct(expressions=[when([(condition.copy(), value.copy())])]))
    lacking = when([(every([condition.copy(), is_null(value.copy())]), whole(1))])
    return exp.Add(this=present, expression=exp.Count(this=exp.Distinct(expressions=[lacking])))


def _collect(condition: Expr, *, persons: bool) -> Expr:
    if not persons:
        return exp.Null()
    return exp.BitwiseOrAgg(this=when([(condition.copy(), column("r", "bits"))]))


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
    inner = exp.select(*states(measures, bit=bit), named(whole(1), "one"), copy=False)
    inner = inner.from_(shape.source(table, BASE), copy=False)
    for lookup in _once(measure.lookups for measure in measures):
        inner = with_lookup(inner, shape, lookup)
    query = tallied(inner, measures, persons=bit is not None)
    return query.select(named(exp.Count(this=column("r", "one")), "n"), copy=False)


def with_lookup(query: exp.Select, shape: CdmShape, lookup: Lookup) -> exp.Select:
    """The statement with a looked-up row beside each row of the table."""
    same = compare("eq", column(lookup.alias, "found"), base_column(lookup.field))
    inner = derived(lookup_query(shape, lookup), lookup.alias)
    return query.join(joined(inner, on=same, kind="left"), copy=False)


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
    rows = exp.select(
        *states([measure], bit=None if bit is None else column("g", "bits")),
        named(column("g", "n"), "n"),
        copy=False,
    ).from_(derived(inner, "g"), copy=False)
    return tallied(rows, [measure], persons=bit is not None, weighted=True)
