"""Leads the conversation of an evaluation: the groups once, then steps until every recalibration settles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.evaluation.answer import Recalibrated, form_answer
from analysis_jobs.kinds.evaluation.design import EVERYBODY, Design
from analysis_jobs.kinds.evaluation.layout import GROUPS, STEP
from analysis_jobs.kinds.evaluation.survey import Survey, read_survey, with_exact_moments
from analysis_jobs.kinds.glm.newton import Newton, PooledPass, Rules
from analysis_jobs.kinds.ranges import FIXED_POINT_STEP
from onggi.errors import Refused
from onggi.spec.job import JobSpec

_TOLERANCE = 1e-10
_MAXIMUM_ITERATIONS = 50
_MOST_STEPS = 100
"""Ten are usual; a model whose every risk is nearly 0 or 1 may creep for ever."""
_CLEAR_WEAKEST = 1e-7
_DIGITS_LEFT = 1e6
_STARTING_SCALE = 2.431945622001443
"""log(3) + 4/3, from outcomes -1 and 1 to logits: the first step of a logistic regression whose means begin
halfway between each outcome and one half. Written out: asks must agree to the bit, logarithms may not."""


@dataclass(frozen=True, slots=True)
class Fits:
    """The two recalibrations of one population: intercept and slope, and intercept alone."""

    main: Newton
    shift: Newton

    @property
    def done(self) -> bool:
        """Whether both have settled."""
        return self.main.done and self.shift.done


def decide_next(spec: JobSpec, design: Design, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
    """The next ask or the answer: everything is replayed from the sums, nothing is remembered.

    Raises:
        Refused: ``evaluation.no_complete_cases``, ``one_class``, ``predictions_alike``, ``not_recalibrated``.
        NotTrusted: ``evaluation.sum_impossible``.
    """
    if not history:
        return Ask(0, GROUPS, {})
    noise = sites * FIXED_POINT_STEP if spec.privacy.masked else 0.0
    surveys = read_survey(design, history[0], noise=noise)
    fits = [_begin(survey, noise=noise) for survey in surveys]
    for sums in history[1:]:
        _feed(design, fits, sums)
    if all(fit.done for fit in fits):
        found = [_recalibrated(survey, fit) for survey, fit in zip(surveys, fits, strict=True)]
        surveys = with_exact_moments(surveys, history[-1]["moments"])
        return form_answer(spec, design, surveys, found, sites=sites)
    if len(history) > _MOST_STEPS:
        slow = next(at for at, fit in enumerate(fits) if not fit.done)
        raise _not_recalibrated(design.populations[slow])
    return Ask(
        len(history),
        STEP,
        {
            "center": np.array([survey.center for survey in surveys]),
            "spread": np.array([survey.spread for survey in surveys]),
            "beta": np.array([fit.main.candidate for fit in fits]),
            "shift": np.array([fit.shift.candidate[0] for fit in fits]),
        },
    )


def _begin(survey: Survey, *, noise: float) -> Fits:
    """First parameters from the line through the outcomes: they do not depend on how wrong the model is."""
    rules = Rules(
        tolerance=_TOLERANCE,
        maximum_iterations=_MAXIMUM_ITERATIONS,
        weakest=max(_CLEAR_WEAKEST, noise * _DIGITS_LEFT),
        curved=True,
        spare=0,
    )
    observed = survey.events / survey.persons
    level = _STARTING_SCALE * (2 * observed - 1)
    together = survey.center_of_events - survey.center
    slope = _STARTING_SCALE * 2 * observed * together / survey.spread
    shift = np.array([level - survey.center])
    return Fits(
        main=Newton(rules, np.array([level, 0.0]), np.array([level, slope])),
        shift=Newton(rules, shift, shift),
    )


def _feed(design: Design, fits: Sequence[Fits], sums: Arrays) -> None:
    size = len(design.populations)
    information, score = sums["information"].reshape(size, 3), sums["score"].reshape(size, 2)
    shifted = sums["shifted"].reshape(size, 3)
    for at, fit in enumerate(fits):
        first, mixed, second = information[at]
        matrix = np.array([[first, mixed], [mixed, second]])
        weight, residual, deviance = shifted[at]
        try:
            fit.main.feed(PooledPass(score[at], matrix, float(sums["deviance"][at])))
            fit.shift.feed(PooledPass(np.array([residual]), np.array([[weight]]), float(deviance)))
        except Refused:
            # The fit's own reasons speak of terms that could be left out; there are none here.
            raise _not_recalibrated(design.populations[at]) from None


def _not_recalibrated(name: str) -> Refused:
    return Refused("evaluation.not_recalibrated", population="all" if name == EVERYBODY else name)


def _recalibrated(survey: Survey, fit: Fits) -> Recalibrated:
    """The fits in the units of the linear predictor."""
    turn = np.array([[1.0, -survey.center / survey.spread], [0.0, 1.0 / survey.spread]])
    parameters: Array = turn @ fit.main.candidate
    covariance: Array = turn @ fit.main.inverse @ turn.T
    assert fit.main.last is not None, "a finished fit has had its sums"
    return Recalibrated(
        intercept=float(parameters[0]),
        slope=float(parameters[1]),
        intercept_error=math.sqrt(max(covariance[0, 0], 0.0)),
        slope_error=math.sqrt(max(covariance[1, 1], 0.0)),
        shift=float(fit.shift.candidate[0]),
        shift_error=math.sqrt(fit.shift.inverse[0, 0]),
        chi_square=max(survey.deviance - fit.main.last.deviance, 0.0),
    )
