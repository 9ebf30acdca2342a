"""Turns what a criterion asks of a record into SQL. Missing satisfies nothing, as in Circe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.expressions import (
    Expr,
    as_double,
    cdm_table,
    column,
    compare,
    day,
    day_from_parts,
    days_between,
    every,
    in_date_range,
    in_number_range,
    is_one_of,
    joined,
    matches_text,
    some,
    whole,
    year,
)
from onggi.spec.circe.plan import (
    Abnormal,
    Column,
    ConceptIs,
    Condition,
    CoversDay,
    DateIs,
    InConceptSet,
    NumberIs,
    Place,
    Subject,
    TextIs,
)

_LOW_OR_HIGH: Final = (4155142, 4155143)
"""The value concepts that Circe takes for an abnormal result."""
_AGES: Final = ("age_at_start", "age_at_end", "age_in_days")
_RATIOS: Final = {"low_ratio": "range_low", "high_ratio": "range_high"}
_JOINS: Final[dict[Place, tuple[str, Literal["inner", "left"], tuple[str, ...]]]] = {
    # place: (table, kind of join, columns that are equal)
    "person": ("person", "inner", ("person_id",)),
    "visit": ("visit_occurrence", "inner", ("visit_occurrence_id", "person_id")),
    "care_site": ("care_site", "inner", ("care_site_id",)),
    "provider": ("provider", "left", ("provider_id",)),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the row stands of which conditions are asked: its alias, its start and its end."""

    row: str
    start: Expr
    end: Expr


def record_columns(conditions: Iterable[Condition]) -> set[str]:
    """The columns of the record itself that conditions read, those that joins need included."""
    found: set[str] = set()
    for condition in conditions:
        if isinstance(condition, Abnormal):
            found |= {"value_as_number", "range_low", "range_high", "value_as_concept_id"}
        elif not isinstance(condition, CoversDay):
            found |= _subject_columns(condition.subject)
    return found


def _subject_columns(subject: Subject) -> set[str]:
    if isinstance(subject, Column):
        if subject.place == "record":
            return {subject.name}
        return {each for each in _JOINS[subject.place][2] if each != "person_id"}
    return {"value_as_number", _RATIOS[subject]} if subject in _RATIOS else set()


def places_read(conditions: Iterable[Condition]) -> set[Place]:
    """Whose columns conditions read beside the record's own."""
    found: set[Place] = set()
    for condition in conditions:
        if isinstance(condition, Abnormal | CoversDay):
            continue
        if isinstance(condition.subject, Column):
            found.add(condition.subject.place)
        elif condition.subject in _AGES:
            found.add("person")
    return found - {"record"}


def join_places(
    query: exp.Select, places: set[Place], *, row: str, cdm: Cdm, keep_all: bool = False
) -> exp.Select:
    """Joins the person, visit, provider or care site of a row. `keep_all`: a row without one stays."""
    for place in sorted(places):
        table, kind, columns = _JOINS[place]
        same = every(compare("eq", column(place, each), column(row, each)) for each in columns)
        query = query.join(
            joined(cdm_table(cdm, table, place), on=same, kind="left" if keep_all else kind), copy=False
        )
    return query


def condition_sql(condition: Condition, asked: Asked, concept_sets: ConceptSets) -> Expr:
    """The condition on one row."""
    match condition:
        case NumberIs(subject, number, integer):
            told = _subject(subject, asked)
            return in_number_range(told if integer else as_double(told), number, integer=integer)
        case DateIs(subject, days):
            return in_date_range(_subject(subject, asked), days)
        case ConceptIs(subject, concepts, excluded):
            listed = is_one_of(_subject(subject, asked), concepts)
            return exp.Not(this=exp.Paren(this=listed)) if excluded else listed
        case InConceptSet(subject, codeset, excluded):
            told = _subject(subject, asked)
            return concept_sets.lacks(told, codeset) if excluded else concept_sets.holds(told, codeset)
        case TextIs(subject, op, text):
            return matches_text(_subject(subject, asked), op, text)
        case CoversDay(chosen):
            within = [
                compare("lte", asked.start.copy(), day(chosen)),
                compare("gte", asked.end.copy(), day(chosen)),
            ]
            return every(within)
        case Abnormal():
            return _abnormal(asked.row)


def _abnormal(row: str) -> Expr:
    value = column(row, "value_as_number")
    return exp.Paren(
        this=some(
            [
                compare("lt", value, column(row, "range_low")),
                compare("gt", value.copy(), column(row, "range_high")),
                is_one_of(column(row, "value_as_concept_id"), _LOW_OR_HIGH),
            ]
        )
    )


def _subject(subject: Subject, asked: Asked) -> Expr:
    if isinstance(subject, Column):
        return column(asked.row if subject.place == "record" else subject.place, subject.name)
    match subject:
        case "start":
            return asked.start.copy()
        case "end":
            return asked.end.copy()
        case "length":
            return days_between(asked.start.copy(), asked.end.copy())
        case "age_at_start":
            return _age(asked.start)
        case "age_at_end":
            return _age(asked.end)
        case "age_in_days":
            return days_between(_born(), asked.start.copy())
        case "low_ratio" | "high_ratio":
            limit = exp.Nullif(this=as_double(column(asked.row, _RATIOS[subject])), expression=whole(0))
            return exp.Paren(
                this=exp.Div(this=as_double(column(asked.row, "value_as_number")), expression=limit)
            )


def _age(at: Expr) -> Expr:
    return exp.Paren(this=exp.Sub(this=year(at.copy()), expression=column("person", "year_of_birth")))


def _born() -> Expr:
    return day_from_parts(*(column("person", f"{part}_of_birth") for part in ("year", "month", "day")))
