"""Calibration from cells and mean risks: do as many have the event as predicted, group by group?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from analysis_jobs.kinds.prediction.bins import Cells, bounds_of
from analysis_jobs.kinds.prediction.shares import ratio, share
from onggi.probability import chi_square_upper_tail
from onggi.spec.results import Estimate, RiskGroup


def risk_groups(cells: Cells, mean_risks: Sequence[float | None]) -> tuple[RiskGroup, ...]:
    """What was predicted and what was observed in each group."""
    return tuple(
        RiskGroup(
            low=low,
            high=high,
            persons=persons,
            events=events,
            mean_risk=mean,
            observed=share(events, persons),
        )
        for (low, high), persons, events, mean in zip(
            bounds_of(cells.edges), cells.persons, cells.events, mean_risks, strict=True
        )
    )


def mean_risk(groups: Sequence[RiskGroup]) -> float:
    """The mean predicted risk over all groups. Somebody must be in one."""
    return _expected(groups) / sum(group.persons for group in groups)


def expected_observed(groups: Sequence[RiskGroup]) -> Estimate:
    """Expected over observed events. There must be an event.

    The predictions are given, so only the observed number varies: binomially, with the variance of its
    logarithm (1 - share) / events by the delta method.
    """
    events, persons = sum(group.events for group in groups), sum(group.persons for group in groups)
    return ratio(_expected(groups), events, log_error=math.sqrt((1 - events / persons) / events))


def hosmer_lemeshow(groups: Sequence[RiskGroup], *, developed_here: bool) -> tuple[float, int, float | None]:
    """Chi-square, degrees of freedom and p-value (None without a degree of freedom).

    Sum over groups of (observed - expected)^2 / (persons * mean risk * (1 - mean risk)). One degree of
    freedom for each group where the model is given, two less where it was fitted to these persons (Hosmer,
    Lemeshow and Sturdivant 2013, chapter 5). Empty groups do not count.
    """
    terms = []
    for group in groups:
        if group.mean_risk is None:
            continue
        expected = group.persons * group.mean_risk
        terms.append((group.events - expected) ** 2 / (expected * (1 - group.mean_risk)))
    dof = len(terms) - (2 if developed_here else 0)
    value = math.fsum(terms)
    return value, max(dof, 0), chi_square_upper_tail(value, dof=dof) if dof > 0 else None


def brier_scaled(brier: float, *, events: int, persons: int) -> float:
    """One less the Brier score's ratio to that of predicting the observed share for everybody."""
    observed = events / persons
    return 1 - brier / (observed * (1 - observed))


def _expected(groups: Sequence[RiskGroup]) -> float:
    return math.fsum(group.persons * group.mean_risk for group in groups if group.mean_risk is not None)
