"""Reads a staged table into complete cases, sorted so that risk sets are running sums.

* A person counts when day, event and every term and stratum are present and inside their declared range.
* Columns are centred at the hospital's own means: within a hospital's strata Cox's regression takes no notice
  of it, and differences keep their digits.
* The work is done once per table and spec, and kept as long as the table lives in this process.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.contract import Array, PersonSet, Rows, Table
from analysis_jobs.kinds.cox.design import Design
from analysis_jobs.kinds.glm.design import Column
from analysis_jobs.kinds.set_definitions import complete, is_level, of_label
from analysis_jobs.kinds.survival.times import Ends, read_ends
from onggi.spec.job import JobSpec

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Persons:
    """One hospital's complete cases, by stratum and then from the last day to the first.

    Args:
        raw: the columns as recorded, shape (persons, columns); `x`: centred at the hospital.
        event: whether follow-up ended with the event of interest.
        at: for each person the position of its stratum and day among all such pairs ("moments").
        begins: for each moment its first person; its risk set is everybody of the stratum up to the last.
        days: the day of each moment.
        strata: for each stratum where its persons, and its moments, begin and end.
    """

    raw: Array
    x: Array
    event: Rows
    at: Places
    begins: Places
    days: Array
    strata: tuple[tuple[slice, slice], ...]
    cells: Array

    @property
    def size(self) -> int:
        """How many persons."""
        return len(self.event)


_read: dict[int, tuple[weakref.ref[Any], str, Persons]] = {}


def complete_cases(spec: JobSpec, design: Design, table: Table) -> Persons:
    """The complete cases of a table: read at the first ask, remembered for the later ones."""
    key = spec.model_dump_json(include={"parameters", "variables", "outcomes"})
    known = _read.get(id(table))
    if known is not None and known[0]() is table and known[1] == key:
        return known[2]
    persons = _sorted(design, read_ends(table, design.outcome, design.needed))
    identity = id(table)
    _read[identity] = (weakref.ref(table, lambda _: _read.pop(identity, None)), key, persons)
    return persons


def persons_described(design: Design, table: Table) -> tuple[PersonSet, ...]:
    """Who is behind a model's numbers. Raises Refused ``survival.table_wrong``."""
    ends = read_ends(table, design.outcome, design.needed)
    with_event = ends.complete & (ends.event == 1)
    outcome = design.outcome
    where = complete([outcome.days_name, outcome.event_name, *(each.name for each in design.needed)])
    levels = [
        PersonSet(
            cell.label,
            ends.complete & (ends.values[cell.variable] == cell.value),
            described=True,
            where=(*where, of_label(cell.variable, cell.label)),
        )
        for cell in design.cells
    ]
    return (
        PersonSet("complete cases", ends.complete, counted=(("persons", 0),), described=True, where=where),
        PersonSet(
            f"{outcome.name}: event",
            with_event,
            counted=(("persons", 1),),
            described=True,
            where=(*where, is_level(outcome.event_name, "event")),
        ),
        *levels,
    )


def _sorted(design: Design, ends: Ends) -> Persons:
    here = ends.complete
    stratum = np.zeros(int(here.sum()), dtype=np.int64)
    for variable in design.strata:
        stratum = stratum * (len(variable.levels) or 2) + ends.values[variable.name][here].astype(np.int64)
    order = np.lexsort((-ends.days[here], stratum))
    stratum, days = stratum[order], ends.days[here][order]
    values = {term.name: ends.values[term.name][here][order] for term in design.terms}
    raw = np.empty((len(order), design.size))
    for place, column in enumerate(design.columns):
        raw[:, place] = _column(column, values[column.variable])
    new_moment = (np.diff(stratum, prepend=-1) != 0) | (np.diff(days, prepend=-1.0) != 0)
    starts = np.flatnonzero(new_moment)
    cells = [np.count_nonzero(ends.values[cell.variable][here] == cell.value) for cell in design.cells]
    return Persons(
        raw=raw,
        x=raw - (raw.mean(axis=0) if len(raw) else 0.0),
        event=ends.event[here][order] == 1,
        at=np.cumsum(new_moment) - 1,
        begins=starts,
        days=days[starts],
        strata=_parts(stratum, stratum[starts]),
        cells=np.array(cells, dtype=np.float64),
    )


def _parts(of_persons: Places, of_moments: Places) -> tuple[tuple[slice, slice], ...]:
    found = np.unique(of_persons)
    ends = [
        zip(np.searchsorted(of, found, "left"), np.searchsorted(of, found, "right"), strict=True)
        for of in (of_persons, of_moments)
    ]
    return tuple((slice(*map(int, one)), slice(*map(int, other))) for one, other in zip(*ends, strict=True))


def _column(column: Column, values: Array) -> Array:
    return values if column.level is None else (values == column.level).astype(np.float64)
