"""Chooses the coordinates of a Cox regression, so that rounding under masks does not matter.

Columns are standardised by the survey. The information at coefficient zero then says how they go together
within risk sets; in the coordinates made from it the columns are almost orthonormal, whatever their units and
however alike they are. Very similar columns need it twice: the first pass, with a small addition to the
diagonal, only pulls them apart for the second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.cox.design import Design
from analysis_jobs.kinds.glm.reproducible_algebra import (
    NotPositive,
    cholesky,
    lower_inverse,
    product,
    sum_of_squares,
)
from onggi.errors import Refused

_WELL_CONDITIONED = 1e-6
_SHIFT = 1e-11
_CONSTANT = 1e-8
_WIDEST_INVERSE = 1.5e9
"""Refused beyond: a condition number of 1e8 is allowed for."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Pooled numbers of persons and events, and the spreads of the columns."""

    persons: int
    events: int
    spread: Array


@dataclass(frozen=True, slots=True)
class Basis:
    """z = x @ basis, upper triangular; `turn` leads from standardised columns to z; `final`: fit to use."""

    basis: Array
    turn: Array
    passes: int
    final: bool


def read_survey(design: Design, sums: Arrays, *, noise: float) -> Survey:
    """Sizes and spreads. `noise`: how far a masked sum may be off, 0 in clear.

    Raises:
        Refused: ``glm.no_complete_cases``, ``glm.too_few_rows`` or ``glm.one_class``.
    """
    persons, events = (int(count) for count in sums["persons"])
    if persons == 0:
        raise Refused("glm.no_complete_cases")
    if persons <= design.size:
        raise Refused("glm.too_few_rows", parameters=design.size)
    if events == 0:
        raise Refused("glm.one_class", variable=design.outcome.event_name)
    half = np.array([(column.high - column.low) / 2 for column in design.columns])
    mean = sums["sums"] / persons
    variance = sums["squares"] / persons - mean * mean
    return Survey(persons, events, half * np.sqrt(np.maximum(variance, max(1e-13, 16 * noise / persons))))


def first_basis(survey: Survey) -> Basis:
    """Standardised columns."""
    return Basis(np.diag(1.0 / survey.spread), np.eye(len(survey.spread)), passes=0, final=False)


def refine_basis(design: Design, before: Basis, covariance: Array, *, noise: float) -> Basis:
    """The next basis, from the information at zero per event in the last one.

    Raises:
        Refused: ``glm.collinear`` naming the first term that the terms before it determine within hospitals.
    """
    second = before.passes > 0
    for column, variance in zip(design.columns, np.diag(covariance), strict=True):
        if not variance > (0.0 if second else _CONSTANT):
            raise Refused("glm.collinear", term=column.name)
    length = np.sqrt(np.diag(covariance))
    factor, final = _factor(design, covariance / np.outer(length, length), second=second, noise=noise)
    step = lower_inverse(factor).T / length[:, None]
    turn = product(before.turn, step)
    if math.sqrt(sum_of_squares(turn)) > _WIDEST_INVERSE:
        raise Refused("glm.collinear", term=design.columns[int(np.argmax(np.diag(turn)))].name)
    return Basis(product(before.basis, step), turn, before.passes + 1, final)


def _factor(design: Design, correlation: Array, *, second: bool, noise: float) -> tuple[Array, bool]:
    try:
        factor = cholesky(correlation)
        if second or 1.0 / sum_of_squares(lower_inverse(factor)) > _WELL_CONDITIONED:
            return factor, True
    except NotPositive as found:
        if second:
            raise Refused("glm.collinear", term=design.columns[found.column].name) from None
    shift = _SHIFT + 4 * noise * correlation.shape[0]
    return cholesky(correlation + shift * np.eye(correlation.shape[0])), False
