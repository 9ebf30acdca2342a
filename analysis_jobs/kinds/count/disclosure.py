"""Which numbers of a funnel may be seen: no small step, and no small group by subtraction."""

from __future__ import annotations

from analysis_jobs.kinds.contract import Answer, Array
from analysis_jobs.kinds.count.steps import step_names
from onggi.spec.job import JobSpec
from onggi.spec.results import CountTable
from privacy.disclosure.funnel_suppression import decide_withheld
from privacy.disclosure.rounding import ROUNDING_BASE, round_to_base
from privacy.disclosure.thresholds import check_funnel


def check_counts(spec: JobSpec, persons: Array) -> None:
    """Raises Refused ``disclosure.small_cell`` or ``disclosure.small_difference``."""
    steps = step_names(spec.cohort)
    check_funnel(steps, [float(count) for count in persons], threshold=spec.privacy.minimum_persons)


def release(spec: JobSpec, answer: Answer, *, exact: bool) -> CountTable:
    """The funnel as it may be shown: suppression first, rounding after."""
    if not isinstance(answer, CountTable) or None in answer.persons:
        raise TypeError("a complete count table is released once")
    counts = [count for count in answer.persons if count is not None]
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    withheld = decide_withheld(counts, threshold=threshold)
    base = 1 if exact else ROUNDING_BASE
    shown = (
        round_to_base(count, base=base) if reason is None else None
        for count, reason in zip(counts, withheld, strict=True)
    )
    return answer.model_copy(
        update={
            "persons": tuple(shown),
            "withheld": withheld,
            "rounded_to": base,
            "minimum_persons": threshold,
        }
    )
