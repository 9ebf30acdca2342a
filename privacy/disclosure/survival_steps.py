"""Which counts of a survival curve may be seen: no few persons at a step, in a way of ending, or in a curve.

A curve tells of each step how many persons had the event there, and how many were censored; whoever is at
risk follows by subtraction, and so does every union of steps. The counts split the curve's persons into
parts: where each part is empty or large enough, so is everything that adding and subtracting can give.

* A step on which nobody had the event speaks of all who were at risk: it is allowed where these are many
  (`zeros`), as an empty drop in a funnel is, unless the rules say `empty_step_is_small`. Fine steps late in a
  curve, when few are left, would tell of each of them that nothing happened between two days that the asker
  chose. After the last event all who are left had none in the whole curve, which their number tells already.
  That nobody was censored tells of no event. That nobody in a whole curve had the event, or that everybody
  had, speaks of each of them: such totals are small.
* A step at which everybody still at risk had the event tells that of each of them, however many they are.
* A refusal says which curve and which way of ending, and not which step: on fine steps the name of the first
  small one would be the day on which a single person died.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from onggi.errors import Refused
from privacy.disclosure.looks import look
from privacy.disclosure.thresholds import check_persons, is_small
from privacy.disclosure.zeros import zero_is_small


def check_survival_steps(
    curves: Mapping[str, tuple[npt.NDArray[np.float64], float]],
    *,
    ways: tuple[str, ...],
    threshold: int,
    empty_step_is_small: bool,
) -> None:
    """Every curve's counts are large enough. Statbarns: HazardSurvivalTables, Frequencies.

    Args:
        curves: by name, persons of shape (steps, ways) and those who went on after the last step.
        ways: how follow-up ended; the first one is without any event.

    Raises:
        Refused: ``disclosure.small_cell`` for totals, ``disclosure.small_step`` for steps.
    """
    for name, (ended, beyond) in curves.items():
        totals = ended.sum(axis=0)
        without = float(totals[0] + beyond)
        told = {name: without + float(totals[1:].sum()), f"{name}: no event": without}
        told |= {f"{name}: {way}": float(total) for way, total in zip(ways[1:], totals[1:], strict=True)}
        check_persons(told, threshold=threshold)
    cells = sum(ended.size for ended, _ in curves.values())
    with look("disclosure.small_step", cells=cells, threshold=threshold):
        for name, (ended, beyond) in curves.items():
            _check_steps(name, ended, beyond, ways, threshold, may_be_empty=not empty_step_is_small)


def _check_steps(
    name: str,
    ended: npt.NDArray[np.float64],
    beyond: float,
    ways: tuple[str, ...],
    threshold: int,
    *,
    may_be_empty: bool,
) -> None:
    for way, persons in zip(ways, ended.T, strict=True):
        if any(
            is_small(float(count), threshold=threshold, structural_zero=may_be_empty) for count in persons
        ):
            raise Refused("disclosure.small_step", cell=f"{name}: {way}", threshold=threshold)
    if is_small(beyond, threshold=threshold, structural_zero=may_be_empty):
        raise Refused("disclosure.small_step", cell=f"{name}: {ways[0]}", threshold=threshold)
    at_risk = ended.sum(axis=1)[::-1].cumsum()[::-1] + beyond
    for way, persons in zip(ways[1:], ended.T[1:], strict=True):
        everybody = (persons == at_risk) & (at_risk > 0)
        nobody = persons[: np.flatnonzero(persons)[-1]] == 0 if persons.any() else np.zeros(0, dtype=np.bool_)
        few = [
            zero_is_small(of=float(each), threshold=threshold, always=not may_be_empty)
            for each in at_risk[: nobody.size]
        ]
        if everybody.any() or (nobody & few).any():
            raise Refused("disclosure.small_step", cell=f"{name}: {way}", threshold=threshold)
