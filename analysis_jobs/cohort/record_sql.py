"""Builds the query of one criterion: the records of a domain that count, each with its start and end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES, Cdm, RecordTable
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.condition_sql import Asked, condition_sql, join_places, places_read, record_columns
from analysis_jobs.cohort.expressions import (
    Expr,
    cdm_table,
    column,
    compare,
    day,
    days_after,
    days_between,
    derived,
    every,
    is_one_of,
    is_present,
    joined,
    listed,
    named,
    when,
    whole,
)
from analysis_jobs.cohort.first_rows import first_rows
from onggi.spec.circe.plan import Column, Criterion, DistinctOf

_LONGEST_SUPPLY = 36_500
COUNTED = "counted"
"""The output column of which a correlated criterion counts distinct values."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a query of records tells beside person, record id and start."""

    ends: bool
    visits: bool
    distinct: DistinctOf | None = None

    def names(self) -> list[str]:
        """The columns, in order."""
        told = ["person_id", "event_id", "start_date"]
        return told + ["end_date"] * self.ends + ["visit_occurrence_id"] * self.visits


def record_query(
    criterion: Criterion, *, cdm: Cdm, concept_sets: ConceptSets, outputs: Outputs
) -> exp.Select:
    """The records of a criterion without its group."""
    return _RecordQuery(criterion, cdm, concept_sets, outputs).build()


def finds_nothing(criterion: Criterion, *, concept_sets: ConceptSets) -> bool:
    """Whether the store is known to hold no record with the concepts that the criterion asks for."""
    table = CRITERION_TABLES[criterion.domain]
    return any(
        concept_sets.few_in(table.name, concept, codeset) == [] for concept, codeset in _sets_asked(criterion)
    )


def most_records(criterion: Criterion, *, concept_sets: ConceptSets) -> int | None:
    """How many records have a concept that the criterion asks for; None where it is not known."""
    table = CRITERION_TABLES[criterion.domain]
    known = [
        concept_sets.records_in(table.name, concept, codeset) for concept, codeset in _sets_asked(criterion)
    ]
    return min((each for each in known if each is not None), default=None)


def _sets_asked(criterion: Criterion) -> list[tuple[str, int]]:
    """The columns in which a criterion looks for concept sets, and these sets."""
    table = CRITERION_TABLES[criterion.domain]
    asked = ((table.concept, criterion.codeset), (table.source_concept, criterion.source_codeset))
    return [(concept, codeset) for concept, codeset in asked if concept is not None and codeset is not None]


def recorded_end(table: RecordTable, *, row: str) -> Expr:
    """When a record ends, as Circe has it: its end, else its supply's end, else the day after its start."""
    found: list[Expr] = [column(row, table.end)] if table.end else []
    if table.days_supply:
        found.append(_supplied_end(table, table.days_supply, row))
    if table.lasts == "a_day":
        found.append(days_after(column(row, table.day), 1))
    return exp.Coalesce(this=found[0], expressions=found[1:]) if len(found) > 1 else found[0]


def _supplied_end(table: RecordTable, days_supply: str, row: str) -> Expr:
    # A nonsense supply must not overflow the calendar and fail the run.
    at_least = exp.Greatest(
        this=column(row, days_supply), expressions=[whole(-_LONGEST_SUPPLY)], ignore_nulls=True
    )
    supply = exp.Least(this=at_least, expressions=[whole(_LONGEST_SUPPLY)], ignore_nulls=True)
    return when([(is_present(column(row, days_supply)), days_after(column(row, table.day), supply))])


