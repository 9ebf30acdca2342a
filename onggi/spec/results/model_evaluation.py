"""How well a given model predicts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.results.base import Estimate, ResultBase


class RiskGroup(Frozen):
    """Persons whose predicted risk lies in ``low <= risk < high`` (the last group: up to 1).

    `mean_risk` is their mean predicted risk, `observed` the share with the event (interval of Wilson 1927).
    Both are None where nobody is in the group.
    """

    low: float
    high: float
    persons: int = Field(ge=0)
    events: int = Field(ge=0)
    mean_risk: float | None
    observed: Estimate | None


class RocPoint(Frozen):
    """Persons with a risk of at least `threshold` called positive: which share of those with the event, and
    of those without, that is."""

    threshold: float
    true_positive_rate: float
    false_positive_rate: float


class Discrimination(Frozen):
    """The ROC curve over the groups and the area under it (the c-statistic).

    * `auc` counts two persons of one group as a tie (the trapezoid over the groups); its interval is that of
      DeLong, DeLong and Clarke-Pearson (1988) for so grouped risks.
    * `auc_least`, `auc_most`: the area by the ungrouped risks lies between them, whatever order the
      persons within the groups have.
    """

    roc: tuple[RocPoint, ...]
    auc: Estimate
    auc_standard_error: float
    auc_least: float
    auc_most: float


class Calibration(Frozen):
    """How far predicted risks agree with what happened.

    * `expected_observed`: expected events over observed events; interval by the delta method on the log.
    * `in_the_large`: intercept of a logistic regression of the outcome with the linear predictor as offset.
    * `intercept`, `slope`: of a logistic regression of the outcome on the linear predictor (Cox 1958).
    * `recalibration_chi_square`: likelihood ratio against intercept 0 and slope 1, two degrees of freedom.
    * `hosmer_lemeshow`: chi-square over the groups with somebody in them.
    """

    mean_risk: float
    expected_observed: Estimate
    in_the_large: Estimate
    intercept: Estimate
    slope: Estimate
    recalibration_chi_square: float
    recalibration_p: float
    hosmer_lemeshow: float
    hosmer_lemeshow_dof: int
    hosmer_lemeshow_p: float | None


class AtThreshold(Frozen):
    """Persons called positive at a risk of at least `threshold`.

    Shares are None where they are shares of nobody. Net benefit (Vickers and Elkin 2006) is per person:
    true positives less false positives weighted by the odds of the threshold; `net_benefit_all` is that of
    treating everybody, and treating nobody has 0.
    """

    threshold: float
    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int
    sensitivity: Estimate | None
    specificity: Estimate | None
    positive_predictive_value: Estimate | None
    negative_predictive_value: Estimate | None
    net_benefit: float
    net_benefit_all: float


class EvaluatedPopulation(Frozen):
    """All measures in some persons. `name` is empty for everybody, else the level or band.

    `brier` is the mean squared difference of risk and outcome (Brier 1950), `brier_scaled` one less its
    ratio to that of predicting the observed share for everybody (Steyerberg et al. 2010).
    """

    name: str
    persons: int
    events: int
    predictor_mean: float
    predictor_standard_deviation: float
    brier: float
    brier_scaled: float
    discrimination: Discrimination
    calibration: Calibration
    groups: tuple[RiskGroup, ...]
    thresholds: tuple[AtThreshold, ...]


class ModelEvaluation(ResultBase):
    """How well a given model predicts, in everybody and then in each level or band of `by`.

    Where `rounded_to` is above 1 the numbers of persons are rounded, and whatever follows from such numbers
    (ROC, shares, net benefit, Hosmer-Lemeshow, expected over observed, scaled Brier) follows from the
    rounded ones. Brier score, recalibration and mean risks rest on the persons themselves.
    """

    result: Literal["model_evaluation"] = "model_evaluation"
    outcome: str
    by: str | None = None
    developed_here: bool = False
    rounded_to: int = Field(default=1, ge=1)
    populations: tuple[EvaluatedPopulation, ...] = Field(min_length=1)
