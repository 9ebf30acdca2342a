"""One pass over a hospital's risk sets: partial likelihood, score, information, and residuals.

Ties after Efron (1977) or Breslow (1974). With d events at a moment, Efron's method takes one risk set for
each of them, l = 0 .. d-1, in which those with the event count 1 - l/d; Breslow's takes all of it d times.
Each of these is a *draw* here: its total weight is phi, its weighted mean is m.

Everything follows from persons' expected events, without a matrix per moment: a person's share of the draws
is e = r * (sum of 1/phi over the draws that hold the person, less l/d of it at an own event), and

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
        z: columns; r: hazards beside the largest of the stratum. One entry a person.
        moment, share, phi, mean: of each draw: its moment, l/d, weight and mean of the columns.
        log_likelihood: of this hospital.
    """

    z: Array
    r: Array
    moment: Places
    share: Array
    phi: Array
    mean: Array
    log_likelihood: float


def pass_over(persons: Persons, z: Array, beta: Array, ties: Ties) -> Pass | None:
    """The risk sets at `beta`, or None where they leave the range of numbers."""
    predictor = z @ beta
    if not np.isfinite(predictor).all():
        return None
    for those, _ in persons.strata:
        predictor[those] -= predictor[those].max()
    r = np.exp(predictor)
    events = np.bincount(persons.at[persons.event], minlength=len(persons.last))
    moment = np.repeat(np.arange(len(persons.last)), events)
    within = np.arange(len(moment)) - np.repeat(np.cumsum(events) - events, events)
    share = within / events[moment] if ties == "efron" else np.zeros(len(moment))
    total, weighted = _running(persons, r), _running(persons, r[:, None] * z)
    last = persons.last[moment]
    own, own_weighted = _own(persons, r, z, moment, share, ties=ties)
    phi = total[last] - share * own
    if not (phi > 0).all():
        return None
    mean = (weighted[last] - share[:, None] * own_weighted) / phi[:, None]
    likelihood = float(predictor[persons.event].sum() - np.log(phi).sum())
    return Pass(z, r, moment, share, phi, mean, likelihood)


def score_of(persons: Persons, one: Pass) -> Array:
    """The derivative of the log-likelihood."""
    score: Array = (persons.event - expected_events(persons, one)) @ one.z
    return score


def information_of(persons: Persons, one: Pass, *, factor: Array | None = None) -> Array:
    """Minus its second derivative; with `factor`, one a moment, each event's part times that."""
    weight = 1.0 if factor is None else factor[one.moment]
    expected = expected_events(persons, one, factor=factor)
    information: Array = (one.z * expected[:, None]).T @ one.z - (one.mean.T * weight) @ one.mean
    return information


def expected_events(persons: Persons, one: Pass, *, factor: Array | None = None) -> Array:
    """Each person's share of the draws. Not negative where `factor` is not."""
    weight = 1.0 if factor is None else factor[one.moment]
    return one.r * _held(persons, one, weight / one.phi)


def score_residuals(persons: Persons, one: Pass) -> Array:
    """Each person's part of the score (Therneau, Grambsch and Fleming 1990), shape (persons, columns)."""
    events = np.bincount(one.moment, minlength=len(persons.last))
    means = _per_moment(persons, one, one.mean) / np.maximum(events, 1)[:, None]
    own = np.where(persons.event[:, None], one.z - means[persons.at], 0.0)
    share = _held(persons, one, one.mean / one.phi[:, None])
    expected = expected_events(persons, one)
    residuals: Array = own - one.z * expected[:, None] + one.r[:, None] * share
    return residuals


def _own(
    persons: Persons, r: Array, z: Array, moment: Places, share: Array, *, ties: Ties
) -> tuple[Array, Array]:
    """For each draw, the weight and weighted columns of those with the event at its moment."""
    if ties == "breslow" or not share.any():
        return np.zeros(len(moment)), np.zeros((len(moment), z.shape[1]))
    with_event, size = persons.event, len(persons.last)
    at, own = persons.at[with_event], r[with_event]
    weight: Array = np.bincount(at, own, minlength=size).astype(np.float64)
    columns = [np.bincount(at, own * column, minlength=size) for column in z[with_event].T]
    weighted: Array = np.column_stack(columns).astype(np.float64)
    return weight[moment], weighted[moment]


def _running(persons: Persons, values: Array) -> Array:
    """Sums from the first person of a stratum (the last day) to each."""
    sums = np.empty_like(values)
    for those, _ in persons.strata:
        np.cumsum(values[those], axis=0, out=sums[those])
    return sums


def _held(persons: Persons, one: Pass, values: Array) -> Array:
    """For each person the sum over the draws that hold it, those at its own event counted less."""
    every = _per_moment(persons, one, values)
    later = np.empty_like(every)
    for _, moments in persons.strata:
        later[moments] = every[moments][::-1].cumsum(axis=0)[::-1]
    held: Array = later[persons.at]
    if one.share.any():
        share = one.share if values.ndim == 1 else one.share[:, None]
        held[persons.event] -= _per_moment(persons, one, values * share)[persons.at[persons.event]]
    return held


def _per_moment(persons: Persons, one: Pass, values: Array) -> Array:
    size = len(persons.last)
    if values.ndim == 1:
        return np.bincount(one.moment, values, minlength=size).astype(np.float64)
    columns = [np.bincount(one.moment, column, minlength=size) for column in values.T]
    return np.column_stack(columns).astype(np.float64)
