"""Builds the statement that finds a cohort, in three forms: its episodes, its entries, its rules met.

* `cohort_rows`: Circe's cohort, ``person_id, start_date, end_date``, one row per episode.
* `cohort_entries`: one row per person with a qualified event: ``person_id, index_date, cohort_step``.
* `rule_masks`: one row per qualified event: ``person_id, start_date, ordinal, rules_met``; bit i of
  `rules_met` is rule i. From these rows any choice and order of the rules can be counted.

`cohort_step` is the number of inclusion rules met in order before the first one missed. A person may have
several qualified events; the one that gets furthest counts. Whoever has an event that meets every rule
enters exactly when Circe lets them in; of several episodes the first one counts.
Total order of a person's events: start date, record id, position of the criterion, start and end of the
observation period, end of the event.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.event_sql import EventQueries
from analysis_jobs.cohort.exit_sql import (
    censored_ends,
    drug_era_ends,
    drug_exposures,
    era_query,
    eras_by_person,
    in_drug_era,
    not_before_start,
    offset_end,
)
from analysis_jobs.cohort.expressions import (
    Expr,
    column,
    compare,
    day,
    days_after,
    derived,
    earliest_of,
    every,
    is_present,
    joined,
    latest_of,
    named,
    query_table,
    when,
    whole,
    with_queries,
)
from analysis_jobs.cohort.first_rows import first_rows, rank_of_day
from onggi.spec.circe.plan import CohortPlan, DrugEraExit, OffsetExit


def cohort_rows(plan: CohortPlan, *, cdm: Cdm, concept_sets: ConceptSets) -> exp.Select:
    """The episodes of a cohort, as Circe writes them into its cohort table."""
    queries = EventQueries(plan, cdm=cdm, concept_sets=concept_sets)
    _add_rows(queries)
    told = [column("k", each) for each in ("person_id", "start_date", "end_date")]
    return with_queries(
        exp.select(*told, copy=False).from_(query_table("cohort_rows", "k"), copy=False), queries.queries
    )


def cohort_entries(plan: CohortPlan, *, cdm: Cdm, concept_sets: ConceptSets) -> exp.Select:
    """Per person the entry date and how many rules were met in order."""
    queries = EventQueries(plan, cdm=cdm, concept_sets=concept_sets)
    queries.add_qualified()
    conditions = queries.conditions_on("qualified_events")
    missed: list[tuple[Expr, Expr]] = [
        (exp.Not(this=exp.Paren(this=conditions.holds(rule.group))), whole(at))
        for at, rule in enumerate(plan.rules)
    ]
    total = whole(len(plan.rules))
    step = when(missed, total) if missed else total
    stepped = exp.select(
        *(column("e", each) for each in ("person_id", "start_date", "ordinal")),
        named(step, "cohort_step"),
        copy=False,
    ).from_(query_table("qualified_events", "e"), copy=False)
    queries.add("stepped_events", conditions.join_to(stepped))
    furthest = _furthest(later_first=plan.expression_limit == "LAST")
    if plan.may_lack_an_episode:
        furthest = _with_episode(queries, furthest)
    return with_queries(furthest, queries.queries)


def rule_masks(plan: CohortPlan, *, cdm: Cdm, concept_sets: ConceptSets) -> exp.Select:
    """Which rules each qualified event meets."""
    queries = EventQueries(plan, cdm=cdm, concept_sets=concept_sets)
    queries.add_qualified()
    conditions = queries.conditions_on("qualified_events")
    bits = [when([(conditions.holds(rule.group), _bit(at))], whole(0)) for at, rule in enumerate(plan.rules)]
    met: Expr = exp.Cast(this=whole(0), to=exp.DataType(this=exp.DataType.Type.BIGINT))
    for bit in bits:
        met = exp.Add(this=met, expression=bit)
    query = exp.select(
        *(named(column("e", each), each) for each in ("person_id", "start_date", "ordinal")),
        named(met, "rules_met"),
        copy=False,
    ).from_(query_table("qualified_events", "e"), copy=False)
    return with_queries(conditions.join_to(query), queries.queries)


def _bit(at: int) -> Expr:
    return exp.Cast(this=whole(1 << at), to=exp.DataType(this=exp.DataType.Type.BIGINT))


def _furthest(*, later_first: bool) -> exp.Select:
    order = [
        exp.Neg(this=column("e", "cohort_step")),
        rank_of_day(column("e", "start_date"), later_first=later_first),
        column("e", "ordinal"),
    ]
    rows = exp.select(
        column("e", "person_id"),
        named(column("e", "start_date"), "index_date"),
        column("e", "cohort_step"),
        copy=False,
    ).from_(query_table("stepped_events", "e"), copy=False)
    return first_rows(rows, of=column("e", "person_id"), order=order)


def _with_episode(queries: EventQueries, furthest: exp.Select) -> exp.Select:
    """Whoever met every rule enters with their first episode, and not at all without one."""
    _add_rows(queries)
    queries.add("furthest_events", furthest)
    first = (
        exp.select(
            column("k", "person_id"), named(exp.Min(this=column("k", "start_date")), "start_date"), copy=False
        )
        .from_(query_table("cohort_rows", "k"), copy=False)
        .group_by(column("k", "person_id"), copy=False)
    )
    queries.add("first_episodes", first)
    unfinished = compare("lt", column("t", "cohort_step"), whole(len(queries.plan.rules)))
    begun = column("i", "start_date")
    index = when([(unfinished, column("t", "index_date"))], begun)
    same = compare("eq", column("i", "person_id"), column("t", "person_id"))
    return (
        exp.select(
            named(column("t", "person_id"), "person_id"),
            named(index, "index_date"),
            named(column("t", "cohort_step"), "cohort_step"),
            copy=False,
        )
        .from_(query_table("furthest_events", "t"), copy=False)
        .join(joined(query_table("first_episodes", "i"), on=same, kind="left"), copy=False)
        .where(exp.or_(unfinished.copy(), is_present(begun.copy()), copy=False), copy=False)
    )


def _add_rows(queries: EventQueries) -> None:
    """Adds the query ``cohort_rows``."""
    plan = queries.plan
    queries.add_qualified(numbered=_needs_numbers(plan))
    joined_eras = not queries.one_event_a_person
    _add_episodes(queries, _add_included(queries), pad=plan.era_pad if joined_eras else 0)
    rows = _eras(queries) if joined_eras else _episodes()
    queries.add("cohort_rows", _within_calendar(plan, rows))


def _episodes() -> exp.Select:
    return exp.select(
        *(column("s", each) for each in ("person_id", "start_date", "end_date")), copy=False
    ).from_(query_table("episodes", "s"), copy=False)


def _eras(queries: EventQueries) -> exp.Query:
    """The eras of the episodes, in the way that their ends allow."""
    pad, few_ends = queries.plan.era_pad, not isinstance(queries.plan.exit, OffsetExit)
    # A database that counted nothing guesses few persons with several ends, and would look each of them up.
    if few_ends and queries.concept_sets.records is not None:
        return eras_by_person("episodes", pad=pad)
    return era_query(_episodes(), pad=pad, few_ends=few_ends)


def _needs_numbers(plan: CohortPlan) -> bool:
    """Whether anything tells one event of a person from another: limits, or records found for it."""
    limited = {plan.primary_limit, plan.expression_limit} != {"ALL"}
    prolonged = isinstance(plan.exit, DrugEraExit) and plan.exit.offset != 0
    asked = bool(plan.rules) or plan.additional is not None
    return limited or asked or bool(plan.censoring) or prolonged


def _add_included(queries: EventQueries) -> str:
    """The name of the query with the events that meet every rule, all or the first or last of each person."""
    plan = queries.plan
    limited = plan.expression_limit != "ALL" and not queries.one_qualified_event
    if not plan.rules and not limited:
        return "qualified_events"
    query = exp.select(*queries.event_columns("e"), copy=False).from_(
        query_table("qualified_events", "e"), copy=False
    )
    if plan.rules:
        conditions = queries.conditions_on("qualified_events")
        holds = every([exp.Paren(this=conditions.holds(rule.group)) for rule in plan.rules])
        query = conditions.join_to(query).where(holds, copy=False)
    if limited:
        start = rank_of_day(column("e", "start_date"), later_first=plan.expression_limit == "LAST")
        query = first_rows(query, of=column("e", "person_id"), order=[start, column("e", "ordinal")])
    queries.add("included_events", query)
    return "included_events"


def _add_episodes(queries: EventQueries, events: str, *, pad: int) -> None:
    """Adds the query ``episodes``: each event with the first of its possible ends, `pad` days later."""
    plan = queries.plan
    joins: list[exp.Join] = []
    candidates: list[Expr] = [column("e", "period_end")]
    if isinstance(plan.exit, OffsetExit):
        candidates = [not_before_start(offset_end(plan.exit))]
    if isinstance(plan.exit, DrugEraExit):
        joins.append(_drug_eras(queries, plan.exit, events))
    if censors := [queries.records_of(each) for each in queries.worth_a_search(plan.censoring)]:
        keys = queries.keys_of(events)
        queries.add("censored_ends", censored_ends(events, censors, keys=keys))
        joins.append(_of_event("censored_ends", keys=keys))
    candidates += [column(join.this.alias, "end_date") for join in joins]
    end = earliest_of(candidates)
    query = exp.select(
        *(named(column("e", each), each) for each in ("person_id", "start_date")),
        named(days_after(end, pad), "end_date"),
        copy=False,
    ).from_(query_table(events, "e"), copy=False)
    for join in joins:
        query = query.join(join, copy=False)
    if isinstance(plan.exit, OffsetExit):
        query = query.where(is_present(end.copy()), copy=False)
    queries.add("episodes", query)


def _drug_eras(queries: EventQueries, found: DrugEraExit, events: str) -> exp.Join:
    """Adds the eras of the drug; they are joined over the gap alone and keep the offset."""
    exposures = drug_exposures(found, events=events, cdm=queries.cdm, concept_sets=queries.concept_sets)
    queries.add("drug_eras", era_query(exposures, pad=found.gap_days))
    if found.offset == 0:
        return in_drug_era("drug_eras")
    keys = queries.keys_of(events)
    queries.add("drug_era_ends", drug_era_ends(events, "drug_eras", keys=keys))
    return _of_event("drug_era_ends", keys=keys)


def _of_event(ends: str, *, keys: Sequence[str]) -> exp.Join:
    same = every(compare("eq", column(ends, key), column("e", key)) for key in keys)
    return joined(query_table(ends, ends), on=same, kind="left")


def _within_calendar(plan: CohortPlan, rows: exp.Query) -> exp.Query:
    """Cuts episodes off at calendar days; one that lies wholly outside is no episode."""
    if plan.earliest is None and plan.latest is None:
        return rows
    start: Expr = column("w", "start_date")
    end: Expr = column("w", "end_date")
    if plan.earliest is not None:
        start = latest_of([start, day(plan.earliest)])
    if plan.latest is not None:
        end = earliest_of([end, day(plan.latest)])
    return (
        exp.select(
            named(column("w", "person_id"), "person_id"),
            named(start, "start_date"),
            named(end, "end_date"),
            copy=False,
        )
        .from_(derived(rows, "w"), copy=False)
        .where(compare("lte", start.copy(), end.copy()), copy=False)
    )
