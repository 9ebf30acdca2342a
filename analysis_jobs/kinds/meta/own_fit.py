"""A hospital fits the regression on its own persons alone, and decides whether its estimate may be shown.

The very rules of a plain regression in clear apply, round by round. Where one of them refuses, or the data
cannot answer, the hospital gives no estimate; which of the two it was is not told.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Table
from analysis_jobs.kinds.glm.kind import KIND as GLM
from analysis_jobs.kinds.glm.layout import SURVEY
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import MetaParameters
from onggi.spec.results import ModelFit
from privacy.disclosure.thresholds import effective_sample_size


@dataclass(frozen=True, slots=True)
class OwnFit:
    """One hospital's estimate, and what the disclosure rules look at: the survey's evidence, and the weights
    of the round with the smallest effective sample."""

    estimate: float
    variance: float
    persons: int
    evidence: dict[str, Array]


def meta_parameters(spec: JobSpec) -> MetaParameters:
    """The spec's parameters, known to be a meta-analysis's."""
    if not isinstance(spec.parameters, MetaParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    return spec.parameters


def model_spec(spec: JobSpec) -> JobSpec:
    """The job as if it asked for the regression."""
    return spec.model_copy(update={"parameters": meta_parameters(spec).model})


_made: dict[int, tuple[weakref.ref[Any], str, OwnFit | None]] = {}


def own_fit(spec: JobSpec, table: Table) -> OwnFit | None:
    """The fit of a table, made once and remembered; None where the hospital gives no estimate.

    Raises:
        Refused: ``glm.table_wrong``: the staged table is not what the job asks for.
    """
    key = spec.model_dump_json(include={"parameters", "variables", "privacy"})
    known = _made.get(id(table))
    if known is not None and known[0]() is table and known[1] == key:
        return known[2]
    fit = _fit(spec, table)
    identity = id(table)
    _made[identity] = (weakref.ref(table, lambda _: _made.pop(identity, None)), key, fit)
    return fit


def _fit(spec: JobSpec, table: Table) -> OwnFit | None:
    try:
        return _fit_or_refuse(model_spec(spec), meta_parameters(spec).term, table)
    except Refused as refused:
        if refused.code == "glm.table_wrong":
            raise
        return None


def _fit_or_refuse(model: JobSpec, term: str, table: Table) -> OwnFit:
    history: list[Arrays] = []
    evidence: dict[str, Array] = {}
    thinnest = np.zeros(2)
    while isinstance(found := GLM.next(model, history, sites=1), Ask):
        summary = GLM.local(model, table, found)
        GLM.check_site(model, found, summary)
        if found.name == SURVEY:
            evidence, thinnest = dict(summary.evidence), summary.evidence["weights"]
        thinnest = min(thinnest, summary.evidence["weights"], key=_effective)
        history.append(summary.arrays)
    if not isinstance(found, ModelFit):
        raise TypeError("a regression's answer is a model fit")
    at = found.terms.index(term)
    error = (found.robust_standard_errors or found.standard_errors)[at]
    return OwnFit(found.coefficients[at], error * error, found.n, evidence | {"weights": thinnest})


def _effective(weights: Array) -> float:
    return effective_sample_size(weight_sum=float(weights[0]), weight_squares=float(weights[1]))
