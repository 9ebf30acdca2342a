"""What one hospital counts: persons who met each choice of rules, their events, and their groups."""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.columns import find_whole_column
from analysis_jobs.kinds.contract import Array, PersonSet, Rows, Summary, Table
from analysis_jobs.kinds.count.groups import Grouping, group_of, persons_per_group
from analysis_jobs.kinds.count.selections import Selections
from analysis_jobs.kinds.ranges import SQUARES_UNIT
from analysis_jobs.kinds.set_definitions import Condition, met_rules
from analysis_jobs.variables.whole_columns import events_column, staged_name, step_column
from onggi.errors import Refused

_ROWS_AT_ONCE = 8_192
"""Few enough for the processor's cache."""


def count_here(
    table: Table, selections: Selections, groupings: tuple[Grouping, ...], *, events: bool
) -> Summary:
    """This hospital's counts, and what the disclosure rules need beside them.

    Raises:
        Refused: ``count.table_wrong``.
    """
    own = _column(table, "cohort_step", top=selections.own - 1)
    persons = _at_least(own, selections.own)
    arrays: dict[str, Array] = {"persons": persons}
    evidence: dict[str, Array] = {}
    if selections.funnels:
        members = _members(table, selections, own)
        arrays["selections"] = np.count_nonzero(members[:, selections.own :], axis=0).astype(np.float64)
        evidence["apart"] = persons_apart(members)
    if groupings:
        chosen = np.flatnonzero(own == selections.own - 1)
        arrays["groups"] = np.concatenate(
            [persons_per_group(table, each, chosen=chosen) for each in groupings]
        )
    if events:
        arrays["events"], further = _events(table, selections.own)
        evidence |= further
    return Summary(arrays=arrays, evidence=evidence | {name: array.copy() for name, array in arrays.items()})


def persons_counted(
    table: Table, selections: Selections, groupings: tuple[Grouping, ...], *, events: bool
) -> tuple[PersonSet, ...]:
    """Who is behind each number. Raises Refused ``count.table_wrong``."""
    own = _column(table, "cohort_step", top=selections.own - 1)
    members = _members(table, selections, own)
    sets = []
    everything = selections.masks[selections.own - 1]
    for at, name in enumerate(selections.names):
        place = ("persons", at) if at < selections.own else ("selections", at - selections.own)
        told_events = events and at < selections.own
        mask = selections.masks[at]
        where: tuple[Condition, ...] = () if mask == everything else (met_rules(mask),)
        sets.append(PersonSet(name, members[:, at], counted=(place,), described=told_events, where=where))
    chosen, start = members[:, selections.own - 1], 0
    for each in groupings:
        groups = group_of(table, each)
        for at, group in enumerate(each.groups):
            name, place = f"{each.variable}: {group}", ("groups", start + at)
            where = (each.condition(at),)
            last = at >= len(each.groups) - 2  # the last group, and those of whom it is not known
            inside = chosen & (groups == at)
            sets.append(PersonSet(name, inside, counted=(place,), where=where, left_over=last))
        start += len(each.groups)
    return tuple(sets)


def _column(table: Table, name: str, *, top: int | None) -> Array:
    found = find_whole_column(table, name, top=top)
    if found is None:
        raise Refused("count.table_wrong")
    return found


def _at_least(reached: Array, steps: int) -> Array:
    """Entry k counts persons who reached step k. Exact below 2^53."""
    stopped_at = np.bincount(reached.astype(np.int64), minlength=steps)
    return np.cumsum(stopped_at[::-1])[::-1].astype(np.float64)


def _members(table: Table, selections: Selections, own: Array) -> Rows:
    """Who met which choice: a row per person, a column per choice."""
    members = np.zeros((len(selections.masks), len(own)), dtype=bool)  # each choice's persons lie together
    for step in range(selections.own):
        members[step] = own >= step
    for number, places in enumerate(selections.funnels, start=1):
        name = staged_name(step_column(number))
        reached = _column(table, name, top=len(places) - 1)
        for step, place in enumerate(places):
            members[place] = reached >= step
    return members.T


def persons_apart(members: Rows) -> Array:
    """For each pair of columns (there are two or more), in order, how many persons are in one alone."""
    packed = np.packbits(members.T, axis=1)
    apart = [
        np.bitwise_count(one ^ packed[at:]).sum(axis=1, dtype=np.float64)
        for at, one in enumerate(packed[:-1], start=1)
    ]
    return np.concatenate(apart)


def _events(table: Table, steps: int) -> tuple[Array, dict[str, Array]]:
    """Events per step; and, step by step, who has more than one of those that go no further.

    A person's first event is the person, whom the funnel counts. The others are told by how many persons
    have them, how many they are, and the sum of their squares: does a handful of persons have most of them?
    """
    columns = [_column(table, staged_name(events_column(step)), top=None) for step in range(steps)]
    events, persons, further, squares = np.zeros((4, steps))
    for start in range(0, table.num_rows, _ROWS_AT_ONCE):
        after = np.zeros(1)
        for step in reversed(range(steps)):
            found = columns[step][start : start + _ROWS_AT_ONCE]
            beyond = np.maximum(found - 1, 0)
            here = beyond - after
            if here.min() < 0:
                raise Refused("count.table_wrong")
            events[step] += found.sum()
            persons[step] += np.count_nonzero(here)
            further[step] += here.sum()
            squares[step] += here @ here
            after = beyond
    return events, {
        "further_persons": persons,
        "further_events": further,
        "further_squares": squares * SQUARES_UNIT,
    }
