"""Leads the conversation of a penalised regression: what to ask next, from the pooled sums of all rounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.glm.combine import masked_noise
from analysis_jobs.kinds.glm.reproducible_algebra import logarithm
from analysis_jobs.kinds.penalised.answer import Path, pooled_answer
from analysis_jobs.kinds.penalised.curved import Fits, Places
from analysis_jobs.kinds.penalised.descent import minimise
from analysis_jobs.kinds.penalised.layout import MOMENTS, STEP, SURVEY
from analysis_jobs.kinds.penalised.penalty import Weights, penalties_of, weights_of
from analysis_jobs.kinds.penalised.plan import Plan
from analysis_jobs.kinds.penalised.standard import (
    Survey,
    grams_of_parts,
    grams_of_sets,
    read_survey,
    spreads_of_sets,
)
from onggi.errors import Refused
from onggi.spec.job import JobSpec

_CONSTANT = 1e-8
_SAME = 1e-13


def decide_next(spec: JobSpec, plan: Plan, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
    """The next ask or the answer: everything is replayed from the sums, nothing is remembered."""
    if not history:
        return Ask(0, SURVEY, {})
    noise = masked_noise(spec, sites=sites)
    survey = read_survey(plan, history[0], noise=noise)
    if len(history) == 1:
        return Ask(1, MOMENTS, survey.arrays())
    blur = noise / float(survey.persons.min())
    spreads = spreads_of_sets(plan, survey, history[1])
    if plan.design.family == "gaussian":
        return pooled_answer(
            spec, plan, _straight_path(plan, survey, spreads, history[1], blur=blur), sites=sites
        )
    found = _curved_path(plan, survey, spreads, history[2:], blur=blur)
    if isinstance(found, Path):
        return pooled_answer(spec, plan, found, sites=sites)
    return Ask(len(history), STEP, survey.arrays() | {"unit": np.array([survey.unit])} | found)


def _straight_path(plan: Plan, survey: Survey, spreads: Array, sums: Arrays, *, blur: float) -> Path:
    """Everything a straight line needs is in the cross-products: no further round."""
    size, length = plan.design.size, plan.asked.length
    grams = grams_of_sets(plan, sums) / survey.persons[:, None, None]
    null_spread = grams[0, -1, -1] - grams[0, 0, -1] ** 2
    if not null_spread > _CONSTANT:
        raise Refused("glm.one_class", variable=plan.design.outcome.name)
    pulls = (grams[0, 1:size, -1] - grams[0, 0, -1] * grams[0, 0, 1:size]) / spreads[0]
    penalties = penalties_of(plan, pulls * survey.outcome_spread)
    weights = weights_of(plan, penalties, spreads, outcome_unit=survey.outcome_spread, blur=blur)
    of_set = np.repeat(np.arange(plan.sets), length)
    beta = minimise(
        grams[of_set, :size, :size],
        grams[of_set, :size, -1],
        np.zeros((plan.fits, size)),
        weights.soft,
        weights.ridge,
    )
    parts = grams_of_parts(plan, sums)
    unit = survey.outcome_spread**2
    held_out = np.zeros(plan.fits)
    if plan.sets > 1:
        held_out[length:] = _residuals(parts[of_set[length:] - 1], beta[length:]) * unit
    return Path(
        survey=survey,
        penalties=penalties,
        beta=beta,
        deviance=_residuals(grams_of_sets(plan, sums)[:1].repeat(length, axis=0), beta[:length]) * unit,
        null_deviance=float(null_spread * survey.persons[0]) * unit,
        held_out=held_out,
        iterations=0,
    )


def _residuals(grams: Array, beta: Array) -> Array:
    """Residual sums of squares from cross-products, a fit each: the form (b, -1)' gram (b, -1)."""
    ends = np.concatenate([beta, np.full((len(beta), 1), -1.0)], axis=1)
    total = np.zeros(len(beta))
    for row in range(ends.shape[1]):
        for column in range(ends.shape[1]):
            total = total + ends[:, row] * ends[:, column] * grams[:, row, column]
    return np.maximum(total, 0.0)


def _curved_path(
    plan: Plan, survey: Survey, spreads: Array, history: Sequence[Arrays], *, blur: float
) -> Path | dict[str, Array]:
    """The finished path, or the fits and coefficients to ask about."""
    rounds = deque(history)
    null = _without_terms(plan, survey)
    while null.open.size:
        if not rounds:
            return _asked(null, np.arange(plan.sets))
        null.feed(rounds.popleft())
    # A path begins where a term would enter: there is none where nothing is left to explain.
    if not null.deviance[0] > max(_SAME, 16 * blur) * survey.persons[0]:
        raise Refused("glm.one_class", variable=plan.design.outcome.name)
    length = plan.asked.length
    of_set = np.repeat(np.arange(plan.sets), length)
    pulls = null.score[0, 1:] / spreads[0] * survey.unit
    penalties = penalties_of(plan, pulls)
    weights = weights_of(plan, penalties, spreads, outcome_unit=survey.unit, blur=blur)
    path = _fits(plan, survey, weights, of_set, null.candidate[of_set])
    while path.open.size:
        if not rounds:
            return _asked(path, of_set)
        path.feed(rounds.popleft())
    return Path(
        survey=survey,
        penalties=penalties,
        beta=path.candidate,
        deviance=path.deviance[:length] * survey.unit,
        null_deviance=float(null.deviance[0]) * survey.unit,
        held_out=path.held_out * survey.unit,
        iterations=null.iterations + path.iterations,
    )


def _without_terms(plan: Plan, survey: Survey) -> Fits:
    """The model without terms in every set: from its mean, at once where there is no offset."""
    never = np.full((plan.sets, plan.design.size), 1e300)
    never[:, 0] = 0.0
    start = np.zeros((plan.sets, plan.design.size))
    for one, mean in enumerate(survey.mean.tolist()):
        start[one, 0] = logarithm(mean / (1 - mean) if plan.design.family == "binomial" else mean)
    weights = Weights(never, np.zeros_like(never))
    return _fits(plan, survey, weights, np.arange(plan.sets), start)


def _fits(plan: Plan, survey: Survey, weights: Weights, of_set: Places, start: Array) -> Fits:
    return Fits(
        weights=weights,
        persons=survey.persons[of_set],
        candidate=start.copy(),
        tolerance=plan.asked.tolerance,
        maximum=plan.asked.maximum_iterations,
    )


def _asked(fits: Fits, of_set: Places) -> dict[str, Array]:
    return {"set": of_set[fits.open].astype(np.float64), "beta": fits.candidate[fits.open]}
