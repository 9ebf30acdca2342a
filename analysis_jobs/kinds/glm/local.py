"""What one hospital computes for each question of a regression: sums over its complete cases.

* One pass over the persons per ask, in blocks; matrix products are the library's, nothing is per person.
* Where a mean or a sum would leave the declared range, the reply says `overflow` and holds zeros instead:
  a half-overflown sum could show a single person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Summary, Table
from analysis_jobs.kinds.glm.design import Design, bounds
from analysis_jobs.kinds.glm.family import fit_at, null_deviance, saturated_log_likelihood, start_of
from analysis_jobs.kinds.glm.layout import MOMENTS, START, STEP, SURVEY, check_ask, make_layout
from analysis_jobs.kinds.glm.rows import Block, Rows, complete_cases
from analysis_jobs.kinds.ranges import site_limit
from onggi.spec.job import JobSpec

KEEP_BYTES = 256 * 2**20
"""The transformed design is kept between asks up to this size; beyond it is computed anew each time."""


def answer_ask(spec: JobSpec, design: Design, table: Table, ask: Ask) -> Summary:
    """This hospital's reply to any ask of the conversation."""
    check_ask(design, ask)
    rows = complete_cases(spec, design, table)
    if ask.name == SURVEY:
        return _survey(design, rows)
    if ask.name == MOMENTS:
        return _moments(design, rows, ask.arrays)
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number is found by the range check
        summary, overflow = (_start if ask.name == START else _step)(design, rows, ask.arrays)
    if not overflow.any() and not _in_range(summary, site_limit(len(spec.participants))):
        overflow[0] = 1.0
    if overflow.any():
        summary = _silent(spec, design, rows, ask)
    summary.arrays["overflow"] = overflow
    return summary


def _in_range(summary: Summary, limit: float) -> bool:
    arrays = (*summary.arrays.values(), *summary.evidence.values())
    return all(bool((np.abs(array) <= limit).all()) for array in arrays)


def target_range(design: Design) -> tuple[float, float]:
    """Middle and half width of what the model predicts: the outcome, less the offset for a straight line."""
    low, high = bounds(design.outcome)
    if design.family == "gaussian" and design.offset is not None:
        offset_low, offset_high = bounds(design.offset)
        low, high = low - offset_high, high - offset_low
    return (low + high) / 2, (high - low) / 2


def _target(design: Design, block: Block) -> Array:
    if design.family == "gaussian" and block.offset is not None:
        return block.y - block.offset
    return block.y


def _evidence(rows: Rows, weights: Array | None = None) -> dict[str, Array]:
    """Person count, and sum and sum of squares of the weights (1 each where nothing is weighted)."""
    persons = float(rows.persons)
    equal = np.array([persons, persons])
    return {"persons": np.array([persons]), "weights": equal if weights is None else weights}


def _survey(design: Design, rows: Rows) -> Summary:
    middle = np.array([(column.low + column.high) / 2 for column in design.columns])[:, None]
    half = np.array([(column.high - column.low) / 2 for column in design.columns])[:, None]
    sums, squares = np.zeros(len(design.columns)), np.zeros(len(design.columns))
    outcome, events = np.zeros(3), 0.0
    center, width = target_range(design)
    for block in rows.blocks:
        scaled = (block.x - middle) / half
        sums += scaled.sum(axis=1)
        squares += np.einsum("ij,ij->i", scaled, scaled)
        target = (_target(design, block) - center) / width
        saturated = saturated_log_likelihood(block.y) if design.family == "poisson" else 0.0
        outcome += [target.sum(), target @ target, saturated]
        events += np.count_nonzero(block.y > 0) if design.family != "gaussian" or design.counts_events else 0
    persons = float(rows.persons)
    arrays = {
        "persons": np.array([persons]),
        "sums": sums,
        "squares": squares,
        "outcome": outcome,
        "events": np.array([events]),
    }
    evidence = _evidence(rows) | {"events": np.array([events, persons - events])}
    if design.cells:
        evidence["cells"] = rows.cells.copy()
    return Summary(arrays, evidence)


def _moments(design: Design, rows: Rows, given: Arrays) -> Summary:
    total = np.zeros((design.size, design.size))
    for z in _transformed(design, rows, given, keep=False):
        total += z @ z.T
    return Summary({"moments": _lower(total)}, _evidence(rows))


