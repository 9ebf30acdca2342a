"""An evaluation of a prediction model in the researcher's hands."""

from __future__ import annotations

from itertools import pairwise

from onggi.client.answer_forms import Answer
from onggi.spec.results import EvaluatedPopulation, ModelEvaluation


class EvaluationAnswer(ModelEvaluation, Answer):
    """How well a given model predicts.

    `rows()` has the columns population, measure, value, low, high: every single measure with its 95 %
    interval. Further sheets are risk_groups, roc and thresholds.
    """

    def columns_fit(self) -> bool:
        """Whether groups and curves of every population belong together."""
        return super().columns_fit() and all(map(population_fits, self.populations))

    def headline(self) -> str:
        found = self.populations[0]
        auc, slope = found.discrimination.auc, found.calibration.slope
        if self.language == "ko":
            return (
                f"모형 평가 / 결과 변수: {self.outcome} / 인원: {found.persons} / 사건: {found.events} / "
                f"참여 기관 수: {self.sites} / AUC: {auc.value:.3f} / 보정 기울기: {slope.value:.3f} / "
                f"반올림 단위: {self.rounded_to}"
            )
        return (
            f"Evaluation of a model for {self.outcome}: {found.persons} persons, {found.events} events, "
            f"{self.sites} hospitals, AUC {auc.value:.3f}, calibration slope {slope.value:.3f}; "
            f"rounded to {self.rounded_to}"
        )


def population_fits(found: EvaluatedPopulation) -> bool:
    """Whether groups, curve and thresholds speak of the same edges."""
    groups, curve = found.groups, found.discrimination.roc
    if len(curve) != len(groups) + 1 or not all(one.high == other.low for one, other in pairwise(groups)):
        return False
    edges = {group.low for group in groups[1:]}
    return (
        all(group.events <= group.persons for group in groups)
        and {at.threshold for at in found.thresholds} <= edges
    )
