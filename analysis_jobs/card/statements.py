"""Writes the statements that a dataset card is made of: each counts distinct persons and drops small groups.

* Every statement ends with "at least so many distinct persons", so a small group never leaves the database.
* A person counts once, whatever the number of their records: numbers of a measurement are one (the middle
  one) for each person before any quantile is taken.
* Years and lengths are grouped into steps inside the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import (
    CONDITION,
    DEVICE,
    DRUG,
    MEASUREMENT,
    OBSERVATION,
    PROCEDURE,
    VISIT,
    Cdm,
    RecordTable,
)
from analysis_jobs.cohort.expressions import (
    Expr,
    cdm_table,
    column,
    compare,
    days_between,
    derived,
    is_null,
    is_one_of,
    is_present,
    named,
    when,
    whole,
    year,
)
from catalog.dataset_card import MINIMUM_FOR_NUMBERS, MOST_ANCESTORS, MOST_CONCEPTS, QUANTILES, YEARS

RECORD_TABLES: Final[tuple[RecordTable, ...]] = (
    VISIT,
    CONDITION,
    DRUG,
    PROCEDURE,
    DEVICE,
    MEASUREMENT,
    OBSERVATION,
)
_LENGTH_EDGES: Final = tuple(step * 10**power for power in range(5) for step in (1, 2, 5))


@dataclass(frozen=True, slots=True)
class CardStatements:
    """The statements over one CDM, for groups of at least `minimum` distinct persons."""

    cdm: Cdm
    minimum: int

    def persons(self) -> exp.Select:
        """``persons``"""
        return exp.select(named(_distinct("t"), "persons")).from_(self._table("person"))

    def sexes(self) -> exp.Select:
        """``concept, persons``"""
        return self._grouped(column("t", "gender_concept_id"), "person", "concept")

    def births(self) -> exp.Select:
        """``first, persons``: years of birth in steps."""
        return self._grouped(_stepped(column("t", "year_of_birth")), "person", "first")

    def deaths(self) -> exp.Select:
        """``persons``"""
        return exp.select(named(_distinct("t"), "persons")).from_(self._table("death"))

    def starts(self) -> exp.Select:
        """``first, persons``: the year in which a person's observation first begins, in steps."""
        return _at_least(_stepped(year(column("p", "began"))), "first", self._observed(), self.minimum)

    def lengths(self) -> exp.Select:
        """``days, persons``: how long a person's longest period lasts, by the ladder's lower edges."""
        cases = [
            (compare("gte", column("p", "days"), whole(edge)), whole(edge)) for edge in _LENGTH_EDGES[::-1]
        ]
        return _at_least(when(cases), "days", self._observed(), self.minimum)

    def table_use(self, table: str, columns: Sequence[str]) -> exp.Select:
        """``persons, records_each, c0, c1, ...``: for each column, how many persons have a value in it."""
        per_person = exp.select(
            named(_count(), "records"),
            *(
                named(exp.Max(this=when([(is_present(column("t", each)), whole(1))], whole(0))), f"c{at}")
                for at, each in enumerate(columns)
            ),
        )
        per_person = per_person.from_(self._table(table)).group_by(column("t", "person_id"))
        return exp.select(
            named(_count(), "persons"),
            named(_percentile(0.5, column("p", "records")), "records_each"),
            *(named(exp.Sum(this=column("p", f"c{at}")), f"c{at}") for at in range(len(columns))),
        ).from_(derived(per_person, "p"))

    def concepts(self, table: RecordTable) -> exp.Select:
        """``concept, persons, records_each``, the most frequent first."""
        inner = self._per_person(table, named(_count(), "records"))
        return (
            exp.select(
                named(column("p", "concept"), "concept"),
                named(_count(), "persons"),
                named(_percentile(0.5, column("p", "records")), "records_each"),
            )
            .from_(derived(inner, "p"))
            .group_by(column("p", "concept"))
            .having(compare("gte", _count(), whole(self.minimum)))
            .order_by(exp.Ordered(this=_count(), desc=True), column("p", "concept"))
            .limit(MOST_CONCEPTS)
        )

    def numbers(self, table: RecordTable, concepts: Sequence[int]) -> exp.Select:
        """``concept, unit, persons, q0 .. q4``: quantiles over persons, each with their middle number."""
        value = column("t", "value_as_number")
        unit = column("t", "unit_concept_id")
        inner = self._per_person(
            table, named(unit, "unit"), named(_percentile(0.5, value), "number"), more=[unit.copy()]
        ).where(is_present(value.copy()), is_one_of(column("t", str(table.concept)), concepts))
        groups = [column("p", "concept"), column("p", "unit")]
        return (
            exp.select(
                *(each.copy() for each in groups),
                named(_count(), "persons"),
                *(
                    named(_percentile(share, column("p", "number")), f"q{at}")
                    for at, share in enumerate(QUANTILES)
                ),
            )
            .from_(derived(inner, "p"))
            .group_by(*groups)
            .having(compare("gte", _count(), whole(max(self.minimum, MINIMUM_FOR_NUMBERS))))
            .order_by(column("p", "concept"), exp.Ordered(this=_count(), desc=True), column("p", "unit"))
        )

    def missing(self, table: RecordTable, concepts: Sequence[int]) -> exp.Select:
        """``concept, persons``: who has a record of the concept and no number in any of them."""
        inner = self._per_person(
            table, named(exp.Count(this=column("t", "value_as_number")), "numbers")
        ).where(is_one_of(column("t", str(table.concept)), concepts))
        return _at_least(
            column("p", "concept"),
            "concept",
            inner,
            self.minimum,
            where=compare("eq", column("p", "numbers"), whole(0)),
        )

    def answers(self, table: RecordTable, concepts: Sequence[int]) -> exp.Select:
        """``concept, answer, persons``"""
        groups = [column("t", str(table.concept)), column("t", "value_as_concept_id")]
        return (
            exp.select(
                named(groups[0].copy(), "concept"),
                named(groups[1].copy(), "answer"),
                named(_distinct("t"), "persons"),
            )
            .from_(self._table(table.name))
            .where(is_present(groups[1].copy()), is_one_of(groups[0].copy(), concepts))
            .group_by(*groups)
            .having(compare("gte", _distinct("t"), whole(self.minimum)))
        )

    def vocabulary(self, concepts: Sequence[int]) -> exp.Select:
        """``concept_id, concept_name, domain_id, vocabulary_id, concept_class_id, standard_concept``"""
        names = ("concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id")
        return (
            exp.select(*(column("c", each) for each in (*names, "standard_concept")))
            .from_(cdm_table(self.cdm.vocabulary, "concept", "c"))
            .where(is_one_of(column("c", "concept_id"), concepts), is_null(column("c", "invalid_reason")))
        )

    def ancestors(self, concepts: Sequence[int]) -> exp.Select:
        """``ancestor_concept_id, descendant_concept_id``, the nearest first."""
        order = ("min_levels_of_separation", "descendant_concept_id", "ancestor_concept_id")
        return (
            exp.select(column("a", "ancestor_concept_id"), column("a", "descendant_concept_id"))
            .from_(cdm_table(self.cdm.vocabulary, "concept_ancestor", "a"))
            .where(is_one_of(column("a", "descendant_concept_id"), concepts))
            .order_by(*(column("a", each) for each in order))
            .limit(MOST_ANCESTORS)
        )

    def _table(self, table: str) -> exp.Table:
        return cdm_table(self.cdm, table, "t")

    def _grouped(self, group: Expr, table: str, name: str) -> exp.Select:
        return (
            exp.select(named(group, name), named(_distinct("t"), "persons"))
            .from_(self._table(table))
            .where(is_present(group.copy()))
            .group_by(group.copy())
            .having(compare("gte", _distinct("t"), whole(self.minimum)))
        )

    def _observed(self) -> exp.Select:
        """One row a person: the first day, and the days of the longest period."""
        start, end = (column("t", f"observation_period_{side}_date") for side in ("start", "end"))
        days = exp.Add(this=exp.Paren(this=days_between(start.copy(), end)), expression=whole(1))
        return (
            exp.select(named(exp.Min(this=start), "began"), named(exp.Max(this=days), "days"))
            .from_(self._table("observation_period"))
            .group_by(column("t", "person_id"))
        )

    def _per_person(self, table: RecordTable, *told: Expr, more: Sequence[Expr] = ()) -> exp.Select:
        """One row for each concept and person (and `more`)."""
        concept = column("t", str(table.concept))
        return (
            exp.select(named(concept, "concept"), *told)
            .from_(self._table(table.name))
            .where(is_present(concept.copy()))
            .group_by(concept.copy(), column("t", "person_id"), *more)
        )


def _at_least(
    group: Expr, name: str, rows: exp.Select, minimum: int, *, where: Expr | None = None
) -> exp.Select:
    """Groups of rows that stand for one person each."""
    query = (
        exp.select(named(group, name), named(_count(), "persons"))
        .from_(derived(rows, "p"))
        .where(is_present(group.copy()))
    )
    if where is not None:
        query = query.where(where)
    return query.group_by(group.copy()).having(compare("gte", _count(), whole(minimum)))


def _count() -> Expr:
    return exp.Count(this=exp.Star())


def _distinct(alias: str) -> Expr:
    return exp.Count(this=exp.Distinct(expressions=[column(alias, "person_id")]))


def _stepped(years: Expr) -> Expr:
    """The first of the five years in which a year lies."""
    step = whole(YEARS)
    return exp.Sub(
        this=exp.Paren(this=years), expression=exp.Paren(this=exp.Mod(this=years.copy(), expression=step))
    )


def _percentile(share: float, expression: Expr) -> Expr:
    """The recorded value at a share of the order; never one between two."""
    return exp.WithinGroup(
        this=exp.PercentileDisc(this=exp.Literal.number(share)),
        expression=exp.Order(expressions=[exp.Ordered(this=expression, nulls_first=False)]),
    )