def _start(design: Design, rows: Rows, given: Arrays) -> tuple[Summary, Array]:
    sums = _Sums(design.size)
    mean = float(given["mean"][0])
    deviance, unit = 0.0, float(given["unit"][0])
    for block, z in zip(rows.blocks, _transformed(design, rows, given, keep=True), strict=True):
        y, offset = _scaled(design, block, given)
        begun = start_of(design.family, y, offset, mean=mean)
        sums.add(z, begun.weight / unit, begun.weight * begun.working / unit)
        deviance += null_deviance(design.family, y, mean=mean) / unit
    arrays = {
        "information": _lower(sums.information),
        "target": sums.linear,
        "null_deviance": np.array([deviance]),
    }
    return Summary(arrays, _evidence(rows, sums.weights)), np.zeros(2)


def _step(design: Design, rows: Rows, given: Arrays) -> tuple[Summary, Array]:
    sums, null = _Sums(design.size), _Sums(1)
    deviance, null_deviance_sum = 0.0, 0.0
    overflow, unit = np.zeros(2), float(given["unit"][0])
    for block, z in zip(rows.blocks, _transformed(design, rows, given, keep=True), strict=True):
        y, offset = _scaled(design, block, given)
        predictor = given["beta"] @ z
        fitted = fit_at(design.family, y, predictor if offset is None else predictor + offset)
        if fitted is None:
            overflow[0] = 1.0
            break
        sums.add(z, fitted.weight / unit, fitted.residual / unit)
        deviance += fitted.deviance / unit
        if design.fits_null and offset is not None:
            fitted = fit_at(design.family, y, given["null"][0] + offset)
            if fitted is None:
                overflow[1] = 1.0
                break
            null.add(z[:1], fitted.weight / unit, fitted.residual / unit)
            null_deviance_sum += fitted.deviance / unit
    arrays = {
        "information": _lower(sums.information),
        "score": sums.linear,
        "deviance": np.array([deviance]),
    }
    evidence = _evidence(rows, sums.weights)
    if design.fits_null:
        arrays["null"] = np.array([null.information[0, 0], null.linear[0], null_deviance_sum])
        evidence["null_weights"] = null.weights
    return Summary(arrays, evidence), overflow


def _silent(spec: JobSpec, design: Design, rows: Rows, ask: Ask) -> Summary:
    """Zeros of the right shapes. Its weights count every person alike: it shows nothing about anyone."""
    layout = make_layout(design, ask.name, participants=len(spec.participants))
    evidence = _evidence(rows)
    if design.fits_null and ask.name == STEP:
        evidence["null_weights"] = evidence["weights"].copy()
    return Summary({entry.name: np.zeros(entry.shape) for entry in layout.arrays}, evidence)


def _scaled(design: Design, block: Block, given: Arrays) -> tuple[Array, Array | None]:
    """Outcome and offset as the family wants them: a straight line works in standardised outcomes."""
    if design.family == "gaussian":
        center, spread = given["outcome"]
        return (_target(design, block) - center) / spread, None
    return block.y, block.offset


def _transformed(design: Design, rows: Rows, given: Arrays, *, keep: bool) -> Iterator[Array]:
    """The columns in the asked-for basis, block by block, intercept first."""
    key = given["center"].tobytes() + given["basis"].tobytes()
    if keep and rows.kept_for == key:
        yield from rows.kept
        return
    rows.kept_for, rows.kept = b"", []
    kept: list[Array] = []
    fits = keep and rows.persons * design.size * 8 <= KEEP_BYTES
    for block in rows.blocks:
        z = _transform(block, given)
        if fits:
            kept.append(z)
        yield z
    if fits:
        rows.kept_for, rows.kept = key, kept


def _transform(block: Block, given: Arrays) -> Array:
    columns, persons = block.x.shape
    z = np.empty((columns + 1, persons))
    z[0] = 1.0
    np.matmul(given["basis"].T, block.x - given["center"][:, None], out=z[1:])
    return z


def _lower(matrix: Array) -> Array:
    return np.ascontiguousarray(matrix[np.tril_indices(matrix.shape[0])])


@dataclass(slots=True)
class _Sums:
    """Weighted cross-products, a weighted linear sum, and the sum and sum of squares of the weights."""

    information: Array
    linear: Array
    weights: Array

    def __init__(self, size: int) -> None:
        self.information = np.zeros((size, size))
        self.linear = np.zeros(size)
        self.weights = np.zeros(2)

    def add(self, z: Array, weight: Array, linear: Array) -> None:
        rooted = z * np.sqrt(weight)
        self.information += rooted @ rooted.T
        self.linear += z @ linear
        self.weights += [weight.sum(), weight @ weight]
