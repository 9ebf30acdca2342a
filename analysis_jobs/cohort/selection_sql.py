"""Counts many choices of the inclusion rules from one pass over a cohort's events.

`cohort_selections` gives one row per person with a qualified event: ``person_id, index_date, cohort_step`` as
`cohort_entries` does, and beside them

* ``step_1``, ``step_2``, ...: for each further choice of rules, how many of them were met in order before the
  first one missed, at the event of the person that gets furthest;
* ``events_0``, ``events_1``, ...: how many events met the first so many rules in order.

Which rules an event meets is worked out once (`rule_masks`); every choice is then arithmetic on its bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.expressions import (
    Expr,
    ascending,
    column,
    compare,
    derived,
    descending,
    named,
    query_table,
    row_number,
    when,
    whole,
    with_queries,
)
from analysis_jobs.cohort.sql import rule_masks
from onggi.spec.circe.plan import CohortPlan

_MASKS = "event_masks"


def cohort_selections(
    plan: CohortPlan,
    *,
    cdm: Cdm,
    concept_sets: ConceptSets,
    selections: Sequence[Sequence[int]],
    events: bool,
) -> exp.Select:
    """The statement.

    Args:
        selections: further choices of rules, by position, each in its own order.
        events: count the events of the cohort's own order too.
    Raises:
        ValueError: an episode of this definition may be cut off, which no bit of an event tells.
    """
    if plan.may_lack_an_episode:
        raise ValueError("episodes that may be cut off have no steps by rule alone")
    own = range(len(plan.rules))
    steps = {"cohort_step": own} | {f"step_{at}": rules for at, rules in enumerate(selections, start=1)}
    stepped = exp.select(
        *(column("m", each) for each in ("person_id", "start_date", "ordinal")),
        *(named(_step(rules), name) for name, rules in steps.items()),
        copy=False,
    ).from_(query_table(_MASKS, "m"), copy=False)
    told = {name: _over_events(exp.Max(this=column("s", name))) for name in steps if name != "cohort_step"}
    if events:
        told |= {f"events_{step}": _over_events(_reached(step)) for step in range(len(plan.rules) + 1)}
    ranked = exp.select(
        *(column("s", each) for each in ("person_id", "start_date", "cohort_step")),
        *(named(expression, name) for name, expression in told.items()),
        named(_choice(later_first=plan.expression_limit == "LAST"), "choice"),
        copy=False,
    ).from_(derived(stepped, "s"), copy=False)
    furthest = (
        exp.select(
            named(column("c", "person_id"), "person_id"),
            named(column("c", "start_date"), "index_date"),
            *(named(column("c", name), name) for name in ("cohort_step", *told)),
            copy=False,
        )
        .from_(derived(ranked, "c"), copy=False)
        .where(compare("eq", column("c", "choice"), whole(1)), copy=False)
    )
    masks = rule_masks(plan, cdm=cdm, concept_sets=concept_sets)
    return with_queries(furthest, [(_MASKS, masks)])


def _step(rules: Sequence[int]) -> Expr:
    """The number of these rules that an event meets in order before the first one missed."""
    missed: list[tuple[Expr, Expr]] = [
        (compare("eq", exp.Paren(this=_bit_of(rule)), whole(0)), whole(at)) for at, rule in enumerate(rules)
    ]
    return when(missed, whole(len(rules))) if missed else whole(0)


def _bit_of(rule: int) -> Expr:
    bit = exp.Cast(this=whole(1 << rule), to=exp.DataType(this=exp.DataType.Type.BIGINT))
    return exp.BitwiseAnd(this=column("m", "rules_met"), expression=bit)


def _reached(step: int) -> Expr:
    return exp.Sum(this=when([(compare("gte", column("s", "cohort_step"), whole(step)), whole(1))], whole(0)))


def _over_events(aggregate: Expr) -> Expr:
    """Over all events of the person, beside each of them: the events are read once."""
    return exp.Window(this=aggregate, partition_by=[column("s", "person_id")])


def _choice(*, later_first: bool) -> Expr:
    """The order in which `cohort_entries` prefers a person's events."""
    order = [
        descending(column("s", "cohort_step")),
        (descending if later_first else ascending)(column("s", "start_date")),
        ascending(column("s", "ordinal")),
    ]
    return row_number([column("s", "person_id")], order)
