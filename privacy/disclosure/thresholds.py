"""The smallest groups that may be described: each rule looks at a few numbers and refuses, or stays silent.

* A count of zero is small too: "nobody here has it" tells something about each person who was counted.
  Only a zero that cannot be otherwise (men among the pregnant) says nothing.
* A refusal names the rule and the cell, never the number that broke it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onggi.errors import Refused
from privacy.disclosure.looks import look
from privacy.disclosure.zeros import difference_is_small


def is_small(persons: float, *, threshold: int, structural_zero: bool = False) -> bool:
    """Whether a cell describes too few persons. Statbarn: Frequencies (MinimumThresholdCheck).

    Zero is small unless it is structural, that is, true of every imaginable data set.
    """
    if structural_zero and persons == 0:
        return False
    return not persons >= threshold


def check_persons(cells: Mapping[str, float], *, threshold: int) -> None:
    """Every named cell holds enough persons. Statbarn: Frequencies.

    Raises:
        Refused: ``disclosure.small_cell`` naming the first cell that does not.
    """
    with look("disclosure.small_cell", cells=len(cells), threshold=threshold):
        for cell, persons in cells.items():
            if is_small(persons, threshold=threshold):
                raise Refused("disclosure.small_cell", cell=cell, threshold=threshold)


def check_residual_dof(*, n: float, parameters: int, minimum: int) -> None:
    """A model leaves enough residual freedom that it cannot be read as a look-up table.

    Statbarn: CorrelationCoefficients (MinimumDoFCheck).

    Raises:
        Refused: ``disclosure.low_dof``.
    """
    with look("disclosure.low_dof", cells=1, threshold=minimum):
        if not n - parameters >= minimum:
            raise Refused("disclosure.low_dof", parameters=parameters, minimum=minimum)


def effective_sample_size(*, weight_sum: float, weight_squares: float) -> float:
    """How many equally weighted persons a weighted sum amounts to; 0 where nothing has weight."""
    if not weight_squares > 0:
        return 0.0
    return weight_sum * weight_sum / weight_squares


def check_effective_sample(*, weight_sum: float, weight_squares: float, threshold: int) -> None:
    """A weighted sum rests on enough persons. Statbarn: LinearAggregations (dominance).

    Parameters chosen by an attacker can give one person nearly all the weight of a sum over thousands.

    Raises:
        Refused: ``disclosure.effective_sample``.
    """
    # Equal weights give n exactly; the margin keeps rounding from refusing exactly `threshold` persons.
    size = effective_sample_size(weight_sum=weight_sum, weight_squares=weight_squares)
    with look("disclosure.effective_sample", cells=1, threshold=threshold):
        if not size >= threshold * (1 - 1e-6):
            raise Refused("disclosure.effective_sample", threshold=threshold)


def check_funnel(
    steps: Sequence[str], persons: Sequence[float], *, threshold: int, zero_drop_is_small: bool
) -> None:
    """Every step of an attrition funnel, and every group that drops out, is large enough.

    Statbarn: Frequencies (MinimumThresholdCheck, and differencing between neighbouring steps).

    A drop of 1 to threshold-1 persons is a small cell obtained by subtraction. A drop of exactly zero is
    allowed where the step that it speaks of is large (`zeros`): it then most often restates the cohort
    (adults only, in a hospital for adults). Where "everybody here has it" is itself sensitive, the rules say
    `zero_drop_is_small`.

    Raises:
        Refused: ``disclosure.small_cell`` or ``disclosure.small_difference``.
    """
    check_persons(dict(zip(steps, persons, strict=True)), threshold=threshold)
    with look("disclosure.small_difference", cells=max(len(steps) - 1, 0), threshold=threshold):
        for step, before, after in zip(steps[1:], persons, persons[1:], strict=False):
            drop, always = before - after, zero_drop_is_small
            if difference_is_small(drop, of=before, threshold=threshold, always=always):
                raise Refused("disclosure.small_difference", cell=step, threshold=threshold)
