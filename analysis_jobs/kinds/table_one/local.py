"""What one hospital computes for a Table 1: persons per cell, then sums and squares around asked-for centres.

* The *survey* counts, and adds numbers up in the unit of their declared range.
* The *spread* adds up squares around each group's pooled mean in units of about its standard deviation, so
  that rounding under masks depends neither on units nor on how wide the declared range is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array, Ask, PersonSet, Rows, Summary, Table
from analysis_jobs.kinds.described_columns import ROWS_AT_ONCE, Positions, read_levels, read_number
from analysis_jobs.kinds.set_definitions import Condition, is_level, is_missing, known
from analysis_jobs.kinds.summed_numbers import NumberEvidence, joined
from analysis_jobs.kinds.table_one.design import Cell, Design
from analysis_jobs.kinds.table_one.layout import SURVEY, check_ask
from onggi.spec.variables import TableColumn


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows: each one's group (-1: not in the table), and its values by variable."""

    group: Positions
    values: dict[str, Array]


def answer_ask(design: Design, table: Table, ask: Ask) -> Summary:
    """This hospital's reply."""
    check_ask(design, ask)
    return _survey(design, table) if ask.name == SURVEY else _spread(design, table, ask)


def persons_described(design: Design, table: Table) -> tuple[PersonSet, ...]:
    """Who is behind each count, group by group; then who is behind the numbers of everybody together.

    Raises:
        Refused: ``describe.table_wrong``.
    """
    block = _read(design, table)
    inside, members = block.group >= 0, _members(design, block)
    sets = []
    for group in range(len(design.groups)):
        here = block.group == group
        for at, cell in enumerate(design.cells):
            place = ("persons", group * len(design.cells) + at)
            rows = here & members[:, at]
            where = (*_of_group(design, group), *_of_cell(cell))
            sets.append(
                PersonSet(
                    design.label(group, cell),
                    rows,
                    counted=(place,),
                    described=cell.part == "present",
                    where=where,
                    left_over=_is_last(design, at),
                )
            )
    if design.by is not None:
        for at, cell in enumerate(design.cells):
            if cell.part in ("all", "present"):
                name = "everybody in the table" if cell.part == "all" else f"everybody: {cell.variable}"
                where = (known(design.by.name), *_of_cell(cell))
                sets.append(PersonSet(name, inside & members[:, at], described=True, where=where))
    return tuple(sets)


def _is_last(design: Design, at: int) -> bool:
    """Whether a cell is the last level of a variable, or of those without a value."""
    own = [place for place, each in enumerate(design.cells) if each.variable == design.cells[at].variable]
    levels = [place for place in own if design.cells[place].part == "level"]
    return design.cells[at].part == "missing" or at == max(levels, default=-1)


def _of_group(design: Design, group: int) -> tuple[Condition, ...]:
    return () if design.by is None else (is_level(design.by.name, design.groups[group]),)


def _of_cell(cell: Cell) -> tuple[Condition, ...]:
    match cell.part:
        case "all":
            return ()
        case "present":
            return (known(cell.variable),)
        case "missing":
            return (is_missing(cell.variable),)
        case "level":
            return (is_level(cell.variable, cell.name),)


def _survey(design: Design, table: Table) -> Summary:
    groups = len(design.groups)
    persons, apart = np.zeros((groups, len(design.cells))), np.zeros((groups, len(design.pairs)))
    numbers = [NumberEvidence(design.summed) for _ in range(groups)]
    for block in _blocks(design, table):
        every, values = _members(design, block), _numbers(design, block)
        for group in range(groups):
            here = block.group == group
            members = every[here]
            persons[group] += members.sum(axis=0)
            numbers[group].add(values[:, here])
            apart[group] += _apart(design, members)
    evidence = {"persons": persons.ravel().copy(), "apart": apart.ravel()} | joined(numbers)
    arrays = {"persons": persons.ravel()}
    if design.numbers:
        sums, squares = zip(*(own.scaled for own in numbers), strict=True)
        arrays |= {"sums": np.concatenate(sums), "squares": np.concatenate(squares)}
    return Summary(arrays, evidence)


def _apart(design: Design, members: Rows) -> Array:
    """For each pair of levels, how many persons of these have one and not the other."""
    if not design.pairs:
        return np.zeros(0)
    first, second = np.array(design.pairs).T
    # Single precision counts exactly up to 2^24, far more than a block has rows.
    flags = members.astype(np.float32)
    both, each = flags.T @ flags, members.sum(axis=0, dtype=np.float64)
    found: Array = each[first] + each[second] - 2.0 * both[first, second]
    return found


def _spread(design: Design, table: Table, ask: Ask) -> Summary:
    shape = (len(design.groups), len(design.numbers))
    center, unit = ask.arrays["center"].reshape(shape), ask.arrays["unit"].reshape(shape)
    present, sums, squares = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for block in _blocks(design, table):
        values = _numbers(design, block)
        for group in range(shape[0]):
            own = values[:, block.group == group]
            with np.errstate(
                over="ignore"
            ):  # a crafted unit: what is no number leaves its range, and no node
                z = (own - center[group][:, None]) / unit[group][:, None]
                missing = np.isnan(z)
                present[group] += z.shape[1] - np.count_nonzero(missing, axis=1)
                z[missing] = 0.0
                sums[group] += z.sum(axis=1)
                squares[group] += np.einsum("ij,ij->i", z, z)
    arrays = {"sums": sums.ravel(), "squares": squares.ravel()}
    return Summary(arrays, {"present": present.ravel()})


def _blocks(design: Design, table: Table) -> Iterator[Block]:
    for start in range(0, table.num_rows, ROWS_AT_ONCE):
        yield _read(design, table.slice(start, ROWS_AT_ONCE))


def _read(design: Design, part: Table) -> Block:
    group = np.zeros(part.num_rows, dtype=np.int64) if design.by is None else read_levels(part, design.by)
    values = {column.name: _values(part, column) for column in design.columns}
    for name in design.complete:
        group = np.where(np.isnan(values[name]), -1, group)
    return Block(group, values)


def _numbers(design: Design, block: Block) -> Array:
    """A row per number, a column per person."""
    return np.array([block.values[column.name] for column in design.numbers]).reshape(-1, block.group.size)


def _members(design: Design, block: Block) -> Rows:
    """Who is in which cell: a row per person, a column per cell."""
    members = np.empty((block.group.size, len(design.cells)), dtype=np.bool_)
    for at, cell in enumerate(design.cells):
        if cell.part == "all":
            members[:, at] = True
            continue
        own = block.values[cell.variable]
        if cell.part == "level":
            members[:, at] = own == cell.level
        else:
            members[:, at] = np.isnan(own) == (cell.part == "missing")
    return members


def _values(part: Table, column: TableColumn) -> Array:
    if column.kind == "number":
        return read_number(part, column)
    levels = read_levels(part, column).astype(np.float64)
    return np.where(levels < 0, np.nan, levels)
