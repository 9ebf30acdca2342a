"""The shape of each question and of each reply of a regression, from the spec alone.

Four questions are asked: the *survey* (sizes, means, spreads), the *moments* (how columns go together, once
or twice), the *start*, and then a *step* for each improvement of the parameters.
"""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Ask, Entry, Layout
from analysis_jobs.kinds.glm.design import Design
from analysis_jobs.kinds.ranges import count_entry, number_entry
from onggi.errors import Refused

SURVEY, MOMENTS, START, STEP = "survey", "moments", "start", "step"


def packed(size: int) -> int:
    """Entries of the lower triangle of a symmetric matrix: the other half is not sent."""
    return size * (size + 1) // 2


def ask_shapes(design: Design, name: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the parameters that an ask carries. Raises Refused ``kinds.ask_unknown``."""
    columns = design.size - 1
    moments: dict[str, tuple[int, ...]] = {"center": (columns,), "basis": (columns, columns)}
    start = moments | {"outcome": (2,), "unit": (1,), "mean": (1,)}
    step = start | {"beta": (design.size,)} | ({"null": (1,)} if design.fits_null else {})
    shapes = {SURVEY: {}, MOMENTS: moments, START: start, STEP: step}
    if name not in shapes:
        raise Refused("kinds.ask_unknown", ask=name)
    return shapes[name]


def check_ask(design: Design, ask: Ask) -> None:
    """Raises Refused ``kinds.ask_unknown`` for an ask of another shape, or with numbers that are none."""
    shapes = ask_shapes(design, ask.name)
    fits = {name: array.shape for name, array in ask.arrays.items()} == shapes
    if not fits or not all(np.isfinite(array).all() for array in ask.arrays.values()):
        raise Refused("kinds.ask_unknown", ask=ask.name)
    if "unit" in shapes and not _scales_make_sense(design, ask):
        raise Refused("kinds.ask_unknown", ask=ask.name)


def _scales_make_sense(design: Design, ask: Ask) -> bool:
    mean = ask.arrays["mean"][0]
    possible = {"gaussian": True, "binomial": 0 < mean < 1, "poisson": mean > 0}[design.family]
    return bool(possible and ask.arrays["unit"][0] > 0 and ask.arrays["outcome"][1] > 0)


def make_layout(design: Design, name: str, *, participants: int) -> Layout:
    """The reply to an ask of that name."""

    def numbers(name: str, size: int) -> Entry:
        return number_entry(name, size, participants=participants)

    def counts(name: str, size: int) -> Entry:
        return count_entry(name, size, participants=participants)

    size = design.size
    evidence = [counts("persons", 1), numbers("weights", 2)]
    overflow = counts("overflow", 2)
    if name == SURVEY:
        arrays = [counts("persons", 1), numbers("sums", size - 1), numbers("squares", size - 1)]
        arrays += [numbers("outcome", 3), counts("events", 1)]
        evidence += (
            [counts("events", 2), counts("cells", len(design.cells))]
            if design.cells
            else [counts("events", 2)]
        )
    elif name == MOMENTS:
        arrays = [numbers("moments", packed(size))]
    elif name == START:
        arrays = [numbers("information", packed(size)), numbers("target", size), numbers("null_deviance", 1)]
        arrays += [overflow]
    else:
        arrays = [numbers("information", packed(size)), numbers("score", size), numbers("deviance", 1)]
        arrays += [numbers("null", 3)] if design.fits_null else []
        arrays += [overflow]
        evidence += [numbers("null_weights", 2)] if design.fits_null else []
    return Layout(tuple(arrays), tuple(evidence))
