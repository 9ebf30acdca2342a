"""Leads the conversation of a Table 1 from the pooled sums: the survey, then the spread around its means.

The spread is asked once, and once more where a declared range is far wider than the values (`centred_units`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.centred_units import (
    CONSTANT,
    MOST_SPREADS,
    Units,
    first_units,
    is_narrow,
    masked_noise,
    moments_of,
)
from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.group_tests import Spread
from analysis_jobs.kinds.table_one.design import Design
from analysis_jobs.kinds.table_one.layout import SPREAD, SURVEY
from analysis_jobs.kinds.table_one.rows import make_table
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec


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
    surveyed = (history[0][name].reshape(present.shape) for name in ("sums", "squares"))
    units = first_units(design.numbers, present, *surveyed, noise=masked_noise(spec, sites=sites))
    for spreads, sums in enumerate(history[1:], start=1):
        mean, variance = moments_of(
            present, *(sums[name].reshape(present.shape) for name in ("sums", "squares"))
        )
        if spreads == MOST_SPREADS or not is_narrow(present, variance):
            numbers = _numbers(design, present, units, mean, variance)
            return make_table(spec, design, persons, numbers, sites=sites)
        units = units.narrower(mean, variance)
    return Ask(len(history), SPREAD, {"center": units.center.ravel(), "unit": units.unit.ravel()})


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


def _numbers(
    design: Design, present: Array, units: Units, mean: Array, variance: Array
) -> dict[str, list[Spread | None]]:
    """Each number in each group; None where nobody has a value."""
    center = units.at(mean)
    sample = variance * present / np.maximum(present - 1, 1.0)
    deviation = units.unit * np.sqrt(np.where(variance < CONSTANT, 0.0, sample))
    return {
        column.name: [
            Spread(int(persons), float(center[group, at]), float(deviation[group, at])) if persons else None
            for group, persons in enumerate(present[:, at])
        ]
        for at, column in enumerate(design.numbers)
    }
