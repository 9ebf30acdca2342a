"""What one hospital computes for each question of a regression: sums over its complete cases.

* One pass over the persons per ask, in blocks; matrix products are the library's, nothing is per person.
* Where a mean or a sum would leave the declared range, the reply says `overflow` and holds zeros instead:
  a half-overflown sum could show a single person.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Summary, Table
from analysis_jobs.kinds.glm.coordinates import scaled, target_of, target_range, transformed
from analysis_jobs.kinds.glm.design import Design
from analysis_jobs.kinds.glm.evaluated import answer_evaluation
from analysis_jobs.kinds.glm.family import Fitted, fit_at, likelihood_constant, null_deviance, start_of
from analysis_jobs.kinds.glm.layout import (
    EVALUATE,
    MOMENTS,
    ROBUST,
    START,
    STEP,
    SURVEY,
    check_ask,
    make_layout,
)
from analysis_jobs.kinds.glm.numbers import summed_numbers, summed_values
from analysis_jobs.kinds.glm.own_intercept import own_intercept
from analysis_jobs.kinds.glm.rows import Block, Rows, complete_cases
from analysis_jobs.kinds.glm.sandwich import meat_of
from analysis_jobs.kinds.glm.sums import Sums, packed_lower
from analysis_jobs.kinds.ranges import site_limit
from analysis_jobs.kinds.summed_numbers import NumberEvidence
from onggi.spec.job import JobSpec


def answer_ask(spec: JobSpec, design: Design, table: Table, ask: Ask) -> Summary:
    """This hospital's reply to any ask of the conversation."""
    check_ask(design, ask)
    rows = complete_cases(spec, design, table)
    if ask.name == SURVEY:
        return _survey(design, rows)
    if ask.name == MOMENTS:
        return _moments(design, rows, ask.arrays)
    if ask.name == EVALUATE:
        return answer_evaluation(design, rows, ask.arrays)
    compute = {START: _start, STEP: _step, ROBUST: _robust}[ask.name]
    with np.errstate(all="ignore"):  # what is no number is found by the range check
        summary, overflow = compute(design, rows, ask.arrays)
    if not overflow.any() and not _in_range(summary, site_limit(len(spec.participants))):
        overflow[0] = 1.0
    if overflow.any():
        summary = _silent(spec, design, rows, ask)
    summary.arrays["overflow"] = overflow
    return summary


def _in_range(summary: Summary, limit: float) -> bool:
    arrays = (*summary.arrays.values(), *summary.evidence.values())
    return all(bool((np.abs(array) <= limit).all()) for array in arrays)


def _evidence(design: Design, rows: Rows, weights: Array | None = None) -> dict[str, Array]:
    """Person count, and sum and sum of squares of the weights (1 each where nothing is weighted)."""
    persons = float(rows.persons)
    equal = np.array([persons, persons])
    found = {"persons": np.array([persons]), "weights": equal if weights is None else weights}
    if design.site_effects:
        found["intercepts"] = np.array([float(rows.persons > 0)])
    return found


def _prior_weights(rows: Rows) -> Array | None:
    """Sum and sum of squares of the prior weights."""
    if any(block.prior is None for block in rows.blocks):
        return None
    priors = [block.prior for block in rows.blocks if block.prior is not None]
    return np.array([sum(float(each.sum()) for each in priors), sum(float(each @ each) for each in priors)])


def _survey(design: Design, rows: Rows) -> Summary:
    middle = np.array([(column.low + column.high) / 2 for column in design.columns])[:, None]
    half = np.array([(column.high - column.low) / 2 for column in design.columns])[:, None]
    sums, squares = np.zeros(len(design.columns)), np.zeros(len(design.columns))
    outcome, events = np.zeros(3), 0.0
    center, width = target_range(design)
    numbers = NumberEvidence(summed_numbers(design))
    tells = design.family == "poisson" or design.family == "binomial" or design.counts_events
    for block in rows.blocks:
        scaled_x = (block.x - middle) / half
        sums += scaled_x.sum(axis=1)
        squares += np.einsum("ij,ij->i", scaled_x, scaled_x)
        outcome += _outcome_sums(design, block, center, width)
        events += np.count_nonzero(block.y > 0) if tells else 0
        numbers.add(summed_values(design, block))
    persons = float(rows.persons)
    arrays = {
        "persons": np.array([persons]),
        "sums": sums,
        "squares": squares,
        "outcome": outcome,
        "events": np.array([events]),
    }
    weights = _prior_weights(rows)
    evidence = _evidence(design, rows, weights) | {"events": np.array([events, persons - events])}
    if design.site_effects:
        arrays["intercepts"] = evidence["intercepts"].copy()
    if design.weights is not None:
        arrays["mass"] = np.array([0.0 if weights is None else weights[0]])
    if design.cells:
        evidence["cells"] = rows.cells.copy()
    return Summary(arrays, evidence | numbers.arrays())


def _outcome_sums(design: Design, block: Block, center: float, width: float) -> list[float]:
    target = (target_of(design, block) - center) / width
    constant = likelihood_constant(design.curve, block.y, block.prior)
    if block.prior is None:
        return [float(target.sum()), float(target @ target), constant]
    weighted = block.prior * target
    return [float(weighted.sum()), float(weighted @ target), constant]


