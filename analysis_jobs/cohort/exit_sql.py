"""Builds the queries that end an episode and join episodes that touch: exits, censoring, eras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import DRUG, Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.expressions import (
    Expr,
    all_of,
    ascending,
    cdm_table,
    column,
    compare,
    days_after,
    derived,
    descending,
    every,
    is_null,
    joined,
    latest_of,
    name,
    named,
    query_table,
    surely,
    when,
    whole,
)
from analysis_jobs.cohort.record_sql import recorded_end
from onggi.spec.circe.plan import DrugEraExit, OffsetExit

_FEW_EVENTS = 5_000
"""Up to so many events their persons' exposures are looked up one by one; more are read in one go."""
_STANDARD_DRUG, _SOURCE_DRUG = str(DRUG.concept), str(DRUG.source_concept)


def offset_end(found: OffsetExit) -> Expr:
    """So many days from the event's start or end, at the latest the end of observation."""
    anchor = column("e", "start_date" if found.side == "start" else "end_date")
    moved = days_after(anchor, found.days)
    later = compare("gt", moved.copy(), column("e", "period_end"))
    return when([(later, column("e", "period_end"))], moved)


def not_before_start(candidate: Expr) -> Expr:
    """An end that lies before the start is none."""
    return when([(compare("gte", candidate, column("e", "start_date")), candidate.copy())])


def drug_exposures(found: DrugEraExit, *, events: str, cdm: Cdm, concept_sets: ConceptSets) -> exp.Query:
    """Exposures to the drug, by standard or by source concept: person, start, end with the gap allowed.

    Reads that an engine may narrow, each by its own condition, are faster than one with an "or".
    """
    standard, source = (
        concept_sets.holds(column("r", concept), found.codeset) for concept in (_STANDARD_DRUG, _SOURCE_DRUG)
    )
    reads = [[standard]]
    only_source = [source, exp.Not(this=exp.Paren(this=surely(standard.copy())))]
    if concept_sets.records is None:
        # Databases keep no index of source concepts, but one of persons; it pays where few are asked about,
        # which shows while the statement runs: of the two reads, the other one ends before it begins.
        few = compare("lte", _number_of(events), whole(_FEW_EVENTS))
        reads.append([*only_source, exp.Not(this=exp.Paren(this=few))])
        asked_about = exp.select(column("p", "person_id"), copy=False).from_(
            query_table(events, "p"), copy=False
        )
        of_persons = exp.In(this=column("r", "person_id"), query=exp.Subquery(this=asked_about))
        reads.append([*(each.copy() for each in only_source), of_persons, few.copy()])
    elif concept_sets.few_in(DRUG.name, _SOURCE_DRUG, found.codeset) != []:
        reads.append(only_source)
    return all_of([_exposures(found, conditions, cdm) for conditions in reads])


def _number_of(events: str) -> exp.Subquery:
    counted = exp.select(exp.Count(this=exp.Star()), copy=False).from_(query_table(events, "p"), copy=False)
    return exp.Subquery(this=counted)


def _exposures(found: DrugEraExit, conditions: Sequence[Expr], cdm: Cdm) -> exp.Select:
    start = column("r", DRUG.day)
    end = recorded_end(DRUG, row="r")
    if found.days_supply is not None:
        end = days_after(start.copy(), found.days_supply)
    return (
        exp.select(
            named(column("r", "person_id"), "person_id"),
            named(start, "start_date"),
            named(days_after(end, found.gap_days + found.offset), "end_date"),
            copy=False,
        )
        .from_(cdm_table(cdm, DRUG.name, "r"), copy=False)
        .where(*conditions, copy=False)
    )


def in_drug_era(eras: str) -> exp.Join:
    """Joins to each event (alias ``e``) the era of the drug in which it lies, if any."""
    start = column("e", "start_date")
    inside = [
        compare("eq", column(eras, "person_id"), column("e", "person_id")),
        compare("gte", start, column(eras, "start_date")),
        compare("lte", start.copy(), column(eras, "end_date")),
    ]
    return joined(query_table(eras, eras), on=every(inside), kind="left")


