"""Runs a whole statistic in one process, hospital by hospital: for tests, practice data and benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask, Kind, Table
from analysis_jobs.kinds.noisy.kind import kind_of
from analysis_jobs.kinds.ranges import FIXED_POINT_STEP
from onggi.errors import Refused
from onggi.spec.job import JobSpec

Rounding = Callable[[Array, bool], Array]


def run_in_clear(spec: JobSpec, tables: Sequence[Table], *, check: bool = False) -> Answer:
    """The conversation over plain sums, before release.

    Args:
        check: apply each hospital's disclosure rules, as a node does with clear values.
    """
    return _converse(spec, tables, rounding=_unrounded, check_sites=check, check_pooled=False)


def run_fixed_point(spec: JobSpec, tables: Sequence[Table], *, check: bool = False) -> Answer:
    """The same with every reply rounded to 2^-32 and added exactly, as masks would.

    Args:
        check: apply the disclosure rules to the pooled evidence, as nodes do before they unmask.
    """
    return _converse(spec, tables, rounding=_to_fixed_point, check_sites=False, check_pooled=check)


def _converse(
    spec: JobSpec, tables: Sequence[Table], *, rounding: Rounding, check_sites: bool, check_pooled: bool
) -> Answer:
    kind = kind_of(spec)
    kind.check_spec(spec)
    history: list[Arrays] = []
    while True:
        found = kind.next(spec, history, sites=len(tables))
        if not isinstance(found, Ask):
            return found
        if len(history) >= spec.limits.rounds:
            raise Refused("kinds.too_many_rounds", rounds=spec.limits.rounds)
        arrays, evidence = _one_round(kind, spec, tables, found, rounding=rounding, check_sites=check_sites)
        if check_pooled:
            kind.check_pooled(spec, found, evidence)
        history.append(arrays)


def _one_round(
    kind: Kind, spec: JobSpec, tables: Sequence[Table], ask: Ask, *, rounding: Rounding, check_sites: bool
) -> tuple[Arrays, Arrays]:
    layout = kind.layout(spec, ask, participants=len(tables))
    arrays = {entry.name: np.zeros(entry.shape) for entry in layout.arrays}
    evidence = {entry.name: np.zeros(entry.shape) for entry in layout.evidence}
    for position, table in enumerate(tables):
        summary = kind.local(spec, table, replace(ask, position=position))
        if check_sites:
            kind.check_site(spec, ask, summary)
        for entries, sums, reply in (
            (layout.arrays, arrays, summary.arrays),
            (layout.evidence, evidence, summary.evidence),
        ):
            if {entry.name for entry in entries} != reply.keys():
                raise AssertionError("a reply's arrays differ from the layout's")
            for entry in entries:
                sums[entry.name] += rounding(_inside(reply[entry.name], entry.low, entry.high), entry.whole)
    return arrays, evidence


def _inside(array: Array, low: float, high: float) -> Array:
    if not ((array >= low) & (array <= high)).all():
        raise Refused("kinds.out_of_layout")
    return array


def _unrounded(array: Array, _whole: bool) -> Array:
    return array


def _to_fixed_point(array: Array, whole: bool) -> Array:
    """Multiples of 2^-32 below 2^20 add without further rounding in 53 bits; beyond, rounding is relative."""
    return array if whole else np.rint(array / FIXED_POINT_STEP) * FIXED_POINT_STEP
