"""Turns a finished fit into the answer that a researcher reads, in the units of the variables."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.glm.basis import Basis, Survey, outcome_unit
from analysis_jobs.kinds.glm.design import Design, glm_parameters
from analysis_jobs.kinds.glm.nested import left_out
from analysis_jobs.kinds.glm.newton import Newton, PooledPass
from analysis_jobs.kinds.glm.reproducible_algebra import cholesky, lower_inverse, product
from analysis_jobs.kinds.glm.sandwich import robust_covariance
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import ModelFit, NestedTest

_PERFECT = 1e-12
_CONSTANT = 1e-8
_DIGITS_LEFT = 1e6


@dataclass(slots=True)
class Fit:
    """A fit in its own coordinates. `null_deviance` is used where the null model needs no fit of its own.

    `smaller`: the models without some terms, None for the one without any; `meat`: the sandwich's middle.
    """

    survey: Survey
    basis: Basis
    main: Newton
    null: Newton | None
    null_deviance: float
    noise: float
    smaller: list[Newton | None] = field(default_factory=list)
    meat: Array | None = None


def bread_of(fit: Fit) -> Array:
    """The inverse of the expected information, divided by its unit, at the final coefficients."""
    expected = _last(fit.main).expected
    if expected is None:
        return fit.main.inverse
    root = lower_inverse(cholesky(expected))
    return product(root.T.copy(), root)


def meat_unit(design: Design, fit: Fit) -> float:
    """A power of two near one person's squared contribution: what the sandwich's middle is divided by."""
    spread = max(_last(fit.main).deviance / fit.survey.persons, 1e-30)
    unit = outcome_unit(fit.survey, design) * fit.survey.weight_unit * spread
    return math.ldexp(1.0, math.frexp(unit)[1])


def pooled_answer(spec: JobSpec, design: Design, fit: Fit, *, sites: int) -> ModelFit:
    """The pooled answer before disclosure control."""
    survey = fit.survey
    deviance, null_deviance = (each * _deviance_unit(design, fit) for each in _deviances(fit))
    spare = survey.persons - survey.size
    dispersion = _dispersion(design, fit, deviance, spare)
    transform = _to_original_units(design, fit)
    coefficients = transform @ fit.main.candidate
    if not design.site_effects:
        coefficients[0] += survey.outcome_center
        if design.curve == "gamma-log":
            coefficients[0] += math.log(survey.outcome_spread)
    # The transform already carries the outcome's unit, the dispersion must not do so again.
    own_unit = survey.outcome_spread**2 if design.family == "gaussian" else 1.0
    unit = outcome_unit(survey, design) * survey.weight_scale
    covariance = _symmetric(transform @ bread_of(fit) @ transform.T) * (dispersion / own_unit / unit)
    log_likelihood = _log_likelihood(design, survey, deviance)
    weights = design.weights
    return ModelFit(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        family=design.family,
        link=glm_parameters(spec).link_used,
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
        aic=-2 * log_likelihood + 2 * survey.size,
        iterations=fit.main.iterations,
        converged=fit.main.done,
        weights=None if weights is None else weights.name,
        site_intercepts=survey.intercepts,
        tests=_tests(design, fit, deviance, dispersion),
        **_robust_errors(design, fit, transform, spare),
    )


def _robust_errors(design: Design, fit: Fit, transform: Array, spare: int) -> dict[str, Any]:
    if fit.meat is None:
        return {}
    unit = outcome_unit(fit.survey, design)
    own = robust_covariance(bread_of(fit), fit.meat, scale=meat_unit(design, fit), unit=unit)
    correction = fit.survey.persons / spare if design.robust == "HC1" else 1.0
    covariance = _symmetric(transform @ own @ transform.T) * correction
    return {
        "robust": design.robust,
        "robust_standard_errors": tuple(np.sqrt(np.diag(covariance)).tolist()),
        "robust_covariance": tuple(tuple(row) for row in covariance.tolist()),
    }


def _symmetric(matrix: Array) -> Array:
    return (matrix + matrix.T) / 2


def _tests(design: Design, fit: Fit, deviance: float, dispersion: float) -> tuple[NestedTest, ...]:
    unit = _deviance_unit(design, fit)
    found = []
    for group, smaller in zip(design.without, fit.smaller, strict=True):
        without = _deviances(fit)[1] if smaller is None else _last(smaller).deviance
        found.append(
            NestedTest(
                without=group,
                deviance=without * unit,
                # Rounding may leave the larger model a hair worse where the terms say nothing at all.
                statistic=max((without * unit - deviance) / dispersion, 0.0),
                dof=len(left_out(design, group)),
            )
        )
    return tuple(found)


def check_spread(design: Design, fit: Fit) -> None:
    """A model with a spread needs an outcome that varies, also around the fitted means.

    Raises:
        Refused: ``glm.one_class`` when the outcome does not vary; ``glm.perfect_fit`` when the model meets
            every person, so that only rounding is left to estimate standard errors from.
    """
    if not design.estimates_dispersion or fit.main.last is None:
        return
    if fit.null_deviance < _CONSTANT * fit.survey.persons:
        raise Refused("glm.one_class", variable=design.outcome.name)
    if fit.main.last.deviance < max(_PERFECT * fit.null_deviance, fit.noise * _DIGITS_LEFT):
        raise Refused("glm.perfect_fit")


def _last(fit: Newton) -> PooledPass:
    if fit.last is None:
        raise TypeError("an answer is formed after a finished fit")
    return fit.last


def _deviances(fit: Fit) -> tuple[float, float]:
    """Of the model and of the one without terms, as they were summed."""
    null = fit.null_deviance if fit.null is None else _last(fit.null).deviance
    return _last(fit.main).deviance, null


def _deviance_unit(design: Design, fit: Fit) -> float:
    unit = outcome_unit(fit.survey, design) * fit.survey.weight_scale
    return unit * fit.survey.outcome_spread**2 if design.family == "gaussian" else unit


def _dispersion(design: Design, fit: Fit, deviance: float, spare: int) -> float:
    """Pearson's statistic by its degrees of freedom, as in R; for a straight line that is the deviance's."""
    if design.family == "gamma":
        unit = outcome_unit(fit.survey, design) * fit.survey.weight_scale
        return _last(fit.main).pearson * unit / spare
    return deviance / spare if design.family == "gaussian" else 1.0


def _to_original_units(design: Design, fit: Fit) -> Array:
    """Leads from the fitted coordinates to intercept (where there is one for all) and terms."""
    transform = np.zeros((design.size, design.size))
    transform[design.first :, design.first :] = fit.basis.basis
    if not design.site_effects:
        transform[0, 0] = 1.0
        transform[0, 1:] = -(fit.basis.center @ fit.basis.basis)
    spread = fit.survey.outcome_spread
    return transform * {"gaussian": spread, "gamma-inverse": 1.0 / spread}.get(design.curve, 1.0)


def _log_likelihood(design: Design, survey: Survey, deviance: float) -> float:
    """Weighted persons' log-likelihoods. Where the dispersion is estimated, at deviance by weights (as R)."""
    persons, scale = survey.persons, survey.weight_scale
    if design.family == "gaussian":
        logs = 0.0 if design.weights is None else survey.constant + persons * math.log(scale)
        return -persons / 2 * (math.log(2 * math.pi * deviance / persons) + 1) + logs / 2
    if design.family == "gamma":
        mass = survey.mass * scale
        shape = mass / deviance
        inner = mass * (shape * math.log(shape) - math.lgamma(shape) - shape)
        return inner - shape * deviance / 2 - survey.constant * scale
    return survey.constant * scale - deviance / 2
