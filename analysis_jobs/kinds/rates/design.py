"""Which groups and strata a job of rates has, from the spec alone."""

from __future__ import annotations

from dataclasses import dataclass

from analysis_jobs.kinds.contract import Table
from analysis_jobs.kinds.described_columns import (
    Positions,
    bin_names,
    check_cuts,
    find_column,
    find_levels,
    levels_of,
    read_bins,
    read_levels,
)
from analysis_jobs.kinds.partitions import Side, cell_names, cell_of
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import RatesParameters
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import TableColumn

EVERYBODY = "overall"
MOST_CELLS = 500


@dataclass(frozen=True, slots=True)
class Division:
    """A column and what divides it: its levels, or cuts of a number."""

    column: TableColumn
    cuts: tuple[float, ...]

    @property
    def side(self) -> Side:
        """Its name and its parts."""
        if self.column.kind == "number":
            return Side(self.column.name, bin_names(self.column, self.cuts), self.cuts)
        return Side(self.column.name, levels_of(self.column))

    def read(self, table: Table) -> Positions:
        """Each person's part, -1 where missing. Raises Refused ``describe.table_wrong``."""
        if self.column.kind == "number":
            return read_bins(table, self.column, self.cuts)
        return read_levels(table, self.column)


@dataclass(frozen=True, slots=True)
class Design:
    """Cells run over the groups and, within each, over the strata."""

    given: RatesParameters
    outcome: Outcome
    by: Division | None
    strata: tuple[Division, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups' names; everybody's alone where nothing groups them."""
        return self.by.side.parts if self.by is not None else (EVERYBODY,)

    @property
    def strata_names(self) -> tuple[str, ...]:
        """The strata of each group; one without a name where there are none."""
        return cell_names([each.side for each in self.strata])

    @property
    def shape(self) -> tuple[int, int]:
        """Groups and strata."""
        return len(self.groups), len(self.strata_names)

    @property
    def cells(self) -> tuple[str, ...]:
        """Every stratum of every group, as rules and reviewers call it."""
        return tuple(name or "persons" for name in cell_names(self.sides))

    @property
    def group_cells(self) -> tuple[str, ...]:
        """Every group, as rules and reviewers call it."""
        return tuple(name or "persons" for name in cell_names(self.group_sides))

    @property
    def event_cells(self) -> tuple[str, ...]:
        """The cells whose events are asked: every stratum of every group, or the groups."""
        return self.cells if self.given.events_by_stratum else self.group_cells

    @property
    def divisions(self) -> tuple[Division, ...]:
        """Groups first, if any, then strata."""
        return (*([self.by] if self.by is not None else []), *self.strata)

    @property
    def sides(self) -> tuple[Side, ...]:
        """What divides persons into cells."""
        return tuple(each.side for each in self.divisions)

    @property
    def group_sides(self) -> tuple[Side, ...]:
        """What divides them into groups, if anything does."""
        return (self.by.side,) if self.by is not None else ()

    def cell_of(self, table: Table) -> Positions:
        """Each person's cell, -1 where a group or stratum is missing."""
        read = [each.read(table) for each in self.divisions]
        return cell_of(self.sides, read, persons=table.num_rows)


def make_design(spec: JobSpec) -> Design:
    """The design of a spec.

    Raises:
        Refused: ``kinds.wrong_kind``, ``rates.unknown_outcome``, ``rates.weights_wrong``, ``describe.*``.
    """
    given = spec.parameters
    if not isinstance(given, RatesParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    outcome = next((each for each in spec.outcomes if each.name == given.outcome), None)
    if outcome is None:
        raise Refused("rates.unknown_outcome", outcome=given.outcome)
    by = Division(find_levels(spec, given.by), ()) if given.by is not None else None
    strata = tuple(_division(spec, each.variable, each.cuts) for each in given.strata)
    design = Design(given, outcome, by, strata)
    groups, size = design.shape
    if groups * size > MOST_CELLS:
        raise Refused("describe.too_many_cells", maximum=MOST_CELLS)
    for name, weights in (("standard", given.standard), ("reference_rates", given.reference_rates)):
        if weights and len(weights) != size:
            raise Refused("rates.weights_wrong", name=name, given=len(weights), strata=size)
    return design


def _division(spec: JobSpec, name: str, cuts: tuple[float, ...]) -> Division:
    column = find_column(spec, name)
    if column.kind == "number":
        check_cuts(column, cuts)
    elif cuts:
        raise Refused("describe.cuts_wrong", variable=name)
    return Division(column, cuts)
