"""Reads a staged table into predicted risks, outcomes and groups of the persons with every value.

* A linear predictor beyond 20 counts as 20, one under -20 as -20 (risks of 2 in a thousand million): so that
  a risk of 0 or 1, which no outcome can be held against, does not stand in the way of all others.
* The work is done once per table and spec, and kept as long as the table lives in this process.
"""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.columns import column_numbers
from analysis_jobs.kinds.contract import Array, Rows, Table
from analysis_jobs.kinds.evaluation.design import Design
from analysis_jobs.kinds.prediction.bins import bin_of
from onggi.errors import Refused
from onggi.spec.job import JobSpec

WIDEST = 20.0
LEAST_RISK = 1 / (1 + math.exp(WIDEST))

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Persons:
    """One hospital's complete cases, an entry a person.

    `predictor` is the logit of `risk`; `group` the position of the risk group; `level` that of the
    population among those of `by`, from 0 (0 for all where there is no `by`). `has` has a row for each of
    the design's levels, `complete` an entry for each row of the table.
    """

    outcome: Array
    predictor: Array
    risk: Array
    group: Positions
    level: Positions
    has: Rows
    complete: Rows


_read: dict[int, tuple[weakref.ref[Any], str, Persons]] = {}


def persons_of(spec: JobSpec, design: Design, table: Table) -> Persons:
    """The complete cases: read at the first ask, remembered for the later ones.

    Raises:
        Refused: ``evaluation.table_wrong``.
    """
    key = spec.model_dump_json(include={"parameters", "variables"})
    known = _read.get(id(table))
    if known is not None and known[0]() is table and known[1] == key:
        return known[2]
    persons = _read_persons(design, table)
    identity = id(table)
    _read[identity] = (weakref.ref(table, lambda _: _read.pop(identity, None)), key, persons)
    return persons


def risk_of(predictor: Array) -> Array:
    """1 / (1 + exp(-predictor)) without overflow, and with all digits of tiny risks."""
    small = np.exp(-np.abs(predictor))
    share = 1.0 / (1.0 + small)
    risk: Array = np.where(predictor >= 0, share, small * share)
    return risk


def _read_persons(design: Design, table: Table) -> Persons:
    values: dict[str, Array] = {}
    complete: Rows = np.ones(table.num_rows, dtype=np.bool_)
    for column in design.needed:
        if column.name not in table.column_names:
            raise Refused("evaluation.table_wrong", variable=column.name)
        found = column_numbers(table.column(column.name))
        # What is missing arrives as NaN, which lies in no range.
        complete &= (found >= column.low) & (found <= column.high)
        values[column.name] = found
    for column in design.needed:
        kept = values[column.name][complete]
        if column.kind != "number" and (kept != np.floor(kept)).any():
            raise Refused("evaluation.table_wrong", variable=column.name)
        values[column.name] = kept
    predictor, risk = _given_risk(values[design.risk]) if design.risk else _predicted(design, values)
    return Persons(
        outcome=values[design.outcome],
        predictor=predictor,
        risk=risk,
        group=bin_of(risk, design.edges),
        level=_level(design, values, size=len(risk)),
        has=np.array([values[each.column] == each.value for each in design.levels], dtype=np.bool_),
        complete=complete,
    )


def _predicted(design: Design, values: dict[str, Array]) -> tuple[Array, Array]:
    predictor = np.full(len(values[design.outcome]), design.intercept)
    for term in design.terms:
        column = values[term.column]
        predictor += term.coefficient * (column if term.level is None else column == term.level)
    predictor = np.clip(predictor, -WIDEST, WIDEST)
    return predictor, risk_of(predictor)


def _given_risk(values: Array) -> tuple[Array, Array]:
    risk = np.clip(values, LEAST_RISK, 1 - LEAST_RISK)
    return np.log(risk) - np.log1p(-risk), risk


def _level(design: Design, values: dict[str, Array], *, size: int) -> Positions:
    if design.by is None:
        return np.zeros(size, dtype=np.int64)
    if design.by_edges:
        return np.searchsorted(np.asarray(design.by_edges), values[design.by], side="right").astype(np.int64)
    return values[design.by].astype(np.int64)