def drug_era_ends(events: str, eras: str, *, keys: Sequence[str]) -> exp.Select:
    """For each event that lies in an era of the drug: the end of that era, the first one if several do.

    Several do only where eras were prolonged.
    """
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
            *(named(column("e", each), each) for each in keys),
            named(exp.Min(this=column("d", "end_date")), "end_date"),
            copy=False,
        )
        .from_(query_table(events, "e"), copy=False)
        .join(joined(query_table(eras, "d"), on=inside, kind="inner"), copy=False)
        .group_by(*(column("e", each) for each in keys), copy=False)
    )


def censored_ends(events: str, censors: Sequence[str], *, keys: Sequence[str]) -> exp.Select:
    """For each event: the first censoring record on or after its start, within observation."""
    selects = [
        exp.select(*(column("c", each) for each in ("person_id", "start_date")), copy=False).from_(
            query_table(each, "c"), copy=False
        )
        for each in censors
    ]
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
            *(named(column("e", each), each) for each in keys),
            named(exp.Min(this=day.copy()), "end_date"),
            copy=False,
        )
        .from_(query_table(events, "e"), copy=False)
        .join(joined(derived(all_of(selects), "x"), on=inside, kind="inner"), copy=False)
        .group_by(*(column("e", each) for each in keys), copy=False)
    )


def era_query(rows: exp.Query, *, pad: int, few_ends: bool = False) -> exp.Query:
    """Joins a person's rows (person_id, start_date, end_date) that overlap or lie at most `pad` days apart.

    Rows come with `pad` days added to their ends; the era then ends `pad` days before the latest one. In
    order of their starts, a row opens an era where no row before it reaches it, and closes one where neither
    it nor a row before it reaches the next. Most rows do both; the others alone are sorted again and paired.
    `few_ends`: many rows of a person end on the same day, so that joining these first pays.
    """
    if few_ends:
        rows = _earliest_of_each_end(rows)
    whole_eras = _told(
        exp.select(copy=False).from_(query_table("edges", "g"), copy=False), "g", column("g", "last_end"), pad
    ).where(column("g", "opens"), column("g", "closes"), copy=False)
    order = [ascending(column("g", each)) for each in ("start_date", "closes")]
    closed = _window(exp.Lead(this=column("g", "last_end")), [column("g", "person_id")], order, None)
    paired = (
        exp.select(
            *(column("g", each) for each in ("person_id", "start_date", "opens")),
            named(closed, "closed"),
            copy=False,
        )
        .from_(query_table("edges", "g"), copy=False)
        .where(compare("!eq", column("g", "opens"), column("g", "closes")), copy=False)
    )
    longer_eras = _told(
        exp.select(copy=False).from_(derived(paired, "o"), copy=False), "o", column("o", "closed"), pad
    ).where(column("o", "opens"), copy=False)
    eras = all_of([whole_eras, longer_eras])
    return exp.select(
        *(column("w", each) for each in ("person_id", "start_date", "end_date")), copy=False
    ).from_(derived(eras.with_(name("edges"), as_=_edges(rows), copy=False), "w"), copy=False)


