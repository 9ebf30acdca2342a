"""Which columns a regression has, in which order, and which groups of persons they describe.

* The intercept comes first, then the terms in the order of the spec. A category opens into one column per
  level but its reference, named ``<variable>_<level name>``; without a stated reference it is the first.
* Every level of every flag and category, reference included, is a cell of persons for disclosure rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import Family, GlmParameters
from onggi.spec.variables import Variable

INTERCEPT = "intercept"
LINKS: dict[Family, str] = {"gaussian": "identity", "binomial": "logit", "poisson": "log"}


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
    outcome: Variable
    offset: Variable | None
    needed: tuple[Variable, ...]
    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the coefficients."""
        return (INTERCEPT, *(column.name for column in self.columns))

    @property
    def size(self) -> int:
        """How many coefficients, the intercept included."""
        return len(self.columns) + 1

    @property
    def counts_events(self) -> bool:
        """Whether persons with and without the outcome are told apart."""
        return self.outcome.kind == "flag"

    @property
    def fits_null(self) -> bool:
        """Whether the model without terms needs iterations of its own (it has an offset, and a curve)."""
        return self.offset is not None and self.family != "gaussian"


def glm_parameters(spec: JobSpec) -> GlmParameters:
    """The spec's parameters, known to be a GLM's."""
    if not isinstance(spec.parameters, GlmParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    return spec.parameters


def make_design(spec: JobSpec) -> Design:
    """The design of a spec. Raises Refused ``glm.*`` when its parameters make no sense."""
    given = glm_parameters(spec)
    outcome = variable_of(spec, given.outcome)
    offset = variable_of(spec, given.offset) if given.offset else None
    terms = [variable_of(spec, name) for name in given.terms]
    _check_outcome(outcome, given.family)
    if offset is not None and offset.kind != "number":
        raise Refused("glm.offset_kind", variable=offset.name)
    check_references(given.references, terms)
    columns = [column for term in terms for column in columns_of(term, given.references.get(term.name))]
    names = [INTERCEPT, *(column.name for column in columns)]
    if len(set(names)) != len(names):
        raise Refused("glm.name_twice", term=next(name for name in names if names.count(name) > 1))
    return Design(
        family=given.family,
        outcome=outcome,
        offset=offset,
        needed=(outcome, *terms, *([offset] if offset else [])),
        columns=tuple(columns),
        cells=tuple(cell for term in terms for cell in cells_of(term)),
    )


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
