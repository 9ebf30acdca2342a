"""Makes plausible laboratory numbers: a curve through a card's quantile bands, and a person's place on it.

* The curve runs through the bands' insides: straight between them, on a logarithmic scale where all numbers
  are above zero (log-normal tails), on a plain one elsewhere (normal tails).
* Which place a person takes depends on age and frailty, so numbers go with what else happens to them.
"""

from __future__ import annotations

from itertools import groupby
from statistics import NormalDist
from typing import Final

import numpy as np

from analysis_jobs.twin.people import Floats
from catalog.bands import ValueBand
from catalog.dataset_card import QUANTILES, NumberCard

_SHOWN_DIGITS: Final = 4
_FARTHEST: Final = 3.0
_TABLE_AT: Final = (np.arange(4000) + 0.5) / 4000
_TABLE: Final = np.array([NormalDist().inv_cdf(share) for share in _TABLE_AT])
_KNOTS: Final = np.array([NormalDist().inv_cdf(share) for share in QUANTILES])


def ranks(values: Floats) -> Floats:
    """Each value's place among all, evenly spread between 0 and 1."""
    places = np.empty(len(values))
    places[np.argsort(values, kind="stable")] = (np.arange(len(values)) + 0.5) / max(len(values), 1)
    return places


def normal_scores(values: Floats) -> Floats:
    """The values spread as a standard normal distribution, in the same order."""
    scores: Floats = np.interp(ranks(values), _TABLE_AT, _TABLE)
    return scores


def numbers_at(card: NumberCard, scores: Floats) -> Floats:
    """The measured numbers at normal scores: a score of 0 gives the median."""
    knots = knot_values(card.bands)
    positive = all(band.low > 0 for band in card.bands)
    if positive:
        knots = np.log(knots)
    found = _along(np.clip(scores, -_FARTHEST, _FARTHEST), knots)
    return _shortened(np.exp(found) if positive else found)


def knot_values(bands: tuple[ValueBand, ...]) -> Floats:
    """One number inside each band, rising: quantiles that share a band divide it evenly."""
    values: list[float] = []
    for (low, below), members in groupby(bands, key=lambda band: (band.low, band.below)):
        size = len(list(members))
        values += [low + (below - low) * (at + 1) / (size + 1) for at in range(size)]
    return np.array(values)


def _along(scores: Floats, knots: Floats) -> Floats:
    """Straight between the knots; beyond them on with the slope of the outermost stretch."""
    inside = np.interp(scores, _KNOTS, knots)
    first = (knots[1] - knots[0]) / (_KNOTS[1] - _KNOTS[0])
    last = (knots[-1] - knots[-2]) / (_KNOTS[-1] - _KNOTS[-2])
    found: Floats = (
        inside + first * np.minimum(scores - _KNOTS[0], 0) + last * np.maximum(scores - _KNOTS[-1], 0)
    )
    return found


def _shortened(values: Floats) -> Floats:
    """Four digits, as a laboratory writes them."""
    with np.errstate(divide="ignore"):
        exponent = np.where(values == 0, 0, np.floor(np.log10(np.abs(values))))
    scale = 10.0 ** (_SHOWN_DIGITS - 1 - exponent)
    found: Floats = np.round(values * scale) / scale
    return found
