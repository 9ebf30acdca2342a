"""A path of penalised regressions in the researcher's hands."""

from __future__ import annotations

from onggi.client.answer_forms import Answer, Rows
from onggi.spec.results import RegularisedPath


class PathAnswer(RegularisedPath, Answer):
    """Coefficients along the path of penalties."""

    def rows(self) -> Rows:
        """Columns penalty, nonzero, deviance, loss and error where cross-validated, then a column a term.

        A term that is called as one of these columns follows them all the same.
        """
        checked = self.validation
        columns = ("penalty", "nonzero", "deviance", *(("loss", "error") if checked else ()), *self.terms)
        return Rows(
            columns,
            tuple(
                (
                    penalty,
                    self.nonzero[at],
                    self.deviance[at],
                    *((checked.loss[at], checked.error[at]) if checked else ()),
                    *self.coefficients[at],
                )
                for at, penalty in enumerate(self.penalties)
            ),
        )

    def chosen(self, *, simplest: bool = False) -> dict[str, float]:
        """Coefficients by term at the penalty with the least loss (lambda.min), or the `simplest` within one
        standard error of it (lambda.1se). Without cross-validation those at the smallest penalty."""
        at = len(self.penalties) - 1
        if self.validation is not None:
            at = self.validation.simplest if simplest else self.validation.best
        return dict(zip(self.terms, self.coefficients[at], strict=True))

    def headline(self) -> str:
        best = "" if self.validation is None else f"{self.penalties[self.validation.best]:.6g}"
        if self.language == "ko":
            chosen = f" / 손실이 가장 작은 벌점: {best}" if best else ""
            return (
                f"{self.family} / {self.link} / 혼합 비율: {self.alpha:g} / 대상자 수: {self.n} / "
                f"참여 기관 수: {self.sites} / 벌점 수: {len(self.penalties)}{chosen}"
            )
        chosen = f", least loss at {best}" if best else ""
        return (
            f"{self.family} ({self.link}), alpha {self.alpha:g}, n {self.n}, {self.sites} hospitals, "
            f"{len(self.penalties)} penalties{chosen}"
        )
