"""Turns a group of rules into a condition on events, with one counting query per correlated criterion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.condition_sql import Asked, condition_sql, join_places, places_read
from analysis_jobs.cohort.expressions import (
    Expr,
    column,
    compare,
    days_after,
    every,
    is_null,
    is_present,
    joined,
    named,
    query_table,
    some,
    surely,
    when,
    whole,
)
from analysis_jobs.cohort.record_sql import COUNTED, finds_nothing
from onggi.spec.circe.plan import (
    Bound,
    Correlated,
    Criterion,
    Demographic,
    DistinctOf,
    Group,
    Place,
    Window,
)

_OCCURRENCE_OPS = {"exactly": "eq", "at_most": "lte", "at_least": "gte"}
RecordsOf = Callable[[Criterion, DistinctOf | None], str]
"""Gives the name of the query that holds a criterion's records."""


class GroupConditions:
    """The conditions of one or more groups on one table of events (alias ``e``).

    `keys` are the columns that tell one event from another.
    """

    def __init__(
        self,
        events: str,
        *,
        keys: Sequence[str],
        cdm: Cdm,
        concept_sets: ConceptSets,
        queries: list[tuple[str, exp.Query]],
        records_of: RecordsOf,
    ) -> None:
        self._events = events
        self._keys = keys
        self._cdm = cdm
        self._concept_sets = concept_sets
        self._queries = queries
        self._records_of = records_of
        self._found: dict[Correlated, str] = {}
        self._places: set[Place] = set()

    def holds(self, group: Group) -> Expr:
        """The condition that an event satisfies a group. An empty group holds, as in Circe."""
        members = [
            *(self._enough(member) for member in group.criteria),
            *(self._fits(member) for member in group.demographics),
            *(exp.Paren(this=self.holds(member)) for member in group.groups),
        ]
        if not members:
            return exp.true()
        if group.type == "ALL":
            return every(members)
        if group.type == "ANY":
            return some(members)
        ones = [exp.Paren(this=when([(member, whole(1))], whole(0))) for member in members]
        total: Expr = ones[0]
        for one in ones[1:]:
            total = exp.Add(this=total, expression=one)
        op = "gte" if group.type == "AT_LEAST" else "lte"
        return compare(op, exp.Paren(this=total), whole(group.count))

    def join_to(self, query: exp.Select) -> exp.Select:
        """Joins what was found, and the person where a condition reads it, to a query on the events."""
        for alias in self._found.values():
            same = every(compare("eq", column(alias, each), column("e", each)) for each in self._keys)
            query = query.join(joined(query_table(alias, alias), on=same, kind="left"), copy=False)
        return join_places(query, self._places, row="e", cdm=self._cdm, keep_all=True)

    def _fits(self, member: Demographic) -> Expr:
        """Circe joins the person: an event of somebody who is not in the table satisfies nothing."""
        asked = Asked("e", column("e", "start_date"), column("e", "end_date"))
        self._places |= places_read(member.conditions)
        self._places.add("person")
        found = [condition_sql(each, asked, self._concept_sets) for each in member.conditions]
        return surely(every([is_present(column("person", "person_id")), *found]))

    def _enough(self, member: Correlated) -> Expr:
        if finds_nothing(member.criterion, concept_sets=self._concept_sets):
            enough = member.occurrence == "at_most" or member.count == 0
            return exp.true() if enough else exp.false()
        found = self._search(member)
        key = column(found, self._keys[0])
        match member.occurrence, member.count:
            case "at_least", 0:
                return exp.true()
            case "at_least", 1:
                return is_present(key)
            case "exactly" | "at_most", 0:
                return is_null(key)
        counted = exp.Coalesce(this=column(found, "records"), expressions=[whole(0)])
        return compare(_OCCURRENCE_OPS[member.occurrence], counted, whole(member.count))

    def _search(self, member: Correlated) -> str:
        """The name of the query that tells which events have such records, and how many."""
        if member not in self._found:
            alias = f"{self._events}_found_{len(self._found)}"
            self._queries.append((alias, self._count(member)))
            self._found[member] = alias
        return self._found[member]

    def _count(self, member: Correlated) -> exp.Select:
        records = self._records_of(member.criterion, member.distinct)
        on: list[Expr] = [compare("eq", column("a", "person_id"), column("e", "person_id"))]
        observed = not member.ignore_observation_period
        if observed:
            on.append(compare("gte", column("a", "start_date"), column("e", "period_start")))
            on.append(compare("lte", column("a", "start_date"), column("e", "period_end")))
        for window in (member.start_window, member.end_window):
            if window is not None:
                on.extend(_in_window(window, observed=observed))
        if member.same_visit:
            on.append(compare("eq", column("a", "visit_occurrence_id"), column("e", "visit_occurrence_id")))
        query = (
            exp.select(*(named(column("e", each), each) for each in self._keys), copy=False)
            .from_(query_table(self._events, "e"), copy=False)
            .join(joined(query_table(records, "a"), on=every(on), kind="inner"), copy=False)
            .group_by(*(column("e", each) for each in self._keys), copy=False)
        )
        if member.distinct is not None:
            counted = exp.Count(this=exp.Distinct(expressions=[column("a", COUNTED)]))
            return _with_count(query, counted, member)
        if member.count > 1 or (member.count == 1 and member.occurrence != "at_least"):
            return query.select(named(exp.Count(this=exp.Star()), "records"), copy=False)
        return query


def _with_count(query: exp.Select, counted: Expr, member: Correlated) -> exp.Select:
    """Values that are all missing are no value: such an event was found with nothing to count."""
    if member.count <= 1:
        query = query.having(compare("gt", counted.copy(), whole(0)), copy=False)
    return query.select(named(counted, "records"), copy=False)


def _in_window(window: Window, *, observed: bool) -> list[Expr]:
    """The two ends of a window. Without days an end reaches to the observation period, or is open."""
    anchor = column("e", "end_date" if window.from_index_end else "start_date")
    event = column("a", "end_date" if window.to_event_end else "start_date")

    def limit(bound: Bound, op: str) -> list[Expr]:
        if bound.days is not None:
            return [compare(op, event.copy(), days_after(anchor.copy(), bound.days))]
        if not observed:
            return []
        edge = column("e", "period_start" if bound.direction == -1 else "period_end")
        return [compare(op, event.copy(), edge)]

    return [*limit(window.start, "gte"), *limit(window.end, "lte")]
