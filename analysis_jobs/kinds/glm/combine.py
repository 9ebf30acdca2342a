"""Leads the conversation of a regression: what to ask next, from the pooled sums of all earlier rounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.glm.answer import Fit, bread_of, check_spread, meat_unit, pooled_answer
from analysis_jobs.kinds.glm.basis import Basis, Survey, first_basis, outcome_unit, read_survey, refine_basis
from analysis_jobs.kinds.glm.design import Design, glm_parameters
from analysis_jobs.kinds.glm.evaluated import form_evaluation
from analysis_jobs.kinds.glm.layout import EVALUATE, MOMENTS, ROBUST, START, STEP, SURVEY
from analysis_jobs.kinds.glm.nested import along, begin_smaller, left_out, plane_of
from analysis_jobs.kinds.glm.newton import Newton, PooledPass, Rules
from analysis_jobs.kinds.glm.reproducible_algebra import NotPositive, cholesky, lower_inverse, product, unpack
from analysis_jobs.kinds.ranges import FIXED_POINT_STEP
from onggi.errors import Refused
from onggi.spec.job import JobSpec

_CLEAR_WEAKEST = 1e-7
_DIGITS_LEFT = 1e6
"""Under masks a sum is refused as too small when rounding reaches its sixth digit."""


def decide_next(spec: JobSpec, design: Design, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
    """The next ask or the answer: everything is replayed from the sums, nothing is remembered."""
    ordinal = len(history)
    if not history:
        return Ask(0, SURVEY, {})
    noise = masked_noise(spec, sites=sites)
    survey = read_survey(design, history[0], noise=noise)
    basis, used = _replay_basis(design, survey, history, noise=noise)
    if not basis.final:
        return Ask(ordinal, MOMENTS, basis.arrays())
    fixed = basis.arrays() | _fixed(design, survey)
    if used == ordinal:
        return Ask(ordinal, START, fixed)
    started = history[used]
    if started["overflow"].any():
        raise Refused("glm.out_of_range", iterations=0)
    rules = _rules(spec, design, survey, noise=noise)
    main, null, level = _begin(design, started, rules)
    fit = Fit(survey, basis, main, null, float(started["null_deviance"][0]), noise)
    rounds = deque(history[used + 1 :])

    def step(beta: Array) -> Ask:
        return Ask(ordinal, STEP, fixed | {"beta": beta} | ({"null": null.candidate} if null else {}))

    while not (main.done and (null is None or null.done)):
        if not rounds:
            return step(main.candidate)
        _feed(design, main, null, rounds.popleft())
        check_spread(design, fit)
    for group in design.without:
        plane = plane_of(design, basis, group)
        smaller = begin_smaller(design, plane, main, level, rules)
        if len(left_out(design, group)) == len(design.columns):
            fit.smaller.append(fit.null)
            continue
        while not smaller.done:
            if not rounds:
                return step(product(plane, smaller.candidate))
            smaller.feed(_along(design, plane, rounds.popleft()))
        fit.smaller.append(smaller)
    if design.robust is not None:
        if not rounds:
            return Ask(ordinal, ROBUST, fixed | _robust(design, fit))
        fit.meat = _meat(design, rounds.popleft())
    answer = pooled_answer(spec, design, fit, sites=sites)
    if not design.risk_edges:
        return answer
    if not rounds:
        return Ask(ordinal, EVALUATE, fixed | {"beta": main.candidate})
    found = form_evaluation(spec, design, main, rounds.popleft(), noise=noise, sites=sites)
    return answer.model_copy(update={"evaluation": found})


def _along(design: Design, plane: Array, sums: Arrays) -> PooledPass | None:
    return None if sums["overflow"][0] > 0 else along(plane, _pass(design, sums))


def _robust(design: Design, fit: Fit) -> dict[str, Array]:
    lower = np.tril_indices(design.size)
    bread = bread_of(fit)
    return {
        "beta": fit.main.candidate,
        "bread": bread[lower],
        "scale": np.array([meat_unit(design, fit)]),
    }


def _meat(design: Design, sums: Arrays) -> Array:
    if sums["overflow"].any():
        raise Refused("glm.leverage" if design.robust == "HC3" else "glm.out_of_range", iterations=0)
    return unpack(sums["meat"], design.size)


def masked_noise(spec: JobSpec, *, sites: int) -> float:
    """How far rounding at the hospitals can move one entry of a masked sum; 0 in clear."""
    return sites * FIXED_POINT_STEP if spec.privacy.masked else 0.0


def _replay_basis(
    design: Design, survey: Survey, history: Sequence[Arrays], *, noise: float
) -> tuple[Basis, int]:
    """The basis after the rounds so far, and how many of them were used for it."""
    basis, used = first_basis(survey), 1
    while not basis.final and used < len(history):
        basis = refine_basis(design, survey, basis, history[used], noise=noise)
        used += 1
    return basis, used


def _fixed(design: Design, survey: Survey) -> dict[str, Array]:
    return {
        "outcome": np.array([survey.outcome_center, survey.outcome_spread]),
        "unit": np.array([outcome_unit(survey, design)]),
        "mean": np.array([survey.mean]),
    }


def _rules(spec: JobSpec, design: Design, survey: Survey, *, noise: float) -> Rules:
    given = glm_parameters(spec)
    return Rules(
        tolerance=given.tolerance,
        maximum_iterations=given.maximum_iterations,
        weakest=max(_CLEAR_WEAKEST, noise * _DIGITS_LEFT),
        curved=not design.estimates_dispersion,
        spare=survey.persons - survey.size if design.estimates_dispersion else 0,
    )


def _begin(design: Design, started: Arrays, rules: Rules) -> tuple[Newton, Newton | None, float]:
    """First parameters from one weighted regression; the intercept alone is what halving falls back to."""
    information = unpack(started["information"], design.size)
    target = started["target"]
    level = 0.0 if design.site_effects else float(target[0] / information[0, 0])
    base = np.zeros(design.size)
    base[: design.first] = level
    try:
        root = lower_inverse(cholesky(information))
    except NotPositive as found:
        raise Refused("glm.collinear", term=design.terms[found.column]) from None
    main = Newton(rules, base, product(root.T.copy(), product(root, target)))
    null = Newton(rules, np.array([level]), np.array([level])) if design.fits_null else None
    return main, null, level


def _feed(design: Design, main: Newton, null: Newton | None, sums: Arrays) -> None:
    main_overflow, null_overflow = (float(flag) > 0 for flag in sums["overflow"])
    if main_overflow or null_overflow:  # the reply holds zeros: only those at fault go back
        if main_overflow:
            main.feed(None)
        if null is not None and null_overflow:
            null.feed(None)
        return
    main.feed(_pass(design, sums))
    if null is not None:
        information, score, deviance = sums["null"]
        null.feed(PooledPass(np.array([score]), np.array([[information]]), float(deviance)))


def _pass(design: Design, sums: Arrays) -> PooledPass:
    expected = unpack(sums["expected"], design.size) if "expected" in sums else None
    pearson = float(sums["pearson"][0]) if "pearson" in sums else 0.0
    information = unpack(sums["information"], design.size)
    return PooledPass(sums["score"], information, float(sums["deviance"][0]), expected, pearson)
