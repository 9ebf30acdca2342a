"""When the sum and the spread of a number would tell of a few persons: dominance, and one value for
everybody.

Hospitals' evidence is added up, so it holds sums alone: which two persons contribute most cannot be told. The
effective number of contributors, (Σ|x|)² / Σx², stands for it. At the threshold 10 no person has more than
32 % of the sum and no two more than 45 %: stricter than the usual 90 % of the two largest.
"""

from __future__ import annotations

from onggi.errors import Refused
from privacy.disclosure.looks import look
from privacy.disclosure.thresholds import check_effective_sample

_LEAST_VARIANCE = 1e-12
_ROUNDINGS = 16


def check_values(
    cell: str,
    *,
    persons: float,
    weights: tuple[float, float],
    scaled: tuple[float, float],
    noise: float,
    threshold: int,
) -> None:
    """A number's sum rests on enough persons, whose values are not all the same.

    Statbarn: LinearAggregations (NKCheck and PPercentCheck, in the additive form above) and ClassDisclosure.

    Args:
        weights: Σ|x| and Σx² in any unit.
        scaled: Σz and Σz² in a unit in which the declared range is -1 to 1. Values so close together that
            this unit cannot tell them apart count as one value: the range is then declared too wide.
        noise: how far rounding may have moved a sum.
    Raises:
        Refused: ``disclosure.effective_sample``, ``disclosure.one_value``.
    """
    check_effective_sample(weight_sum=weights[0], weight_squares=weights[1] + noise, threshold=threshold)
    mean = scaled[0] / persons
    variance = scaled[1] / persons - mean * mean
    with look("disclosure.one_value", cells=1, threshold=threshold):
        if not variance > max(_LEAST_VARIANCE, _ROUNDINGS * noise / persons):
            raise Refused("disclosure.one_value", cell=cell)
