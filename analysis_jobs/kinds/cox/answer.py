"""Turns a finished Cox regression into the answer that a researcher reads, in the units of the variables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.cox.basis import Basis, Survey
from analysis_jobs.kinds.cox.design import Design
from analysis_jobs.kinds.glm.newton import Newton, PooledPass
from analysis_jobs.kinds.glm.reproducible_algebra import (
    NotPositive,
    cholesky,
    dot,
    lower_inverse,
    product,
    unpack,
)
from onggi.probability import chi_square_upper_tail
from onggi.spec.job import JobSpec
from onggi.spec.results import CoxFit
from onggi.spec.results.cox_fit import ChiSquareTest, ProportionalHazards

_NOTHING_LEFT = 1e-10
"""A trend whose variance is less than this share of its own sums is rounding."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A finished fit in its own coordinates: at zero (`null`), at the end (`main`), and the tests' sums."""

    survey: Survey
    basis: Basis
    main: Newton
    null: PooledPass
    tests: Arrays


def pooled_answer(spec: JobSpec, design: Design, fit: Fit, *, sites: int) -> CoxFit:
    """The pooled answer before disclosure control."""
    last = fit.main.last
    if last is None:
        raise TypeError("an answer is formed after a finished fit")
    beta, basis = fit.main.candidate, fit.basis.basis
    covariance = basis @ fit.main.inverse @ basis.T
    covariance = (covariance + covariance.T) / 2
    at_zero = lower_inverse(cholesky(fit.null.information))
    null_score = product(at_zero, fit.null.score)
    return CoxFit(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        outcome=design.outcome.name,
        ties=design.given.ties,
        strata=tuple(each.name for each in design.strata),
        terms=design.names,
        coefficients=tuple((basis @ beta).tolist()),
        standard_errors=tuple(np.sqrt(np.diag(covariance)).tolist()),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        robust_errors=_robust(design, fit),
        n=fit.survey.persons,
        events=fit.survey.events,
        log_likelihood=-last.deviance / 2,
        null_log_likelihood=-fit.null.deviance / 2,
        likelihood_ratio=_test(fit.null.deviance - last.deviance, design.size),
        wald=_test(dot(beta, product(last.information, beta)), design.size),
        score=_test(dot(null_score, null_score), design.size),
        proportional_hazards=_proportional_hazards(design, fit),
        iterations=fit.main.iterations,
        converged=fit.main.done,
    )


def _test(statistic: float, dof: int) -> ChiSquareTest:
    statistic = max(statistic, 0.0)
    return ChiSquareTest(statistic=statistic, dof=dof, p_value=chi_square_upper_tail(statistic, dof=dof))


def _robust(design: Design, fit: Fit) -> tuple[float, ...]:
    if not design.given.robust:
        return ()
    turned = fit.basis.basis @ fit.main.inverse
    sandwich = turned @ unpack(fit.tests["residuals"], design.size) @ turned.T
    return tuple(np.sqrt(np.maximum(np.diag(sandwich), 0.0)).tolist())


def _proportional_hazards(design: Design, fit: Fit) -> ProportionalHazards | None:
    """Score tests of terms times g(day) added to the model, and their older approximation."""
    size, tests, given = design.size, fit.tests, design.given
    crossed, squared = unpack(tests["crossed"], size), unpack(tests["squared"], size)
    spread = float(tests["times"][1]) - float(tests["times"][0]) ** 2 / fit.survey.events
    back = lower_inverse(np.ascontiguousarray(fit.basis.basis.T))
    trend = product(back, tests["trend"])

    def in_units(matrix: Array) -> Array:
        return product(product(back, matrix), back.T.copy())

    left = in_units(squared - product(crossed, product(fit.main.inverse, crossed)))
    scale = np.diag(in_units(squared))
    if not (np.diag(left) > _NOTHING_LEFT * scale).all() or not spread > _NOTHING_LEFT * fit.survey.events:
        return None
    length = np.sqrt(np.diag(left))
    try:
        root = lower_inverse(cholesky(left / np.outer(length, length)))
    except NotPositive:
        return None
    together = product(root, trend / length)
    scaled = fit.basis.basis @ product(fit.main.inverse, tests["trend"])
    variances = np.diag(fit.basis.basis @ fit.main.inverse @ fit.basis.basis.T)
    older = fit.survey.events * scaled**2 / (variances * spread)
    return ProportionalHazards(
        time_transform=given.time_transform,
        score=tuple(_test(float(each) ** 2, 1) for each in trend / length),
        all_terms=_test(math.fsum((together**2).tolist()), size),
        scaled_residuals=tuple(_test(float(each), 1) for each in older),
    )
