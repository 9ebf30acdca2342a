"""The shape of each question and of each reply of a Cox regression, from the spec alone.

Three questions are asked: the *survey* (sizes, means, spreads), a *step* for each improvement of coordinates
or coefficients, and at the end the *tests* (proportional hazards, robust errors).
"""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Ask, Entry, Layout
from analysis_jobs.kinds.cox.design import Design
from analysis_jobs.kinds.glm.layout import packed
from analysis_jobs.kinds.ranges import count_entry, number_entry
from analysis_jobs.kinds.summed_numbers import number_entries
from onggi.errors import Refused

SURVEY, STEP, TESTS = "survey", "step", "tests"


def check_ask(design: Design, ask: Ask) -> None:
    """Raises Refused ``kinds.ask_unknown`` for an ask of another shape, or with numbers that are none."""
    size = design.size
    step: dict[str, tuple[int, ...]] = {"basis": (size, size), "beta": (size,)}
    shapes = {SURVEY: {}, STEP: step, TESTS: step}.get(ask.name)
    fits = {name: array.shape for name, array in ask.arrays.items()} == shapes
    if not fits or not all(np.isfinite(array).all() for array in ask.arrays.values()):
        raise Refused("kinds.ask_unknown", ask=ask.name)


def make_layout(design: Design, name: str, *, participants: int) -> Layout:
    """The reply to an ask of that name."""

    def numbers(name: str, size: int) -> Entry:
        return number_entry(name, size, participants=participants)

    def counts(name: str, size: int) -> Entry:
        return count_entry(name, size, participants=participants)

    size = design.size
    evidence = [counts("persons", 2)]
    if name == SURVEY:
        arrays = [counts("persons", 2), numbers("sums", size), numbers("squares", size)]
        evidence += [counts("cells", len(design.cells))] if design.cells else []
        evidence += number_entries(len(design.numbers), participants=participants)
        return Layout(tuple(arrays), tuple(evidence))
    evidence.append(numbers("weights", 2))
    arrays = [counts("overflow", 1)]
    if name == STEP:
        arrays += [numbers("information", packed(size)), numbers("score", size), numbers("likelihood", 1)]
    else:
        arrays += [numbers("trend", size), numbers("times", 2)]
        arrays += [numbers("crossed", packed(size)), numbers("squared", packed(size))]
        if design.given.robust:
            arrays.append(numbers("residuals", packed(size)))
            evidence.append(numbers("residual_weights", 2))
    return Layout(tuple(arrays), tuple(evidence))
