"""Builds the one statement that turns a hospital's CDM into the table that a job computes on.

* One row per person of the cohort (for a kind other than `count`: who met every rule), a double per
  variable in the order of the spec, two per outcome, then ``cohort_step``. No person id and no date leaves.
* A count that asks for more has a whole number per further funnel and per step's events, too. An overlap has
  one row per person of any of its cohorts, and per cohort whether they are in it.
* Rows are ordered by SHA-256 of a secret key and the person id: the same key gives the same order on every
  engine, and the order tells nothing about ids or about the order of loading.
* A recorded number outside ``low..high`` is missing: it is passed over, so `last` is the last believable
  number. Computed numbers (age, count, days, sum) outside the range are missing too.
* `days_since` counts from the latest record in the window to the index date (negative if it lies after),
  `days_to_first` from the index date to the earliest one (negative if it lies before).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.expressions import (
    Expr,
    all_of,
    as_double,
    ascending,
    cdm_table,
    column,
    compare,
    day_from_parts,
    days_between,
    derived,
    every,
    is_one_of,
    named,
    query_table,
    real,
    when,
    whole,
    with_queries,
    year,
)
from analysis_jobs.cohort.selection_sql import cohort_selections
from analysis_jobs.cohort.sql import cohort_entries, cohort_rows
from analysis_jobs.variables.domain_sql import domain_queries, told_column
from analysis_jobs.variables.meaning import PERSON_CONCEPTS, RECORD_TABLES, check_variables
from analysis_jobs.variables.outcome_sql import (
    ENDED,
    HELD,
    Told,
    cohort_ends,
    held_periods,
    hidden_variables,
    join_ends,
    outcome_columns,
)
from analysis_jobs.variables.whole_columns import further_columns, member_column, staged_name
from onggi.spec.circe.plan import CohortPlan
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters
from onggi.spec.variables import Domain, Variable

_PERSONS = "staged_persons"
_EPISODES = "cohort_episodes"
_OF_PERSON: frozenset[Domain] = frozenset({"age", "age_days", "sex", "race", "ethnicity"})


ORDER_KEY = "order_key"
PERSON = "_person"
"""Whose row it is: for the hospital's own guard, taken out before a job sees the table."""


def table_query(
    spec: JobSpec,
    plans: Sequence[CohortPlan],
    *,
    cdm: Cdm,
    concept_sets: Sequence[ConceptSets],
    with_person: bool = False,
) -> exp.Select:
    """The statement. Its parameters: the order key as text, and those of the concept sets.

    Args:
        plans: one for each of `spec.cohorts`.
        concept_sets: those of each plan.
        with_person: a last column `PERSON` says whose row it is.
    Raises:
        Refused: ``variables.contradictory``.
    """
    check_variables(spec.variables)
    if spec.kind == "overlap":
        return _overlap_query(plans, cdm=cdm, concept_sets=concept_sets, with_person=with_person)
    plan, sets = plans[0], concept_sets[0]
    wholes = ["cohort_step", *further_columns(spec)]
    hidden, told = hidden_variables(spec)
    check_variables(each for _, each in hidden)
    numbered = [*enumerate(spec.variables), *hidden]
    queries: list[tuple[str, exp.Query]] = [
        ("cohort", _entries(spec, plan, cdm=cdm, concept_sets=sets)),
        (_PERSONS, _persons(spec, plan, wholes)),
    ]
    joined: list[str] = []
    for domain in RECORD_TABLES:
        if chosen := [(at, each) for at, each in numbered if each.domain == domain]:
            queries += domain_queries(domain, chosen, cdm=cdm, persons=_PERSONS)
            joined.append(domain)
    if told or any(each.domain == "observation_period" for each in spec.variables):
        queries.append((HELD, held_periods(cdm=cdm, persons=_PERSONS)))
        joined.append(HELD)
    ends = any(each.outcome.censor_at_cohort_end for each in told)
    if ends:
        queries.append((_EPISODES, cohort_rows(plan, cdm=cdm, concept_sets=sets)))
        queries.append((ENDED, cohort_ends(_EPISODES)))
    query = _columns(spec, told, wholes).from_(query_table(_PERSONS, "i"))
    if with_person:
        query = query.select(_person())
    for each in joined:
        query = query.join(query_table(each, each), on=_same_person(each), join_type="left")
    if any(each.domain in _OF_PERSON for each in spec.variables):
        query = query.join(cdm_table(cdm, "person", "p"), on=_same_person("p"), join_type="left")
    if ends:
        query = join_ends(query)
    return with_queries(query.order_by(ascending(_keyed_hash())), queries)


def _persons(spec: JobSpec, plan: CohortPlan, wholes: Sequence[str]) -> exp.Select:
    persons = exp.select(*(column("c", each) for each in ("person_id", "index_date", *wholes))).from_(
        query_table("cohort", "c")
    )
    if spec.kind != "count":
        persons = persons.where(compare("eq", column("c", "cohort_step"), whole(len(plan.rules))))
    return persons


def _columns(spec: JobSpec, told: list[Told], wholes: Sequence[str]) -> exp.Select:
    return exp.select(
        *(named(as_double(_answer(at, each)), each.name) for at, each in enumerate(spec.variables)),
        *(named(value, alias) for each in told for alias, value in outcome_columns(each)),
        *(named(_as_int(column("i", each)), staged_name(each)) for each in wholes),
    )


