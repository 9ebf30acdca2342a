"""Which columns a regression has, in which order, and which groups of persons they describe.

* The intercept comes first, then the terms in the order of the spec. A category opens into one column per
  level but its reference, named ``<variable>_<level name>``; without a stated reference it is the first.
* Every level of every flag and category, reference included, is a cell of persons for disclosure rules.
* With hospitals' own intercepts there is no intercept among the terms: nobody learns any of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis_jobs.kinds.glm.family import Curve
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import Family, GlmParameters, Robust
from onggi.spec.variables import Variable

INTERCEPT = "intercept"


@dataclass(frozen=True, slots=True)
class Column:
    """One column beside the intercept. `level` is the position that it marks, None for a number or flag."""

    name: str
    variable: str
    level: int | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cell:
    """The persons whose flag or category has one value."""

    label: str
    variable: str
    value: int


@dataclass(frozen=True, slots=True)
class Design:
    """The whole model: derived from the spec alone, equal at every hospital."""

    family: Family
    curve: Curve
    outcome: Variable
    offset: Variable | None
    weights: Variable | None
    site_effects: bool
    robust: Robust | None
    without: tuple[tuple[str, ...], ...]
    risk_edges: tuple[float, ...]
    needed: tuple[Variable, ...]
    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the coefficients."""
        names = tuple(column.name for column in self.columns)
        return names if self.site_effects else (INTERCEPT, *names)

    @property
    def first(self) -> int:
        """The position of the first column's coefficient: 1 after an intercept, else 0."""
        return 0 if self.site_effects else 1

    @property
    def size(self) -> int:
        """How many coefficients, the intercept included where there is one for all."""
        return len(self.columns) + self.first

    @property
    def counts_events(self) -> bool:
        """Whether persons with and without the outcome are told apart."""
        return self.outcome.kind == "flag"

    @property
    def fits_null(self) -> bool:
        """Whether the model without terms needs iterations of its own (it has an offset, and a curve).

        With hospitals' own intercepts each hospital solves it alone.
        """
        return self.offset is not None and self.family != "gaussian" and not self.site_effects

    @property
    def estimates_dispersion(self) -> bool:
        """Whether the spread around the mean is estimated too."""
        return self.family in ("gaussian", "gamma")


def glm_parameters(spec: JobSpec) -> GlmParameters:
    """The spec's parameters, known to be a GLM's."""
    if not isinstance(spec.parameters, GlmParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    return spec.parameters


def make_design(spec: JobSpec) -> Design:
    """The design of a spec. Raises Refused ``glm.*`` when its parameters make no sense."""
    return design_of(spec, glm_parameters(spec))


def design_of(spec: JobSpec, given: GlmParameters) -> Design:
    """The design of a model over a spec's variables. Raises Refused ``glm.*``."""
    outcome = variable_of(spec, given.outcome)
    offset = variable_of(spec, given.offset) if given.offset else None
    weights = variable_of(spec, given.weights) if given.weights else None
    terms = [variable_of(spec, name) for name in given.terms]
    _check_outcome(outcome, given.family)
    if offset is not None and offset.kind != "number":
        raise Refused("glm.offset_kind", variable=offset.name)
    if weights is not None and (weights.kind != "number" or bounds(weights)[0] < 0):
        raise Refused("glm.weights_kind", variable=weights.name)
    check_references(given.references, terms)
    columns = [column for term in terms for column in columns_of(term, given.references.get(term.name))]
    names = [*([] if given.site_effects else [INTERCEPT]), *(column.name for column in columns)]
    if len(set(names)) != len(names):
        raise Refused("glm.name_twice", term=next(name for name in names if names.count(name) > 1))
    return Design(
        family=given.family,
        curve=_curve(given),
        outcome=outcome,
        offset=offset,
        weights=weights,
        site_effects=given.site_effects,
        robust=given.robust,
        without=given.without,
        risk_edges=given.risk_edges,
        needed=(outcome, *terms, *(each for each in (offset, weights) if each)),
        columns=tuple(columns),
        cells=tuple(cell for term in terms for cell in cells_of(term)),
    )


def _curve(given: GlmParameters) -> Curve:
    if given.family == "gamma":
        return "gamma-log" if given.link_used == "log" else "gamma-inverse"
    return given.family


def bounds(variable: Variable) -> tuple[float, float]:
    """The declared range of a variable's values."""
    if variable.kind == "flag":
        return 0.0, 1.0
    if variable.kind == "category":
        return 0.0, float(len(variable.levels) - 1)
    if variable.low is None or variable.high is None:
        raise Refused("glm.unknown_variable", variable=variable.name)
    return variable.low, variable.high


def variable_of(spec: JobSpec, name: str) -> Variable:
    """The variable of that name. Raises Refused ``glm.unknown_variable``."""
    try:
        return spec.variable(name)
    except KeyError:
        raise Refused("glm.unknown_variable", variable=name) from None


def _check_outcome(outcome: Variable, family: Family) -> None:
    if outcome.kind == "category" or (family == "binomial" and outcome.kind != "flag"):
        raise Refused("glm.outcome_kind", variable=outcome.name, family=family)
    if family == "poisson" and bounds(outcome)[0] < 0:
        raise Refused("glm.outcome_not_count", variable=outcome.name)
    if family == "gamma" and (outcome.kind != "number" or not bounds(outcome)[0] > 0):
        raise Refused("glm.outcome_not_positive", variable=outcome.name)


def check_references(references: Mapping[str, str], terms: Sequence[Variable]) -> None:
    """Every reference is a level of a category. Raises Refused ``glm.reference_unknown``."""
    levels = {term.name: term.level_names for term in terms if term.kind == "category"}
    for name, reference in references.items():
        if reference not in levels.get(name, ()):
            raise Refused("glm.reference_unknown", variable=name, level=reference)


def columns_of(term: Variable, reference: str | None) -> list[Column]:
    """The columns that a term opens into."""
    if term.kind != "category":
        low, high = bounds(term)
        return [Column(term.name, term.name, None, low, high)]
    reference = reference or term.level_names[0]
    return [
        Column(f"{term.name}_{level}", term.name, position, 0.0, 1.0)
        for position, level in enumerate(term.level_names)
        if level != reference
    ]


def cells_of(term: Variable) -> list[Cell]:
    """The groups of persons that a flag or category tells apart."""
    if term.kind == "number":
        return []
    names = term.level_names or ("no", "yes")
    return [Cell(f"{term.name}={name}", term.name, value) for value, name in enumerate(names)]


def numeric_columns(columns: Sequence[Column], cells: Sequence[Cell]) -> list[int]:
    """The columns that are numbers, by position: neither a level nor a flag, whose persons are cells."""
    counted = {cell.variable for cell in cells}
    return [at for at, column in enumerate(columns) if column.variable not in counted]
