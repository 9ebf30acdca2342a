"""Turns a group of rules into a condition on events, with one counting query per correlated criterion."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.expressions import (
    Expr,
    cdm_table,
    column,
    compare,
    days_between,
    every,
    in_number_range,
    is_one_of,
    named,
    query_table,
    some,
    surely,
    when,
    whole,
    year,
)
from analysis_jobs.cohort.plan import Bound, Correlated, Criterion, Demographic, Group, Window

_OCCURRENCE_OPS = {"exactly": "eq", "at_most": "lte", "at_least": "gte"}


class GroupConditions:
    """The conditions of one or more groups on one table of events (alias ``e``)."""

    def __init__(
        self,
        events: str,
        *,
        cdm: Cdm,
        queries: list[tuple[str, exp.Query]],
        criterion: Callable[[Criterion], str],
    ) -> None:
        self._events = events
        self._cdm = cdm
        self._queries = queries
        self._criterion = criterion
        self._counts: dict[Correlated, str] = {}
        self._reads_person = False

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
        """Joins the counts, and the person where a condition reads it, to a query on the events."""
        for alias in self._counts.values():
            same = every(
                compare("eq", column(alias, each), column("e", each)) for each in ("person_id", "ordinal")
            )
            query = query.join(query_table(alias, alias), on=same, join_type="left")
        if self._reads_person:
            same = compare("eq", column("p", "person_id"), column("e", "person_id"))
            query = query.join(cdm_table(self._cdm, "person", "p"), on=same, join_type="left")
        return query

    def _fits(self, member: Demographic) -> Expr:
        found: list[Expr] = []
        if member.age:
            age = exp.Sub(this=year(column("e", "start_date")), expression=column("p", "year_of_birth"))
            found.append(in_number_range(exp.Paren(this=age), member.age, integer=True))
        if member.gender:
            found.append(is_one_of(column("p", "gender_concept_id"), member.gender))
        self._reads_person = True
        # Circe joins the person: an event of somebody who is not in the table satisfies nothing.
        found.append(compare("eq", column("p", "person_id"), column("e", "person_id")))
        return surely(every(found))

    def _enough(self, member: Correlated) -> Expr:
        if member not in self._counts:
            alias = f"{self._events}_count_{len(self._counts)}"
            self._queries.append((alias, self._count(member)))
            self._counts[member] = alias
        counted = exp.Coalesce(this=column(self._counts[member], "records"), expressions=[whole(0)])
        return compare(_OCCURRENCE_OPS[member.occurrence], counted, whole(member.count))

    def _count(self, member: Correlated) -> exp.Select:
        records = self._criterion(member.criterion)
        on: list[Expr] = [compare("eq", column("a", "person_id"), column("e", "person_id"))]
        whole_period = not member.ignore_observation_period
        if whole_period:
            on.append(compare("gte", column("a", "start_date"), column("e", "period_start")))
            on.append(compare("lte", column("a", "start_date"), column("e", "period_end")))
        for window in (member.start_window, member.end_window):
            if window is not None:
                on.extend(_in_window(window, whole_period=whole_period))
        return (
            exp.select(
                named(column("e", "person_id"), "person_id"),
                named(column("e", "ordinal"), "ordinal"),
                named(exp.Count(this=exp.Star()), "records"),
            )
            .from_(query_table(self._events, "e"))
            .join(query_table(records, "a"), on=every(on), join_type="inner")
            .group_by(column("e", "person_id"), column("e", "ordinal"))
        )


def _in_window(window: Window, *, whole_period: bool) -> list[Expr]:
    """The two ends of a window. Without days an end reaches to the observation period, or is open."""
    anchor = column("e", "end_date" if window.from_index_end else "start_date")
    event = column("a", "end_date" if window.to_event_end else "start_date")

    def limit(bound: Bound, op: str) -> list[Expr]:
        if bound.days is not None:
            return [compare(op, days_between(anchor.copy(), event.copy()), whole(bound.days))]
        if not whole_period:
            return []
        edge = column("e", "period_start" if bound.direction == -1 else "period_end")
        return [compare(op, event.copy(), edge)]

    return [*limit(window.start, "gte"), *limit(window.end, "lte")]
