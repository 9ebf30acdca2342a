"""The shape of each question and of each reply of an evaluation, from the spec alone.

Two questions: the *groups* (persons by risk and outcome, mean risks, squared errors), then a *step* for each
improvement of the recalibration. Arrays are flat; populations come first, then groups of risk.
"""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Ask, Entry, Layout
from analysis_jobs.kinds.evaluation.design import Design
from analysis_jobs.kinds.ranges import count_entry, number_entry
from onggi.errors import Refused

GROUPS, STEP = "groups", "step"
PLACES = 42
"""Binary places in which a linear predictor is compared: five before the point, and a sign, and 36 after."""
POWERS = 4


def ask_shapes(design: Design, name: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the parameters that an ask carries. Raises Refused ``kinds.ask_unknown``."""
    size = len(design.populations)
    step: dict[str, tuple[int, ...]] = {
        "center": (size,),
        "spread": (size,),
        "beta": (size, 2),
        "shift": (size,),
    }
    shapes: dict[str, dict[str, tuple[int, ...]]] = {GROUPS: {}, STEP: step}
    if name not in shapes:
        raise Refused("kinds.ask_unknown", ask=name)
    return shapes[name]


def check_ask(design: Design, ask: Ask) -> None:
    """Raises Refused ``kinds.ask_unknown`` for an ask of another shape, or with numbers that are none."""
    fits = {name: array.shape for name, array in ask.arrays.items()} == ask_shapes(design, ask.name)
    if not fits or not all(np.isfinite(array).all() for array in ask.arrays.values()):
        raise Refused("kinds.ask_unknown", ask=ask.name)
    if ask.name == STEP and not (ask.arrays["spread"] > 0).all():
        raise Refused("kinds.ask_unknown", ask=ask.name)


def make_layout(design: Design, name: str, *, participants: int) -> Layout:
    """The reply to an ask of that name."""

    def numbers(name: str, size: int) -> Entry:
        return number_entry(name, size, participants=participants)

    def counts(name: str, size: int) -> Entry:
        return count_entry(name, size, participants=participants)

    populations = len(design.populations)
    groups = populations * design.groups
    if name == GROUPS:
        of_levels = [counts("levels", populations * len(design.levels))] if design.levels else []
        return Layout(
            arrays=(counts("cells", 2 * groups), numbers("risks", groups), numbers("sums", 5 * populations)),
            evidence=(
                counts("cells", 2 * groups),
                counts("places", PLACES * groups),
                numbers("predictor_powers", POWERS * groups),
                numbers("risk_powers", POWERS * groups),
                *of_levels,
            ),
        )
    return Layout(
        arrays=(
            numbers("information", 3 * populations),
            numbers("score", 2 * populations),
            numbers("deviance", populations),
            numbers("shifted", 3 * populations),
            numbers("moments", 2 * populations),
        ),
        evidence=(numbers("weights", 6 * populations),),
    )
