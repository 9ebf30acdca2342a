"""Reads a staged table into complete cases, fold by fold.

Staging orders rows by a hash of the person under a secret key that only this hospital has, fresh for each
run (`analysis_jobs.variables.sql`). A person's fold is the place in that order modulo the number of folds:
decided by the keyed hash, of equal sizes, the same in every round, and unknown to everybody else.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis_jobs.kinds.contract import Array, PersonSet, Table
from analysis_jobs.kinds.glm.rows import complete_cases_of, complete_columns, design_matrix, of_outcome
from analysis_jobs.kinds.penalised.plan import Plan
from analysis_jobs.kinds.set_definitions import of_label
from analysis_jobs.kinds.set_definitions import part as in_part
from onggi.spec.job import JobSpec


@dataclass(frozen=True, slots=True)
class Part:
    """The complete cases of one fold: `x` a row per column of the design, without the intercept."""

    x: Array
    y: Array
    offset: Array | None
    cells: Array


_read: dict[int, tuple[weakref.ref[Any], str, tuple[Part, ...]]] = {}


def read_parts(spec: JobSpec, plan: Plan, table: Table) -> tuple[Part, ...]:
    """The folds of a table: read at the first ask, remembered for the later ones."""
    key = spec.model_dump_json(include={"parameters", "variables"})
    known = _read.get(id(table))
    if known is not None and known[0]() is table and known[1] == key:
        return known[2]
    parts = _read_parts(plan, table)
    identity = id(table)
    _read[identity] = (weakref.ref(table, lambda _: _read.pop(identity, None)), key, parts)
    return parts


def _read_parts(plan: Plan, table: Table) -> tuple[Part, ...]:
    design = plan.design
    complete, values = complete_columns(design, table)
    fold = np.arange(complete.size) % plan.parts
    found = []
    for part in range(plan.parts):
        own = {name: column[complete & (fold == part)] for name, column in values.items()}
        cells = [np.count_nonzero(own[cell.variable] == cell.value) for cell in design.cells]
        offset = own[design.offset.name] if design.offset else None
        found.append(
            Part(design_matrix(design, own), own[design.outcome.name], offset, np.array(cells, np.float64))
        )
    return tuple(found)


def persons_described(plan: Plan, table: Table) -> tuple[PersonSet, ...]:
    """Everybody; and of each fold everybody, whoever has the outcome, and every level's persons.

    Raises:
        Refused: ``glm.table_wrong``.
    """
    design = plan.design
    complete, values = complete_columns(design, table)
    fold = np.arange(complete.size) % plan.parts
    everyone = complete_cases_of(design)
    found = [] if plan.sets == 1 else [PersonSet("complete cases", complete, described=True, where=everyone)]
    for part in range(plan.parts):
        name, own = plan.part_name(part), complete & (fold == part)
        where = everyone if plan.parts == 1 else (*everyone, in_part("fold", part, plan.parts))
        found.append(
            PersonSet(f"{name}: complete cases", own, (("persons", part),), described=True, where=where)
        )
        if not design.estimates_dispersion or design.counts_events:
            outcome = own & (values[design.outcome.name] > 0)
            positive = (*where, of_outcome(design))
            found.append(
                PersonSet(f"{name}: {design.outcome.name}>0", outcome, (("events", part),), where=positive)
            )
        for cell in design.cells:
            level = own & (values[cell.variable] == cell.value)
            of_level = (*where, of_label(cell.variable, cell.label))
            found.append(PersonSet(f"{name}: {cell.label}", level, described=True, where=of_level))
    return tuple(found)
