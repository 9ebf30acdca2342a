"""Survival in the researcher's hands: curves step by step, and hazard ratios."""

from __future__ import annotations

from onggi.client.answer_forms import Answer
from onggi.spec.results import CoxFit, SurvivalCurves


class SurvivalAnswer(SurvivalCurves, Answer):
    """Survival of each group, step by step.

    `rows()` has the columns group, day, at_risk, a column of events for each cause, censored, survival,
    survival_at_least, standard_error, low, high, plain_low, plain_high. The estimate is the Kaplan-Meier one
    on times rounded up to the steps; on the days themselves it lies between `survival_at_least` and
    `survival`. `low` and `high` are log-log intervals.
    """

    def headline(self) -> str:
        persons = sum(curve.n for curve in self.curves)
        if self.language == "ko":
            test = "" if self.test is None else f" / 집단 비교 p값: {self.test.p_value:.4g}"
            return f"{self.outcome}까지의 시간 / 대상자 수: {persons} / 참여 기관 수: {self.sites}{test}"
        test = "" if self.test is None else f", groups compared: p {self.test.p_value:.4g}"
        return f"Time to {self.outcome}, n {persons}, {self.sites} hospitals{test}"


class CoxAnswer(CoxFit, Answer):
    """Hazard ratios with the usual columns.

    `rows()` has the columns term, coefficient, hazard_ratio, standard_error, statistic, p_value, low, high.
    `low` and `high` bound the 95 % interval of the hazard ratio. Where robust errors were asked for, they are
    the `standard_error`; the model's own stand in a last column `model_error`. There is no number where a
    ratio is too large to write down.
    """

    def headline(self) -> str:
        state = "converged" if self.converged else "NOT CONVERGED"
        if self.language == "ko":
            state = "수렴함" if self.converged else "수렴하지 않음"
            return (
                f"콕스 회귀({self.ties}) / 대상자 수: {self.n} / 사건 수: {self.events} / "
                f"참여 기관 수: {self.sites} / 부분 로그가능도: {self.log_likelihood:.6g} / {state}"
            )
        return (
            f"Cox regression ({self.ties}), each hospital a stratum, n {self.n}, events {self.events}, "
            f"{self.sites} hospitals, partial log-likelihood {self.log_likelihood:.6g}, {state}"
        )
