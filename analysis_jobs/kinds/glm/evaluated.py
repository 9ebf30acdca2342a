"""How well a fitted logistic regression predicts its own persons: one further round, as `evaluation` asks it.

* The question is that of the kind `evaluation` at the final coefficients: the same groups of risk, the same
  sums, the same disclosure rules on them. What a model's own terms add, enough persons in every level, was
  checked in the first round already.
* Nothing has to be recalibrated. At the maximum of the likelihood the residuals add up to nothing, also when
  weighted by the linear predictor: intercept 0 and slope 1 are the calibration of a model in its own data,
  by construction. Their standard errors follow from the pooled information of the last step.
* Who is in a group of risk is known once the coefficients are, in the last round: `sets_in_groups` tells it
  for that ask, where `sets` speaks of the spec alone.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays, Entry, Layout, PersonSet, Summary
from analysis_jobs.kinds.contract import Rows as Mask
from analysis_jobs.kinds.evaluation import layout as evaluation_layout
from analysis_jobs.kinds.evaluation import local as evaluation_local
from analysis_jobs.kinds.evaluation.answer import Recalibrated, form_answer
from analysis_jobs.kinds.evaluation.design import EVERYBODY
from analysis_jobs.kinds.evaluation.design import Design as Evaluation
from analysis_jobs.kinds.evaluation.persons import WIDEST, Persons, risk_of
from analysis_jobs.kinds.evaluation.survey import read_survey, with_exact_moments
from analysis_jobs.kinds.glm.coordinates import transformed
from analysis_jobs.kinds.glm.design import Design
from analysis_jobs.kinds.glm.newton import Newton
from analysis_jobs.kinds.glm.reproducible_algebra import dot, product
from analysis_jobs.kinds.glm.rows import Rows, complete_cases_of, of_outcome, without_outcome
from analysis_jobs.kinds.prediction.bins import bin_of
from analysis_jobs.kinds.ranges import number_entry
from analysis_jobs.kinds.set_definitions import part
from onggi.spec.job import JobSpec
from onggi.spec.results import ModelEvaluation

_MOMENTS = "moments"


def evaluation_of(design: Design) -> Evaluation:
    """The question that the kind `evaluation` would ask of this model."""
    return Evaluation(
        outcome=design.outcome.name,
        needed=(),
        intercept=0.0,
        terms=(),
        risk=None,
        edges=design.risk_edges,
        thresholds=(),
        by=None,
        by_edges=(),
        populations=(EVERYBODY,),
        levels=(),
        developed_here=True,
    )


def make_layout(design: Design, *, participants: int) -> Layout:
    """The reply: that of an evaluation's groups, and two moments of the linear predictor."""
    asked = evaluation_of(design)
    layout = evaluation_layout.make_layout(asked, evaluation_layout.GROUPS, participants=participants)
    moments: Entry = number_entry(_MOMENTS, 2, participants=participants)
    return Layout((*layout.arrays, moments), layout.evidence)


def answer_evaluation(design: Design, rows: Rows, given: Arrays) -> Summary:
    """This hospital's reply."""
    persons = _persons(design, rows, given)
    summary = evaluation_local.group_sums(evaluation_of(design), persons)
    center, spread = _scale(given["beta"])
    z = (persons.predictor - center) / spread
    summary.arrays[_MOMENTS] = np.array([z.sum(), z @ z])
    return summary


def sets_in_groups(design: Design, rows: Rows, complete: Mask, given: Arrays) -> tuple[PersonSet, ...]:
    """Each group of risk, and those in it with and without the outcome, at the coefficients of the ask.

    Args:
        complete: a yes or no for each row of the table: the complete cases, in the order of `rows`.
    """
    persons, places = _persons(design, rows, given), np.flatnonzero(complete)
    found = []
    names = evaluation_local.group_names(evaluation_of(design))
    for group, name in enumerate(names):
        where = (*complete_cases_of(design), part("risk", group, len(names)))
        inside = persons.group == group
        member = np.zeros(complete.size, dtype=np.bool_)
        member[places[inside]] = True
        found.append(PersonSet(name, member, described=True, where=where))
        for outcome, label in enumerate(("yes", "no")):
            those = np.zeros(complete.size, dtype=np.bool_)
            those[places[inside & (persons.outcome == 1 - outcome)]] = True
            counted = (("cells", 2 * group + outcome),)
            of_cell = (*where, without_outcome(design) if outcome else of_outcome(design))
            found.append(PersonSet(f"{name}, {design.outcome.name}={label}", those, counted, where=of_cell))
    return tuple(found)


def form_evaluation(
    spec: JobSpec, design: Design, fit: Newton, sums: Arrays, *, noise: float, sites: int
) -> ModelEvaluation:
    """The apparent performance before disclosure control.

    Raises:
        Refused: ``evaluation.predictions_alike``.
        NotTrusted: ``evaluation.sum_impossible``.
    """
    asked = evaluation_of(design)
    (survey,) = read_survey(asked, sums, noise=noise)
    center, spread = _scale(fit.candidate)
    surveys = with_exact_moments([replace(survey, center=center, spread=spread)], sums[_MOMENTS])
    return form_answer(spec, asked, surveys, [_unchanged(fit)], sites=sites)


def _unchanged(fit: Newton) -> Recalibrated:
    """Intercept 0 and slope 1, with the errors that a regression on the linear predictor would have."""
    assert fit.last is not None, "a finished fit has had its sums"
    information = fit.last.information
    with_slope = product(information, fit.candidate)
    first, mixed, second = float(information[0, 0]), float(with_slope[0]), dot(fit.candidate, with_slope)
    determinant = first * second - mixed * mixed
    return Recalibrated(
        intercept=0.0,
        slope=1.0,
        intercept_error=math.sqrt(second / determinant),
        slope_error=math.sqrt(first / determinant),
        shift=0.0,
        shift_error=1 / math.sqrt(first),
        chi_square=0.0,
    )


def _persons(design: Design, rows: Rows, given: Arrays) -> Persons:
    predictors = [given["beta"] @ z for z in transformed(design, rows, given, keep=True)]
    predictor = np.clip(np.concatenate([np.zeros(0), *predictors]), -WIDEST, WIDEST)
    risk = risk_of(predictor)
    return Persons(
        outcome=np.concatenate([np.zeros(0), *(block.y for block in rows.blocks)]),
        predictor=predictor,
        risk=risk,
        group=bin_of(risk, design.risk_edges),
        level=np.zeros(risk.size, dtype=np.int64),
        has=np.zeros((0, risk.size), dtype=np.bool_),
        complete=np.ones(risk.size, dtype=np.bool_),
    )


def _scale(beta: Array) -> tuple[float, float]:
    """About the mean and standard deviation of the linear predictor: the columns are near orthonormal."""
    return float(beta[0]), math.sqrt(dot(beta[1:], beta[1:])) or 1.0
