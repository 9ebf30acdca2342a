"""Turns a finished path into the answer that a researcher reads, in the units of the variables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.penalised.plan import Plan
from analysis_jobs.kinds.penalised.standard import Survey
from onggi.spec.job import JobSpec
from onggi.spec.results import CrossValidation, RegularisedPath


@dataclass(frozen=True, slots=True)
class Path:
    """All fits in standardised coordinates, set by set; deviances in the outcome's own unit.

    `deviance` is of the fits on everybody; `held_out` of each fit's left-out fold (0 where none is).
    """

    survey: Survey
    penalties: Array
    beta: Array
    deviance: Array
    null_deviance: float
    held_out: Array
    iterations: int


def pooled_answer(spec: JobSpec, plan: Plan, path: Path, *, sites: int) -> RegularisedPath:
    """The pooled answer before disclosure control."""
    survey, length = path.survey, plan.asked.length
    own = path.beta[:length]
    terms = own[:, 1:] * (survey.outcome_spread / survey.spread)
    intercepts = own[:, 0] * survey.outcome_spread + survey.outcome_center - terms @ survey.center
    coefficients = np.column_stack([intercepts, terms])
    return RegularisedPath(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        family=plan.design.family,
        link=plan.asked.link_used,
        alpha=plan.asked.alpha,
        terms=plan.design.terms,
        penalties=tuple(path.penalties.tolist()),
        coefficients=tuple(tuple(row) for row in coefficients.tolist()),
        nonzero=tuple(int(np.count_nonzero(row)) for row in own[:, 1:]),
        deviance=tuple(path.deviance.tolist()),
        null_deviance=path.null_deviance,
        n=int(survey.persons[0]),
        events=survey.events if plan.design.counts_events else None,
        iterations=path.iterations,
        validation=_validated(plan, path) if plan.sets > 1 else None,
    )


def _validated(plan: Plan, path: Path) -> CrossValidation:
    """Means and standard errors over folds, weighted by their persons, as `cv.glmnet` with grouped folds."""
    folds, length = plan.parts, plan.asked.length
    persons = path.survey.part_persons
    each = path.held_out[length:].reshape(folds, length) / persons[:, None]
    share = (persons / persons.sum())[:, None]
    loss = (share * each).sum(axis=0)
    error = np.sqrt((share * (each - loss) ** 2).sum(axis=0) / (folds - 1))
    best = int(np.argmin(loss))
    within = loss <= loss[best] + error[best]
    return CrossValidation(
        folds=folds,
        loss=tuple(loss.tolist()),
        error=tuple(error.tolist()),
        best=best,
        simplest=int(np.argmax(within)) if not math.isnan(loss[best]) else best,
    )
