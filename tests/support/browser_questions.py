"""One real question of each kind about the heart data, and the answer that it might get."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from analysis_jobs.kinds.survival.curves import Asked, Counts, curve_of
from infra.demo import study
from infra.demo.heart import concepts as c
from onggi.spec.cohorts import age_at_least, cohort, everyone, gender_is, has_condition, has_observation, rule
from onggi.spec.results import (
    AtThreshold,
    Calibration,
    ConceptAtSites,
    ConceptReport,
    ConceptSetAtSites,
    CountTable,
    CoxFit,
    Discrimination,
    Estimate,
    EvaluatedPopulation,
    ModelEvaluation,
    ModelFit,
    OverlapTable,
    Result,
    RiskGroup,
    RocPoint,
    SurvivalCurves,
)
from onggi.spec.results.cox_fit import ChiSquareTest, ProportionalHazards

KINDS: Final = ("count", "glm", "evaluation", "overlap", "concepts", "survival", "cox")
RESULTS: Final = {
    "count": "count_table",
    "glm": "model_fit",
    "evaluation": "model_evaluation",
    "overlap": "overlap_table",
    "concepts": "concept_report",
    "survival": "survival_curves",
    "cox": "cox_fit",
}
_RULES: Final = {
    "Age 50 or more": age_at_least(50),
    "Asymptomatic chest pain": has_observation([c.CHEST_PAIN_TYPE], [c.CHEST_PAIN_ASYMPTOMATIC]),
    "Exercise-induced angina": has_observation([c.EXERCISE_ANGINA], [c.YES]),
    "Coronary disease": has_condition([c.CORONARY_DISEASE]),
    "Men": gender_is(c.MALE),
}
WORDS_OF_QUESTIONS: Final = (
    *_RULES,
    *study.TERMS,
    "all",
    "(intercept)",
    "disease",
    "male=yes",
    "How many patients meet each criterion",
    "What goes with coronary disease",
    "How well a model predicts coronary disease",
    "Who is in several of these groups",
    "Which hospitals know these concepts",
    "How long until death",
    "What goes with earlier death",
    "death",
)
"""What a researcher typed in them."""


@dataclass(frozen=True)
class Question:
    """What a job of this kind asks, as changes of the plain job, and an answer of its shape."""

    title: str
    changes: dict[str, Any]
    answer: Result

    @property
    def asked(self) -> dict[str, Any]:
        return {"title": self.title, **self.changes}


def question(kind: str) -> Question:
    """The question of this kind."""
    return {
        "count": _count,
        "glm": _glm,
        "evaluation": _evaluation,
        "overlap": _overlap,
        "concepts": _concepts,
        "survival": _survival,
        "cox": _cox,
    }[kind]()


def _cohort(*names: str) -> dict[str, Any]:
    return dict(cohort(everyone(), *(rule(name, _RULES[name]) for name in names or _RULES)))


def _releases(kind: str) -> list[dict[str, Any]]:
    return [{"result": RESULTS[kind]}]


def _count() -> Question:
    changes = {"cohort": _cohort(), "parameters": {"kind": "count"}, "releases": _releases("count")}
    answer = CountTable(
        sites=4,
        minimum_persons=10,
        steps=("all", *_RULES),
        persons=(920, 640, 410, 190, 180, None),
        withheld=(None,) * 5 + ("difference_too_small",),
    )
    return Question("How many patients meet each criterion", changes, answer)


def _glm() -> Question:
    parameters = {"kind": "glm", "family": "binomial", "outcome": "disease", "terms": list(study.TERMS)}
    changes = {
        "cohort": _cohort("Age 50 or more"),
        "variables": [each.model_dump(mode="json") for each in study.VARIABLES],
        "parameters": parameters | {"references": {"cp": "1"}},
        "releases": _releases("glm"),
    }
    terms = ("(intercept)", *study.TERMS)
    width = len(terms)
    answer = ModelFit(
        sites=4,
        minimum_persons=10,
        family="binomial",
        link="logit",
        terms=terms,
        coefficients=tuple(0.42 - 0.1 * at for at in range(width)),
        standard_errors=(0.08,) * width,
        covariance=((0.0064,) * width,) * width,
        n=740,
        events=357,
        residual_dof=740 - width,
        dispersion=1.0,
        deviance=612.5,
        log_likelihood=-306.25,
        aic=628.5,
        iterations=6,
        converged=True,
    )
    return Question("What goes with coronary disease", changes, answer)


def _evaluation() -> Question:
    edges = (0.25, 0.5, 0.75)
    model = {"intercept": -4.5, "terms": [{"variable": "age", "coefficient": 0.07}]}
    asked = {"outcome": "disease", "model": model, "edges": list(edges), "thresholds": [0.5], "by": "male"}
    changes = {
        "cohort": _cohort("Age 50 or more"),
        "variables": [each.model_dump(mode="json") for each in study.VARIABLES],
        "parameters": {"kind": "evaluation", **asked},
        "releases": _releases("evaluation"),
    }
    bounds = tuple(pairwise((0.0, *edges, 1.0)))
    wide = Estimate(value=0.7, low=0.6, high=0.8)
    everybody = EvaluatedPopulation(
        name="",
        persons=740,
        events=357,
        predictor_mean=-0.1,
        predictor_standard_deviation=0.8,
        brier=0.22,
        brier_scaled=0.12,
        discrimination=Discrimination(
            roc=tuple(
                RocPoint(threshold=at, true_positive_rate=1 - at, false_positive_rate=1 - at)
                for at in (0.0, *edges, 1.0)
            ),
            auc=wide,
            auc_standard_error=0.05,
            auc_least=0.6,
            auc_most=0.8,
        ),
        calibration=Calibration(
            mean_risk=0.48,
            expected_observed=wide,
            in_the_large=wide,
            intercept=wide,
            slope=wide,
            recalibration_chi_square=3.2,
            recalibration_p=0.2,
            hosmer_lemeshow=5.5,
            hosmer_lemeshow_dof=4,
            hosmer_lemeshow_p=0.24,
        ),
        groups=tuple(
            RiskGroup(low=low, high=high, persons=185, events=90, mean_risk=low + 0.1, observed=wide)
            for low, high in bounds
        ),
        thresholds=(
            AtThreshold(
                threshold=0.5,
                true_positives=180,
                false_positives=190,
                true_negatives=193,
                false_negatives=177,
                sensitivity=wide,
                specificity=wide,
                positive_predictive_value=wide,
                negative_predictive_value=wide,
                net_benefit=0.1,
                net_benefit_all=0.05,
            ),
        ),
    )
    men = everybody.model_copy(update={"name": "male=yes"})
    answer = ModelEvaluation(
        sites=4,
        minimum_persons=10,
        outcome="disease",
        by="male",
        rounded_to=5,
        populations=(everybody, men),
    )
    return Question("How well a model predicts coronary disease", changes, answer)


def _overlap() -> Question:
    first, *further = _RULES
    named = [{"name": name, "cohort": _cohort(name)} for name in further]
    changes = {
        "cohort": _cohort(first),
        "parameters": {"kind": "overlap", "name": first, "cohorts": named},
        "releases": _releases("overlap"),
    }
    answer = OverlapTable(
        sites=4,
        minimum_persons=10,
        cohorts=tuple(_RULES),
        totals=(640, 430, 350, 410, 690),
        totals_withheld=(None,) * 5,
        combinations=((True, False, False, False, False), (True,) * 5),
        persons=(120, None),
        withheld=(None, "too_few_persons"),
    )
    return Question("Who is in several of these groups", changes, answer)


def _concepts() -> Question:
    changes = {
        "cohort": _cohort(),
        "parameters": {"kind": "concepts"},
        "releases": _releases("concepts"),
    }
    asked = (c.CHEST_PAIN_TYPE, c.EXERCISE_ANGINA, c.CORONARY_DISEASE)
    sets = tuple(
        ConceptSetAtSites(
            name=f"Set {concept}",
            concepts=(ConceptAtSites(concept=concept, known=4, standard=3, valid=4),),
            same=True,
            mean_size=1.0,
            size_spread=0.0,
        )
        for concept in asked
    )
    answer = ConceptReport(sites=4, minimum_persons=10, sets=sets)
    return Question("Which hospitals know these concepts", changes, answer)


_DEATH: Final = {
    "name": "death",
    "event": {"domain": "death"},
    "horizon_days": 730,
    "prior_events": "ignore",
}


def _survival() -> Question:
    steps = (180, 365, 730)
    changes = {
        "cohort": _cohort("Age 50 or more"),
        "outcomes": [_DEATH],
        "parameters": {"kind": "survival", "outcome": "death", "steps": list(steps)},
        "releases": _releases("survival"),
    }
    counts = Counts(np.array([[40.0, 25.0], [35.0, 30.0], [50.0, 45.0]]), 515.0)
    asked = Asked(steps, ("event",), (0.5,), None, 0.95)
    answer = SurvivalCurves(
        sites=4,
        minimum_persons=10,
        outcome="death",
        causes=("event",),
        steps=steps,
        confidence=0.95,
        curves=(curve_of("all", counts, asked),),
        test=None,
    )
    return Question("How long until death", changes, answer)


def _cox() -> Question:
    changes = {
        "cohort": _cohort("Age 50 or more"),
        "outcomes": [_DEATH],
        "variables": [each.model_dump(mode="json") for each in study.VARIABLES],
        "parameters": {"kind": "cox", "outcome": "death", "terms": ["age", "male"]},
        "releases": _releases("cox"),
    }
    test = ChiSquareTest(statistic=24.5, dof=2, p_value=4.8e-06)
    single = ChiSquareTest(statistic=0.5, dof=1, p_value=0.48)
    answer = CoxFit(
        sites=4,
        minimum_persons=10,
        outcome="death",
        ties="efron",
        strata=(),
        terms=("age", "male"),
        coefficients=(0.04, 0.3),
        standard_errors=(0.01, 0.12),
        covariance=((0.0001, 0.0), (0.0, 0.0144)),
        robust_errors=(),
        n=740,
        events=100,
        log_likelihood=-512.5,
        null_log_likelihood=-524.75,
        likelihood_ratio=test,
        wald=test,
        score=test,
        proportional_hazards=ProportionalHazards(
            time_transform="log",
            score=(single, single),
            all_terms=test,
            scaled_residuals=(single, single),
        ),
        iterations=5,
        converged=True,
    )
    return Question("What goes with earlier death", changes, answer)
