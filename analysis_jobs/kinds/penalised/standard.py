"""The pooled sizes, means and spreads that a penalised regression is computed in.

Columns are centred and divided once by the pooled survey's rounded figures. Each set of persons then has
exact means and standard deviations in those coordinates, from the moments, and penalties on its own scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.glm.coordinates import target_range
from analysis_jobs.kinds.glm.design import bounds
from analysis_jobs.kinds.glm.reproducible_algebra import unpack
from analysis_jobs.kinds.penalised.plan import Plan
from onggi.errors import Refused

_CONSTANT = 1e-8
_RAREST = 1e-12


@dataclass(frozen=True, slots=True)
class Survey:
    """Pooled over everybody, in the units of the variables; `persons` and `mean` are per set of persons.

    A straight line is fitted to (outcome - `outcome_center`) / `outcome_spread`. `mean` is the mean outcome.
    """

    persons: Array
    part_persons: Array
    events: int
    center: Array
    spread: Array
    outcome_center: float
    outcome_spread: float
    mean: Array
    unit: float

    def arrays(self) -> dict[str, Array]:
        """As an ask carries it."""
        outcome = np.array([self.outcome_center, self.outcome_spread])
        return {"center": self.center, "spread": self.spread, "outcome": outcome}


def over_sets(parts: Array) -> Array:
    """From sums over each fold to sums over each set: everybody, then everybody but one fold."""
    total = parts[0].copy()
    for part in parts[1:]:
        total = total + part
    return np.stack([total, *(total - part for part in parts)]) if len(parts) > 1 else total[None]


def read_survey(plan: Plan, sums: Arrays, *, noise: float) -> Survey:
    """Means and spreads. `noise`: how far a masked sum may be off, 0 in clear.

    Raises:
        Refused: ``glm.no_complete_cases``, ``glm.too_few_rows`` or ``glm.one_class``.
    """
    design = plan.design
    persons, events, outcome = (over_sets(sums[name]) for name in ("persons", "events", "outcome"))
    if not persons[0] > 0:
        raise Refused("glm.no_complete_cases")
    if (persons <= design.size).any() or not (sums["persons"] > 0).all():
        raise Refused("glm.too_few_rows", parameters=design.size)
    one_class = events == 0
    if design.family == "binomial":
        one_class |= events == persons
    if not design.estimates_dispersion and one_class.any():
        raise Refused("glm.one_class", variable=design.outcome.name)
    middle = np.array([(column.low + column.high) / 2 for column in design.columns])
    half = np.array([(column.high - column.low) / 2 for column in design.columns])
    n = float(persons[0])
    floor = max(1e-13, 16 * noise / n)
    mean = sums["sums"] / n
    spread = np.sqrt(np.maximum(sums["squares"] / n - mean * mean, floor))
    outcome_middle, outcome_half = target_range(design)
    share = outcome[:, 0] / persons
    straight = design.family == "gaussian"
    means = share
    if design.family == "binomial":
        means = events / persons
    elif not straight:
        # Under masks a mean may come out below the lowest outcome.
        means = np.maximum(outcome_middle + outcome_half * share, bounds(design.outcome)[0] or _RAREST)
    variance = max(float(outcome[0, 1]) / n - float(share[0]) ** 2, floor)
    return Survey(
        persons=persons,
        part_persons=sums["persons"],
        events=int(events[0]),
        center=middle + half * mean,
        spread=half * spread,
        outcome_center=outcome_middle + outcome_half * float(share[0]) if straight else 0.0,
        outcome_spread=outcome_half * math.sqrt(variance) if straight else 1.0,
        mean=means,
        unit=_unit(plan, float(means[0])),
    )


def _unit(plan: Plan, mean: float) -> float:
    if plan.design.family != "poisson" or mean <= 1:
        return 1.0
    return math.ldexp(1.0, math.frexp(mean)[1])


def spreads_of_sets(plan: Plan, survey: Survey, sums: Arrays) -> Array:
    """Standard deviations (with n) of the standardised columns in each set: shape (sets, columns).

    Raises:
        Refused: ``glm.collinear`` naming the first column that does not vary.
    """
    columns = len(plan.design.columns)
    if plan.design.family == "gaussian":
        grams = grams_of_sets(plan, sums)
        first, second = grams[:, 0, 1 : columns + 1], grams[:, range(1, columns + 1), range(1, columns + 1)]
    else:
        both = over_sets(sums["moments"])
        first, second = both[:, 0], both[:, 1]
    mean = first / survey.persons[:, None]
    variance = second / survey.persons[:, None] - mean * mean
    for at, column in enumerate(plan.design.columns):
        if not variance[:, at].min() > _CONSTANT:
            raise Refused("glm.collinear", term=column.name)
    return np.sqrt(variance)


def grams_of_sets(plan: Plan, sums: Arrays) -> Array:
    """A straight line's cross-products of intercept, columns and outcome in each set."""
    return over_sets(grams_of_parts(plan, sums))


def grams_of_parts(plan: Plan, sums: Arrays) -> Array:
    """The same in each fold."""
    return np.stack([unpack(part, len(plan.design.columns) + 2) for part in sums["moments"]])
