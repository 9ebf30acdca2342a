"""A meta-analysis in the researcher's hands. Site-visible: hospitals' own estimates, by name."""

from __future__ import annotations

import math

from onggi.client.answer_forms import Answer, Cell, Rows
from onggi.probability import (
    both_tails_quantile,
    chi_square_upper_tail,
    normal_both_tails,
    student_both_tails,
)
from onggi.spec.results import MetaAnalysis

_CONFIDENCE_TAILS = 0.05


class MetaAnswer(MetaAnalysis, Answer):
    """Hospitals' estimates and the pooled one."""

    def rows(self) -> Rows:
        """Columns site, estimate, standard_error, low, high, weight: each hospital's, then the pooled ones.

        `low` and `high` bound 95 %: for a hospital and for ``(random effects)`` by the normal, for
        ``(random effects, Hartung-Knapp)`` by Student's t with one less than the number of estimates.
        ``(prediction)`` is where a further hospital's true value is expected (Higgins, Thompson and
        Spiegelhalter 2009; by the normal, as metafor's default). None: the hospital gave no estimate.
        """
        lines: list[tuple[Cell, ...]] = [
            (each.site, *_bounds(each.estimate, each.standard_error), each.weight) for each in self.estimates
        ]
        spread = math.sqrt(self.standard_error**2 + self.tau_squared)
        lines += [
            ("(common effect)", *_bounds(self.common_estimate, self.common_error), None),
            ("(random effects)", *_bounds(self.estimate, self.standard_error), 1.0),
            (
                "(random effects, Hartung-Knapp)",
                *_bounds(self.estimate, self.knapp_hartung_error, dof=self.q_dof),
                1.0,
            ),
            ("(prediction)", *_bounds(self.estimate, spread), None),
        ]
        return Rows(("site", "estimate", "standard_error", "low", "high", "weight"), tuple(lines))

    def left_out(self) -> Rows:
        """Columns without, estimate, standard_error, low, high, tau_squared: one hospital out at a time."""
        return Rows(
            ("without", "estimate", "standard_error", "low", "high", "tau_squared"),
            tuple(
                (each.site, *_bounds(each.estimate, each.standard_error), each.tau_squared)
                for each in self.leave_one_out
            ),
        )

    def tested(self) -> Rows:
        """Columns test, statistic, dof, p_value: that the pooled value is zero, and that hospitals agree."""
        z = _ratio(self.estimate, self.standard_error)
        t = _ratio(self.estimate, self.knapp_hartung_error)
        return Rows(
            ("test", "statistic", "dof", "p_value"),
            (
                ("z", z, None, normal_both_tails(z)),
                ("t (Hartung-Knapp)", t, self.q_dof, student_both_tails(t, dof=self.q_dof)),
                ("Q", self.q, self.q_dof, chi_square_upper_tail(self.q, dof=self.q_dof)),
            ),
        )

    def columns_fit(self) -> bool:
        """Whether each estimate has its error and its weight, and there are as many as the test counts."""
        given = [
            (each.estimate is None) == (each.standard_error is None) == (each.weight is None)
            for each in self.estimates
        ]
        answered = sum(each.estimate is not None for each in self.estimates)
        return all(given) and answered == self.q_dof + 1

    def headline(self) -> str:
        answered = self.q_dof + 1
        if self.language == "ko":
            return (
                f"{self.term} / {self.family} / {self.link} / 기관별 수치 공개 / "
                f"추정한 기관 수: {answered} / "
                f"추정값: {self.estimate:.6g} / 표준오차: {self.standard_error:.6g} / "
                f"tau²({self.heterogeneity}): {self.tau_squared:.6g} / I²: {100 * self.i_squared:.1f}%"
            )
        return (
            f"{self.term}: {self.family} ({self.link}), site-visible, "
            f"{answered} hospitals' estimates, n {self.n}, "
            f"pooled {self.estimate:.6g} (standard error {self.standard_error:.6g}), "
            f"tau² ({self.heterogeneity}) {self.tau_squared:.6g}, I² {100 * self.i_squared:.1f} %"
        )


def _ratio(estimate: float, error: float) -> float:
    return estimate / error if error > 0 else math.copysign(math.inf, estimate)


def _bounds(
    estimate: float | None, error: float | None, *, dof: int | None = None
) -> tuple[float | None, float | None, float | None, float | None]:
    if estimate is None or error is None:
        return None, None, None, None
    reach = both_tails_quantile(_CONFIDENCE_TAILS, dof=dof) * error
    return estimate, error, estimate - reach, estimate + reach
