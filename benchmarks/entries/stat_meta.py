"""How long a meta-analysis of five hospitals' own regressions takes, beside statsmodels on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import statsmodels.api as sm
from statsmodels.stats.meta_analysis import combine_effects

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import CONDITIONS, MEASURED, SITES, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import GlmParameters, MetaParameters
from onggi.spec.results import MetaAnalysis

_TERMS = (*MEASURED, *CONDITIONS)
_TERM = "c07"


def _pooled(staged: StagedCohort) -> Any:
    """(estimate, standard error) by random effects, from one regression for each hospital's rows."""
    frame = read_columns(staged.pooled, (*_TERMS, "ill"))
    effects, variances = [], []
    for rows in np.array_split(np.arange(len(frame)), len(SITES)):
        own = frame.iloc[rows[0] : rows[-1] + 1]
        design = sm.add_constant(own[list(_TERMS)].to_numpy())
        fitted = sm.GLM(own["ill"].to_numpy(), design, family=sm.families.Binomial()).fit()
        place = 1 + _TERMS.index(_TERM)
        effects.append(fitted.params[place])
        variances.append(fitted.bse[place] ** 2)
    found = combine_effects(np.array(effects), np.array(variances), method_re="dl")
    if found.tau2 <= 0:  # which statsmodels leaves as it is
        return np.array([found.mean_effect_fe, found.sd_eff_w_fe])
    return np.array([found.mean_effect_re, found.sd_eff_w_re])


def _differences(answer: MetaAnalysis, told: Any) -> Sequence[float]:
    return [apart([answer.estimate, answer.standard_error], told)]


STATISTIC = Statistic(
    name="stat_meta",
    spec=question(
        MetaParameters(
            model=GlmParameters(family="binomial", outcome="ill", terms=_TERMS),
            term=_TERM,
            heterogeneity="DL",
        ),
        result="meta_analysis",
        columns=("ill", *_TERMS),
        masked=False,
    ),
    setting=(
        "Median seconds with five hospitals of 200,000 persons, whose own estimates leave in clear and "
        "signed, as this statistic needs (each a process of one thread; no link, register or store), "
        "against "
    ),
    peer="statsmodels' GLM for each hospital's rows and its combine_effects (DerSimonian-Laird)",
    agrees="Estimate and standard error must agree to 1e-6.",
    tolerance=1e-6,
    pooled=_pooled,
    differences=_differences,
    repeats=3,
)
BENCHMARK = STATISTIC.benchmark()
