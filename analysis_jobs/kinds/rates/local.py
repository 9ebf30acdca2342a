"""What one hospital computes for rates: persons, first events and person-time, cell by cell."""

from __future__ import annotations

import math

import numpy as np

from analysis_jobs.kinds.contract import Array, Ask, Layout, PersonSet, Rows, Summary, Table
from analysis_jobs.kinds.described_columns import Positions, read_levels, read_number
from analysis_jobs.kinds.partitions import conditions_of
from analysis_jobs.kinds.ranges import count_entry, number_entry
from analysis_jobs.kinds.rates.design import Design
from analysis_jobs.kinds.set_definitions import complete, is_level
from analysis_jobs.kinds.summed_numbers import SummedNumber, evidence_of_counts, number_entries
from onggi.errors import Refused

ASK = "person_time"
_EVENT = 1
"""The position of the event of interest among the levels of an outcome's column."""


def check_ask(ask: Ask) -> None:
    """Raises Refused ``kinds.ask_unknown`` for any other question."""
    if ask.ordinal != 0 or ask.name != ASK or ask.arrays:
        raise Refused("kinds.ask_unknown", ask=ask.name)


def day_unit(design: Design) -> float:
    """Days of the unit in which person-time travels: a power of two, so that whole days add up exactly."""
    return math.ldexp(1.0, math.frexp(float(design.outcome.horizon_days))[1])


def person_times(design: Design) -> tuple[SummedNumber, ...]:
    """The days of each cell as numbers that are added up."""
    horizon = float(design.outcome.horizon_days)
    return tuple(SummedNumber(f"{name}: person-time", 0.0, horizon) for name in design.cells)


def make_layout(design: Design, *, participants: int) -> Layout:
    """Persons of each cell, then its (or its group's) events; person-time of each cell."""
    cells = len(design.cells)
    persons = count_entry("persons", cells + len(design.event_cells), participants=participants)
    time = number_entry("time", cells, participants=participants)
    return Layout((persons, time), (persons, *number_entries(cells, participants=participants)))


def count_here(design: Design, table: Table) -> Summary:
    """This hospital's reply. Raises Refused ``describe.table_wrong``, also where a day is not a whole one."""
    cells, days, event = _read(design, table)
    lengths, spent = _persons_of_lengths(design, cells, days)
    events = np.bincount(_event_cell(design, cells)[event], minlength=len(design.event_cells))
    persons = np.concatenate([spent.sum(axis=1), events])
    evidence = evidence_of_counts(person_times(design)[0], lengths, spent)
    return Summary(
        {"persons": persons, "time": spent @ (lengths / day_unit(design))},
        {"persons": persons.copy()} | evidence,
    )


def _persons_of_lengths(design: Design, cells: Positions, days: Array) -> tuple[Array, Array]:
    """The days that a follow-up can last, and how many persons of each cell it lasted so long.

    One pass over the persons; whatever is added up follows from these few numbers.
    """
    inside = cells >= 0
    known = days[inside]
    whole = known.astype(np.int64)
    if (whole != known).any():
        raise Refused("describe.table_wrong", variable=design.outcome.days_name)
    longest = int(whole.max(initial=0)) + 1
    size = len(design.cells)
    spent = np.bincount(cells[inside] * longest + whole, minlength=size * longest)
    return np.arange(longest, dtype=np.float64), spent.reshape(size, longest).astype(np.float64)


def persons_described(design: Design, table: Table) -> tuple[PersonSet, ...]:
    """Who is in each cell, then who of each cell (or group) had the event."""
    cells, _, event = _read(design, table)
    days_column, event_column = design.outcome.columns
    counted = complete(
        (days_column.name, event_column.name, *(each.column.name for each in design.divisions))
    )
    sets = [
        PersonSet(name, cells == at, counted=(("persons", at),), described=True, where=(*counted, *where))
        for at, (name, where) in enumerate(zip(design.cells, conditions_of(design.sides), strict=True))
    ]
    own = _event_cell(design, cells)
    ended = (*counted, is_level(event_column.name, event_column.level_names[_EVENT]))
    of_events = conditions_of(design.sides if design.given.events_by_stratum else design.group_sides)
    for at, (name, where) in enumerate(zip(design.event_cells, of_events, strict=True)):
        place = ("persons", len(design.cells) + at)
        rows = event & (own == at)
        sets.append(PersonSet(f"{name}, event", rows, counted=(place,), where=(*ended, *where)))
    return tuple(sets)


def _read(design: Design, table: Table) -> tuple[Positions, Array, Rows]:
    """Each person's cell (-1: not counted), days, and whether the event of interest ended them."""
    days_column, event_column = design.outcome.columns
    days, what = read_number(table, days_column), read_levels(table, event_column)
    known = ~np.isnan(days) & (what >= 0)
    cells = np.where(known, design.cell_of(table), -1)
    return cells, days, (cells >= 0) & (what == _EVENT)


def _event_cell(design: Design, cells: Positions) -> Positions:
    return cells if design.given.events_by_stratum else np.where(cells < 0, -1, cells // design.shape[1])
