"""Builds the queries that end an episode and join episodes that touch: exits, censoring, eras."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import DRUG, Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.expressions import (
    Expr,
    ascending,
    cdm_table,
    column,
    compare,
    days_after,
    derived,
    descending,
    earliest_of,
    every,
    joined,
    named,
    query_table,
    when,
    whole,
)
from analysis_jobs.cohort.record_sql import recorded_end
from onggi.spec.circe.plan import DrugEraExit, OffsetExit

_KEYS = ("person_id", "ordinal")


def offset_end(found: OffsetExit) -> Expr:
    """So many days from the event's start or end, at the latest the end of observation."""
    anchor = column("e", "start_date" if found.side == "start" else "end_date")
    moved = days_after(anchor, found.days)
    later = compare("gt", moved.copy(), column("e", "period_end"))
    return when([(later, column("e", "period_end"))], moved)


def not_before_start(candidate: Expr) -> Expr:
    """An end that lies before the start is none."""
    return when([(compare("gte", candidate, column("e", "start_date")), candidate.copy())])


def drug_exposures(found: DrugEraExit, *, cdm: Cdm, concept_sets: ConceptSets) -> exp.Query:
    """Exposures to the drug, by standard or by source concept: person, start, end with the gap allowed."""
    start = column("r", DRUG.day)
    end = (
        recorded_end(DRUG, row="r")
        if found.days_supply is None
        else days_after(start.copy(), found.days_supply)
    )
    parts: list[exp.Select] = []
    for concept in (DRUG.concept, DRUG.source_concept):
        assert concept is not None
        parts.append(
            exp.select(
                named(column("r", "person_id"), "person_id"),
                named(start.copy(), "start_date"),
                named(days_after(end.copy(), found.gap_days + found.offset), "end_date"),
                copy=False,
            )
            .from_(cdm_table(cdm, DRUG.name, "r"), copy=False)
            .where(concept_sets.holds(column("r", concept), found.codeset), copy=False)
        )
    return exp.Union(this=parts[0], expression=parts[1], distinct=False)


def drug_era_ends(events: str, eras: str) -> exp.Select:
    """For each event that lies in an era of the drug: the end of that era, the first one if several do."""
    start = column("e", "start_date")
    inside = every(
        [
            compare("eq", column("d", "person_id"), column("e", "person_id")),
            compare("gte", start, column("d", "start_date")),
            compare("lte", start.copy(), column("d", "end_date")),
        ]
    )
    return (
        exp.select(
            *(named(column("e", each), each) for each in _KEYS),
            named(exp.Min(this=column("d", "end_date")), "end_date"),
            copy=False,
        )
        .from_(query_table(events, "e"), copy=False)
        .join(joined(query_table(eras, "d"), on=inside, kind="inner"), copy=False)
        .group_by(*(column("e", each) for each in _KEYS), copy=False)
    )


def censored_ends(events: str, censors: Sequence[str]) -> exp.Select:
    """For each event: the first censoring record on or after its start, within observation."""
    selects = [
        exp.select(*(column("c", each) for each in ("person_id", "start_date")), copy=False).from_(
            query_table(each, "c"), copy=False
        )
        for each in censors
    ]
    union: exp.Query = selects[0]
    for select in selects[1:]:
        union = exp.Union(this=union, expression=select, distinct=False)
    day = column("x", "start_date")
    inside = every(
        [
            compare("eq", column("x", "person_id"), column("e", "person_id")),
            compare("gte", day, column("e", "start_date")),
            compare("lte", day.copy(), column("e", "period_end")),
        ]
    )
    return (
        exp.select(
            *(named(column("e", each), each) for each in _KEYS),
            named(exp.Min(this=day.copy()), "end_date"),
            copy=False,
        )
        .from_(query_table(events, "e"), copy=False)
        .join(joined(derived(union, "x"), on=inside, kind="inner"), copy=False)
        .group_by(*(column("e", each) for each in _KEYS), copy=False)
    )


def joined_ends(candidates: Sequence[Expr]) -> Expr:
    """The first of the ends that an episode may have."""
    return earliest_of(list(candidates))


def era_query(rows: exp.Query, *, pad: int) -> exp.Select:
    """Joins a person's rows (person_id, start_date, end_date) that overlap or lie at most `pad` days apart.

    The era then ends `pad` days before the latest padded end; rows that come already padded by `pad` days
    are unpadded here.
    """
    person, start, end = (column("r", each) for each in ("person_id", "start_date", "end_date"))
    order = [ascending(start.copy()), descending(end.copy())]
    before = exp.Window(
        this=exp.Max(this=end.copy()),
        partition_by=[person.copy()],
        order=exp.Order(expressions=order),
        spec=exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=whole(1), end_side="PRECEDING"
        ),
    )
    opens = when([(compare("gte", before, start.copy()), whole(0))], whole(1))
    marked = exp.select(person, start, end, named(opens, "opens"), copy=False).from_(
        derived(rows, "r"), copy=False
    )
    number = exp.Window(
        this=exp.Sum(this=column("m", "opens")),
        partition_by=[column("m", "person_id")],
        order=exp.Order(
            expressions=[
                ascending(column("m", "start_date")),
                descending(column("m", "end_date")),
                descending(column("m", "opens")),
            ]
        ),
        spec=exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW", end_side=None
        ),
    )
    numbered = exp.select(
        *(column("m", each) for each in ("person_id", "start_date", "end_date")),
        named(number, "era"),
        copy=False,
    ).from_(derived(marked, "m"), copy=False)
    latest = exp.Max(this=column("n", "end_date"))
    return (
        exp.select(
            named(column("n", "person_id"), "person_id"),
            named(exp.Min(this=column("n", "start_date")), "start_date"),
            named(days_after(latest, -pad), "end_date"),
            copy=False,
        )
        .from_(derived(numbered, "n"), copy=False)
        .group_by(column("n", "person_id"), column("n", "era"), copy=False)
    )
