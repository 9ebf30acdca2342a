"""One pass over a hospital's risk sets: partial likelihood, score, information, and residuals.

Ties after Efron (1977) or Breslow (1974). With d events at a moment, Efron's method takes one risk set for
each of them, in which those with the event count g = 1, 1 - 1/d, .. 1/d; Breslow's takes all of it d times
(g = 1). Each of these is a *draw* here. With R the weights of the others at risk and D of those with the
event,

    phi = R0 + g D0 is a draw's weight, and m = (R1 + g D1) / phi its mean of the columns.

Sums over the draws of a moment of 1/phi, m, m m' need the sums of g^a / phi^b alone: one number a draw, and
columns a moment. A person's share of the draws is e = r * (sum of 1/phi over the draws that hold the person,
at an own event of g/phi), and

    score = sum x (event - e)        information = sum e x x' - sum m m'

Sums run from the last day to the first, so that small risk sets are not lost beside large ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.cox.rows import Persons, Places
from onggi.spec.kinds.cox import Ties


@dataclass(frozen=True, slots=True)
class Pass:
    """The risk sets at some coefficients.

    Args:
        z: columns; r: hazards beside the largest of the stratum; expected: shares of the draws (e). One entry
            a person.
        rest, own: R1 and D1 of each moment.
        powers: for each moment and (a, b) the sum of g^a / phi^b over its draws.
        log_likelihood: of this hospital.
    """

    z: Array
    r: Array
    expected: Array
    rest: Array
    own: Array
    powers: dict[tuple[int, int], Array]
    log_likelihood: float


def pass_over(persons: Persons, z: Array, beta: Array, ties: Ties) -> Pass | None:
    """The risk sets at `beta`, or None where they leave the range of numbers."""
    predictor = z @ beta
    if not np.isfinite(predictor).all():
        return None
    for those, _ in persons.strata:
        predictor[those] -= predictor[those].max()
    r = np.exp(predictor)
    own_weight, own = _of_events(persons, r, z)
    rest_weight = _at_risk(persons, r) - own_weight
    draws, part = _draws(persons, ties)
    phi = rest_weight[draws] + part * own_weight[draws]
    if not (phi > 0).all():
        return None
    size = len(persons.begins)
    powers = {
        (a, b): np.bincount(draws, part**a / phi**b, minlength=size).astype(np.float64)
        for a, b in ((0, 1), (1, 1), (0, 2), (1, 2), (2, 2))
    }
    return Pass(
        z=z,
        r=r,
        expected=_expected(persons, r, powers, 1.0),
        rest=_at_risk(persons, r[:, None] * z) - own,
        own=own,
        powers=powers,
        log_likelihood=float(predictor[persons.event].sum() - np.log(phi).sum()),
    )


def score_of(persons: Persons, one: Pass) -> Array:
    """The derivative of the log-likelihood."""
    score: Array = (persons.event - one.expected) @ one.z
    return score


def trend_of(persons: Persons, one: Pass, factor: Array) -> Array:
    """The score with each event's part times `factor`, one a moment."""
    means = one.rest * one.powers[0, 1][:, None] + one.own * one.powers[1, 1][:, None]
    trend: Array = factor[persons.at[persons.event]] @ one.z[persons.event] - factor @ means
    return trend


def information_of(persons: Persons, one: Pass, *, factor: Array | None = None) -> Array:
    """Minus the second derivative; with `factor`, one a moment, each event's part times that."""
    times = 1.0 if factor is None else factor
    expected = one.expected if factor is None else _expected(persons, one.r, one.powers, times)
    crossed = (one.rest * (one.powers[1, 2] * times)[:, None]).T @ one.own
    means = (one.rest * (one.powers[0, 2] * times)[:, None]).T @ one.rest + crossed + crossed.T
    means += (one.own * (one.powers[2, 2] * times)[:, None]).T @ one.own
    information: Array = (one.z * expected[:, None]).T @ one.z - means
    return information


def score_residuals(persons: Persons, one: Pass) -> Array:
    """Each person's part of the score (Therneau, Grambsch and Fleming 1990), shape (persons, columns)."""
    powers = {key: value[:, None] for key, value in one.powers.items()}
    events = np.bincount(persons.at[persons.event], minlength=len(persons.begins))[:, None]
    mean = (one.rest * powers[0, 1] + one.own * powers[1, 1]) / np.maximum(events, 1)
    held = _later(persons, one.rest * powers[0, 2] + one.own * powers[1, 2])[persons.at]
    counted_less = one.rest * (powers[0, 2] - powers[1, 2]) + one.own * (powers[1, 2] - powers[2, 2])
    held[persons.event] -= counted_less[persons.at[persons.event]]
    residuals: Array = one.r[:, None] * held - one.z * one.expected[:, None]
    residuals[persons.event] += one.z[persons.event] - mean[persons.at[persons.event]]
    return residuals


def _draws(persons: Persons, ties: Ties) -> tuple[Places, Array]:
    """The moment of each draw, and what those with the event count in it (g)."""
    events = np.bincount(persons.at[persons.event], minlength=len(persons.begins))
    draws = np.repeat(np.arange(len(events)), events)
    if ties == "breslow":
        return draws, np.ones(len(draws))
    within = np.arange(len(draws)) - np.repeat(np.cumsum(events) - events, events)
    return draws, 1.0 - within / events[draws]


def _at_risk(persons: Persons, values: Array) -> Array:
    """For each moment the sum over everybody at risk."""
    if not len(persons.begins):
        return np.zeros((0, *values.shape[1:]))
    sums: Array = np.add.reduceat(values, persons.begins, axis=0)
    for _, moments in persons.strata:
        sums[moments] = sums[moments].cumsum(axis=0)
    return sums


def _of_events(persons: Persons, r: Array, z: Array) -> tuple[Array, Array]:
    """For each moment the weight, and the weighted columns, of those with the event."""
    size, at = len(persons.begins), persons.at[persons.event]
    own = r[persons.event]
    weight: Array = np.bincount(at, own, minlength=size).astype(np.float64)
    columns = np.empty((size, z.shape[1]))
    for place, column in enumerate(z[persons.event].T):
        columns[:, place] = np.bincount(at, own * column, minlength=size)
    return weight, columns


def _expected(
    persons: Persons, r: Array, powers: dict[tuple[int, int], Array], times: Array | float
) -> Array:
    expected: Array = r * _later(persons, powers[0, 1] * times)[persons.at]
    counted_less = (powers[0, 1] - powers[1, 1]) * times
    expected[persons.event] -= (r * counted_less[persons.at])[persons.event]
    return expected


def _later(persons: Persons, values: Array) -> Array:
    """For each moment the sum over the moments whose risk sets hold its persons: itself and earlier days."""
    sums = np.empty_like(values)
    for _, moments in persons.strata:
        sums[moments] = values[moments][::-1].cumsum(axis=0)[::-1]
    return sums
