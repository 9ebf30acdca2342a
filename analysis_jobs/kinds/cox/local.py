"""What one hospital computes for each question of a Cox regression: sums over its own risk sets.

Where a sum would leave the declared range, or hazards the range of numbers, the reply says `overflow` and
holds zeros instead.
"""

from __future__ import annotations

import math

import numpy as np

from analysis_jobs.kinds.contract import Array, Ask, Summary, Table
from analysis_jobs.kinds.cox.design import Design
from analysis_jobs.kinds.cox.layout import STEP, SURVEY, check_ask, make_layout
from analysis_jobs.kinds.cox.risk_sets import (
    Pass,
    information_of,
    pass_over,
    score_of,
    score_residuals,
    trend_of,
)
from analysis_jobs.kinds.cox.rows import Persons, complete_cases
from analysis_jobs.kinds.glm.design import numeric_columns
from analysis_jobs.kinds.ranges import site_limit
from analysis_jobs.kinds.summed_numbers import NumberEvidence
from onggi.spec.job import JobSpec

_RESIDUAL_UNIT = 2.0**-12


def answer_ask(spec: JobSpec, design: Design, table: Table, ask: Ask) -> Summary:
    """This hospital's reply to any ask of the conversation."""
    check_ask(design, ask)
    persons = complete_cases(spec, design, table)
    if ask.name == SURVEY:
        return _survey(design, persons)
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number is found by the range check
        z = persons.x @ ask.arrays["basis"]
        one = pass_over(persons, z, ask.arrays["beta"], design.given.ties)
        summary = None if one is None else (_step if ask.name == STEP else _tests)(design, persons, one)
    limit = site_limit(len(spec.participants))
    if summary is None or not _in_range(summary, limit):
        layout = make_layout(design, ask.name, participants=len(spec.participants))
        # Its weights count every person alike: it shows nothing about anyone.
        alike = np.full(2, float(persons.size))
        silent = {entry.name: alike for entry in layout.evidence} | {"persons": _persons(persons)}
        arrays = {entry.name: np.zeros(entry.shape) for entry in layout.arrays}
        return Summary(arrays | {"overflow": np.ones(1)}, silent)
    return summary


def scale_days(design: Design, days: Array) -> Array:
    """g(day), brought to -1..1 over the days of the outcome: the tests take no notice of the scale."""
    first = 0 if design.outcome.starts_after_days < 0 else 1
    low, high, at = float(first), float(design.outcome.horizon_days), np.maximum(days, first)
    if design.given.time_transform == "log":
        add = 1 - first
        low, high, at = math.log(low + add), math.log(high + add), np.log(at + add)
    scaled: Array = (2.0 * at - low - high) / (high - low if high > low else 1.0)
    return scaled


def _in_range(summary: Summary, limit: float) -> bool:
    arrays = (*summary.arrays.values(), *summary.evidence.values())
    return all(bool((np.abs(array) <= limit).all()) for array in arrays)


def _persons(persons: Persons) -> Array:
    return np.array([persons.size, np.count_nonzero(persons.event)], dtype=np.float64)


def _survey(design: Design, persons: Persons) -> Summary:
    low = np.array([column.low for column in design.columns])
    high = np.array([column.high for column in design.columns])
    scaled = (persons.raw - (low + high) / 2) / ((high - low) / 2)
    arrays = {
        "persons": _persons(persons),
        "sums": scaled.sum(axis=0),
        "squares": np.einsum("ij,ij->j", scaled, scaled),
    }
    evidence = {"persons": _persons(persons)}
    if design.cells:
        evidence["cells"] = persons.cells.copy()
    numbers = NumberEvidence(design.numbers)
    numbers.add(persons.raw[:, numeric_columns(design.columns, design.cells)].T.copy())
    return Summary(arrays, evidence | numbers.arrays())


def _step(design: Design, persons: Persons, one: Pass) -> Summary:  # noqa: ARG001 - called as _tests is
    arrays = {
        "overflow": np.zeros(1),
        "information": _lower(information_of(persons, one)),
        "score": score_of(persons, one),
        "likelihood": np.array([one.log_likelihood]),
    }
    return Summary(arrays, _weights(persons, one))


def _tests(design: Design, persons: Persons, one: Pass) -> Summary:
    factor = scale_days(design, persons.days)
    at_event = factor[persons.at[persons.event]]
    arrays = {
        "overflow": np.zeros(1),
        "trend": trend_of(persons, one, factor),
        "times": np.array([at_event.sum(), at_event @ at_event]),
        "crossed": _lower(information_of(persons, one, factor=factor)),
        "squared": _lower(information_of(persons, one, factor=factor**2)),
    }
    evidence = _weights(persons, one)
    if design.given.robust:
        residuals = score_residuals(persons, one)
        # Only the ratio counts: in this unit the squares of a few large ones stay within range.
        squares = np.einsum("ij,ij->i", residuals, residuals) * _RESIDUAL_UNIT
        arrays["residuals"] = _lower(residuals.T @ residuals)
        evidence["residual_weights"] = np.array([squares.sum(), squares @ squares])
    return Summary(arrays, evidence)


def _weights(persons: Persons, one: Pass) -> dict[str, Array]:
    """Persons and events; sum and sum of squares of what each person weighs in the sums."""
    weights = np.array([one.expected.sum(), one.expected @ one.expected])
    return {"persons": _persons(persons), "weights": weights}


def _lower(matrix: Array) -> Array:
    return np.ascontiguousarray(matrix[np.tril_indices(matrix.shape[0])])
