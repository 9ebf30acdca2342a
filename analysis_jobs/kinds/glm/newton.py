"""Improves the parameters step by step until they no longer move, or says why they never will.

* A step that makes the fit worse, or overflows, is halved.
* Done when a further step is smaller than `tolerance` standard errors, or when rounding is all that is left.
* Where groups of persons have all or none of the outcome, the best parameter is infinite. This shows as
  information along some direction that shrinks by the same factor (about 1/e) with every full step, while
  ordinary fits settle ever faster. Such fits are refused: any number printed would be an accident.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.glm.reproducible_algebra import (
    NotPositive,
    cholesky,
    dot,
    lower_inverse,
    product,
    sum_of_squares,
)
from onggi.errors import Refused

_HALVINGS = 40
_NEAR = 1e-6
_STEADY = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """When to stop. `weakest` is the least information (in persons) that is more than rounding."""

    tolerance: float
    maximum_iterations: int
    weakest: float
    curved: bool
    spare: int
    """Persons less coefficients, where the spread is estimated (a straight line, gamma); else 0."""


@dataclass(frozen=True, slots=True)
class PooledPass:
    """Pooled sums at some parameters. `expected`: the expected information, where steps use the observed."""

    score: Array
    information: Array
    deviance: float
    expected: Array | None = None
    pearson: float = 0.0


@dataclass(slots=True)
class Newton:
    """The state of one fit; fed with one pooled pass after the other."""

    rules: Rules
    base: Array
    candidate: Array
    done: bool = False
    iterations: int = 0
    halvings: int = 0
    last: PooledPass | None = None
    inverse: Array = field(default_factory=lambda: np.zeros((0, 0)))
    distance: float = math.inf
    """How far the next step goes, in standard errors."""
    weakness: list[float] = field(default_factory=list)

    def feed(self, sums: PooledPass | None) -> None:
        """Takes in the sums at `candidate` (None when they overflowed) and decides on the next one."""
        if self.done:
            return
        if sums is None or self._worse(sums):
            self._halve(overflow=sums is None)
            return
        before = self.distance
        step = self._accept(sums)
        near = self.distance <= self.rules.tolerance
        floor = before <= _NEAR and self.distance <= _NEAR and self.distance > before / 4
        small = math.sqrt(sum_of_squares(step)) <= _NEAR * (1 + math.sqrt(sum_of_squares(self.candidate)))
        if (near or floor) and small:
            self.done = True
            return
        self._check_going_on()
        self.base, self.candidate, self.halvings = self.candidate, self.candidate + step, 0

    def _worse(self, sums: PooledPass) -> bool:
        # Close to the end the deviance is flat and only its rounding would be compared.
        if self.last is None or self.distance <= _NEAR:
            return False
        return not sums.deviance <= self.last.deviance + 1e-9 * (1 + abs(self.last.deviance))

    def _halve(self, *, overflow: bool) -> None:
        self.halvings += 1
        if self.halvings > _HALVINGS:
            raise Refused("glm.out_of_range" if overflow else "glm.not_converged", iterations=self.iterations)
        self.candidate = (self.base + self.candidate) / 2

    def _accept(self, sums: PooledPass) -> Array:
        self.last = sums
        self.iterations += 1
        try:
            root = lower_inverse(cholesky(sums.information))
        except NotPositive:
            raise Refused(self._singular()) from None
        self.inverse = product(root.T.copy(), root)
        self.weakness.append(1.0 / sum_of_squares(root))
        if self.weakness[-1] < self.rules.weakest:
            raise Refused(self._singular())
        step = product(self.inverse, sums.score)
        spread = math.sqrt(sums.deviance / self.rules.spare) if self.rules.spare else 1.0
        length = math.sqrt(max(dot(step, sums.score), 0.0))
        self.distance = length / spread if spread > 0 else (0.0 if length == 0 else math.inf)
        return step

    def _singular(self) -> str:
        return "glm.separable" if self.rules.curved else "glm.not_converged"

    def _check_going_on(self) -> None:
        if self._shrinks_steadily() and (self.weakness[-1] < 1e-3 or self._at_the_end()):
            raise Refused("glm.separable")
        if self._at_the_end():
            raise Refused("glm.not_converged", iterations=self.iterations)

    def _at_the_end(self) -> bool:
        return self.iterations >= self.rules.maximum_iterations

    def _shrinks_steadily(self) -> bool:
        if not self.rules.curved or len(self.weakness) <= _STEADY:
            return False
        recent = self.weakness[-_STEADY - 1 :]
        return all(0.25 < after / before < 0.5 for before, after in pairwise(recent))