def eras_by_person(rows: str, *, pad: int) -> exp.Query:
    """The same of a named query whose rows mostly end, for each person, on one day: such rows are one era.

    Only the rows of the other persons are put in order.
    """
    person = column("t", "person_id")
    start, end = column("t", "start_date"), column("t", "end_date")
    spans = (
        exp.select(
            named(person, "person_id"),
            named(exp.Min(this=start), "start_date"),
            named(exp.Min(this=end), "end_date"),
            named(exp.Max(this=end.copy()), "last_end"),
            copy=False,
        )
        .from_(query_table(rows, "t"), copy=False)
        .group_by(person.copy(), copy=False)
    )
    one_end = compare("eq", column("s", "end_date"), column("s", "last_end"))
    whole_eras = _told(
        exp.select(copy=False).from_(query_table("spans", "s"), copy=False), "s", column("s", "end_date"), pad
    ).where(one_end, copy=False)
    several = (
        exp.select(column("s", "person_id"), copy=False)
        .from_(query_table("spans", "s"), copy=False)
        .where(exp.Not(this=one_end.copy()), copy=False)
    )
    others = exp.select(*(column("t", each) for each in ("person_id", "start_date", "end_date")), copy=False)
    others = others.from_(query_table(rows, "t"), copy=False).where(
        exp.In(this=person.copy(), query=exp.Subquery(this=several)), copy=False
    )
    eras = all_of([whole_eras, era_query(others, pad=pad, few_ends=True)])
    told = exp.select(
        *(column("w", each) for each in ("person_id", "start_date", "end_date")), copy=False
    ).from_(derived(eras, "w"), copy=False)
    return told.with_(name("spans"), as_=spans, copy=False)


def _told(query: exp.Select, row: str, end: Expr, pad: int) -> exp.Select:
    return query.select(
        named(column(row, "person_id"), "person_id"),
        named(column(row, "start_date"), "start_date"),
        named(days_after(end, -pad), "end_date"),
        copy=False,
    )


def _edges(rows: exp.Query) -> exp.Select:
    """The rows that open or close an era, with the latest end so far."""
    person, start, end = (column("r", each) for each in ("person_id", "start_date", "end_date"))
    order = [ascending(start.copy()), descending(end.copy())]
    reached = _window(exp.Max(this=end.copy()), [person.copy()], order, _BEFORE)
    following = _window(exp.Lead(this=start.copy()), [person.copy()], [each.copy() for each in order], None)
    seen = exp.select(
        person, start, end, named(reached, "reached"), named(following, "next_start"), copy=False
    ).from_(derived(rows, "r"), copy=False)
    last_end = latest_of([column("m", "end_date"), column("m", "reached")])
    opens = exp.or_(
        is_null(column("m", "reached")),
        compare("lt", column("m", "reached"), column("m", "start_date")),
        copy=False,
    )
    closes = exp.or_(
        is_null(column("m", "next_start")),
        compare("lt", last_end.copy(), column("m", "next_start")),
        copy=False,
    )
    flagged = exp.select(
        *(column("m", each) for each in ("person_id", "start_date")),
        named(last_end, "last_end"),
        named(exp.Paren(this=opens), "opens"),
        named(exp.Paren(this=closes), "closes"),
        copy=False,
    ).from_(derived(seen, "m"), copy=False)
    told = ("person_id", "start_date", "last_end", "opens", "closes")
    return (
        exp.select(*(column("f", each) for each in told), copy=False)
        .from_(derived(flagged, "f"), copy=False)
        .where(exp.or_(column("f", "opens"), column("f", "closes"), copy=False), copy=False)
    )


_BEFORE = ("UNBOUNDED", "PRECEDING", whole(1), "PRECEDING")


def _window(
    function: Expr, partition: list[Expr], order: list[exp.Ordered], frame: tuple[Any, ...] | None
) -> exp.Window:
    spec = None
    if frame is not None:
        first, first_side, last, last_side = frame
        spec = exp.WindowSpec(
            kind="ROWS", start=first, start_side=first_side, end=last.copy(), end_side=last_side
        )
    return exp.Window(this=function, partition_by=partition, order=exp.Order(expressions=order), spec=spec)


def _earliest_of_each_end(rows: exp.Query) -> exp.Select:
    keys = [column("t", each) for each in ("person_id", "end_date")]
    return (
        exp.select(keys[0], named(exp.Min(this=column("t", "start_date")), "start_date"), keys[1], copy=False)
        .from_(derived(rows, "t"), copy=False)
        .group_by(*(each.copy() for each in keys), copy=False)
    )
