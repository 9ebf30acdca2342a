"""Turns the summed counts of all hospitals into curves and a comparison of groups."""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.survival.curves import Asked, Counts, curve_of
from analysis_jobs.kinds.survival.design import EVERYONE, Cells, Design
from analysis_jobs.kinds.survival.rank_test import rank_test
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import SurvivalCurves
from onggi.spec.results.survival_curves import RankTest

CELLS = "persons"


def pooled_curves(spec: JobSpec, design: Design, sums: Arrays, *, sites: int) -> SurvivalCurves:
    """The exact pooled answer, before disclosure control.

    Raises:
        NotTrusted: ``count.sum_impossible`` when the sums are not whole.
        Refused: ``survival.no_complete_cases``.
    """
    cells = sums[CELLS]
    if (cells < 0).any() or (cells != np.floor(cells)).any():
        raise NotTrusted("count.sum_impossible")
    if not cells.any():
        raise Refused("survival.no_complete_cases")
    counted, asked = design.unfold(cells), asked_of(design)
    # Strata are for the test alone: a curve is the one of the whole group.
    ended, beyond = counted.ended.sum(axis=0), counted.beyond.sum(axis=0)
    return SurvivalCurves(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        outcome=design.outcome.name,
        causes=design.causes,
        steps=design.given.steps,
        confidence=design.given.confidence,
        curves=tuple(
            curve_of(group, Counts(ended[at], float(beyond[at])), asked)
            for at, group in enumerate(design.groups)
        ),
        test=_test(design, counted) if len(design.groups) > 1 else None,
    )


def asked_of(design: Design) -> Asked:
    """What the spec asks of each curve."""
    given = design.given
    return Asked(given.steps, design.causes, given.quantiles, given.restricted_mean_days, given.confidence)


def _test(design: Design, cells: Cells) -> RankTest | None:
    ends: Array = cells.ended.sum(axis=3)
    at_risk = ends[:, :, ::-1].cumsum(axis=2)[:, :, ::-1] + cells.beyond[:, :, None]
    return rank_test(
        at_risk,
        cells.ended[:, :, :, 1],
        weights=design.given.weights,
        rho=design.given.rho,
        strata=design.strata if design.strata != (EVERYONE,) else (),
    )
