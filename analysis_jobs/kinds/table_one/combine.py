"""Leads the conversation of a Table 1 from the pooled sums: the survey, then the spread around its means.

The spread is asked once, and once more where a declared range is so much wider than the values that the
survey could not tell their standard deviation: the first spread then gives the unit for the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.group_tests import Spread
from analysis_jobs.kinds.ranges import FIXED_POINT_STEP
from analysis_jobs.kinds.table_one.design import Design
from analysis_jobs.kinds.table_one.layout import SPREAD, SURVEY
from analysis_jobs.kinds.table_one.local import middle_and_half
from analysis_jobs.kinds.table_one.rows import make_table
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec

_CLEAR_FLOOR = 1e-13
_NARROW = 1e-2
_NARROWER = 1e-3
_CONSTANT = 1e-9
_MOST_SPREADS = 2


@dataclass(frozen=True, slots=True)
class Units:
    """Where squares are centred and in which unit they are: a row per group, a column per number."""

    center: Array
    unit: Array


def decide_next(spec: JobSpec, design: Design, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
    """The next ask or the answer, replayed from the sums.

    Raises:
        Refused: ``describe.nobody``.
        NotTrusted: ``describe.sum_impossible``.
    """
    if not history:
        return Ask(0, SURVEY, {})
    persons = _persons(design, history[0])
    if not persons[:, 0].any():
        raise Refused("describe.nobody")
    if not design.numbers:
        return make_table(spec, design, persons, {}, sites=sites)
    places = [design.places(column.name, "present")[0] for column in design.numbers]
    present = persons[:, places]
    units = _first_units(design, present, history[0], noise=_noise(spec, sites=sites))
    for spreads, sums in enumerate(history[1:], start=1):
        mean, variance = _moments(present, sums)
        narrow = (present > 1) & (variance < _NARROW)
        if spreads == _MOST_SPREADS or not narrow.any():
            numbers = _numbers(design, present, units, mean, variance)
            return make_table(spec, design, persons, numbers, sites=sites)
        units = Units(units.center + units.unit * mean, units.unit * np.maximum(np.sqrt(variance), _NARROWER))
    return Ask(len(history), SPREAD, {"center": units.center.ravel(), "unit": units.unit.ravel()})


def _noise(spec: JobSpec, *, sites: int) -> float:
    return sites * FIXED_POINT_STEP if spec.privacy.masked else 0.0


def _persons(design: Design, sums: Arrays) -> Array:
    """Persons per group and cell, where every variable's cells add up to the group."""
    persons = sums["persons"].reshape(len(design.groups), len(design.cells))
    whole = (persons >= 0).all() and (persons == np.floor(persons)).all()
    for column in design.columns:
        places = [at for at, cell in enumerate(design.cells) if cell.variable == column.name]
        whole = whole and (persons[:, places].sum(axis=1) == persons[:, 0]).all()
    if not whole:
        raise NotTrusted("describe.sum_impossible")
    return persons


def _first_units(design: Design, present: Array, sums: Arrays, *, noise: float) -> Units:
    """Means and about the standard deviations, as far as the survey tells them."""
    middle, half = middle_and_half(design.numbers)
    counted = np.maximum(present, 1.0)
    mean = sums["sums"].reshape(present.shape) / counted
    squares = sums["squares"].reshape(present.shape) / counted
    floor = np.maximum(_CLEAR_FLOOR, 16 * noise / counted)
    return Units(middle + half * mean, half * np.sqrt(np.maximum(squares - mean * mean, floor)))


def _moments(present: Array, sums: Arrays) -> tuple[Array, Array]:
    """Mean and variance (by n) in the asked units."""
    counted = np.maximum(present, 1.0)
    mean = sums["sums"].reshape(present.shape) / counted
    variance = sums["squares"].reshape(present.shape) / counted - mean * mean
    return mean, np.maximum(variance, 0.0)


def _numbers(
    design: Design, present: Array, units: Units, mean: Array, variance: Array
) -> dict[str, list[Spread | None]]:
    """Each number in each group; None where nobody has a value."""
    center = units.center + units.unit * mean
    sample = variance * present / np.maximum(present - 1, 1.0)
    deviation = units.unit * np.sqrt(np.where(variance < _CONSTANT, 0.0, sample))
    return {
        column.name: [
            Spread(int(persons), float(center[group, at]), float(deviation[group, at])) if persons else None
            for group, persons in enumerate(present[:, at])
        ]
        for at, column in enumerate(design.numbers)
    }
