"""When the sum and the spread of a number would tell of a few persons: contributors, dominance, one value.

Hospitals' evidence is added up, so it holds sums alone: which two persons contribute most cannot be told. The
effective number of contributors, E = (Σ|x|)² / Σx², stands for it. The two largest together have at most
√(2 / E) of the sum: 63 % where E is 5, which keeps within the usual 90 %. And where they leave less than a
tenth of the largest for all others (the p % rule), E is at most 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

from onggi.errors import Refused
from privacy.disclosure.looks import look
from privacy.disclosure.thresholds import check_effective_sample, check_persons

_LEAST_VARIANCE = 1e-12
_ROUNDINGS = 16


@dataclass(frozen=True, slots=True)
class ValueSums:
    """What is added up of a number over some persons.

    Args:
        contributors: how many of the persons have another value than 0.
        sizes: Σ|x| and `squares` Σx², in any unit.
        scaled: Σz and `scaled_squares` Σz², in a unit in which the declared range is -1 to 1.
        noise: how far rounding may have moved one of these sums.
    """

    persons: float
    contributors: float
    sizes: float
    squares: float
    scaled: float
    scaled_squares: float
    noise: float


def check_values(cell: str, sums: ValueSums, *, threshold: int, effective: int) -> None:
    """A number's sum rests on enough persons, of whom no two are most of it, and not all have one value.

    Statbarn: LinearAggregations (MinimumThresholdCheck of contributors; NKCheck and PPercentCheck in the
    additive form above) and ClassDisclosure. Values so close together that the declared range cannot tell
    them apart count as one value.

    Args:
        effective: the least effective number of contributors.

    Raises:
        Refused: ``disclosure.small_cell``, ``disclosure.effective_sample``, ``disclosure.one_value``.
    """
    check_persons({f"{cell}, other than 0": sums.contributors}, threshold=threshold)
    check_effective_sample(
        weight_sum=sums.sizes,
        weight_squares=sums.squares + sums.noise,
        threshold=effective,
    )
    mean = sums.scaled / sums.persons
    variance = sums.scaled_squares / sums.persons - mean * mean
    with look("disclosure.one_value", cells=1, threshold=threshold):
        if not variance > max(_LEAST_VARIANCE, _ROUNDINGS * sums.noise / sums.persons):
            raise Refused("disclosure.one_value", cell=cell)
