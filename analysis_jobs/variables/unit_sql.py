"""Reads numbers in the unit that a variable asks for, by the variable's own table of conversions.

A record in a unit that the table does not list is not used. No unit recorded is concept 0 or nothing at all;
it is a unit like any other: used only where the table lists it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from analysis_jobs.cohort.expressions import (
    Expr,
    column,
    compare,
    every,
    is_present,
    query_table,
    real,
    rows_of,
    some,
    when,
    whole,
)
from onggi.spec.variables import Variable

_LARGEST, _SMALLEST = 1e250, 1e-250
"""Numbers beyond are no findings, and some engines fail on a product that a double cannot hold."""


def unit_rows(variables: Sequence[tuple[int, Variable]]) -> exp.Query | None:
    """(variable, unit, factor, offset) of every variable that asks for a unit; None where none does."""
    rows = [
        [whole(at), whole(unit), real(factor), real(offset)]
        for at, each in variables
        for unit, (factor, offset) in sorted(_listed(each).items())
    ]
    if not rows:
        return None
    names = ["variable", "unit", "factor", "shift"]
    return exp.select(*(column("k", each) for each in names)).from_(rows_of(rows, "k", names))


def _listed(variable: Variable) -> dict[int, tuple[float, float]]:
    if variable.unit is None:
        return {}
    listed = {each.recorded: (each.factor, each.offset) for each in variable.conversions}
    return {**listed, variable.unit: (1.0, 0.0)}


def join_units(query: exp.Select, units: str) -> exp.Select:
    """Puts the conversion of a record's unit beside it, where the variable lists that unit."""
    recorded = exp.Coalesce(this=column("r", "unit_concept_id"), expressions=[whole(0)])
    same = every(
        [
            compare("eq", column("k", "variable"), column("a", "variable")),
            compare("eq", column("k", "unit"), recorded),
        ]
    )
    return query.join(query_table(units, "k"), on=same, join_type="left")


def in_unit() -> Expr:
    """The record is in a listed unit, or none is asked for."""
    return some([compare("eq", column("a", "has_unit"), whole(0)), is_present(column("k", "factor"))])


def converted(number: Expr) -> Expr:
    """The number in the unit of the variable; as it is where the variable asks for none."""
    product = exp.Mul(this=number.copy(), expression=column("k", "factor"))
    moved = exp.Add(this=product, expression=column("k", "shift"))
    known = is_present(column("k", "factor"))
    return when([(every([known, is_representable(number)]), moved)], number.copy())


def is_representable(number: Expr) -> Expr:
    """The number is zero or of a size that any product and sum here can hold."""
    size = exp.Abs(this=number.copy())
    between = every([compare("gte", size, real(_SMALLEST)), compare("lte", size.copy(), real(_LARGEST))])
    return exp.Paren(this=some([compare("eq", number.copy(), real(0.0)), between]))
