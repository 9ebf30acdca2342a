"""An answer in the researcher's hands: the typed result, read from what the coordinator handed over."""

from __future__ import annotations

import math
from typing import TypeAlias

from pydantic import JsonValue, ValidationError

from onggi.client.answer_forms import Answer, Rows
from onggi.client.count_answers import ConceptAnswer, CountAnswer, OverlapAnswer
from onggi.client.described_answers import (
    CorrelationAnswer,
    CrossTableAnswer,
    DistributionAnswer,
    RatesAnswer,
    TableOneAnswer,
)
from onggi.client.tail_probabilities import normal_both_tails, quantile, student_both_tails
from onggi.errors import NotTrusted
from onggi.protocol.canonical import canonical_json
from onggi.spec.results import ModelFit
from onggi.words.catalogue import Language

_CONFIDENCE_TAILS = 0.05


class ModelAnswer(ModelFit, Answer):
    """A fitted regression with the usual columns."""

    def rows(self) -> Rows:
        """Columns term, coefficient, standard_error, statistic, p_value, low, high.

        `low` and `high` bound the 95 % interval, in the coefficient's unit. Where the dispersion is
        estimated (gaussian) the statistic is Student's t, otherwise the normal.
        """
        dof = self.residual_dof if self.family == "gaussian" else None
        reach = quantile(_CONFIDENCE_TAILS, dof=dof)
        return Rows(
            ("term", "coefficient", "standard_error", "statistic", "p_value", "low", "high"),
            tuple(
                (term, at, error, *_tested(at, error, dof=dof), at - reach * error, at + reach * error)
                for term, at, error in zip(self.terms, self.coefficients, self.standard_errors, strict=True)
            ),
        )

    def columns_fit(self) -> bool:
        """Whether every term has its numbers."""
        return len({len(self.terms), len(self.coefficients), len(self.standard_errors)}) == 1

    def headline(self) -> str:
        events = "" if self.events is None else f", events {self.events}"
        state = "converged" if self.converged else "NOT CONVERGED"
        if self.language == "ko":
            events = "" if self.events is None else f" / 사건 수: {self.events}"
            state = "수렴함" if self.converged else "수렴하지 않음"
            return (
                f"{self.family} / {self.link} / 대상자 수: {self.n}{events} / 참여 기관 수: {self.sites} / "
                f"이탈도: {self.deviance:.6g} / AIC: {self.aic:.6g} / {state}"
            )
        return (
            f"{self.family} ({self.link}), n {self.n}{events}, {self.sites} hospitals, "
            f"deviance {self.deviance:.6g}, AIC {self.aic:.6g}, {state}"
        )


def _tested(at: float, error: float, *, dof: int | None) -> tuple[float, float]:
    if error == 0:
        return math.nan, math.nan
    statistic = at / error
    if dof is None:
        return statistic, normal_both_tails(statistic)
    return statistic, student_both_tails(statistic, dof=dof)


AnyAnswer: TypeAlias = (
    CountAnswer
    | OverlapAnswer
    | ConceptAnswer
    | ModelAnswer
    | TableOneAnswer
    | RatesAnswer
    | CorrelationAnswer
    | DistributionAnswer
    | CrossTableAnswer
)
_KINDS: dict[str, type[AnyAnswer]] = {
    "count_table": CountAnswer,
    "overlap_table": OverlapAnswer,
    "concept_report": ConceptAnswer,
    "model_fit": ModelAnswer,
    "table_one": TableOneAnswer,
    "rates": RatesAnswer,
    "correlation": CorrelationAnswer,
    "cross_table": CrossTableAnswer,
    "distribution": DistributionAnswer,
}


def read_answer(result: dict[str, JsonValue], *, language: Language) -> AnyAnswer:
    """The typed answer. NotTrusted `client.answer_malformed` where it is none that this version knows."""
    form = _KINDS.get(str(result.get("result")))
    if form is None or "language" in result:
        raise NotTrusted("client.answer_malformed", status=200)
    try:
        answer = form.model_validate_json(canonical_json(result))
    except ValidationError:
        raise NotTrusted("client.answer_malformed", status=200) from None
    # Columns of different lengths: nothing could be read from them safely.
    if not answer.columns_fit():
        raise NotTrusted("client.answer_malformed", status=200)
    return answer.model_copy(update={"language": language})
