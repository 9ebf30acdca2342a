"""What classifying persons at a threshold of risk would do: right and wrong calls, and net benefit."""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.prediction.bins import Cells
from analysis_jobs.kinds.prediction.shares import share
from onggi.spec.results import AtThreshold


def at_thresholds(cells: Cells, thresholds: Sequence[float]) -> tuple[AtThreshold, ...]:
    """Each threshold is one of the cells' edges; whoever has at least that risk is called positive."""
    return tuple(_at(cells, threshold) for threshold in thresholds)


def net_benefit(*, true_positives: int, false_positives: int, persons: int, threshold: float) -> float:
    """Per person, in units of a true positive (Vickers and Elkin 2006).

    Whoever treats at this threshold takes threshold / (1 - threshold) false positives to weigh as much as
    one true positive.
    """
    odds = threshold / (1 - threshold)
    return true_positives / persons - false_positives / persons * odds


def _at(cells: Cells, threshold: float) -> AtThreshold:
    start = cells.edges.index(threshold) + 1
    events, others = cells.total_events, cells.total_others
    hits, false_alarms = sum(cells.events[start:]), sum(cells.others[start:])
    misses, right_negatives = events - hits, others - false_alarms
    persons = events + others
    return AtThreshold(
        threshold=threshold,
        true_positives=hits,
        false_positives=false_alarms,
        true_negatives=right_negatives,
        false_negatives=misses,
        sensitivity=share(hits, events),
        specificity=share(right_negatives, others),
        positive_predictive_value=share(hits, hits + false_alarms),
        negative_predictive_value=share(right_negatives, right_negatives + misses),
        net_benefit=net_benefit(
            true_positives=hits, false_positives=false_alarms, persons=persons, threshold=threshold
        ),
        net_benefit_all=net_benefit(
            true_positives=events, false_positives=others, persons=persons, threshold=threshold
        ),
    )
