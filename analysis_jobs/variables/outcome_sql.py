"""Tells when an outcome happened and what it was, from the same one reading of each clinical table.

An outcome asks its domains what variables ask: the days to the first record in a window, and whether there
was one before. These hidden variables stand behind those of the spec; they fill no column of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.expressions import (
    Expr,
    as_double,
    cdm_table,
    column,
    compare,
    days_between,
    earliest_of,
    every,
    is_present,
    joined,
    named,
    query_table,
    some,
    when,
    whole,
)
from onggi.spec.job import JobSpec
from onggi.spec.outcomes import Outcome, OutcomeEvent
from onggi.spec.variables import Variable, Window

HELD = "held_periods"
ENDED = "cohort_ends"
_HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome, where its events' first days stand, and where it stands whether there was one before."""

    outcome: Outcome
    firsts: tuple[tuple[str, int], ...]
    prior: tuple[str, int] | None


def hidden_variables(spec: JobSpec) -> tuple[list[tuple[int, Variable]], list[Told]]:
    """What the outcomes ask of the records, numbered behind the variables of the spec."""
    asked: list[tuple[int, Variable]] = []

    def ask(variable: Variable) -> tuple[str, int]:
        asked.append((len(spec.variables) + len(asked), variable))
        return variable.domain, asked[-1][0]

    told = []
    for outcome in spec.outcomes:
        firsts = tuple(ask(_first(outcome, event)) for event in (outcome.event, *outcome.competing))
        prior = ask(_prior(outcome)) if outcome.prior_events == "missing" else None
        told.append(Told(outcome, firsts, prior))
    return asked, told


def _first(outcome: Outcome, event: OutcomeEvent) -> Variable:
    last = outcome.begins + outcome.horizon_days
    return Variable(
        name=_HIDDEN,
        domain=event.domain,
        kind="number",
        concepts=event.concepts,
        include_descendants=event.include_descendants,
        window=Window(start_days=outcome.starts_after_days + 1, end_days=last),
        summary="days_to_first",
        low=-1,
        high=last,
    )


def _prior(outcome: Outcome) -> Variable:
    return Variable(
        name=_HIDDEN,
        domain=outcome.event.domain,
        kind="flag",
        concepts=outcome.event.concepts,
        include_descendants=outcome.event.include_descendants,
        window=Window(start_days=None, end_days=outcome.starts_after_days),
        summary="any",
    )


def held_periods(*, cdm: Cdm, persons: str) -> exp.Select:
    """Per person from when to when the observation that holds the index date lasts.

    Of several periods that hold it, the earliest start and the latest end.
    """
    starts, ends = (column("o", f"observation_period_{side}_date") for side in ("start", "end"))
    holds = every(
        [
            compare("eq", column("o", "person_id"), column("i", "person_id")),
            compare("lte", starts, column("i", "index_date")),
            compare("gte", ends, column("i", "index_date")),
        ]
    )
    return (
        exp.select(
            column("i", "person_id"),
            named(exp.Min(this=starts.copy()), "start_date"),
            named(exp.Max(this=ends.copy()), "end_date"),
        )
        .from_(query_table(persons, "i"))
        .join(joined(cdm_table(cdm, "observation_period", "o"), on=holds, kind="inner"))
        .group_by(column("i", "person_id"))
    )


def cohort_ends(rows: str) -> exp.Select:
    """When the episode that begins on a day ends."""
    keys = [column("k", each) for each in ("person_id", "start_date")]
    return (
        exp.select(*keys, named(exp.Min(this=column("k", "end_date")), "end_date"))
        .from_(query_table(rows, "k"))
        .group_by(*(each.copy() for each in keys))
    )


def join_ends(query: exp.Select) -> exp.Select:
    """Joins the end of the episode that begins on the index date."""
    same = every(
        [
            compare("eq", column(ENDED, "person_id"), column("i", "person_id")),
            compare("eq", column(ENDED, "start_date"), column("i", "index_date")),
        ]
    )
    return query.join(joined(query_table(ENDED, ENDED), on=same, kind="left"))


def outcome_columns(told: Told) -> Iterator[tuple[str, Expr]]:
    """Name and value of both columns."""
    outcome = told.outcome
    firsts = [column(domain, f"v{at}") for domain, at in told.firsts]
    ended = earliest_of([_last_day(outcome), *firsts])
    at_risk = every(_at_risk(told))
    days = exp.Sub(this=ended, expression=whole(outcome.begins))
    yield outcome.days_name, as_double(when([(at_risk, days)]))
    happened = when(
        [
            (compare("eq", first.copy(), ended.copy()), whole(code))
            for code, first in enumerate(firsts, start=1)
        ],
        whole(0),
    )
    yield outcome.event_name, as_double(when([(at_risk.copy(), happened)]))


def _last_day(outcome: Outcome) -> Expr:
    """The last day on which the person is looked at, in days after the index date."""
    return earliest_of([whole(outcome.begins + outcome.horizon_days), *_ends(outcome)])


def _ends(outcome: Outcome) -> list[Expr]:
    queries = [HELD, ENDED] if outcome.censor_at_cohort_end else [HELD]
    return [days_between(column("i", "index_date"), column(each, "end_date")) for each in queries]


def _at_risk(told: Told) -> list[Expr]:
    """Under observation when follow-up begins and, where asked, without the event before."""
    found: list[Expr] = []
    for end in _ends(told.outcome):
        found += [is_present(end.copy()), compare("gte", end.copy(), whole(told.outcome.begins))]
    if told.prior is not None:
        domain, at = told.prior
        records = column(domain, f"v{at}")
        found.append(
            some([exp.Is(this=records, expression=exp.Null()), compare("eq", records.copy(), whole(0))])
        )
    return found
