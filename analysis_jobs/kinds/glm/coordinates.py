"""Puts a hospital's rows into the coordinates in which a question is asked, block by block.

With hospitals' own intercepts the columns are centred at the hospital's own means: the intercept takes up
the difference, and nothing is lost where hospitals differ much.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.glm.design import Design, bounds
from analysis_jobs.kinds.glm.rows import Block, Rows

KEEP_BYTES = 256 * 2**20
"""The transformed design is kept between asks up to this size; beyond it is computed anew each time."""


def target_range(design: Design) -> tuple[float, float]:
    """Middle and half width of what the model predicts: the outcome, less the offset for a straight line."""
    low, high = bounds(design.outcome)
    if design.family == "gaussian" and design.offset is not None:
        offset_low, offset_high = bounds(design.offset)
        low, high = low - offset_high, high - offset_low
    return (low + high) / 2, (high - low) / 2


def target_of(design: Design, block: Block) -> Array:
    """What a straight line predicts: the outcome less the offset. For the other families the outcome."""
    if design.family == "gaussian" and block.offset is not None:
        return block.y - block.offset
    return block.y


def scaled(design: Design, block: Block, given: Arrays) -> tuple[Array, Array | None]:
    """Outcome and offset as the family wants them: a straight line works in standardised outcomes, a gamma
    model in a unit near the mean outcome."""
    if design.family == "gaussian":
        center, spread = given["outcome"]
        return (target_of(design, block) - center) / spread, None
    if design.family == "gamma":
        unit = given["outcome"][1]
        inverse = design.curve == "gamma-inverse" and block.offset is not None
        return block.y / unit, block.offset * unit if inverse and block.offset is not None else block.offset
    return block.y, block.offset


def transformed(design: Design, rows: Rows, given: Arrays, *, keep: bool) -> Iterator[Array]:
    """The columns in the asked-for basis, block by block, intercept first."""
    key = given["center"].tobytes() + given["basis"].tobytes()
    if keep and rows.kept_for == key:
        yield from rows.kept
        return
    rows.kept_for, rows.kept = b"", []
    kept: list[Array] = []
    fits = keep and rows.persons * (len(design.columns) + 1) * 8 <= KEEP_BYTES
    center = rows.mean if design.site_effects else given["center"]
    for block in rows.blocks:
        z = _transform(block, center, given["basis"])
        if fits:
            kept.append(z)
        yield z
    if fits:
        rows.kept_for, rows.kept = key, kept


def _transform(block: Block, center: Array, basis: Array) -> Array:
    columns, persons = block.x.shape
    z = np.empty((columns + 1, persons))
    z[0] = 1.0
    np.matmul(basis.T, block.x - center[:, None], out=z[1:])
    return z
