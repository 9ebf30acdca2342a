"""A meta-analysis in the researcher's hands. Site-visible: hospitals' own estimates, by name."""

from __future__ import annotations

from onggi.client.answer_forms import Answer, Rows
from onggi.report.meta_analysis import left_out
from onggi.spec.results import MetaAnalysis


class MetaAnswer(MetaAnalysis, Answer):
    """Hospitals' estimates and the pooled one.

    `rows()` has the columns site, estimate, standard_error, low, high, weight: each hospital's, then the
    pooled ones. `low` and `high` bound 95 %: for a hospital and for ``(random effects)`` by the normal, for
    ``(random effects, Hartung-Knapp)`` by Student's t with one less than the number of estimates.
    ``(prediction)`` is where a further hospital's true value is expected (Higgins, Thompson and Spiegelhalter
    2009; by the normal, as metafor's default). A hospital that gave no estimate has no numbers.
    """

    def left_out(self) -> Rows:
        """Columns without, estimate, standard_error, low, high, tau_squared: one hospital out at a time.

        No rows where fewer than three hospitals gave an estimate.
        """
        return self.rows_of(left_out(self))

    def tested(self) -> Rows:
        """Columns test, statistic, dof, p_value: that the pooled value is zero, and that hospitals agree."""
        return self.rows_of(self.sheet("tests"))

    def columns_fit(self) -> bool:
        """Whether each estimate has its error and its weight, and there are as many as the test counts."""
        given = [
            (each.estimate is None) == (each.standard_error is None) == (each.weight is None)
            for each in self.estimates
        ]
        answered = sum(each.estimate is not None for each in self.estimates)
        return super().columns_fit() and all(given) and answered == self.q_dof + 1

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
