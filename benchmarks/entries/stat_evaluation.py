"""How long a masked evaluation of a model over five hospitals takes, beside SciPy and statsmodels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import CENTERS, CONDITIONS, EFFECTS, MEASURED, SLOPES, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import EvaluationParameters
from onggi.spec.kinds.evaluation import LogisticModel, ModelTerm
from onggi.spec.results import ModelEvaluation

_TERMS = (*MEASURED, *CONDITIONS)
_WEIGHTS = tuple(float(each) for each in (*SLOPES, *EFFECTS))
_INTERCEPT = -0.9 - float(np.dot(SLOPES, CENTERS))
_EDGES = tuple(round(0.02 * step, 2) for step in range(5, 41))
_THRESHOLDS = (0.1, 0.2, 0.3, 0.4)


def _pooled(staged: StagedCohort) -> dict[str, Any]:
    """Area under the curve, Brier score, recalibration, and what each threshold classifies."""
    frame = read_columns(staged.pooled, (*_TERMS, "ill"))
    ill = frame["ill"].to_numpy()
    score = frame[list(_TERMS)].to_numpy() @ np.array(_WEIGHTS) + _INTERCEPT
    risk = expit(score)
    area = stats.mannwhitneyu(risk[ill == 1], risk[ill == 0]).statistic
    families = sm.families.Binomial()
    slope = sm.GLM(ill, sm.add_constant(score), family=families).fit()
    large = sm.GLM(ill, np.ones((len(ill), 1)), family=families, offset=score).fit()
    groups = np.searchsorted(_EDGES, risk, side="right")
    persons, events = (
        np.bincount(groups, minlength=len(_EDGES) + 1),
        np.bincount(groups, weights=ill, minlength=len(_EDGES) + 1),
    )
    positive = [(risk >= threshold) for threshold in _THRESHOLDS]
    return {
        "area": area / (ill.sum() * (len(ill) - ill.sum())),
        "brier": np.mean((risk - ill) ** 2),
        "calibration": [large.params[0], *slope.params],
        "groups": [persons, events],
        "thresholds": [[(ill[each] == 1).sum(), (ill[each] == 0).sum()] for each in positive],
    }


def _differences(answer: ModelEvaluation, told: dict[str, Any]) -> Sequence[float]:
    found = answer.populations[0]
    area, own = found.discrimination, found.calibration
    calibration = [own.in_the_large.value, own.intercept.value, own.slope.value]
    groups = [[each.persons for each in found.groups], [each.events for each in found.groups]]
    classified = [[each.true_positives, each.false_positives] for each in found.thresholds]
    return [
        0.0 if area.auc_least <= told["area"] <= area.auc_most else 1.0,
        apart(found.brier, told["brier"]),
        apart(calibration, told["calibration"]),
        apart(groups, told["groups"]),
        apart(classified, told["thresholds"]),
    ]


STATISTIC = Statistic(
    name="stat_evaluation",
    spec=question(
        EvaluationParameters(
            outcome="ill",
            model=LogisticModel(
                intercept=_INTERCEPT,
                terms=tuple(
                    ModelTerm(variable=name, coefficient=weight)
                    for name, weight in zip(_TERMS, _WEIGHTS, strict=True)
                ),
            ),
            edges=_EDGES,
            thresholds=_THRESHOLDS,
        ),
        result="model_evaluation",
        columns=("ill", *_TERMS),
    ),
    peer=(
        "SciPy's rank statistic for the area, statsmodels' GLM for calibration in the large and slope, and "
        "NumPy for Brier score, 37 risk groups and four thresholds (a model of 20 terms)"
    ),
    agrees="Counts must be equal, the rest agree to 1e-8; the area lies between the grid's bounds.",
    tolerance=1e-8,
    pooled=_pooled,
    differences=_differences,
)
BENCHMARK = STATISTIC.benchmark()
