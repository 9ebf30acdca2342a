"""Builds the one statement that finds a cohort: per person the entry date and how many rules were met.

Output: one row per person with a qualified event: ``person_id, index_date, cohort_step``.

* `cohort_step` is the number of inclusion rules met in order before the first one missed. A person may have
  several qualified events; the one that gets furthest counts. Whoever has an event that meets every rule
  therefore enters exactly when Circe lets them in; `ExpressionLimit` decides whether by the first or the
  last such event (``All`` gives several episodes in Circe, and here the first of them).
* Total order of a person's events: start date, record id, position of the criterion, start and end of the
  observation period. Ties that Circe leaves to the database are broken by it.
"""

from __future__ import annotations

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES, OBSERVATION_PERIOD, Cdm, RecordTable
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.expressions import (
    Expr,
    as_double,
    ascending,
    cdm_table,
    column,
    compare,
    days_after,
    days_between,
    derived,
    descending,
    every,
    in_date_range,
    in_number_range,
    is_one_of,
    named,
    query_table,
    row_number,
    when,
    whole,
    with_queries,
    year,
)
from analysis_jobs.cohort.group_sql import GroupConditions
from analysis_jobs.cohort.plan import CohortPlan, Criterion, Limit

_LONGEST_SUPPLY = 36_500


def cohort_query(plan: CohortPlan, *, cdm: Cdm) -> exp.Select:
    """The statement as a syntax tree; write it with ``.sql(dialect=...)``."""
    return _CohortQuery(plan, cdm).build()


