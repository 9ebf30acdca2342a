"""Wald's test of one estimate against zero, and the 95 % interval around it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from onggi.probability import both_tails_quantile, normal_both_tails, student_both_tails

CONFIDENCE_TAILS: Final = 0.05


def wald_test(at: float, error: float, *, dof: int | None = None) -> tuple[float | None, float | None]:
    """The statistic and its p value, by Student's t where there are degrees of freedom, else by the normal.

    None where the standard error is 0: there is no such test.
    """
    if error == 0:
        return None, None
    statistic = at / error
    if dof is None:
        return statistic, normal_both_tails(statistic)
    return statistic, student_both_tails(statistic, dof=dof)


def wald_interval(at: float, error: float, *, dof: int | None = None) -> tuple[float, float]:
    """The bounds that 95 % lie between."""
    reach = _reach(dof) * error
    return at - reach, at + reach


@lru_cache(maxsize=64)
def _reach(dof: int | None) -> float:
    return both_tails_quantile(CONFIDENCE_TAILS, dof=dof)
