"""The shape of each question and of each reply of a regression, from the spec alone.

The questions: the *survey* (sizes, means, spreads), the *moments* (how columns go together, once or twice),
the *start*, a *step* for each improvement of the parameters, of the whole model and then of smaller ones,
*robust* for the middle of the sandwich of standard errors, and *evaluate* for how well the fit predicts.
"""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Ask, Entry, Layout
from analysis_jobs.kinds.glm import evaluated
from analysis_jobs.kinds.glm.design import Design
from analysis_jobs.kinds.glm.numbers import summed_numbers
from analysis_jobs.kinds.ranges import count_entry, number_entry
from analysis_jobs.kinds.summed_numbers import number_entries
from onggi.errors import Refused

SURVEY, MOMENTS, START, STEP, ROBUST = "survey", "moments", "start", "step", "robust"
EVALUATE = "evaluate"


def packed(size: int) -> int:
    """Entries of the lower triangle of a symmetric matrix: the other half is not sent."""
    return size * (size + 1) // 2


def ask_shapes(design: Design, name: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the parameters that an ask carries. Raises Refused ``kinds.ask_unknown``."""
    columns = len(design.columns)
    moments: dict[str, tuple[int, ...]] = {"center": (columns,), "basis": (columns, columns)}
    start = moments | {"outcome": (2,), "unit": (1,), "mean": (1,)}
    step = start | {"beta": (design.size,)} | ({"null": (1,)} if design.fits_null else {})
    robust = start | {"beta": (design.size,), "bread": (packed(design.size),), "scale": (1,)}
    evaluate = start | {"beta": (design.size,)}
    shapes = {SURVEY: {}, MOMENTS: moments, START: start, STEP: step}
    shapes |= {ROBUST: robust} if design.robust is not None else {}
    shapes |= {EVALUATE: evaluate} if design.risk_edges else {}
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
    possible = design.family == "gaussian" or 0 < mean < (1 if design.family == "binomial" else np.inf)
    positive = [ask.arrays["unit"][0], ask.arrays["outcome"][1], *ask.arrays.get("scale", ())]
    return bool(possible and min(positive) > 0)


def make_layout(design: Design, name: str, *, participants: int) -> Layout:
    """The reply to an ask of that name."""
    if name == EVALUATE:
        return evaluated.make_layout(design, participants=participants)

    def numbers(name: str, size: int) -> Entry:
        return number_entry(name, size, participants=participants)

    def counts(name: str, size: int) -> Entry:
        return count_entry(name, size, participants=participants)

    size, columns = design.size, len(design.columns)
    evidence = [counts("persons", 1), numbers("weights", 2)]
    evidence += [counts("intercepts", 1)] if design.site_effects else []
    overflow = counts("overflow", 2)
    if name == SURVEY:
        arrays = [counts("persons", 1), numbers("sums", columns), numbers("squares", columns)]
        arrays += [numbers("outcome", 3), counts("events", 1)]
        arrays += [counts("intercepts", 1)] if design.site_effects else []
        arrays += [numbers("mass", 1)] if design.weights is not None else []
        evidence += [counts("events", 2)]
        evidence += [counts("cells", len(design.cells))] if design.cells else []
        evidence += number_entries(len(summed_numbers(design)), participants=participants)
    elif name == MOMENTS:
        arrays = [numbers("moments", packed(size))]
    elif name == START:
        arrays = [numbers("information", packed(size)), numbers("target", size), numbers("null_deviance", 1)]
        arrays += [overflow]
    elif name == ROBUST:
        arrays = [numbers("meat", packed(size)), overflow]
    else:
        arrays = [numbers("information", packed(size)), numbers("score", size), numbers("deviance", 1)]
        arrays += [numbers("expected", packed(size))] if design.curve == "gamma-log" else []
        arrays += [numbers("pearson", 1)] if design.family == "gamma" else []
        arrays += [numbers("null", 3)] if design.fits_null else []
        arrays += [overflow]
        evidence += [numbers("null_weights", 2)] if design.fits_null else []
    return Layout(tuple(arrays), tuple(evidence))
