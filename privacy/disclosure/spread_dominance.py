"""Whether what a group's values add up to beyond the ordinary rests on a handful of its persons.

A sum over many persons shows one of them where all others have (nearly) the same known value: whoever chose
what is summed, a crafted score for one, subtracts the others. What counts is therefore not how large the
values are but how far they lie from their mean, and on how many persons that spread rests.

Under masks rounding counts as doubt: a declared range several hundred times as wide as the values' standard
deviation hides on whom they rest, and is refused like few persons.
"""

from __future__ import annotations

from collections.abc import Sequence

from onggi.errors import Refused
from privacy.disclosure.looks import look

_FLOAT_ERROR = 1e-15
_LEAST_SPREAD = 2.5
"""Where a spread rests on so many persons, the two that make up most of it have at most √(2 / 2.5) = 89 % of
it, and the others at least a tenth of the largest's part."""
_COMMON = 4
"""A value is everybody's but for a few when these are less than one person in so many."""


def effective_spread(*, persons: float, powers: Sequence[float], noise: float) -> float:
    """On how many persons a group's spread rests: (sum of d^2)^2 / sum of d^4, d the distance from the mean.

    k persons at one value among many at another give k, or up to twice that where they are half of them;
    an ordinary group gives a good part of its size (a bell curve a third, an even spread five ninths).

    Args:
        powers: sums of u, u^2, u^3 and u^4 over the persons, u between -1 and 1.
        noise: how far each sum may be off. It counts against the group: a spread that drowns in rounding
            rests on nobody.
    """
    if not persons > 0:
        return 0.0
    first, second, third, fourth = powers
    mean = first / persons
    squares = second - persons * mean**2
    fourths = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * persons * mean**4
    doubt = 16 * (noise + _FLOAT_ERROR * persons)
    return max(squares - doubt, 0.0) ** 2 / (max(fourths, 0.0) + doubt)


def check_spread(cell: str, *, persons: float, powers: Sequence[float], noise: float, threshold: int) -> None:
    """A group's spread rests on enough persons. Statbarn: LinearAggregations (dominance).

    Raises:
        Refused: ``disclosure.few_differ`` naming the group.
    """
    size = effective_spread(persons=persons, powers=powers, noise=noise)
    with look("disclosure.few_differ", cells=1, threshold=threshold):
        if not size >= threshold * (1 - 1e-6):
            raise Refused("disclosure.few_differ", cell=cell, threshold=threshold)


def check_far_from_others(
    cell: str,
    *,
    persons: float,
    powers: Sequence[float],
    places: Sequence[float],
    noise: float,
    threshold: int,
) -> None:
    """A measured number's differences rest on enough persons. Statbarn: LinearAggregations (NK, p %).

    Unlike a score that somebody wrote, a measured number is skewed by nature: to demand a spread over
    `threshold` persons would refuse honest laboratory values in small hospitals. So two things are asked. No
    two persons make up most of the spread, in the usual bounds of 90 % and a tenth. And it is not so that
    all but a few persons have one and the same value, however little the few differ.

    Args:
        powers: as `effective_spread` has them.
        places: for several yes-or-no traits of the value, how many persons have each. Persons of one value
            agree in all of them, and others differ from them in some.

    Raises:
        Refused: ``disclosure.few_differ`` naming the number.
    """
    few = min(threshold, persons / _COMMON)
    others = max((min(count, persons - count) for count in places), default=0.0)
    spread = effective_spread(persons=persons, powers=powers, noise=noise)
    with look("disclosure.few_differ", cells=1, threshold=threshold):
        if not (others >= few and spread >= min(_LEAST_SPREAD, threshold)):
            raise Refused("disclosure.few_differ", cell=cell, threshold=threshold)


def are_alike(*, persons: float, places: Sequence[float]) -> bool:
    """Whether all values are one and the same: each binary place is set for everybody or for nobody.

    Args:
        places: for each binary place of the value, for how many persons it is set.
    """
    return all(count in (0, persons) for count in places)