def _entries(spec: JobSpec, plan: CohortPlan, *, cdm: Cdm, concept_sets: ConceptSets) -> exp.Select:
    asked = spec.parameters
    if not isinstance(asked, CountParameters) or not (asked.funnels or asked.events):
        return cohort_entries(plan, cdm=cdm, concept_sets=concept_sets)
    return cohort_selections(
        plan, cdm=cdm, concept_sets=concept_sets, selections=asked.funnels, events=asked.events
    )


def _overlap_query(
    plans: Sequence[CohortPlan], *, cdm: Cdm, concept_sets: Sequence[ConceptSets], with_person: bool
) -> exp.Select:
    """One row per person of any cohort; for each cohort 1 where they met all its rules, else 0."""
    queries: list[tuple[str, exp.Query]] = []
    parts: list[exp.Query] = []
    for at, (plan, sets) in enumerate(zip(plans, concept_sets, strict=True)):
        queries.append((f"cohort_{at}", cohort_entries(plan, cdm=cdm, concept_sets=sets)))
        flags = (named(whole(int(at == other)), member_column(other)) for other in range(len(plans)))
        parts.append(
            exp.select(column("c", "person_id"), *flags)
            .from_(query_table(f"cohort_{at}", "c"))
            .where(compare("eq", column("c", "cohort_step"), whole(len(plan.rules))))
        )
    members = [member_column(at) for at in range(len(plans))]
    together = (
        exp.select(
            column("m", "person_id"), *(named(exp.Max(this=column("m", each)), each) for each in members)
        )
        .from_(derived(all_of(parts), "m"))
        .group_by(column("m", "person_id"))
    )
    told = exp.select(*(named(_as_int(column("i", each)), staged_name(each)) for each in members)).from_(
        derived(together, "i")
    )
    if with_person:
        told = told.select(_person())
    return with_queries(told.order_by(ascending(_keyed_hash())), queries)


def _person() -> Expr:
    return named(
        exp.Cast(this=column("i", "person_id"), to=exp.DataType(this=exp.DataType.Type.BIGINT)), PERSON
    )


def _as_int(expression: Expr) -> Expr:
    return exp.Cast(this=expression, to=exp.DataType(this=exp.DataType.Type.INT))


def _same_person(alias: str) -> Expr:
    return compare("eq", column(alias, "person_id"), column("i", "person_id"))


def _keyed_hash() -> Expr:
    """The key has a fixed length and the hash is never shown, so a prefix key is as good as an HMAC."""
    person = exp.Cast(this=column("i", "person_id"), to=exp.DataType(this=exp.DataType.Type.TEXT))
    return exp.SHA2(
        this=exp.DPipe(this=exp.Placeholder(this=ORDER_KEY), expression=person), length=whole(256)
    )


def _age() -> Expr:
    """Whole years, as Circe counts them."""
    return exp.Paren(
        this=exp.Sub(this=year(column("i", "index_date")), expression=column("p", "year_of_birth"))
    )


def _age_in_days() -> Expr:
    """Missing where the day or month of birth is: an infant's age cannot be guessed."""
    born = day_from_parts(*(column("p", f"{part}_of_birth") for part in ("year", "month", "day")))
    return days_between(born, column("i", "index_date"))


_COMPUTED: dict[Domain, Callable[[], Expr]] = {
    "age": _age,
    "age_days": _age_in_days,
    "index_year": lambda: year(column("i", "index_date")),
}


def _answer(at: int, variable: Variable) -> Expr:
    """A variable's value from what its domain told of the person."""
    if variable.domain in _COMPUTED:
        return _within(_COMPUTED[variable.domain](), variable)
    if variable.domain in PERSON_CONCEPTS:
        return _concept_of_person(column("p", PERSON_CONCEPTS[variable.domain]), variable)
    if variable.domain == "observation_period":
        return _within(_days_observed(variable), variable)
    told = column(variable.domain, f"v{at}")
    match told_column(variable):
        case "records" if variable.kind == "flag":
            return when([(compare("gt", told, whole(0)), whole(1))], whole(0))
        case "records" | "distinct_days":
            return _within(exp.Coalesce(this=told, expressions=[whole(0)]), variable)
        case "latest":
            return _within(exp.Neg(this=told), variable)
        case "earliest" | "sum":
            return _within(told, variable)
        case _:
            return told


def _days_observed(variable: Variable) -> Expr:
    index = column("i", "index_date")
    if variable.summary == "days_before":
        return days_between(column(HELD, "start_date"), index)
    return days_between(index, column(HELD, "end_date"))


def _within(expression: Expr, variable: Variable) -> Expr:
    assert variable.low is not None
    assert variable.high is not None
    number = as_double(expression)
    believable = every(
        [compare("gte", number, real(variable.low)), compare("lte", number.copy(), real(variable.high))]
    )
    return when([(believable, number.copy())])


def _concept_of_person(concept: Expr, variable: Variable) -> Expr:
    """A flag over `concepts`, or the position among `levels`; a concept that is not recorded is no level."""
    if not variable.levels:
        return when([(is_one_of(concept, variable.concepts), whole(1))], whole(0))
    return when([(is_one_of(concept.copy(), [level]), whole(at)) for at, level in enumerate(variable.levels)])
