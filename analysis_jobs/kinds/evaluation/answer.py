"""Turns pooled numbers into the measures that a researcher reads, before and after rounding alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis_jobs.kinds.evaluation.design import Design
from analysis_jobs.kinds.evaluation.survey import Survey
from analysis_jobs.kinds.prediction.bins import Cells
from analysis_jobs.kinds.prediction.calibration import (
    brier_scaled,
    expected_observed,
    hosmer_lemeshow,
    mean_risk,
    risk_groups,
)
from analysis_jobs.kinds.prediction.decision_curve import at_thresholds
from analysis_jobs.kinds.prediction.roc import discrimination
from analysis_jobs.kinds.prediction.shares import around
from onggi.probability import chi_square_upper_tail
from onggi.spec.job import JobSpec
from onggi.spec.results import Calibration, EvaluatedPopulation, ModelEvaluation


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """A population's two recalibrations, in the units of the linear predictor."""

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float
    shift: float
    shift_error: float
    chi_square: float


def form_answer(
    spec: JobSpec, design: Design, surveys: Sequence[Survey], fits: Sequence[Recalibrated], *, sites: int
) -> ModelEvaluation:
    """The pooled answer before disclosure control."""
    return ModelEvaluation(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        outcome=design.outcome,
        by=design.by,
        developed_here=design.developed_here,
        populations=tuple(_evaluated(design, *each) for each in zip(surveys, fits, strict=True)),
    )


def with_cells(design: Design, found: EvaluatedPopulation, cells: Cells) -> EvaluatedPopulation:
    """The same answer with other numbers of persons, and all that follows from them."""
    groups = risk_groups(cells, [group.mean_risk for group in found.groups])
    events, persons = cells.total_events, sum(cells.persons)
    chi_square, dof, p_value = hosmer_lemeshow(groups, developed_here=design.developed_here)
    calibration = found.calibration.model_copy(
        update={
            "mean_risk": mean_risk(groups),
            "expected_observed": expected_observed(groups),
            "hosmer_lemeshow": chi_square,
            "hosmer_lemeshow_dof": dof,
            "hosmer_lemeshow_p": p_value,
        }
    )
    return found.model_copy(
        update={
            "persons": persons,
            "events": events,
            "brier_scaled": brier_scaled(found.brier, events=events, persons=persons),
            "discrimination": discrimination(cells),
            "calibration": calibration,
            "groups": groups,
            "thresholds": at_thresholds(cells, design.thresholds),
        }
    )


def _evaluated(design: Design, survey: Survey, fit: Recalibrated) -> EvaluatedPopulation:
    groups = risk_groups(survey.cells, survey.mean_risks)
    chi_square, dof, p_value = hosmer_lemeshow(groups, developed_here=design.developed_here)
    return EvaluatedPopulation(
        name=survey.name,
        persons=survey.persons,
        events=survey.events,
        predictor_mean=survey.center,
        predictor_standard_deviation=survey.spread,
        brier=survey.brier,
        brier_scaled=brier_scaled(survey.brier, events=survey.events, persons=survey.persons),
        discrimination=discrimination(survey.cells),
        calibration=Calibration(
            mean_risk=mean_risk(groups),
            expected_observed=expected_observed(groups),
            in_the_large=around(fit.shift, fit.shift_error),
            intercept=around(fit.intercept, fit.intercept_error),
            slope=around(fit.slope, fit.slope_error),
            recalibration_chi_square=fit.chi_square,
            recalibration_p=chi_square_upper_tail(fit.chi_square, dof=2),
            hosmer_lemeshow=chi_square,
            hosmer_lemeshow_dof=dof,
            hosmer_lemeshow_p=p_value,
        ),
        groups=groups,
        thresholds=at_thresholds(survey.cells, design.thresholds),
    )
