"""Which counts of survival curves may leave, at one hospital or pooled, and what a reader sees of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays
from analysis_jobs.kinds.survival.combine import CELLS, asked_of
from analysis_jobs.kinds.survival.curves import Asked, Counts, curve_of
from analysis_jobs.kinds.survival.design import Design
from onggi.spec.job import JobSpec
from onggi.spec.results import SurvivalCurves
from onggi.spec.results.survival_curves import RankTest, SurvivalCurve
from privacy.disclosure.rounding import round_to_base
from privacy.disclosure.survival_steps import check_survival_steps


def check_evidence(spec: JobSpec, design: Design, evidence: Arrays) -> None:
    """The same rule for one hospital's counts (clear) and for the pooled ones (masked).

    Raises:
        Refused: ``disclosure.small_cell`` or ``disclosure.small_step``.
    """
    cells = design.unfold(evidence[CELLS])
    curves = zip(
        design.curve_names(),
        cells.ended.reshape(-1, *cells.ended.shape[2:]),
        cells.beyond.ravel().tolist(),
        strict=True,
    )
    check_survival_steps(
        {name: (ended, beyond) for name, ended, beyond in curves},
        ways=("censored", *design.causes),
        threshold=spec.privacy.minimum_persons,
        empty_step_is_small=spec.privacy.rules.empty_step_is_small,
    )


def release(spec: JobSpec, design: Design, answer: Answer, *, exact: bool) -> SurvivalCurves:
    """The curves once their own counts keep the rule again.

    Where counts may not be stated exactly, running totals are rounded and the curves formed anew from them:
    exact estimates beside rounded counts would give the counts away. Rounding totals, not steps, keeps every
    point of a curve within half a base of persons.

    Raises:
        Refused: ``disclosure.*``.
    """
    if not isinstance(answer, SurvivalCurves):
        raise TypeError("survival's answer is survival curves")
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    counts = {curve.group: _counts(curve) for curve in answer.curves}
    check_survival_steps(
        {group: (each.ended, each.beyond) for group, each in counts.items()},
        ways=("censored", *answer.causes),
        threshold=threshold,
        empty_step_is_small=spec.privacy.rules.empty_step_is_small,
    )
    if exact:
        return answer.model_copy(update={"minimum_persons": threshold})
    asked, base = asked_of(design), spec.privacy.rules.rounding_base
    return answer.model_copy(
        update={
            "minimum_persons": threshold,
            "curves": tuple(_rounded(group, each, asked, base=base) for group, each in counts.items()),
            "test": _rounded_test(answer.test, base=base),
            "rounded_to": base,
        }
    )


def _counts(curve: SurvivalCurve) -> Counts:
    ended = np.column_stack([curve.censored, *curve.events]).astype(np.float64)
    return Counts(ended, float(curve.beyond))


def _rounded(group: str, counts: Counts, asked: Asked, *, base: int) -> SurvivalCurve:
    totals = np.apply_along_axis(_round_all, 0, counts.ended.cumsum(axis=0), base=base)
    ended = np.diff(totals, axis=0, prepend=0.0)
    return curve_of(group, Counts(ended, float(round_to_base(int(counts.beyond), base=base))), asked)


def _round_all(totals: Array, *, base: int) -> Array:
    return np.array([round_to_base(int(total), base=base) for total in totals], dtype=np.float64)


def _rounded_test(test: RankTest | None, *, base: int) -> RankTest | None:
    """Expected events are rounded too: they add up to the events that were observed."""
    if test is None:
        return None
    return test.model_copy(
        update={
            "observed": _whole(test.observed, base=base),
            "expected": tuple(map(float, _whole(test.expected, base=base))),
        }
    )


def _whole(values: Sequence[float], *, base: int) -> tuple[int, ...]:
    return tuple(round_to_base(round(value), base=base) for value in values)
