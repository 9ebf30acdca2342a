"""Reads a staged table into complete cases, in blocks small enough for the processor's cache.

* A person counts when the outcome, every term and the offset are present and inside their declared range,
  and the weight, if there is one, is above zero.
* With hospitals' own intercepts, a hospital counts only if it says something about the terms: at least two
  persons, both outcomes of a yes or no, any event of a count. Otherwise its intercept alone meets all its
  persons, wholly or in the limit.
* The work is done once per table and spec, and kept as long as the table lives in this process.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis_jobs.kinds.columns import column_numbers
from analysis_jobs.kinds.contract import Array, PersonSet, Table
from analysis_jobs.kinds.contract import Rows as Mask
from analysis_jobs.kinds.glm.design import Column, Design, bounds
from analysis_jobs.kinds.set_definitions import Condition, complete, is_level, is_positive, of_label
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.variables import Variable

BLOCK_ROWS = 8_192


@dataclass(frozen=True, slots=True)
class Block:
    """Some persons: `x` holds one row per column of the design (without the intercept).

    `prior` are weights as shares of the largest that the weights' range allows.
    """

    x: Array
    y: Array
    offset: Array | None
    prior: Array | None = None


@dataclass(slots=True)
class Rows:
    """One hospital's complete cases, and the last transformed design if memory allowed to keep it."""

    blocks: tuple[Block, ...]
    persons: int
    cells: Array
    mean: Array
    """The columns' means at this hospital."""
    kept_for: bytes = b""
    kept: list[Array] = field(default_factory=list)


_read: dict[int, tuple[weakref.ref[Any], str, Rows]] = {}


def complete_cases(spec: JobSpec, design: Design, table: Table) -> Rows:
    """The complete cases of a table: read at the first ask, remembered for the later ones."""
    key = spec.model_dump_json(include={"parameters", "variables"})
    known = _read.get(id(table))
    if known is not None and known[0]() is table and known[1] == key:
        return known[2]
    rows = _read_rows(design, table)
    identity = id(table)
    _read[identity] = (weakref.ref(table, lambda _: _read.pop(identity, None)), key, rows)
    return rows


def complete_columns(design: Design, table: Table) -> tuple[Mask, dict[str, Array]]:
    """Which rows are complete, and every value that is needed of all rows, as staged.

    Raises:
        Refused: ``glm.table_wrong`` or ``glm.outcome_not_count``.
    """
    values = {each.name: _values(table, each) for each in design.needed}
    complete = _complete(design, values)
    _check_whole(design, {name: column[complete] for name, column in values.items()})
    return complete, values


def design_matrix(design: Design, values: dict[str, Array]) -> Array:
    """A row for each column of the design."""
    x = np.empty((len(design.columns), len(values[design.outcome.name])))
    for row, column in zip(x, design.columns, strict=True):
        row[:] = _column_values(column, values[column.variable])
    return x


def persons_described(design: Design, table: Table) -> tuple[PersonSet, ...]:
    """Who is behind a model's numbers. Raises Refused ``glm.table_wrong``."""
    values = {each.name: _values(table, each) for each in design.needed}
    here = _complete(design, values)
    here &= says_something(design, values[design.outcome.name][here])
    where = complete_cases_of(design)
    everyone = PersonSet("complete cases", here, counted=(("persons", 0),), described=True, where=where)
    outcome = here & (values[design.outcome.name] > 0)
    counted = (("events", 0),)
    if design.estimates_dispersion and not design.counts_events:
        return (everyone, *_levels(design, values, here, where))
    positive = (*where, of_outcome(design))
    with_outcome = PersonSet(f"{design.outcome.name}>0", outcome, counted=counted, where=positive)
    return (everyone, with_outcome, *_levels(design, values, here, where))


def complete_cases_of(design: Design) -> tuple[Condition, ...]:
    """What makes a person a complete case, where the hospital's complete cases say something at all."""
    cases = complete(each.name for each in design.needed)
    return cases if design.weights is None else (*cases, is_positive(design.weights.name))


