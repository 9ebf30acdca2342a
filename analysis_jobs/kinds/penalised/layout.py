"""The shape of each question and of each reply of a penalised regression, from the spec and the ask alone.

The questions: the *survey* (sizes, means, spreads), the *moments* of standardised columns, fold by fold, and
*step*: score and information at given coefficients, for many fits at once. A straight line needs no step.
"""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Ask, Entry, Layout
from analysis_jobs.kinds.glm.layout import packed
from analysis_jobs.kinds.glm.numbers import summed_numbers
from analysis_jobs.kinds.penalised.plan import Plan
from analysis_jobs.kinds.ranges import count_entry, site_limit
from analysis_jobs.kinds.summed_numbers import number_entries
from onggi.errors import Refused

SURVEY, MOMENTS, STEP = "survey", "moments", "step"


def check_ask(plan: Plan, ask: Ask) -> None:
    """Raises Refused ``kinds.ask_unknown`` for an ask of another shape, or with senseless numbers."""
    columns = len(plan.design.columns)
    shapes: dict[str, tuple[int, ...]] = {}
    if ask.name != SURVEY:
        shapes = {"center": (columns,), "spread": (columns,), "outcome": (2,)}
    if ask.name == STEP and plan.design.family != "gaussian":
        fits = ask.arrays["set"].size if "set" in ask.arrays else 0
        shapes |= {"unit": (1,), "set": (fits,), "beta": (fits, plan.design.size)}
    elif ask.name not in (SURVEY, MOMENTS):
        raise Refused("kinds.ask_unknown", ask=ask.name)
    fitting = {name: array.shape for name, array in ask.arrays.items()} == shapes
    if not fitting or not all(np.isfinite(array).all() for array in ask.arrays.values()):
        raise Refused("kinds.ask_unknown", ask=ask.name)
    if not _makes_sense(plan, ask):
        raise Refused("kinds.ask_unknown", ask=ask.name)


def _makes_sense(plan: Plan, ask: Ask) -> bool:
    if ask.name == SURVEY:
        return True
    scales = [ask.arrays["spread"], ask.arrays["outcome"][1:], *(ask.arrays.get("unit"),)]
    if not all((each > 0).all() for each in scales if each is not None):
        return False
    if ask.name == MOMENTS:
        return True
    sets = ask.arrays["set"]
    whole = bool((sets == np.floor(sets)).all())
    return 0 < sets.size <= plan.fits and whole and bool(((sets >= 0) & (sets < plan.sets)).all())


def make_layout(plan: Plan, ask: Ask, *, participants: int) -> Layout:
    """The reply to an ask."""
    limit = site_limit(participants)

    def numbers(name: str, *shape: int) -> Entry:
        return Entry(name, shape, -limit, limit)

    columns, parts = len(plan.design.columns), plan.parts
    persons = count_entry("persons", parts, participants=participants)
    if ask.name == SURVEY:
        events = count_entry("events", parts, participants=participants)
        cells = Entry("cells", (parts, len(plan.design.cells)), 0.0, limit, whole=True)
        arrays = (persons, events, numbers("sums", columns), numbers("squares", columns))
        numbers_of = number_entries(parts * len(summed_numbers(plan.design)), participants=participants)
        evidence = (persons, events, *((cells,) if plan.design.cells else ()), *numbers_of)
        return Layout((*arrays, numbers("outcome", parts, 2)), evidence)
    if ask.name == MOMENTS:
        if plan.design.family == "gaussian":
            return Layout((numbers("moments", parts, packed(columns + 2)),), (persons,))
        return Layout((numbers("moments", parts, 2, columns),), (persons,))
    fits, size = ask.arrays["set"].size, plan.design.size
    return Layout(
        (
            numbers("information", fits, packed(size)),
            numbers("score", fits, size),
            numbers("deviance", fits),
            numbers("held_out", fits),
            Entry("overflow", (fits,), 0.0, limit, whole=True),
        ),
        (persons, numbers("weights", fits, 2), numbers("held_out_weights", fits, 2)),
    )
