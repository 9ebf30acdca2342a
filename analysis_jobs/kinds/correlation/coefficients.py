"""From pooled products to coefficients, and from a coefficient to its interval and its p value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

from analysis_jobs.kinds.centred_units import CONSTANT
from analysis_jobs.kinds.contract import Array
from onggi.errors import Refused
from onggi.probability import NORMAL_QUANTILE_975, student_both_tails
from onggi.spec.results import CorrelatedPair
from privacy.disclosure.rounding import round_to_error

_COLLINEAR = 1 - 1e-8
_LEAST_FOR_INTERVAL = 4


def pooled_pairs(
    variables: Sequence[str], persons: int, mean: Array, products: Array
) -> tuple[CorrelatedPair, ...]:
    """Every pair.

    Args:
        mean: of each number, in units of about its standard deviation.
        products: their mean products in the same units, a symmetric matrix.
    Raises:
        Refused: ``correlation.too_few``, ``correlation.constant`` or ``correlation.collinear``.
    """
    if persons < _LEAST_FOR_INTERVAL:
        raise Refused("correlation.too_few")
    covariance = products - mean[:, None] * mean[None, :]
    for at, name in enumerate(variables):
        if covariance[at, at] < CONSTANT:
            raise Refused("correlation.constant", variable=name)
    found = []
    for one, other in combinations(range(len(variables)), 2):
        spread = math.sqrt(covariance[one, one]) * math.sqrt(covariance[other, other])
        coefficient = float(covariance[one, other]) / spread
        if abs(coefficient) > _COLLINEAR:
            raise Refused("correlation.collinear", first=variables[one], second=variables[other])
        found.append(told_pair(variables[one], variables[other], coefficient, persons=persons))
    return tuple(found)


def told_pair(first: str, second: str, coefficient: float, *, persons: int) -> CorrelatedPair:
    """A coefficient of four persons or more, its 95 % interval (Fisher 1921) and p value (Student's t)."""
    reach = NORMAL_QUANTILE_975 / math.sqrt(persons - 3)
    statistic = coefficient * math.sqrt((persons - 2) / ((1 - coefficient) * (1 + coefficient)))
    return CorrelatedPair(
        first=first,
        second=second,
        coefficient=coefficient,
        low=math.tanh(math.atanh(coefficient) - reach),
        high=math.tanh(math.atanh(coefficient) + reach),
        p_value=min(student_both_tails(statistic, dof=persons - 2), 1.0),
    )


def rounded_pair(pair: CorrelatedPair, *, persons: int, digits: int) -> CorrelatedPair:
    """To a tenth of the coefficient's standard error, (1 - r²) / √n; what follows from it, formed again."""
    error = (1 - pair.coefficient**2) / math.sqrt(persons)
    coefficient = round_to_error(pair.coefficient, error=error, digits=digits)
    return told_pair(pair.first, pair.second, coefficient, persons=persons)
