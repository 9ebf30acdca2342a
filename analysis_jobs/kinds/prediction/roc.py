"""Discrimination from cells: does who has the event have the higher predicted risk?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from analysis_jobs.kinds.prediction.bins import Cells
from analysis_jobs.kinds.prediction.shares import around
from onggi.spec.results import Discrimination, RocPoint


def discrimination(cells: Cells) -> Discrimination:
    """The curve over the groups and the area under it. There must be persons with and without the event.

    * Area: the share of pairs (one with, one without the event) in which the first has the higher group,
      pairs within a group counting half: the trapezoid (Hanley and McNeil 1982).
    * Least and most: pairs within a group counting 0 and 1. However they are ordered, it lies between.
    * Standard error: DeLong, DeLong and Clarke-Pearson (1988), every person with the value of the group.
    """
    events, others = cells.total_events, cells.total_others
    above = _shares_below(cells.others)  # of those without the event, who has a lower group
    below = [1 - part for part in _shares_below(cells.events)]
    area = math.fsum(count * part for count, part in zip(cells.events, above, strict=True)) / events
    tied = math.fsum(
        with_it * without for with_it, without in zip(cells.events, cells.others, strict=True)
    ) / (events * others)
    variance = _spread(cells.events, above, area) / events + _spread(cells.others, below, area) / others
    error = math.sqrt(variance)
    return Discrimination(
        roc=_curve(cells),
        auc=around(area, error, low=0.0, high=1.0),
        auc_standard_error=error,
        auc_least=max(area - tied / 2, 0.0),
        auc_most=min(area + tied / 2, 1.0),
    )


def _shares_below(counts: Sequence[int]) -> list[float]:
    """For each group the share of the counted persons in lower groups, those of the same counting half."""
    total, before, found = sum(counts), 0, []
    for count in counts:
        found.append((2 * before + count) / (2 * total))
        before += count
    return found


def _spread(counts: Sequence[int], values: Sequence[float], mean: float) -> float:
    """The sample variance of a value that `counts` persons have each; 0 for one person alone."""
    total = sum(counts)
    if total < 2:
        return 0.0
    squares = (count * (value - mean) ** 2 for count, value in zip(counts, values, strict=True))
    return math.fsum(squares) / (total - 1)


def _curve(cells: Cells) -> tuple[RocPoint, ...]:
    """From everybody called positive, (1, 1), over a point for each edge to nobody, (0, 0), at 1."""
    points = []
    for at, threshold in enumerate((0.0, *cells.edges, 1.0)):
        points.append(
            RocPoint(
                threshold=threshold,
                true_positive_rate=sum(cells.events[at:]) / cells.total_events,
                false_positive_rate=sum(cells.others[at:]) / cells.total_others,
            )
        )
    return tuple(points)
