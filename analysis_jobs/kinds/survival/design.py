"""Which persons survival curves count apart: stratum, group, step, and how follow-up ended there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.contract import Array, Table
from analysis_jobs.kinds.set_definitions import Condition, is_level
from analysis_jobs.kinds.survival.times import find_levels, find_outcome, read_ends
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import SurvivalParameters
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import Variable

EVERYONE = "all"
MOST_CELLS = 4_096
"""A guard holds one set of persons per cell: more would not fit beside a large table."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Persons of every stratum and group: by step and way of ending, and who was free of it on the last day.

    Args:
        ended: shape (strata, groups, steps, causes + 1), censored persons first.
        beyond: shape (strata, groups).
    """

    ended: Array
    beyond: Array


@dataclass(frozen=True, slots=True)
class Design:
    """Derived from the spec alone, equal at every hospital."""

    outcome: Outcome
    given: SurvivalParameters
    group: Variable | None
    groups: tuple[str, ...]
    strata_variables: tuple[Variable, ...]
    strata: tuple[str, ...]

    @property
    def causes(self) -> tuple[str, ...]:
        """What can end follow-up beside censoring: the event first."""
        return self.outcome.columns[1].level_names[1:]

    @property
    def curve_size(self) -> int:
        """Cells of one stratum and group."""
        return len(self.given.steps) * (len(self.causes) + 1) + 1

    @property
    def size(self) -> int:
        """All cells."""
        return len(self.strata) * len(self.groups) * self.curve_size

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Strata first, then the group."""
        return (*self.strata_variables, *([self.group] if self.group else []))

    def curve_names(self) -> tuple[str, ...]:
        """How rules and reviewers call each stratum and group, in the order of the cells."""
        return tuple(
            group if stratum == EVERYONE else f"{stratum}, {group}"
            for stratum in self.strata
            for group in self.groups
        )

    def levels_of(self, variable: Variable) -> tuple[Condition, ...]:
        """What holds on each level of a stratum or group, in order."""
        return tuple(is_level(variable.name, level) for level in variable.level_names or ("no", "yes"))

    def cell_names(self) -> tuple[str, ...]:
        """A name for each cell, in order."""
        ways = ("censored", *self.causes)
        within = [f"up to day {step}, {way}" for step in self.given.steps for way in ways]
        within.append(f"free of it on day {self.given.steps[-1]}")
        return tuple(f"{curve}: {cell}" for curve in self.curve_names() for cell in within)

    def unfold(self, cells: Array) -> Cells:
        """The flat cells of a reply or a sum by stratum, group, step and way of ending."""
        shape = (len(self.strata), len(self.groups), self.curve_size)
        folded = cells.reshape(shape)
        ended = folded[:, :, :-1].reshape(*shape[:2], len(self.given.steps), len(self.causes) + 1)
        return Cells(ended, folded[:, :, -1])


def survival_parameters(spec: JobSpec) -> SurvivalParameters:
    """The spec's parameters, known to be those of survival curves."""
    if not isinstance(spec.parameters, SurvivalParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    return spec.parameters


def make_design(spec: JobSpec) -> Design:
    """The design of a spec. Raises Refused ``survival.*`` when its parameters make no sense."""
    given = survival_parameters(spec)
    outcome = find_outcome(spec, given.outcome)
    if given.steps[-1] > outcome.horizon_days:
        raise Refused("survival.step_beyond", horizon=outcome.horizon_days)
    group, groups = find_levels(spec, given.group) if given.group else (None, (EVERYONE,))
    strata = [find_levels(spec, name) for name in given.strata]
    told = [[f"{variable.name}={level}" for level in levels] for variable, levels in strata]
    design = Design(
        outcome=outcome,
        given=given,
        group=group,
        groups=tuple(f"{group.name}={level}" for level in groups) if group else groups,
        strata_variables=tuple(variable for variable, _ in strata),
        strata=tuple(", ".join(each) for each in product(*told)) if told else (EVERYONE,),
    )
    if design.size > MOST_CELLS:
        raise Refused("survival.too_many_cells", most=MOST_CELLS)
    return design


def cell_of_each(design: Design, table: Table) -> npt.NDArray[np.int64]:
    """The flat position of each person's cell, -1 for who lacks a value. Raises ``survival.table_wrong``."""
    ends = read_ends(table, design.outcome, design.variables)
    here = ends.complete
    curve = np.zeros(int(here.sum()), dtype=np.int64)
    sizes = [*(len(each.levels) or 2 for each in design.variables)]
    for variable, levels in zip(design.variables, sizes, strict=True):
        curve = curve * levels + ends.values[variable.name][here].astype(np.int64)
    step = np.searchsorted(np.array(design.given.steps), ends.days[here], side="left")
    event = ends.event[here].astype(np.int64)
    # Whoever is censored on the last day was watched to the end of the last step, as those beyond it were.
    beyond = (step == len(design.given.steps)) | ((event == 0) & (ends.days[here] == design.given.steps[-1]))
    cell = np.where(beyond, design.curve_size - 1, step * (len(design.causes) + 1) + event)
    found = np.full(table.num_rows, -1, dtype=np.int64)
    found[here] = curve * design.curve_size + cell
    return found
