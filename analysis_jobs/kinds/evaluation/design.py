"""What an evaluation evaluates: columns, risk groups and populations, from the spec alone.

* Populations: everybody first, then each level of `by` (a number: each band). Whoever lacks a value that the
  job needs, that of `by` included, is in none of them, so that the levels add up to everybody.
* An outcome with censoring is refused: whoever was not seen to the end has no yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import EvaluationParameters, ModelTerm
from onggi.spec.variables import TableColumn

EVERYBODY = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the linear predictor; `level` is the position that it marks, None for a number or flag."""

    column: str
    level: int | None
    coefficient: float


@dataclass(frozen=True, slots=True)
class Level:
    """The persons whose flag or category, a term of the model, has one value."""

    label: str
    column: str
    value: int


@dataclass(frozen=True, slots=True)
class Design:
    """The whole question: equal at every hospital. `terms` are empty where `risk` names a column."""

    outcome: str
    needed: tuple[TableColumn, ...]
    intercept: float
    terms: tuple[Term, ...]
    risk: str | None
    edges: tuple[float, ...]
    thresholds: tuple[float, ...]
    by: str | None
    by_edges: tuple[float, ...]
    populations: tuple[str, ...]
    levels: tuple[Level, ...]
    developed_here: bool

    @property
    def groups(self) -> int:
        """How many groups of risk."""
        return len(self.edges) + 1


def make_design(spec: JobSpec) -> Design:
    """The design of a spec. Raises Refused ``evaluation.*`` when its parameters make no sense."""
    given = spec.parameters
    if not isinstance(given, EvaluationParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    outcome = _outcome(spec, given.outcome)
    terms = tuple(_term(spec, each) for each in given.model.terms) if given.model else ()
    names = [term.column for term in terms]
    if given.risk:
        names.append(_risk(spec, given.risk))
    populations = _populations(spec, given)
    names += [given.by] if given.by else []
    if outcome.name in names:
        raise Refused("evaluation.outcome_predicts", variable=outcome.name)
    needed = {name: _column(spec, name) for name in (outcome.name, *names)}
    return Design(
        outcome=outcome.name,
        needed=tuple(needed.values()),
        intercept=given.model.intercept if given.model else 0.0,
        terms=terms,
        risk=given.risk,
        edges=given.edges,
        thresholds=given.thresholds,
        by=given.by,
        by_edges=given.by_edges,
        populations=populations,
        levels=tuple(
            level for name in dict.fromkeys(term.column for term in terms) for level in _levels(needed[name])
        ),
        developed_here=given.developed_here,
    )


def _column(spec: JobSpec, name: str) -> TableColumn:
    if any(name in (each.days_name, each.event_name) for each in spec.outcomes):
        raise Refused("evaluation.censored", variable=name)
    for column in spec.columns:
        if column.name == name:
            return column
    raise Refused("evaluation.unknown_variable", variable=name)


def _levels(column: TableColumn) -> list[Level]:
    if column.kind == "number":
        return []
    names = column.level_names or ("no", "yes")
    return [Level(f"{column.name}={name}", column.name, value) for value, name in enumerate(names)]


def _outcome(spec: JobSpec, name: str) -> TableColumn:
    column = _column(spec, name)
    if column.kind != "flag":
        raise Refused("evaluation.outcome_kind", variable=name)
    return column


def _term(spec: JobSpec, given: ModelTerm) -> Term:
    column = _column(spec, given.variable)
    if column.kind != "category":
        if given.level is not None:
            raise Refused("evaluation.level_unknown", variable=given.variable, level=given.level)
        return Term(column.name, None, given.coefficient)
    if given.level not in column.level_names:
        raise Refused("evaluation.level_unknown", variable=given.variable, level=given.level or "-")
    return Term(column.name, column.level_names.index(given.level), given.coefficient)


def _risk(spec: JobSpec, name: str) -> str:
    column = _column(spec, name)
    if column.kind != "number" or column.low < 0 or column.high > 1:
        raise Refused("evaluation.risk_range", variable=name)
    return name


def _populations(spec: JobSpec, given: EvaluationParameters) -> tuple[str, ...]:
    if given.by is None:
        return (EVERYBODY,)
    column, edges = _column(spec, given.by), given.by_edges
    if column.kind != "number":
        if edges:
            raise Refused("evaluation.bands_wrong", variable=given.by)
        levels = column.level_names or ("no", "yes")
        return (EVERYBODY, *(f"{given.by}={level}" for level in levels))
    if not edges or edges[0] <= column.low or edges[-1] > column.high:
        raise Refused("evaluation.bands_wrong", variable=given.by)
    between = (f"{given.by} {low:g} to under {high:g}" for low, high in pairwise(edges))
    return (EVERYBODY, f"{given.by} under {edges[0]:g}", *between, f"{given.by} {edges[-1]:g} or more")
