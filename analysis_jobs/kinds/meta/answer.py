"""Turns hospitals' estimates into the meta-analysis that a researcher reads."""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.meta.own_fit import meta_parameters
from analysis_jobs.kinds.meta.random_effects import Pooled, cochran_q, pool, typical_variance
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import MetaAnalysis, SiteEstimate, WithoutSite


def pooled_answer(spec: JobSpec, sums: Arrays, *, sites: int) -> MetaAnalysis:
    """The pooled answer before disclosure control.

    Raises:
        Refused: ``meta.too_few_estimates`` or ``meta.not_converged``.
        NotTrusted: ``meta.sum_impossible``: a place was filled twice.
    """
    asked = meta_parameters(spec)
    gave = _places(sums["answered"])
    if len(gave) < 2:
        raise Refused("meta.too_few_estimates", minimum=2)
    estimates, variances = sums["estimate"][gave], sums["variance"][gave]
    if not (variances > 0).all():
        raise NotTrusted("meta.sum_impossible")
    pooled = pool(estimates, variances, heterogeneity=asked.heterogeneity)
    common = pool(estimates, variances, heterogeneity=None)
    within = typical_variance(variances)
    return MetaAnalysis(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        family=asked.model.family,
        link=asked.model.link_used,
        term=asked.term,
        heterogeneity=asked.heterogeneity,
        estimates=_estimates(spec, gave, estimates, variances, pooled),
        n=int(sums["persons"][0]),
        estimate=pooled.estimate,
        standard_error=pooled.standard_error,
        knapp_hartung_error=pooled.knapp_hartung_error,
        tau_squared=pooled.tau_squared,
        q=cochran_q(estimates, variances),
        q_dof=len(gave) - 1,
        i_squared=pooled.tau_squared / (pooled.tau_squared + within),
        h_squared=pooled.tau_squared / within + 1,
        common_estimate=common.estimate,
        common_error=common.standard_error,
        leave_one_out=_left_out(spec, gave, estimates, variances),
    )


def _places(answered: Array) -> list[int]:
    if not ((answered == 0) | (answered == 1)).all():
        raise NotTrusted("meta.sum_impossible")
    return [int(place) for place in np.flatnonzero(answered)]


def _estimates(
    spec: JobSpec, gave: list[int], estimates: Array, variances: Array, pooled: Pooled
) -> tuple[SiteEstimate, ...]:
    told = {
        place: SiteEstimate(
            site=spec.participants[place],
            estimate=float(estimate),
            standard_error=float(np.sqrt(variance)),
            weight=float(share),
        )
        for place, estimate, variance, share in zip(gave, estimates, variances, pooled.shares, strict=True)
    }
    return tuple(told.get(place, SiteEstimate(site=site)) for place, site in enumerate(spec.participants))


def _left_out(spec: JobSpec, gave: list[int], estimates: Array, variances: Array) -> tuple[WithoutSite, ...]:
    """One hospital after the other; none where only two gave an estimate."""
    if len(gave) < 3:
        return ()
    found = []
    for at, place in enumerate(gave):
        rest = pool(
            np.delete(estimates, at),
            np.delete(variances, at),
            heterogeneity=meta_parameters(spec).heterogeneity,
        )
        found.append(
            WithoutSite(
                site=spec.participants[place],
                estimate=rest.estimate,
                standard_error=rest.standard_error,
                tau_squared=rest.tau_squared,
            )
        )
    return tuple(found)
