"""What a row is compared with in another table: whether its key exists there, a birth, a death, a visit.

Each looked-up table is brought to one row a key first, so that a repeated key never multiplies rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from analysis_jobs.cohort.expressions import (
    Expr,
    column,
    compare,
    day_from_parts,
    every,
    is_present,
    named,
    when,
    whole,
)
from analysis_jobs.quality.cdm_shape import CdmShape

_DATE: Final = exp.DataType.Type.DATE
_MIDDLE_OF_YEAR: Final = 6


@dataclass(frozen=True, slots=True)
class Lookup:
    """The row of `table` whose `key` is the value of `field`."""

    field: str
    table: str
    key: str

    @property
    def alias(self) -> str:
        plain = f"{self.table}_by_{self.field}"
        return plain if self.key == f"{self.table}_id" or self.table == "death" else f"{plain}_{self.key}"

    def value(self, name: str) -> Expr:
        """A value that the looked-up table tells; see `lookup_query`."""
        return column(self.alias, name)

    @property
    def is_found(self) -> Expr:
        return is_present(self.value("found"))


PERSON: Final = Lookup("person_id", "person", "person_id")
DEATH: Final = Lookup("person_id", "death", "person_id")
VISIT: Final = Lookup("visit_occurrence_id", "visit_occurrence", "visit_occurrence_id")


def as_day(value: Expr) -> Expr:
    """A date or a moment as a calendar day."""
    return exp.Cast(this=value, to=exp.DataType(this=_DATE))


def lookup_query(shape: CdmShape, lookup: Lookup) -> exp.Select:
    """One row a key: ``found``, and for persons, deaths and visits what the checks ask about them."""
    key = column("x", lookup.key)
    values: list[Expr] = [named(key, "found")]
    if lookup.table == "person":
        values += _person(shape)
    if lookup.table == "death" and shape.has("death", "death_date"):
        values.append(named(exp.Min(this=as_day(column("x", "death_date"))), "died"))
    if lookup.table == "visit_occurrence" and lookup.key == "visit_occurrence_id":
        values += _visit(shape)
    query = exp.select(*values, copy=False).from_(shape.source(lookup.table, "x"), copy=False)
    return query.where(is_present(key.copy()), copy=False).group_by(key.copy(), copy=False)


def _person(shape: CdmShape) -> list[Expr]:
    """``born`` as exactly as it is told, ``born_about`` in the middle of the year, and ``sex``."""
    told = [as_day(_of_person("birth_datetime"))] if shape.has("person", "birth_datetime") else []
    year = _within("year_of_birth", 1, 9999) if shape.has("person", "year_of_birth") else exp.Null()
    month, day = (
        _or_first(_within(field, 1, last)) if shape.has("person", field) else whole(1)
        for field, last in (("month_of_birth", 12), ("day_of_birth", 31))
    )
    exact = day_from_parts(year, month, day)
    about = day_from_parts(year.copy(), whole(_MIDDLE_OF_YEAR), whole(1))
    sex = _of_person("gender_concept_id") if shape.has("person", "gender_concept_id") else exp.Null()
    return [
        named(exp.Min(this=_first_of([*told, exact])), "born"),
        named(exp.Min(this=_first_of([*(each.copy() for each in told), about])), "born_about"),
        named(exp.Min(this=sex), "sex"),
    ]


def _of_person(field: str) -> Expr:
    return column("x", field)


def _within(field: str, first: int, last: int) -> Expr:
    """The number where it can be part of a date: an engine stops at a year 0 or a month 13."""
    told = _of_person(field)
    possible = every([compare("gte", told, whole(first)), compare("lte", told.copy(), whole(last))])
    return when([(possible, told.copy())])


def _or_first(value: Expr) -> Expr:
    return exp.Coalesce(this=value, expressions=[whole(1)])


def _first_of(values: list[Expr]) -> Expr:
    return values[0] if len(values) == 1 else exp.Coalesce(this=values[0], expressions=values[1:])


def _visit(shape: CdmShape) -> list[Expr]:
    spans = (("began", exp.Min, "visit_start_date"), ("ended", exp.Max, "visit_end_date"))
    return [
        named(aggregate(this=as_day(column("x", field))), name)
        for name, aggregate, field in spans
        if shape.has("visit_occurrence", field)
    ]
