"""Turns a finished fit into the answer that a researcher reads, in the units of the variables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.glm.basis import Basis, Survey, outcome_unit
from analysis_jobs.kinds.glm.design import LINKS, Design
from analysis_jobs.kinds.glm.newton import Newton
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import ModelFit

_PERFECT = 1e-12
_CONSTANT = 1e-8
_DIGITS_LEFT = 1e6


@dataclass(frozen=True, slots=True)
class Fit:
    """A finished fit in its own coordinates. `null_deviance` is used where the null model needs no fit."""

    survey: Survey
    basis: Basis
    main: Newton
    null: Newton | None
    null_deviance: float
    noise: float


def pooled_answer(spec: JobSpec, design: Design, fit: Fit, *, sites: int) -> ModelFit:
    """The pooled answer before disclosure control."""
    survey, size = fit.survey, design.size
    deviance, null_deviance = _deviances(design, fit)
    spare = survey.persons - size
    dispersion = deviance / spare if design.family == "gaussian" else 1.0
    transform = _to_original_units(fit)
    coefficients = transform @ fit.main.candidate
    coefficients[0] += survey.outcome_center
    covariance = transform @ fit.main.inverse @ transform.T / outcome_unit(survey, design)
    # The transform already carries the outcome's unit, the dispersion must not do so again.
    covariance *= dispersion / survey.outcome_spread**2 if design.family == "gaussian" else 1.0
    covariance = (covariance + covariance.T) / 2
    log_likelihood = _log_likelihood(design, survey, deviance)
    return ModelFit(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        family=design.family,
        link=LINKS[design.family],
        terms=design.terms,
        coefficients=tuple(coefficients.tolist()),
        standard_errors=tuple(np.sqrt(np.diag(covariance)).tolist()),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        n=survey.persons,
        events=survey.events if design.counts_events else None,
        residual_dof=spare,
        dispersion=dispersion,
        deviance=deviance,
        null_deviance=null_deviance,
        log_likelihood=log_likelihood,
        aic=-2 * log_likelihood + 2 * size,
        iterations=fit.main.iterations,
        converged=fit.main.done,
    )


def check_spread(design: Design, fit: Fit) -> None:
    """A straight line needs an outcome that varies, also around the line.

    Raises:
        Refused: ``glm.one_class`` when the outcome does not vary; ``glm.perfect_fit`` when the line meets
            every person, so that only rounding is left to estimate standard errors from.
    """
    if design.family != "gaussian" or fit.main.last is None:
        return
    if fit.null_deviance < _CONSTANT * fit.survey.persons:
        raise Refused("glm.one_class", variable=design.outcome.name)
    if fit.main.last.deviance < max(_PERFECT * fit.null_deviance, fit.noise * _DIGITS_LEFT):
        raise Refused("glm.perfect_fit")


def _deviances(design: Design, fit: Fit) -> tuple[float, float]:
    if fit.main.last is None:
        raise TypeError("an answer is formed after a finished fit")
    own = fit.main.last.deviance
    null = fit.null.last.deviance if fit.null is not None and fit.null.last is not None else fit.null_deviance
    scale = outcome_unit(fit.survey, design)
    if design.family == "gaussian":
        scale = fit.survey.outcome_spread**2
    return own * scale, null * scale


def _to_original_units(fit: Fit) -> Array:
    """Leads from the fitted coordinates to intercept and terms."""
    size = fit.basis.center.size + 1
    transform = np.zeros((size, size))
    transform[0, 0] = 1.0
    transform[1:, 1:] = fit.basis.basis
    transform[0, 1:] = -(fit.basis.center @ fit.basis.basis)
    return transform * fit.survey.outcome_spread


def _log_likelihood(design: Design, survey: Survey, deviance: float) -> float:
    if design.family == "gaussian":
        return -survey.persons / 2 * (math.log(2 * math.pi * deviance / survey.persons) + 1)
    return survey.saturated - deviance / 2
