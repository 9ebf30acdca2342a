"""Answers of regressions and curves with everything that may be asked of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from analysis_jobs.kinds.survival.curves import Asked, Counts, curve_of
from onggi.spec.results import (
    CoxFit,
    CrossValidation,
    MetaAnalysis,
    ModelEvaluation,
    ModelFit,
    NestedTest,
    RegularisedPath,
    Result,
    SiteEstimate,
    SurvivalCurves,
    WithoutSite,
)
from onggi.spec.results.cox_fit import ChiSquareTest
from onggi.spec.results.survival_curves import RankTest
from tests.support.browser_questions import question

WORDS_OF_MODELS: Final = (
    "site-a",
    "site-b",
    "site-c",
    "site-d",
    "age",
    "male",
    "weight",
    "sex",
    "sex=female",
)
"""What a researcher, or who named the hospitals, typed in them."""

WIDE_FIT: Final = ModelFit(
    sites=4,
    minimum_persons=10,
    family="gamma",
    link="log",
    terms=("intercept", "age", "male"),
    coefficients=(1.25, 0.04, -0.31),
    standard_errors=(0.5, 0.01, 0.12),
    covariance=((0.25, 0.001, 0.002), (0.001, 0.0001, 0.0003), (0.002, 0.0003, 0.0144)),
    n=853,
    residual_dof=847,
    dispersion=0.71,
    deviance=640.5,
    null_deviance=702.25,
    log_likelihood=-1830.5,
    aic=3675.0,
    iterations=7,
    converged=True,
    weights="weight",
    site_intercepts=4,
    robust="HC1",
    robust_standard_errors=(0.55, 0.02, 0.15),
    robust_covariance=((0.3025, 0.004, 0.005), (0.004, 0.0004, 0.0006), (0.005, 0.0006, 0.0225)),
    tests=(NestedTest(without=("age", "male"), deviance=668.9, statistic=40.0, dof=2),),
)

PATH: Final = RegularisedPath(
    sites=4,
    minimum_persons=10,
    family="binomial",
    link="logit",
    alpha=0.5,
    terms=("intercept", *(f"x{at}" for at in range(12))),
    penalties=(0.2, 0.1, 0.05),
    coefficients=tuple(
        (-1.0 - 0.25 * step, *(0.0 if at > 6 * step else 0.125 * step - 0.01 * at for at in range(12)))
        for step in range(3)
    ),
    nonzero=(0, 7, 12),
    deviance=(900.0, 850.5, 840.25),
    null_deviance=901.5,
    n=853,
    events=464,
    iterations=9,
    validation=CrossValidation(
        folds=5, loss=(1.06, 1.01, 1.02), error=(0.021, 0.022, 0.03), best=1, simplest=0
    ),
)

META: Final = MetaAnalysis(
    sites=4,
    minimum_persons=10,
    family="binomial",
    link="logit",
    term="male",
    heterogeneity="REML",
    estimates=(
        SiteEstimate(site="site-a", estimate=0.5, standard_error=0.2, weight=0.5),
        SiteEstimate(site="site-b"),
        SiteEstimate(site="site-c", estimate=0.9, standard_error=0.3, weight=0.3),
        SiteEstimate(site="site-d", estimate=-0.25, standard_error=0.4, weight=0.2),
    ),
    n=700,
    estimate=0.66,
    standard_error=0.18,
    knapp_hartung_error=0.21,
    tau_squared=0.015,
    q=1.2,
    q_dof=2,
    i_squared=0.23,
    h_squared=1.27,
    common_estimate=0.61,
    common_error=0.17,
    leave_one_out=(
        WithoutSite(site="site-a", estimate=0.85, standard_error=0.31, tau_squared=0.0),
        WithoutSite(site="site-c", estimate=0.45, standard_error=0.26, tau_squared=0.02),
        WithoutSite(site="site-d", estimate=0.7, standard_error=0.19, tau_squared=0.01),
    ),
)


def competing_curves() -> SurvivalCurves:
    """Two groups, two kinds of events, everything beside them; in one group nobody is left at the end."""
    steps = (90, 365, 1095)
    asked = Asked(steps, ("event", "competing_1"), (0.25, 0.5), 365, 0.9)
    many = Counts(np.array([[40.0, 25.0, 15.0], [35.0, 30.0, 20.0], [50.0, 45.0, 25.0]]), 515.0)
    few = Counts(np.array([[10.0, 0.0, 0.0], [30.0, 55.0, 20.0], [0.0, 45.0, 0.0]]), 0.0)
    test = RankTest(
        weights="fleming-harrington",
        rho=0.75,
        strata=("sex",),
        statistic=14.2,
        dof=1,
        p_value=0.00016,
        observed=(100, 101),
        expected=(120.5, 80.5),
    )
    return SurvivalCurves(
        sites=4,
        minimum_persons=10,
        outcome="death",
        causes=("event", "competing_1"),
        steps=steps,
        confidence=0.9,
        curves=(curve_of("male", many, asked), curve_of("sex=female", few, asked)),
        test=test,
        rounded_to=5,
    )


def robust_cox() -> CoxFit:
    """Robust errors, strata within hospitals, and a ratio that cannot be written down; no test of hazards."""
    test = ChiSquareTest(statistic=24.5, dof=2, p_value=4.8e-06)
    return CoxFit(
        sites=4,
        minimum_persons=10,
        outcome="death",
        ties="breslow",
        strata=("sex",),
        terms=("age", "male"),
        coefficients=(0.04, 800.0),
        standard_errors=(0.01, 0.12),
        covariance=((0.0001, 0.0), (0.0, 0.0144)),
        robust_errors=(0.02, 0.13),
        n=740,
        events=100,
        log_likelihood=-512.5,
        null_log_likelihood=-524.75,
        likelihood_ratio=test,
        wald=test,
        score=test,
        proportional_hazards=None,
        iterations=5,
        converged=False,
    )


def evaluated_fit() -> ModelFit:
    """A logistic model with its apparent performance."""
    evaluation = question("evaluation").answer
    assert isinstance(evaluation, ModelEvaluation)
    everybody = evaluation.populations[:1]
    return WIDE_FIT.model_copy(
        update={
            "family": "binomial",
            "link": "logit",
            "events": 210,
            "weights": None,
            "site_intercepts": 0,
            "evaluation": evaluation.model_copy(
                update={"by": None, "developed_here": True, "populations": everybody}
            ),
        }
    )


MODEL_ANSWERS: Final[dict[str, Result]] = {
    "model with everything": WIDE_FIT,
    "model in its own persons": evaluated_fit(),
    "path of penalties": PATH,
    "meta-analysis": META,
    "curves of competing events": competing_curves(),
    "robust cox": robust_cox(),
}
