"""Which columns a Cox regression has, which strata, and which groups of persons it describes."""

from __future__ import annotations

from dataclasses import dataclass

from analysis_jobs.kinds.glm.design import (
    Cell,
    Column,
    cells_of,
    check_references,
    columns_of,
    numeric_columns,
    variable_of,
)
from analysis_jobs.kinds.summed_numbers import SummedNumber
from analysis_jobs.kinds.survival.times import find_levels, find_outcome
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CoxParameters
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import Variable


@dataclass(frozen=True, slots=True)
class Design:
    """The whole model: derived from the spec alone, equal at every hospital."""

    given: CoxParameters
    outcome: Outcome
    terms: tuple[Variable, ...]
    strata: tuple[Variable, ...]
    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]

    @property
    def size(self) -> int:
        """How many coefficients."""
        return len(self.columns)

    @property
    def numbers(self) -> tuple[SummedNumber, ...]:
        """The columns that the survey adds up as numbers."""
        found = (self.columns[at] for at in numeric_columns(self.columns, self.cells))
        return tuple(SummedNumber(column.name, column.low, column.high) for column in found)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients."""
        return tuple(column.name for column in self.columns)

    @property
    def needed(self) -> tuple[Variable, ...]:
        """The variables whose values a person must have."""
        return (*self.terms, *self.strata)


def cox_parameters(spec: JobSpec) -> CoxParameters:
    """The spec's parameters, known to be a Cox regression's."""
    if not isinstance(spec.parameters, CoxParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    return spec.parameters


def make_design(spec: JobSpec) -> Design:
    """The design of a spec. Raises Refused ``survival.*`` for outcome and strata, ``glm.*`` for terms."""
    given = cox_parameters(spec)
    outcome = find_outcome(spec, given.outcome)
    terms = tuple(variable_of(spec, name) for name in given.terms)
    strata = tuple(find_levels(spec, name)[0] for name in given.strata)
    check_references(given.references, terms)
    columns = tuple(column for term in terms for column in columns_of(term, given.references.get(term.name)))
    names = [column.name for column in columns]
    if len(set(names)) != len(names):
        raise Refused("glm.name_twice", term=next(name for name in names if names.count(name) > 1))
    cells = tuple(cell for variable in (*terms, *strata) for cell in cells_of(variable))
    return Design(given, outcome, terms, strata, columns, cells)
