"""What one hospital computes for each question of a penalised regression: sums over its complete cases.

Where a mean or a sum of one fit would leave the declared range, the reply says `overflow` for that fit and
holds zeros instead: a half-overflown sum could show a single person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Summary, Table
from analysis_jobs.kinds.glm.coordinates import target_range
from analysis_jobs.kinds.glm.family import fit_at
from analysis_jobs.kinds.glm.layout import packed
from analysis_jobs.kinds.glm.numbers import summed_numbers, summed_values
from analysis_jobs.kinds.glm.rows import Block
from analysis_jobs.kinds.glm.sums import packed_lower
from analysis_jobs.kinds.penalised.layout import MOMENTS, SURVEY, check_ask
from analysis_jobs.kinds.penalised.plan import Plan
from analysis_jobs.kinds.penalised.rows import Part, read_parts
from analysis_jobs.kinds.ranges import site_limit
from analysis_jobs.kinds.summed_numbers import NumberEvidence, joined
from onggi.spec.job import JobSpec

_BLOCK_ROWS = 4096


def answer_ask(spec: JobSpec, plan: Plan, table: Table, ask: Ask) -> Summary:
    """This hospital's reply to any ask of the conversation."""
    check_ask(plan, ask)
    parts = read_parts(spec, plan, table)
    persons = np.array([float(part.y.size) for part in parts])
    if ask.name == SURVEY:
        return _survey(plan, parts, persons)
    if ask.name == MOMENTS:
        return Summary({"moments": _moments(plan, parts, ask.arrays)}, {"persons": persons})
    with np.errstate(all="ignore"):  # what is no number is found by the range check
        summary = _step(plan, parts, ask.arrays, limit=site_limit(len(spec.participants)))
    summary.evidence["persons"] = persons
    return summary


def _target(plan: Plan, part: Part) -> Array:
    if plan.design.family == "gaussian" and part.offset is not None:
        return part.y - part.offset
    return part.y


def _survey(plan: Plan, parts: tuple[Part, ...], persons: Array) -> Summary:
    columns = plan.design.columns
    middle = np.array([(column.low + column.high) / 2 for column in columns])[:, None]
    half = np.array([(column.high - column.low) / 2 for column in columns])[:, None]
    sums, squares = np.zeros(len(columns)), np.zeros(len(columns))
    events, outcome = np.zeros(plan.parts), np.zeros((plan.parts, 2))
    center, width = target_range(plan.design)
    tells = not plan.design.estimates_dispersion or plan.design.counts_events
    numbers = [NumberEvidence(summed_numbers(plan.design)) for _ in parts]
    for at, part in enumerate(parts):
        numbers[at].add(summed_values(plan.design, Block(part.x, part.y, part.offset)))
        scaled = (part.x - middle) / half
        sums += scaled.sum(axis=1)
        squares += np.einsum("ij,ij->i", scaled, scaled)
        target = (_target(plan, part) - center) / width
        outcome[at] = target.sum(), target @ target
        events[at] = np.count_nonzero(part.y > 0) if tells else 0
    arrays = {"persons": persons, "events": events, "sums": sums, "squares": squares, "outcome": outcome}
    evidence = {"persons": persons.copy(), "events": events.copy()}
    if plan.design.cells:
        evidence["cells"] = np.array([part.cells for part in parts])
    return Summary(arrays, evidence | joined(numbers))


def _blocks(part: Part, given: Arrays) -> Iterator[tuple[slice, Array]]:
    """Some persons at a time: where they are, and their standardised columns, intercept first."""
    columns, persons = part.x.shape
    for start in range(0, persons, _BLOCK_ROWS):
        place = slice(start, min(start + _BLOCK_ROWS, persons))
        z = np.empty((columns + 1, place.stop - start))
        z[0] = 1.0
        z[1:] = (part.x[:, place] - given["center"][:, None]) / given["spread"][:, None]
        yield place, z


def _moments(plan: Plan, parts: tuple[Part, ...], given: Arrays) -> Array:
    columns = len(plan.design.columns)
    if plan.design.family != "gaussian":
        sums = np.zeros((plan.parts, 2, columns))
        for at, part in enumerate(parts):
            for _, z in _blocks(part, given):
                sums[at] += [z[1:].sum(axis=1), np.einsum("ij,ij->i", z[1:], z[1:])]
        return sums
    found = np.zeros((plan.parts, packed(columns + 2)))
    center, spread = given["outcome"]
    for at, part in enumerate(parts):
        total = np.zeros((columns + 2, columns + 2))
        target = (_target(plan, part) - center) / spread
        for place, z in _blocks(part, given):
            beside = np.vstack([z, target[place]])
            total += beside @ beside.T
        found[at] = packed_lower(total)
    return found


class _FitSums:
    """Sums of many fits at once; what a fit's own set leaves out is held out."""

    def __init__(self, fits: int, size: int) -> None:
        self.information: Array = np.zeros((fits, size, size))
        self.score: Array = np.zeros((fits, size))
        self.deviance: Array = np.zeros(fits)
        self.held_out: Array = np.zeros(fits)
        self.weights: Array = np.zeros((fits, 2))
        self.held_out_weights: Array = np.zeros((fits, 2))
        self.overflow: Array = np.zeros(fits)


def _step(plan: Plan, parts: tuple[Part, ...], given: Arrays, *, limit: float) -> Summary:
    sets, beta, unit = given["set"].astype(int), given["beta"], float(given["unit"][0])
    sums = _FitSums(len(sets), plan.design.size)
    for at, part in enumerate(parts):
        for place, z in _blocks(part, given):
            predictors = beta @ z
            if part.offset is not None:
                predictors += part.offset[place]
            for fit in range(len(sets)):
                fitted = fit_at(plan.design.curve, part.y[place], predictors[fit])
                if fitted is None:
                    sums.overflow[fit] = 1.0
                    continue
                weight = fitted.weight / unit
                spread = [weight.sum(), weight @ weight]
                if sets[fit] == at + 1:
                    sums.held_out[fit] += fitted.deviance / unit
                    sums.held_out_weights[fit] += spread
                    continue
                sums.information[fit] += (z * weight) @ z.T
                sums.score[fit] += z @ (fitted.residual / unit)
                sums.deviance[fit] += fitted.deviance / unit
                sums.weights[fit] += spread
    return _leaving(sums, parts, sets, limit=limit)


def _leaving(sums: _FitSums, parts: tuple[Part, ...], sets: Any, *, limit: float) -> Summary:
    lower = np.tril_indices(sums.score.shape[1])
    arrays = {
        "information": sums.information[:, lower[0], lower[1]],
        "score": sums.score,
        "deviance": sums.deviance,
        "held_out": sums.held_out,
    }
    evidence = {"weights": sums.weights, "held_out_weights": sums.held_out_weights}
    for array in (*arrays.values(), *evidence.values()):
        inside = (np.abs(array.reshape(len(sets), -1)) <= limit).all(axis=1)
        sums.overflow[~inside] = 1.0
    silent = sums.overflow > 0
    for array in arrays.values():
        array[silent] = 0.0
    # A silent fit's weights count every person alike: they show nothing about anyone.
    persons = np.array([float(part.y.size) for part in parts])
    for fit in np.flatnonzero(silent):
        out = persons[sets[fit] - 1] if sets[fit] else 0.0
        evidence["weights"][fit] = persons.sum() - out
        evidence["held_out_weights"][fit] = out
    arrays["overflow"] = sums.overflow
    return Summary(arrays, evidence)
