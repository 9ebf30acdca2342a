"""Checks that count persons instead of rows: who has no record, whose periods overlap, who has no era."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from analysis_jobs.cohort.expressions import (
    Expr,
    column,
    compare,
    days_after,
    derived,
    every,
    is_null,
    is_present,
    joined,
    named,
    some,
    when,
    whole,
)
from analysis_jobs.quality.cdm_shape import CdmShape
from analysis_jobs.quality.lookups import as_day
from analysis_jobs.quality.measures import Tally

_PERIODS = "observation_period"


def read_persons(row: Sequence[Any]) -> Tally:
    """The numbers of a statement that tells ``violated, denominator`` persons."""
    violated, denominator = int(row[0] or 0), int(row[1] or 0)
    return Tally(violated, denominator, violated, denominator - violated)


def _persons_of(shape: CdmShape, table: str, field: str) -> exp.Select:
    found = column("x", field)
    query = exp.select(named(found, "found"), copy=False).from_(shape.source(table, "x"), copy=False)
    return query.where(is_present(found.copy()), copy=False).group_by(found.copy(), copy=False)


def _count_if(condition: Expr) -> Expr:
    return exp.Count(this=when([(condition, whole(1))]))


def persons_query(shape: CdmShape, table: str, field: str) -> exp.Select:
    """Persons without a row in the table, all persons, and distinct persons with a row."""
    here = column("g", "found")
    same = compare("eq", here, column("p", "person_id"))
    inner = derived(_persons_of(shape, table, field), "g")
    return (
        exp.select(
            named(_count_if(is_null(here.copy())), "violated"),
            named(exp.Count(this=exp.Star()), "denominator"),
            named(exp.Count(this=exp.Distinct(expressions=[here.copy()])), "persons"),
            copy=False,
        )
        .from_(shape.source("person", "p"), copy=False)
        .join(joined(inner, on=same, kind="left"), copy=False)
    )


def era_query(shape: CdmShape) -> exp.Select:
    """`measureConditionEraCompleteness`: persons with conditions and without any era of a condition."""
    same = compare("eq", column("e", "found"), column("c", "found"))
    return (
        exp.select(
            named(_count_if(is_null(column("e", "found"))), "violated"),
            named(exp.Count(this=exp.Star()), "denominator"),
            copy=False,
        )
        .from_(derived(_persons_of(shape, "condition_occurrence", "person_id"), "c"), copy=False)
        .join(
            joined(derived(_persons_of(shape, "condition_era", "person_id"), "e"), on=same, kind="left"),
            copy=False,
        )
    )


def overlap_query(shape: CdmShape) -> exp.Select:
    """`measureObservationPeriodOverlap`: persons two of whose periods overlap or follow without a gap."""
    person = column("a", "person_id")
    own = every(
        [
            compare("eq", column("b", "person_id"), person),
            compare("!eq", column("b", f"{_PERIODS}_id"), column("a", f"{_PERIODS}_id")),
        ]
    )
    touches = when([(_touches(), whole(1))], whole(0))
    pairs = (
        exp.select(named(person.copy(), "person"), named(exp.Max(this=touches), "touches"), copy=False)
        .from_(shape.source(_PERIODS, "a"), copy=False)
        .join(joined(shape.source(_PERIODS, "b"), on=own, kind="left"), copy=False)
        .where(is_present(person.copy()), copy=False)
        .group_by(person.copy(), copy=False)
    )
    return exp.select(
        named(exp.Sum(this=column("o", "touches")), "violated"),
        named(exp.Count(this=exp.Star()), "denominator"),
        copy=False,
    ).from_(derived(pairs, "o"), copy=False)


def _touches() -> Expr:
    begin, end = (as_day(column("a", f"{_PERIODS}_{edge}_date")) for edge in ("start", "end"))
    other_begin, other_end = (as_day(column("b", f"{_PERIODS}_{edge}_date")) for edge in ("start", "end"))
    overlap = every([compare("lte", begin, other_end), compare("gte", end, other_begin)])
    follows = compare("eq", days_after(end.copy(), 1), other_begin.copy())
    precedes = compare("eq", days_after(other_end.copy(), 1), begin.copy())
    return some([overlap, follows, precedes])
