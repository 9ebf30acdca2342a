"""Improves many penalised fits of a curved model at once, round by round.

Each fit is a Newton iteration on its penalised likelihood: the pooled score and information at its
coefficients give a quadratic, whose penalised minimum is the next candidate (Lee, Sun and Saunders 2014). A
candidate that makes the objective worse, or overflows, is moved halfway back. Finished fits are not asked
about any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.contract import Array, Arrays, Rows
from analysis_jobs.kinds.penalised.descent import minimise
from analysis_jobs.kinds.penalised.penalty import Weights
from onggi.errors import Refused

_HALVINGS = 60
_NEAR = 1e-6
Places: TypeAlias = npt.NDArray[np.intp]


@dataclass(slots=True)
class Fits:
    """The state of many fits; `persons` is how many each rests on. All but `weights` have a row a fit."""

    weights: Weights
    persons: Array
    candidate: Array
    tolerance: float
    maximum: int
    base: Array = field(init=False)
    done: Rows = field(init=False)
    deviance: Array = field(init=False)
    held_out: Array = field(init=False)
    score: Array = field(init=False)
    iterations: int = 0
    _objective: Array = field(init=False)
    _distance: Array = field(init=False)
    _halvings: Array = field(init=False)

    def __post_init__(self) -> None:
        fits = len(self.candidate)
        self.base = self.candidate.copy()
        self.done = np.zeros(fits, dtype=np.bool_)
        self.deviance, self.held_out = np.zeros(fits), np.zeros(fits)
        self.score = np.zeros_like(self.candidate)
        self._objective, self._distance = np.full(fits, np.inf), np.full(fits, np.inf)
        self._halvings = np.zeros(fits)

    @property
    def open(self) -> Places:
        """The fits that are not finished, by position."""
        found: Places = np.flatnonzero(~self.done)
        return found

    def feed(self, sums: Arrays) -> None:
        """Takes in the sums at the open fits' candidates and decides on the next ones.

        Raises:
            Refused: ``penalised.not_converged`` or ``glm.out_of_range``.
        """
        fits = self.open
        self.iterations += 1
        overflow = sums["overflow"] > 0
        objective = sums["deviance"] / (2 * self.persons[fits])
        objective = objective + self.weights.of(fits).at(self.candidate[fits])
        before = self._objective[fits]
        allowed = before + 1e-9 * (1 + np.abs(np.where(np.isfinite(before), before, 0.0)))
        worse = overflow | ((objective > allowed) & (self._distance[fits] > _NEAR))
        self._halve(fits[worse], overflow=bool(overflow.any()))
        kept = np.flatnonzero(~worse)
        if kept.size:
            self._accept(fits[kept], objective[kept], {name: sums[name][kept] for name in sums})
        if self.iterations >= self.maximum and not self.done.all():
            raise Refused("penalised.not_converged", iterations=self.iterations)

    def _halve(self, fits: Places, *, overflow: bool) -> None:
        self._halvings[fits] += 1
        if fits.size and self._halvings[fits].max() > _HALVINGS:
            if overflow:
                raise Refused("glm.out_of_range", iterations=self.iterations)
            raise Refused("penalised.not_converged", iterations=self.iterations)
        self.candidate[fits] = (self.base[fits] + self.candidate[fits]) / 2

    def _accept(self, fits: Places, objective: Array, sums: Arrays) -> None:
        at, persons = self.candidate[fits], self.persons[fits]
        curvature = _unpacked(sums["information"], at.shape[1]) / persons[:, None, None]
        score = sums["score"] / persons[:, None]
        weights = self.weights.of(fits)
        following = minimise(curvature, score, at, weights.soft, weights.ridge)
        distance = _length(following - at, curvature, weights.ridge)
        before = self._distance[fits]
        # Under masks a step may never become smaller than what rounding moves.
        floor = (before <= _NEAR) & (distance <= _NEAR) & (distance > before / 4)
        finished = (distance <= self.tolerance) | floor
        self.done[fits] = finished
        self.deviance[fits], self.held_out[fits] = sums["deviance"], sums["held_out"]
        self.score[fits] = score
        self._objective[fits], self._distance[fits] = objective, distance
        self._halvings[fits] = 0
        self.base[fits] = at
        self.candidate[fits] = np.where(finished[:, None], at, following)


def _unpacked(lower: Array, size: int) -> Array:
    rows, columns = np.tril_indices(size)
    matrix = np.zeros((len(lower), size, size))
    matrix[:, rows, columns] = lower
    matrix[:, columns, rows] = lower
    return matrix


def _length(step: Array, curvature: Array, ridge: Array) -> Array:
    """How far each fit goes, by how much the slopes change: along columns that are alike, nothing."""
    pulls = ridge * step
    for column in range(step.shape[1]):
        pulls = pulls + curvature[:, :, column] * step[:, column, None]
    total = np.zeros(len(step))
    for row in range(step.shape[1]):
        total = total + step[:, row] * pulls[:, row]
    return np.sqrt(np.maximum(total, 0.0))
