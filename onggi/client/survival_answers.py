"""Survival in the researcher's hands: curves step by step, and hazard ratios."""

from __future__ import annotations

import math
from itertools import chain

from onggi.client.answer_forms import Answer, Cell, Rows
from onggi.probability import both_tails_quantile, normal_both_tails
from onggi.report import cox_fit, survival_curves
from onggi.spec.results import CoxFit, SurvivalCurves

_CONFIDENCE_TAILS = 0.05


class SurvivalAnswer(SurvivalCurves, Answer):
    """Survival of each group, step by step."""

    def rows(self) -> Rows:
        """Columns group, day, at_risk, a column of events for each cause, censored, survival,
        survival_at_least, standard_error, low, high, plain_low, plain_high.

        The estimate is the Kaplan-Meier one on times rounded up to the steps; on the days themselves it
        lies between `survival_at_least` and `survival`. `low` and `high` are log-log intervals.
        """
        sheet = survival_curves.sheets(self)[0]
        cells: list[tuple[Cell, ...]] = [
            tuple(cell if isinstance(cell, str | int | float) else None for cell in row) for row in sheet.rows
        ]
        return Rows(tuple(column.name for column in sheet.columns), tuple(cells))

    def columns_fit(self) -> bool:
        """Whether every step of every curve has its numbers."""
        steps, causes = len(self.steps), len(self.causes)
        for curve in self.curves:
            columns = chain(
                (curve.at_risk, curve.censored, curve.survival, curve.survival_at_least),
                (curve.standard_errors, curve.low, curve.high, curve.plain_low, curve.plain_high),
                curve.events,
                *((each.incidence, each.standard_errors, each.low, each.high) for each in curve.incidence),
            )
            if {len(column) for column in columns} != {steps} or len(curve.events) != causes:
                return False
        test = self.test
        return test is None or len(test.observed) == len(test.expected) == len(self.curves)

    def headline(self) -> str:
        persons = sum(curve.n for curve in self.curves)
        if self.language == "ko":
            test = "" if self.test is None else f" / 집단 비교 p값: {self.test.p_value:.4g}"
            return f"{self.outcome}까지의 시간 / 대상자 수: {persons} / 참여 기관 수: {self.sites}{test}"
        test = "" if self.test is None else f", groups compared: p {self.test.p_value:.4g}"
        return f"Time to {self.outcome}, n {persons}, {self.sites} hospitals{test}"


class CoxAnswer(CoxFit, Answer):
    """Hazard ratios with the usual columns."""

    def rows(self) -> Rows:
        """Columns term, coefficient, hazard_ratio, standard_error, statistic, p_value, low, high.

        `low` and `high` bound the 95 % interval of the hazard ratio. Where robust errors were asked for, they
        are the standard errors here. A ratio too large to write down is None.
        """
        reach = both_tails_quantile(_CONFIDENCE_TAILS, dof=None)
        cells: list[tuple[Cell, ...]] = []
        errors = self.robust_errors or self.standard_errors
        for term, at, error in zip(self.terms, self.coefficients, errors, strict=True):
            statistic = at / error if error > 0 else math.nan
            p_value = normal_both_tails(statistic) if error > 0 else math.nan
            ends = (cox_fit.ratio(at - reach * error), cox_fit.ratio(at + reach * error))
            cells.append((term, at, cox_fit.ratio(at), error, statistic, p_value, *ends))
        columns = (
            "term",
            "coefficient",
            "hazard_ratio",
            "standard_error",
            "statistic",
            "p_value",
            "low",
            "high",
        )
        return Rows(columns, tuple(cells))

    def columns_fit(self) -> bool:
        """Whether every term has its numbers."""
        columns: list[int] = [len(self.coefficients), len(self.standard_errors), len(self.covariance)]
        columns += [len(row) for row in self.covariance]
        columns += [len(self.robust_errors)] if self.robust_errors else []
        if (tests := self.proportional_hazards) is not None:
            columns += [len(tests.score), len(tests.scaled_residuals)]
        return set(columns) == {len(self.terms)}

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
