"""Which cells of persons a Table 1 has, group by group, from the spec alone.

Every group has the same cells in the same order: everybody in it; then for each variable its levels, or who
has the number; and who lacks it, unless the variable is one that everybody in the table must have.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from analysis_jobs.kinds.described_columns import find_column, find_levels, levels_of
from analysis_jobs.kinds.summed_numbers import SummedNumber
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import TableOneParameters
from onggi.spec.variables import TableColumn

EVERYBODY = "overall"
MOST_GROUPS = 20
MOST_CELLS = 200
"""Of one group: levels are held against each other in pairs."""
Part = Literal["all", "present", "level", "missing"]


@dataclass(frozen=True, slots=True)
class Cell:
    """Some persons of a group. `level` is the position that they share, -1 where it is not by level."""

    variable: str
    part: Part
    level: int = -1
    name: str = ""


@dataclass(frozen=True, slots=True)
class Design:
    """The whole table's shape. `pairs` are places of two variables' levels, "missing" among them."""

    by: TableColumn | None
    groups: tuple[str, ...]
    columns: tuple[TableColumn, ...]
    complete: frozenset[str]
    cells: tuple[Cell, ...]
    pairs: tuple[tuple[int, int], ...]

    @property
    def numbers(self) -> tuple[TableColumn, ...]:
        """The columns that are numbers, in order."""
        return tuple(column for column in self.columns if column.kind == "number")

    @property
    def summed(self) -> tuple[SummedNumber, ...]:
        """The numbers as they are added up, in order."""
        return tuple(SummedNumber(column.name, column.low, column.high) for column in self.numbers)

    def places(self, variable: str, part: Part) -> list[int]:
        """Where a variable's cells of one part stand within a group."""
        return [at for at, cell in enumerate(self.cells) if (cell.variable, cell.part) == (variable, part)]

    def label(self, group: int, cell: Cell) -> str:
        """How rules and reviewers call a cell."""
        told = {"all": "persons", "missing": f"{cell.variable}: (missing)", "present": cell.variable}
        name = told.get(cell.part, f"{cell.variable}={cell.name}")
        return f"{self.prefix(group)}{name}"

    def prefix(self, group: int) -> str:
        """What stands before the name of a group's cell; nothing where there are no groups."""
        return "" if self.by is None else f"{self.by.name}={self.groups[group]}: "


def make_design(spec: JobSpec) -> Design:
    """The design of a spec.

    Raises:
        Refused: ``kinds.wrong_kind``, ``describe.unknown_variable``, ``describe.needs_levels``,
            ``describe.too_many_cells``.
    """
    given = spec.parameters
    if not isinstance(given, TableOneParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    columns = tuple(find_column(spec, name) for name in given.variables)
    by = find_levels(spec, given.by) if given.by is not None else None
    cells = [Cell("", "all")]
    for column in columns:
        if column.kind == "number":
            cells.append(Cell(column.name, "present"))
        else:
            names = levels_of(column)
            cells += [Cell(column.name, "level", at, name) for at, name in enumerate(names)]
        if column.name not in given.complete:
            cells.append(Cell(column.name, "missing"))
    groups = levels_of(by) if by is not None else (EVERYBODY,)
    if len(cells) > MOST_CELLS or len(groups) > MOST_GROUPS:
        raise Refused("describe.too_many_cells", maximum=MOST_CELLS)
    told = [at for at, cell in enumerate(cells) if cell.part in ("level", "missing")]
    pairs = tuple(
        (one, other) for one, other in combinations(told, 2) if cells[one].variable != cells[other].variable
    )
    return Design(by, groups, columns, frozenset(given.complete), tuple(cells), pairs)
