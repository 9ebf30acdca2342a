"""Persons who stand in exactly one cell each: counted, named and checked in one way for several kinds.

What is unmasked is seen as it is, before anybody could merge or withhold: so every cell must hold enough
persons and zero is small, or nothing is seen at all. Then every sum of cells is large enough, and so is the
difference of any two of them that lie within each other: margins and complements need no rule of their own,
and nothing can be undone by a total. Suppressing single cells with their complements could only hide from a
researcher what the coordinator has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Layout, PersonSet, Summary
from analysis_jobs.kinds.described_columns import Positions
from analysis_jobs.kinds.ranges import count_entry
from analysis_jobs.kinds.set_definitions import Condition, complete, in_bin, is_level
from onggi.errors import NotTrusted, Refused
from privacy.disclosure.thresholds import check_persons

ASK = "cells"


@dataclass(frozen=True, slots=True)
class Side:
    """One way to divide persons: a variable and the names of its parts; of a number also what cuts it."""

    variable: str
    parts: tuple[str, ...]
    cuts: tuple[float, ...] | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What holds in each part."""
        if self.cuts is None:
            return tuple(is_level(self.variable, part) for part in self.parts)
        return tuple(in_bin(self.variable, self.cuts, at) for at in range(len(self.parts)))


def cell_names(sides: Sequence[Side]) -> tuple[str, ...]:
    """Every combination of parts, the last side's running fastest."""
    names = [""]
    for side in sides:
        names = [f"{name}, {side.variable}={part}" for name in names for part in side.parts]
    if len(set(names)) != len(names):
        raise AssertionError("two cells share a name")  # a rule that goes by names would see one of them
    return tuple(name.removeprefix(", ") for name in names)


def cell_of(sides: Sequence[Side], positions: Sequence[Positions], *, persons: int) -> Positions:
    """Each person's cell, -1 where one of the positions is missing; without sides everybody's is 0."""
    cells = np.zeros(persons, dtype=np.int64)
    missing = np.zeros(persons, dtype=np.bool_)
    for side, at in zip(sides, positions, strict=True):
        cells = cells * len(side.parts) + at
        missing |= at < 0
    return np.where(missing, -1, cells)


def ask_cells() -> Ask:
    """The one question."""
    return Ask(ordinal=0, name=ASK, arrays={})


def check_ask(ask: Ask) -> None:
    """Raises Refused ``kinds.ask_unknown`` for any other question."""
    if ask.ordinal != 0 or ask.name != ASK or ask.arrays:
        raise Refused("kinds.ask_unknown", ask=ask.name)


def make_layout(sides: Sequence[Side], *, participants: int) -> Layout:
    """One whole number a cell; the evidence is the same."""
    entry = count_entry("persons", len(cell_names(sides)), participants=participants)
    return Layout((entry,), (entry,))


def count_cells(sides: Sequence[Side], cells: Positions) -> Summary:
    """This hospital's persons per cell."""
    size = len(cell_names(sides))
    persons = np.bincount(cells[cells >= 0], minlength=size).astype(np.float64)
    return Summary({"persons": persons}, {"persons": persons.copy()})


def conditions_of(sides: Sequence[Side]) -> list[tuple[Condition, ...]]:
    """What holds in each cell, in the order of `cell_names`."""
    wheres: list[tuple[Condition, ...]] = [()]
    for side in sides:
        wheres = [(*where, of_part) for where in wheres for of_part in side.conditions]
    return wheres


def sets_of(sides: Sequence[Side], cells: Positions) -> tuple[PersonSet, ...]:
    """Who stands in each cell, and whom they are together."""
    together = PersonSet(
        "everybody", cells >= 0, where=complete(side.variable for side in sides), implied=True
    )
    return (
        *(
            PersonSet(name, cells == at, counted=(("persons", at),), where=where)
            for at, (name, where) in enumerate(zip(cell_names(sides), conditions_of(sides), strict=True))
        ),
        together,
    )


def check_cells(sides: Sequence[Side], persons: Sequence[float] | Array, *, threshold: int) -> None:
    """Every cell is large enough. Raises Refused ``disclosure.small_cell``."""
    told = zip(cell_names(sides), (float(count) for count in persons), strict=True)
    check_persons(dict(told), threshold=threshold)


def whole_cells(sides: Sequence[Side], sums: Arrays) -> list[int]:
    """The pooled counts.

    Raises:
        NotTrusted: ``describe.sum_impossible``.
        Refused: ``describe.nobody``.
    """
    told = [float(count) for count in sums["persons"]]
    if len(told) != len(cell_names(sides)) or not all(count >= 0 and count.is_integer() for count in told):
        raise NotTrusted("describe.sum_impossible")
    if not any(told):
        raise Refused("describe.nobody")
    return [int(count) for count in told]
