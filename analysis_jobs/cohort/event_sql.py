"""Builds the queries that find index events: primary events, their observation, additional criteria."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
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
    every,
    joined,
    named,
    query_table,
    row_number,
    whole,
)
from analysis_jobs.cohort.first_rows import first_rows, rank_of_day
from analysis_jobs.cohort.group_sql import GroupConditions
from analysis_jobs.cohort.record_sql import COUNTED, Outputs, finds_nothing, most_records, record_query
from onggi.spec.circe.plan import (
    CohortPlan,
    Criterion,
    DateIs,
    DistinctOf,
    Group,
    Limit,
    NumberIs,
    OffsetExit,
)

_FEW_EVENTS = 200_000
"""Fewer events than this are numbered over all persons at once."""


class EventQueries:
    """Collects the named queries of one statement, each of them once."""

    def __init__(self, plan: CohortPlan, *, cdm: Cdm, concept_sets: ConceptSets) -> None:
        self.plan = plan
        self.cdm = cdm
        self.concept_sets = concept_sets
        self.queries: list[tuple[str, exp.Query]] = []
        self._ends = reads_end_dates(plan)
        self._visits = any(member.same_visit for member in plan.correlated())
        self._records: dict[tuple[Criterion, DistinctOf | None], str] = {}
        self._conditions: dict[str, GroupConditions] = {}
        self._numbered = True
        self._over_all = self._numbers_over_all()

    @property
    def one_qualified_event(self) -> bool:
        """Whether a person has one qualified event at most."""
        plan = self.plan
        return plan.primary_limit != "ALL" or (plan.additional is not None and plan.qualified_limit != "ALL")

    @property
    def one_event_a_person(self) -> bool:
        """Whether a person has one episode at most, so that there is nothing to join."""
        return self.one_qualified_event or self.plan.expression_limit != "ALL"

    def add(self, name: str, query: exp.Query) -> None:
        """One more named query; a name that is there already stands for the same query."""
        if all(name != known for known, _ in self.queries):
            self.queries.append((name, query))

    def event_columns(self, alias: str) -> list[Expr]:
        """What is known of an event."""
        names = ["person_id", *["ordinal"] * self._numbered, "start_date", "period_start", "period_end"]
        names += ["end_date"] * self._ends + ["visit_occurrence_id"] * self._visits
        return [column(alias, each) for each in names]

    def add_qualified(self, *, numbered: bool = True) -> None:
        """Adds the query ``qualified_events``: index events before any inclusion rule.

        `numbered`: with each event's place among its person's, or among all in order of persons.
        """
        if any(name == "qualified_events" for name, _ in self.queries):
            return
        plan, self._numbered = self.plan, numbered
        primary = self._primary_events()
        # Circe applies QualifiedLimit only where AdditionalCriteria is given, even an empty one.
        if plan.additional is None:
            self.add("qualified_events", primary)
            return
        self.add("initial_events", primary)
        self.add("qualified_events", self._with_additional(plan.additional, plan.qualified_limit))

    def worth_a_search(self, criteria: Sequence[Criterion]) -> list[Criterion]:
        """The criteria without those of which the store is known to hold no record."""
        return [each for each in criteria if not finds_nothing(each, concept_sets=self.concept_sets)]

    def keys_of(self, events: str) -> tuple[str, ...]:
        """The columns that tell one index event from another."""
        one_a_person = {
            "initial_events": self.plan.primary_limit != "ALL",
            "qualified_events": self.one_qualified_event,
            "included_events": self.one_event_a_person,
        }
        if one_a_person[events]:
            return ("person_id",)
        return ("ordinal",) if self._over_all else ("person_id", "ordinal")

    def _numbers_over_all(self) -> bool:
        """Whether events are numbered over all persons, so that one column tells them apart.

        PostgreSQL expects next to nothing of a join over two. DuckDB numbers many events faster by person.
        """
        if self.concept_sets.records is None:
            return True
        known = [most_records(each, concept_sets=self.concept_sets) for each in self.plan.primary]
        return sum(_FEW_EVENTS if most is None else most for most in known) < _FEW_EVENTS

    def conditions_on(self, events: str, keys: tuple[str, ...] = ()) -> GroupConditions:
        """The conditions of groups on one of the named queries; what was searched for once stays found."""
        if events not in self._conditions:
            self._conditions[events] = GroupConditions(
                events,
                keys=keys or self.keys_of(events),
                cdm=self.cdm,
                concept_sets=self.concept_sets,
                queries=self.queries,
                records_of=self.records_of,
            )
        return self._conditions[events]

    def records_of(self, criterion: Criterion, distinct: DistinctOf | None = None) -> str:
        """The name of the query that holds a criterion's records; equal criteria share one."""
        known = (criterion, distinct)
        if known not in self._records:
            name = f"criterion_{len(self._records)}"
            self._records[known] = name
            outputs = Outputs(self._ends, self._visits, distinct)
            query = record_query(criterion, cdm=self.cdm, concept_sets=self.concept_sets, outputs=outputs)
            if criterion.group is not None:
                query = self._grouped(name, query, criterion.group, outputs)
            self.add(name, query)
        return self._records[known]

    def _grouped(self, name: str, records: exp.Select, group: Group, outputs: Outputs) -> exp.Select:
        """The records for which the criterion's own group holds, in any observation period around them."""
        events = f"{name}_events"
        start = column("c", "start_date")
        opens, closes = (column("op", f"observation_period_{each}_date") for each in ("start", "end"))
        observed = every(
            [
                compare("eq", column("op", "person_id"), column("c", "person_id")),
                compare("gte", start, opens),
                compare("lte", start.copy(), closes),
            ]
        )
        told = [*outputs.names(), *([COUNTED] if outputs.distinct else [])]
        in_periods = (
            exp.select(
                *(column("c", each) for each in told),
                named(opens.copy(), "period_start"),
                named(closes.copy(), "period_end"),
                copy=False,
            )
            .from_(derived(records, "c"), copy=False)
            .join(
                joined(cdm_table(self.cdm, "observation_period", "op"), on=observed, kind="inner"), copy=False
            )
        )
        self.add(events, in_periods)
        conditions = self.conditions_on(events, ("person_id", "event_id", "period_start", "period_end"))
        holds = conditions.holds(group)
        kept = (
            exp.select(*(column("e", each) for each in told), copy=False)
            .from_(query_table(events, "e"), copy=False)
            .distinct(copy=False)
        )
        return conditions.join_to(kept).where(holds, copy=False)

    def _primary_events(self) -> exp.Select:
        plan = self.plan
        searched = self.worth_a_search(plan.primary) or plan.primary[:1]
        several = len(searched) > 1
        parts: list[exp.Query] = []
        told = Outputs(self._ends, self._visits).names()
        for position, criterion in enumerate(searched):
            select = exp.select(*(column("c", each) for each in told), copy=False)
            if several:
                select = select.select(named(whole(position), "criterion"), copy=False)
            parts.append(select.from_(query_table(self.records_of(criterion), "c"), copy=False))
        start, opens = column("e", "start_date"), column("op", "observation_period_start_date")
        closes = column("op", "observation_period_end_date")
        inside = every(
            [
                compare("eq", column("op", "person_id"), column("e", "person_id")),
                compare("gte", start, days_after(opens, plan.prior_days)),
                compare("lte", days_after(start.copy(), plan.post_days), closes),
            ]
        )
        query = (
            exp.select(
                *(column("e", each) for each in told if each != "event_id"),
                named(opens.copy(), "period_start"),
                named(closes.copy(), "period_end"),
                copy=False,
            )
            .from_(derived(all_of(parts), "e"), copy=False)
            .join(
                joined(cdm_table(self.cdm, "observation_period", "op"), on=inside, kind="inner"), copy=False
            )
        )
        limited = plan.primary_limit != "ALL"
        if not limited and not self._numbered:
            return query
        rest = [column("e", "event_id")]
        rest += [column("e", "criterion")] if several else []
        rest += [opens.copy(), closes.copy(), *([column("e", "end_date")] if self._ends else [])]
        order = [rank_of_day(start.copy(), later_first=plan.primary_limit == "LAST"), *rest]
        if limited:
            return self._as_only_event(first_rows(query, of=column("e", "person_id"), order=order))
        person = column("e", "person_id")
        if self._over_all:
            number = row_number([], [ascending(each) for each in (person, *order)])
        else:
            number = row_number([person], [ascending(each) for each in order])
        return query.select(named(number, "ordinal"), copy=False)

    def _as_only_event(self, firsts: exp.Select) -> exp.Select:
        told = [
            named(whole(1), each.name) if each.name == "ordinal" else each for each in self.event_columns("f")
        ]
        return exp.select(*told, copy=False).from_(derived(firsts, "f"), copy=False)

    def _with_additional(self, additional: Group, limit: Limit) -> exp.Select:
        conditions = self.conditions_on("initial_events")
        holds = conditions.holds(additional)
        query = exp.select(*self.event_columns("e"), copy=False).from_(
            query_table("initial_events", "e"), copy=False
        )
        if limit == "ALL" or self.plan.primary_limit != "ALL":
            return conditions.join_to(query).where(holds, copy=False)
        order = [rank_of_day(column("e", "start_date"), later_first=limit == "LAST"), column("e", "ordinal")]
        rows = conditions.join_to(query).where(holds, copy=False)
        return first_rows(rows, of=column("e", "person_id"), order=order)


def reads_end_dates(plan: CohortPlan) -> bool:
    """Whether anything looks at the end of an event; otherwise end dates are not read at all."""
    windows = [
        window
        for member in plan.correlated()
        for window in (member.start_window, member.end_window)
        if window is not None
    ]
    exits = isinstance(plan.exit, OffsetExit) and plan.exit.side == "end"
    demographic = any(
        isinstance(condition, DateIs | NumberIs) and condition.subject == "end"
        for condition in plan.conditions()
    )
    return exits or demographic or any(window.from_index_end or window.to_event_end for window in windows)