class _RecordQuery:
    def __init__(self, criterion: Criterion, cdm: Cdm, concept_sets: ConceptSets, outputs: Outputs) -> None:
        self._criterion = criterion
        self._table = CRITERION_TABLES[criterion.domain]
        self._cdm = cdm
        self._concept_sets = concept_sets
        self._outputs = outputs

    def build(self) -> exp.Select:
        """One level where the first record is not asked for, else a level that numbers them below."""
        source = exp.select(copy=False).from_(cdm_table(self._cdm, self._table.name, "r"), copy=False)
        source, concepts = self._with_concepts(source)
        if not self._criterion.first:
            return self._told(source, "r", concepts)
        order = [column("r", self._table.day), column("r", self._table.key)]
        # A CDM's death table has no other id than the person's, so that names may meet.
        kept = sorted(self._read_columns() | {"person_id", self._table.key, self._table.day})
        rows = source.select(*(named(column("r", each), each) for each in kept), copy=False)
        if concepts:
            rows = rows.where(every(concepts), copy=False)
        firsts = first_rows(rows, of=column("r", "person_id"), order=order)
        return self._told(exp.select(copy=False).from_(derived(firsts, "c"), copy=False), "c", [])

    def _read_columns(self) -> set[str]:
        table = self._table
        found = record_columns(self._criterion.conditions)
        found |= {each for each in (table.end, table.days_supply) if each}
        if self._outputs.visits and table.has_visit:
            found.add("visit_occurrence_id")
        match self._outputs.distinct:
            case Column(_, name):
                found.add(name)
            case "domain_concept" if table.concept:
                found.add(table.concept)
            case "visit" if table.has_visit:
                found.add("visit_occurrence_id")
        return found

    def _with_concepts(self, source: exp.Select) -> tuple[exp.Select, list[Expr]]:
        """The rows joined to the concepts they must have, and the conditions for the other concept sets."""
        table = self._table
        conditions: list[Expr] = []
        for concept, codeset in _sets_asked(self._criterion):
            few = self._concept_sets.few_in(table.name, concept, codeset)
            if few is None:
                conditions.append(self._concept_sets.holds(column("r", concept), codeset))
            elif len(few) <= 1:
                conditions.append(is_one_of(column("r", concept), few))
            else:
                same = compare("eq", column("r", concept), column(f"{concept}_asked", "asked"))
                source = source.join(
                    joined(listed(few, f"{concept}_asked"), on=same, kind="inner"), copy=False
                )
        return source, conditions

    def _days(self, row: str) -> tuple[Expr, Expr]:
        """Start and end, moved where the criterion says so."""
        start, end = column(row, self._table.day), recorded_end(self._table, row=row)
        shift = self._criterion.shift
        if shift is None:
            return start, end
        sides = {"start": start, "end": end}
        return (
            days_after(sides[shift.start_from].copy(), shift.start_days),
            days_after(sides[shift.end_from].copy(), shift.end_days),
        )

    def _told(self, query: exp.Select, row: str, conditions: Iterable[Expr]) -> exp.Select:
        criterion, table = self._criterion, self._table
        start, end = self._days(row)
        asked = Asked(row, start, end)
        query = join_places(query, places_read(criterion.conditions), row=row, cdm=self._cdm)
        wanted = [
            *conditions,
            *(condition_sql(each, asked, self._concept_sets) for each in criterion.conditions),
        ]
        if criterion.shift is not None:
            # Circe leaves out a record that its shift turned round.
            wanted.append(compare("gte", end.copy(), start.copy()))
        if wanted:
            query = query.where(every(wanted), copy=False)
        if criterion.fixed_start is not None:
            start = day(criterion.fixed_start)
        if criterion.fixed_end is not None:
            end = day(criterion.fixed_end)
        told = {
            "person_id": column(row, "person_id"),
            "event_id": column(row, table.key),
            "start_date": start,
        }
        if self._outputs.ends:
            told["end_date"] = end
        if self._outputs.visits:
            told["visit_occurrence_id"] = self._visit(row)
        if self._outputs.distinct is not None:
            told[COUNTED] = self._counted(self._outputs.distinct, row, start, end)
        return query.select(*(named(value.copy(), name) for name, value in told.items()), copy=False)

    def _visit(self, row: str) -> Expr:
        if self._table.has_visit:
            return column(row, "visit_occurrence_id")
        return exp.Cast(this=exp.Null(), to=exp.DataType(this=exp.DataType.Type.BIGINT))

    def _counted(self, distinct: DistinctOf, row: str, start: Expr, end: Expr) -> Expr:
        match distinct:
            case Column(_, name):
                return column(row, name)
            case "start":
                return start
            case "end":
                return end
            case "length":
                return days_between(start.copy(), end.copy())
            case "visit":
                return self._visit(row)
            case "domain_concept":
                assert self._table.concept is not None
                return column(row, self._table.concept)
