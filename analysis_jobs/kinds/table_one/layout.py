"""The shape of each question and reply of a Table 1, from the spec alone."""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Ask, Entry, Layout
from analysis_jobs.kinds.ranges import count_entry, number_entry
from analysis_jobs.kinds.summed_numbers import number_entries
from analysis_jobs.kinds.table_one.design import Design
from onggi.errors import Refused

SURVEY, SPREAD = "survey", "spread"


def check_ask(design: Design, ask: Ask) -> None:
    """Raises Refused ``kinds.ask_unknown`` for an ask of another shape, or with units that are none."""
    size = (len(design.groups) * len(design.numbers),)
    shapes = {SURVEY: {}, SPREAD: {"center": size, "unit": size}}.get(ask.name)
    fits = shapes == {name: array.shape for name, array in ask.arrays.items()}
    if not fits or not all(np.isfinite(array).all() for array in ask.arrays.values()):
        raise Refused("kinds.ask_unknown", ask=ask.name)
    if ask.name == SPREAD and (not size[0] or not (ask.arrays["unit"] > 0).all()):
        raise Refused("kinds.ask_unknown", ask=ask.name)


def make_layout(design: Design, name: str, *, participants: int) -> Layout:
    """The reply to an ask of that name."""

    def numbers(name: str, size: int) -> Entry:
        return number_entry(name, size, participants=participants)

    def counts(name: str, size: int) -> Entry:
        return count_entry(name, size, participants=participants)

    groups = len(design.groups)
    of_numbers = groups * len(design.numbers)
    sums = (numbers("sums", of_numbers), numbers("squares", of_numbers))
    if name == SPREAD:
        return Layout(sums, (counts("present", of_numbers),))
    persons = counts("persons", groups * len(design.cells))
    evidence = (persons, counts("apart", groups * len(design.pairs)))
    if not of_numbers:
        return Layout((persons,), evidence)
    return Layout((persons, *sums), (*evidence, *number_entries(of_numbers, participants=participants)))
