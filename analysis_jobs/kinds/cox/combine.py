"""Leads the conversation of a Cox regression: what to ask next, from the sums of all earlier rounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.cox.answer import Fit, pooled_answer
from analysis_jobs.kinds.cox.basis import Basis, Survey, first_basis, read_survey, refine_basis
from analysis_jobs.kinds.cox.design import Design
from analysis_jobs.kinds.cox.layout import STEP, SURVEY, TESTS
from analysis_jobs.kinds.glm.combine import masked_noise
from analysis_jobs.kinds.glm.newton import Newton, PooledPass, Rules
from analysis_jobs.kinds.glm.reproducible_algebra import unpack
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
    zero = np.zeros(design.size)
    if used == ordinal:
        return Ask(ordinal, STEP, {"basis": basis.basis, "beta": zero})
    newton = Newton(_rules(design, noise=noise), zero, zero)
    null = _pooled(design, history[used])
    for at, sums in enumerate(history[used:], start=used):
        if newton.done:
            if ordinal != at + 1:
                raise AssertionError("nothing is asked after the tests")
            _check_range(sums)
            return pooled_answer(spec, design, Fit(survey, basis, newton, null, sums), sites=sites)
        newton.feed(None if sums["overflow"].any() else _pooled(design, sums))
    name = TESTS if newton.done else STEP
    return Ask(ordinal, name, {"basis": basis.basis, "beta": newton.candidate})


def _replay_basis(
    design: Design, survey: Survey, history: Sequence[Arrays], *, noise: float
) -> tuple[Basis, int]:
    """The basis after the rounds so far, and how many of them were used for it."""
    basis, used = first_basis(survey), 1
    while not basis.final and used < len(history):
        _check_range(history[used])
        covariance = unpack(history[used]["information"], design.size) / survey.events
        basis = refine_basis(design, basis, covariance, noise=noise / survey.events)
        used += 1
    return basis, used


def _check_range(sums: Arrays) -> None:
    if sums["overflow"].any():
        raise Refused("glm.out_of_range", iterations=0)


def _pooled(design: Design, sums: Arrays) -> PooledPass:
    information: Array = unpack(sums["information"], design.size)
    return PooledPass(sums["score"], information, -2.0 * float(sums["likelihood"][0]))


def _rules(design: Design, *, noise: float) -> Rules:
    return Rules(
        tolerance=design.given.tolerance,
        maximum_iterations=design.given.maximum_iterations,
        weakest=max(_CLEAR_WEAKEST, noise * _DIGITS_LEFT),
        curved=True,
        spare=0,
    )