def of_outcome(design: Design) -> Condition:
    """What makes a person one with the outcome."""
    name = design.outcome.name
    return is_level(name, "yes") if design.outcome.kind == "flag" else is_positive(name)


def without_outcome(design: Design) -> Condition:
    """The reverse."""
    name = design.outcome.name
    return is_level(name, "no") if design.outcome.kind == "flag" else is_positive(name, but=True)


def _levels(
    design: Design, values: dict[str, Array], here: Mask, where: tuple[Condition, ...]
) -> list[PersonSet]:
    return [
        PersonSet(
            cell.label,
            here & (values[cell.variable] == cell.value),
            described=True,
            where=(*where, of_label(cell.variable, cell.label)),
        )
        for cell in design.cells
    ]


def _values(table: Table, variable: Variable) -> Array:
    if variable.name not in table.column_names:
        raise Refused("glm.table_wrong", variable=variable.name)
    return column_numbers(table.column(variable.name))


def _read_rows(design: Design, table: Table) -> Rows:
    for variable in design.needed:
        if variable.name not in table.column_names:
            raise Refused("glm.table_wrong", variable=variable.name)
    blocks: list[Block] = []
    cells = np.zeros(len(design.cells))
    needed = table.select([variable.name for variable in design.needed])
    for start in range(0, table.num_rows, BLOCK_ROWS):
        values = _complete_values(design, needed.slice(start, BLOCK_ROWS))
        if not values[design.outcome.name].size:
            continue
        _check_whole(design, values)
        blocks.append(_block(design, values))
        cells += [np.count_nonzero(values[cell.variable] == cell.value) for cell in design.cells]
    outcome = np.concatenate([block.y for block in blocks]) if blocks else np.zeros(0)
    if not says_something(design, outcome):
        return Rows((), 0, np.zeros(len(design.cells)), np.zeros(len(design.columns)))
    sums = sum((block.x.sum(axis=1) for block in blocks), np.zeros(len(design.columns)))
    return Rows(tuple(blocks), outcome.size, cells, sums / max(outcome.size, 1))


def says_something(design: Design, outcome: Array) -> bool:
    """Whether a hospital's complete cases count at all: they do unless its own intercept meets them all."""
    if not design.site_effects:
        return True
    events = int(np.count_nonzero(outcome > 0))
    if design.family == "binomial":
        return 0 < events < outcome.size
    return outcome.size > 1 and (design.family != "poisson" or events > 0)


def _complete_values(design: Design, part: Table) -> dict[str, Array]:
    values = {each.name: column_numbers(part.column(each.name)) for each in design.needed}
    complete = _complete(design, values)
    return {name: column[complete] for name, column in values.items()}


def _complete(design: Design, values: dict[str, Array]) -> Mask:
    complete: Mask = np.ones(len(values[design.outcome.name]), dtype=np.bool_)
    for variable in design.needed:
        # What is missing arrives as NaN, which lies in no range.
        low, high = bounds(variable)
        complete &= (values[variable.name] >= low) & (values[variable.name] <= high)
    if design.weights is not None:
        complete &= values[design.weights.name] > 0
    return complete


def _check_whole(design: Design, values: dict[str, Array]) -> None:
    for variable in design.needed:
        if _must_be_whole(design, variable):
            column = values[variable.name]
            if (column != np.floor(column)).any():
                number = variable.kind == "number"  # then it is a count; a half flag is the staging's fault
                code = "glm.outcome_not_count" if number else "glm.table_wrong"
                raise Refused(code, variable=variable.name)


def _must_be_whole(design: Design, variable: Variable) -> bool:
    counted = variable is design.outcome and design.family == "poisson"
    return counted or variable.kind != "number"


def _block(design: Design, values: dict[str, Array]) -> Block:
    return Block(
        design_matrix(design, values),
        values[design.outcome.name],
        values[design.offset.name] if design.offset else None,
        values[design.weights.name] / bounds(design.weights)[1] if design.weights else None,
    )


def _column_values(column: Column, values: Array) -> Array:
    return values if column.level is None else (values == column.level).astype(np.float64)
