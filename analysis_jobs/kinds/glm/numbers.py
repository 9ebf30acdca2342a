"""Which numbers a regression adds up, person by person: those that its survey and its moments are sums of.

Flags and levels are no numbers: enough persons are in each of their cells. An offset counts as one number
with a straight line's outcome, of which it is taken, and as a number of its own where it changes the means.
"""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.glm.coordinates import target_of, target_range
from analysis_jobs.kinds.glm.design import Design, bounds, numeric_columns
from analysis_jobs.kinds.glm.rows import Block
from analysis_jobs.kinds.summed_numbers import SummedNumber


def summed_numbers(design: Design) -> tuple[SummedNumber, ...]:
    """The numbers' names and ranges, in the order of `summed_values`."""
    columns = [design.columns[at] for at in numeric_columns(design.columns, design.cells)]
    found = [SummedNumber(column.name, column.low, column.high) for column in columns]
    if _sums_target(design):
        middle, half = target_range(design)
        low, high = middle - half, middle + half
        if design.weights is not None:  # a share of at most 1 of each
            low, high = min(low, 0.0), max(high, 0.0)
        found.append(SummedNumber(design.outcome.name, low, high))
    if _uses_offset(design) and design.offset is not None:
        found.append(SummedNumber(design.offset.name, *bounds(design.offset)))
    if design.weights is not None:
        low, high = bounds(design.weights)
        found.append(SummedNumber(design.weights.name, low / high, 1.0))
    return tuple(found)


def summed_values(design: Design, block: Block) -> Array:
    """A row per number, a column per person."""
    rows = [block.x[at] for at in numeric_columns(design.columns, design.cells)]
    if _sums_target(design):
        target = target_of(design, block)
        rows.append(target if block.prior is None else block.prior * target)
    if _uses_offset(design) and block.offset is not None:
        rows.append(block.offset)
    if block.prior is not None:
        rows.append(block.prior)
    return np.array(rows).reshape(len(rows), block.y.size)


def _sums_target(design: Design) -> bool:
    """Whether outcomes are added up as numbers: a yes or no without offset and weights is counted."""
    changed = design.weights is not None or (design.offset is not None and design.family == "gaussian")
    return design.outcome.kind == "number" or changed


def _uses_offset(design: Design) -> bool:
    return design.offset is not None and design.family != "gaussian"