def _moments(design: Design, rows: Rows, given: Arrays) -> Summary:
    total = np.zeros((len(design.columns) + 1, len(design.columns) + 1))
    for z in transformed(design, rows, given, keep=False):
        total += z @ z.T
    leaving = total[1 - design.first :, 1 - design.first :]
    return Summary({"moments": packed_lower(leaving)}, _evidence(design, rows))


def _start(design: Design, rows: Rows, given: Arrays) -> tuple[Summary, Array]:
    sums = Sums(len(design.columns) + 1)
    mean = float(given["mean"][0])
    deviance, unit = 0.0, float(given["unit"][0])
    for block, z in zip(rows.blocks, transformed(design, rows, given, keep=True), strict=True):
        y, offset = scaled(design, block, given)
        begun = start_of(design.curve, y, offset, mean=mean, prior=block.prior)
        sums.add(z, begun.weight / unit, begun.weight * begun.working / unit)
        if not design.site_effects:
            deviance += null_deviance(design.curve, y, mean=mean, prior=block.prior) / unit
    if design.site_effects:
        none = np.zeros(len(design.columns))
        fitted = [each for _, each in _fits(design, rows, given, none)]
        deviance = sum(math.inf if each is None else each.deviance for each in fitted) / unit
    information, target = sums.leaving(design)
    arrays = {"information": information, "target": target, "null_deviance": np.array([deviance])}
    return Summary(arrays, _evidence(design, rows, sums.weights)), np.zeros(2)


def _fits(design: Design, rows: Rows, given: Arrays, beta: Array) -> Iterator[tuple[Array, Fitted | None]]:
    """Block by block the columns, and the pieces of a step at `beta`; None where a mean overflows."""
    level = 0.0
    if design.site_effects:
        outcomes, predictors = [], []
        for y, predictor, _ in _predicted(design, rows, given, beta):
            outcomes.append(y)
            predictors.append(predictor)
        level = own_intercept(design.curve, outcomes, predictors, [block.prior for block in rows.blocks])
    for block, (y, predictor, z) in zip(rows.blocks, _predicted(design, rows, given, beta), strict=True):
        at = predictor + level if design.site_effects else predictor
        yield z, fit_at(design.curve, y, at, block.prior)


def _predicted(
    design: Design, rows: Rows, given: Arrays, beta: Array
) -> Iterator[tuple[Array, Array, Array]]:
    """Block by block outcome, linear predictor and columns."""
    for block, z in zip(rows.blocks, transformed(design, rows, given, keep=True), strict=True):
        y, offset = scaled(design, block, given)
        predictor = beta @ z[1 - design.first :]
        yield y, predictor if offset is None else predictor + offset, z


def _step(design: Design, rows: Rows, given: Arrays) -> tuple[Summary, Array]:
    size = len(design.columns) + 1
    sums, expected = Sums(size), Sums(size)
    deviance, pearson = 0.0, 0.0
    overflow, unit = np.zeros(2), float(given["unit"][0])
    for z, fitted in _fits(design, rows, given, given["beta"]):
        if fitted is None:
            overflow[0] = 1.0
            break
        sums.add(z, fitted.weight / unit, fitted.residual / unit)
        if fitted.expected is not None:
            expected.add(z, fitted.expected / unit, np.zeros_like(fitted.expected))
        deviance += fitted.deviance / unit
        pearson += fitted.pearson / unit
    information, score = sums.leaving(design)
    arrays = {"information": information, "score": score, "deviance": np.array([deviance])}
    if design.curve == "gamma-log":
        arrays["expected"] = expected.leaving(design)[0]
    if design.family == "gamma":
        arrays["pearson"] = np.array([pearson])
    evidence = _evidence(design, rows, sums.weights)
    if design.fits_null:
        arrays["null"], evidence["null_weights"], overflow[1] = _null_step(design, rows, given)
    return Summary(arrays, evidence), overflow


def _null_step(design: Design, rows: Rows, given: Arrays) -> tuple[Array, Array, float]:
    """Information, score and deviance of the model without terms; its weights; 1 where a mean overflows."""
    null, deviance, unit = Sums(1), 0.0, float(given["unit"][0])
    for block in rows.blocks:
        y, offset = scaled(design, block, given)
        if offset is None:
            raise TypeError("a model without terms is fitted only where there is an offset")
        fitted = fit_at(design.curve, y, given["null"][0] + offset, block.prior)
        if fitted is None:
            return np.zeros(3), null.weights, 1.0
        null.add(np.ones((1, y.size)), fitted.weight / unit, fitted.residual / unit)
        deviance += fitted.deviance / unit
    return np.array([null.information[0, 0], null.linear[0], deviance]), null.weights, 0.0


def _robust(design: Design, rows: Rows, given: Arrays) -> tuple[Summary, Array]:
    found = meat_of(design, rows, given, _fits(design, rows, given, given["beta"]))
    overflow = np.array([1.0 if found is None else 0.0, 0.0])
    meat, weights = (np.zeros((design.size, design.size)), np.zeros(2)) if found is None else found
    return Summary({"meat": packed_lower(meat)}, _evidence(design, rows, weights)), overflow


def _silent(spec: JobSpec, design: Design, rows: Rows, ask: Ask) -> Summary:
    """Zeros of the right shapes. Its weights count every person alike: it shows nothing about anyone."""
    layout = make_layout(design, ask.name, participants=len(spec.participants))
    evidence = _evidence(design, rows)
    if design.fits_null and ask.name == STEP:
        evidence["null_weights"] = evidence["weights"].copy()
    return Summary({entry.name: np.zeros(entry.shape) for entry in layout.arrays}, evidence)
