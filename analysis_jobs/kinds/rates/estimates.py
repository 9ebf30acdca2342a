"""Rates and their intervals, from events and person-years."""

from __future__ import annotations

import math
from collections.abc import Sequence

from onggi.probability import gamma_quantile, poisson_interval
from onggi.spec.results import Estimate

PER = 1000.0
"""Rates are told per so many person-years."""
_TAIL = 0.025


def crude_rate(events: int, person_years: float) -> Estimate | None:
    """Per 1,000 person-years, exact interval (Garwood 1936). None where nobody was under observation."""
    return _scaled(events, person_years / PER)


def ratio(observed: int, expected: float) -> Estimate | None:
    """Observed over expected events, exact interval: the expected ones are taken to be without error."""
    return _scaled(observed, expected)


def _scaled(events: int, size: float) -> Estimate | None:
    if not size > 0:
        return None
    low, high = poisson_interval(events)
    found = Estimate.model_construct(value=events / size, low=low / size, high=high / size)
    return found if math.isfinite(found.high) else None


def standardised_rate(
    events: Sequence[int], person_years: Sequence[float], standard: Sequence[float]
) -> Estimate | None:
    """Directly standardised rate per 1,000 person-years with its gamma interval (Fay and Feuer 1997).

    Args:
        standard: each stratum's size in the standard population, in any unit.
    Returns:
        None where a stratum without person-time leaves its rate unknown.
    """
    if not all(years > 0 for years in person_years):
        return None
    whole = math.fsum(standard)
    weights = [PER * size / whole / years for size, years in zip(standard, person_years, strict=True)]
    value = math.fsum(weight * count for weight, count in zip(weights, events, strict=True))
    variance = math.fsum(weight * weight * count for weight, count in zip(weights, events, strict=True))
    most = max(weights)
    low = 0.0
    if variance > 0:
        low = variance / value * gamma_quantile(_TAIL, shape=value * value / variance)
    above, spread = value + most, variance + most * most
    high = spread / above * gamma_quantile(1 - _TAIL, shape=above * above / spread)
    return Estimate(value=value, low=low, high=high)