class _CohortQuery:
    """Collects the named queries of one statement."""

    def __init__(self, plan: CohortPlan, cdm: Cdm) -> None:
        self._plan = plan
        self._cdm = cdm
        self._ends = plan.reads_end_dates()
        self._concept_sets = ConceptSets(plan.concept_sets, cdm=cdm)
        self._queries: list[tuple[str, exp.Query]] = self._concept_sets.queries()
        self._criteria: dict[Criterion, str] = {}

    def build(self) -> exp.Select:
        plan = self._plan
        self._queries.append(("primary_events", self._primary_events()))
        self._queries.append(("initial_events", self._limited("primary_events", plan.primary_limit)))
        self._queries.append(("qualified_events", self._qualified()))
        self._queries.append(("stepped_events", self._stepped()))
        later_first = plan.expression_limit == "LAST"
        order = [
            descending(column("e", "cohort_step")),
            (descending if later_first else ascending)(column("e", "start_date")),
            ascending(column("e", "ordinal")),
        ]
        chosen = exp.select(
            column("e", "person_id"),
            column("e", "start_date"),
            column("e", "cohort_step"),
            named(row_number([column("e", "person_id")], order), "choice"),
        ).from_(query_table("stepped_events", "e"))
        final = (
            exp.select(
                named(column("c", "person_id"), "person_id"),
                named(column("c", "start_date"), "index_date"),
                named(column("c", "cohort_step"), "cohort_step"),
            )
            .from_(derived(chosen, "c"))
            .where(compare("eq", column("c", "choice"), whole(1)))
        )
        return with_queries(final, self._queries)

    def _event_columns(self, alias: str) -> list[Expr]:
        names = [
            "person_id",
            "start_date",
            *(["end_date"] if self._ends else []),
            "period_start",
            "period_end",
        ]
        return [column(alias, each) for each in names]

    def criterion(self, criterion: Criterion) -> str:
        """The name of the query that holds a criterion's records; equal criteria share one."""
        if criterion not in self._criteria:
            self._criteria[criterion] = f"criterion_{len(self._criteria)}"
            self._queries.append((self._criteria[criterion], self._records(criterion)))
        return self._criteria[criterion]

    def _end(self, table: RecordTable) -> Expr:
        """When a record ends, as Circe has it: its end, else its supply's end, else the day after."""
        start = column("r", table.day)
        if table is OBSERVATION_PERIOD:
            return column("r", "observation_period_end_date")
        found: list[Expr] = []
        if table.end:
            found.append(column("r", table.end))
        if table.days_supply:
            # A nonsense supply must not overflow the calendar and fail the run.
            supply = exp.Least(
                this=exp.Greatest(
                    this=column("r", table.days_supply),
                    expressions=[whole(-_LONGEST_SUPPLY)],
                    ignore_nulls=False,
                ),
                expressions=[whole(_LONGEST_SUPPLY)],
                ignore_nulls=False,
            )
            known = exp.Not(this=exp.Is(this=column("r", table.days_supply), expression=exp.Null()))
            found.append(when([(known, days_after(start.copy(), supply))]))
        found.append(days_after(start.copy(), whole(1)))
        return exp.Coalesce(this=found[0], expressions=found[1:]) if len(found) > 1 else found[0]

    def _records(self, criterion: Criterion) -> exp.Select:
        table = CRITERION_TABLES[criterion.domain]
        taken = [
            named(column("r", "person_id"), "person_id"),
            named(column("r", table.key), "event_id"),
            named(column("r", table.day), "start_date"),
        ]
        if self._ends:
            taken.append(named(self._end(table), "end_date"))
        if criterion.value_as_number:
            taken.append(named(column("r", "value_as_number"), "value_as_number"))
        if criterion.value_as_concept:
            taken.append(named(column("r", "value_as_concept_id"), "value_as_concept_id"))
        if criterion.unit:
            taken.append(named(column("r", "unit_concept_id"), "unit_concept_id"))
        if criterion.first:
            order = [ascending(column("r", table.day)), ascending(column("r", table.key))]
            taken.append(named(row_number([column("r", "person_id")], order), "ordinal"))
        records = exp.select(*taken).from_(cdm_table(self._cdm, table.name, "r"))
        if criterion.codeset is not None and table.concept:
            records = records.where(self._concept_sets.holds(column("r", table.concept), criterion.codeset))
        outer = exp.select(
            *(column("c", each) for each in ("person_id", "event_id", "start_date")),
            *([column("c", "end_date")] if self._ends else []),
        ).from_(derived(records, "c"))
        if criterion.age or criterion.gender:
            same = compare("eq", column("p", "person_id"), column("c", "person_id"))
            outer = outer.join(cdm_table(self._cdm, "person", "p"), on=same, join_type="inner")
        conditions = _conditions(criterion)
        return outer.where(every(conditions)) if conditions else outer

    def _primary_events(self) -> exp.Select:
        plan = self._plan
        parts: list[exp.Query] = []
        for position, criterion in enumerate(plan.primary):
            alias = self.criterion(criterion)
            parts.append(
                exp.select(
                    *(column("c", each) for each in ("person_id", "event_id", "start_date")),
                    *([column("c", "end_date")] if self._ends else []),
                    named(whole(position), "criterion"),
                ).from_(query_table(alias, "c"))
            )
        union = parts[0]
        for part in parts[1:]:
            union = exp.Union(this=union, expression=part, distinct=False)
        start, opens = column("e", "start_date"), column("op", "observation_period_start_date")
        closes = column("op", "observation_period_end_date")
        inside = every(
            [
                compare("eq", column("op", "person_id"), column("e", "person_id")),
                compare("gte", start, opens),
                compare("lte", start.copy(), closes),
                compare("gte", days_between(opens.copy(), start.copy()), whole(plan.prior_days)),
                compare("gte", days_between(start.copy(), closes.copy()), whole(plan.post_days)),
            ]
        )
        first = (descending if plan.primary_limit == "LAST" else ascending)(start.copy())
        rest = [column("e", "event_id"), column("e", "criterion"), opens.copy(), closes.copy()]
        order = [first, *(ascending(each) for each in rest)]
        return (
            exp.select(
                column("e", "person_id"),
                start.copy(),
                *([column("e", "end_date")] if self._ends else []),
                named(opens.copy(), "period_start"),
                named(closes.copy(), "period_end"),
                named(row_number([column("e", "person_id")], order), "ordinal"),
            )
            .from_(derived(union, "e"))
            .join(cdm_table(self._cdm, "observation_period", "op"), on=inside, join_type="inner")
        )

    def _limited(self, events: str, limit: Limit) -> exp.Select:
        query = exp.select(*self._event_columns("e"), column("e", "ordinal")).from_(query_table(events, "e"))
        return query if limit == "ALL" else query.where(compare("eq", column("e", "ordinal"), whole(1)))

    def _qualified(self) -> exp.Select:
        """Circe applies QualifiedLimit only where AdditionalCriteria is given, even an empty one."""
        plan = self._plan
        events = query_table("initial_events", "e")
        if plan.additional is None:
            return exp.select(*self._event_columns("e"), column("e", "ordinal")).from_(events)
        conditions = self._conditions_on("initial_events")
        holds = conditions.holds(plan.additional)
        first = (descending if plan.qualified_limit == "LAST" else ascending)(column("e", "start_date"))
        order = [first, ascending(column("e", "ordinal"))]
        ranked = exp.select(
            *self._event_columns("e"),
            column("e", "ordinal"),
            named(row_number([column("e", "person_id")], order), "place"),
        ).from_(events)
        ranked = conditions.join_to(ranked).where(holds)
        kept = exp.select(*self._event_columns("q"), column("q", "ordinal")).from_(derived(ranked, "q"))
        if plan.qualified_limit == "ALL":
            return kept
        return kept.where(compare("eq", column("q", "place"), whole(1)))

    def _stepped(self) -> exp.Select:
        conditions = self._conditions_on("qualified_events")
        missed: list[tuple[Expr, Expr]] = [
            (exp.Not(this=exp.Paren(this=conditions.holds(rule.group))), whole(at))
            for at, rule in enumerate(self._plan.rules)
        ]
        total = whole(len(self._plan.rules))
        step = when(missed, total) if missed else total
        query = exp.select(
            column("e", "person_id"),
            column("e", "start_date"),
            column("e", "ordinal"),
            named(step, "cohort_step"),
        ).from_(query_table("qualified_events", "e"))
        return conditions.join_to(query)

    def _conditions_on(self, events: str) -> GroupConditions:
        return GroupConditions(events, cdm=self._cdm, queries=self._queries, criterion=self.criterion)


def _conditions(criterion: Criterion) -> list[Expr]:
    """Everything that Circe asks of a record after it has kept the first ones."""
    start = column("c", "start_date")
    found: list[Expr] = []
    if criterion.first:
        found.append(compare("eq", column("c", "ordinal"), whole(1)))
    if criterion.occurrence_start:
        found.append(in_date_range(start.copy(), criterion.occurrence_start))
    if criterion.value_as_number:
        number = as_double(column("c", "value_as_number"))
        found.append(in_number_range(number, criterion.value_as_number, integer=False))
    if criterion.value_as_concept:
        found.append(is_one_of(column("c", "value_as_concept_id"), criterion.value_as_concept))
    if criterion.unit:
        found.append(is_one_of(column("c", "unit_concept_id"), criterion.unit))
    if criterion.age:
        age = exp.Sub(this=year(start.copy()), expression=column("p", "year_of_birth"))
        found.append(in_number_range(exp.Paren(this=age), criterion.age, integer=True))
    if criterion.gender:
        found.append(is_one_of(column("p", "gender_concept_id"), criterion.gender))
    return found
