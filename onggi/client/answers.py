"""An answer in the researcher's hands: the typed result, read from what the coordinator handed over."""

from __future__ import annotations

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
from onggi.client.evaluation_answers import EvaluationAnswer, population_fits
from onggi.client.meta_answers import MetaAnswer
from onggi.client.path_answers import PathAnswer
from onggi.client.survival_answers import CoxAnswer, SurvivalAnswer
from onggi.errors import NotTrusted
from onggi.probability import chi_square_upper_tail
from onggi.protocol.canonical import canonical_json
from onggi.report.provenance import Provenance
from onggi.spec.results import ModelFit
from onggi.words.catalogue import Language


class ModelAnswer(ModelFit, Answer):
    """A fitted regression with the usual columns.

    `rows()` has the columns term, coefficient, standard_error, statistic, p_value, low, high. `low` and
    `high` bound the 95 % interval, in the coefficient's unit. Where the dispersion is estimated (gaussian,
    gamma) the statistic is Student's t, otherwise the normal, as in R's ``summary.glm``. Where robust errors
    were asked for, they are the `standard_error`; the model's own stand in a last column `model_error`. Where
    the model was evaluated in its own persons, sheets ``apparent_measures``, ``apparent_risk_groups`` and
    ``apparent_roc`` tell how well it describes them.
    """

    def tested(self) -> Rows:
        """Columns without, statistic, dof, p_value: the likelihood-ratio tests that were asked for."""
        return Rows(
            ("without", "statistic", "dof", "p_value"),
            tuple(
                (
                    ", ".join(each.without),
                    each.statistic,
                    each.dof,
                    chi_square_upper_tail(each.statistic, dof=each.dof),
                )
                for each in self.tests
            ),
        )

    def columns_fit(self) -> bool:
        """Whether the evaluation's groups and curves, where it has one, belong together."""
        evaluated = () if self.evaluation is None else self.evaluation.populations
        return super().columns_fit() and all(map(population_fits, evaluated))

    def headline(self) -> str:
        events = "" if self.events is None else f", events {self.events}"
        state = "converged" if self.converged else "NOT CONVERGED"
        state = f"{state}, {self.robust} errors" if self.robust else state
        auc = None if self.evaluation is None else self.evaluation.populations[0].discrimination.auc.value
        state = state if auc is None else f"{state}, apparent AUC {auc:.3f}"
        if self.language == "ko":
            events = "" if self.events is None else f" / 사건 수: {self.events}"
            state = "수렴함" if self.converged else "수렴하지 않음"
            state = f"{state} / 표준오차: {self.robust}" if self.robust else state
            state = state if auc is None else f"{state} / 겉보기 AUC: {auc:.3f}"
            return (
                f"{self.family} / {self.link} / 대상자 수: {self.n}{events} / 참여 기관 수: {self.sites} / "
                f"이탈도: {self.deviance:.6g} / AIC: {self.aic:.6g} / {state}"
            )
        return (
            f"{self.family} ({self.link}), n {self.n}{events}, {self.sites} hospitals, "
            f"deviance {self.deviance:.6g}, AIC {self.aic:.6g}, {state}"
        )


AnyAnswer: TypeAlias = (
    CountAnswer
    | OverlapAnswer
    | ConceptAnswer
    | ModelAnswer
    | EvaluationAnswer
    | SurvivalAnswer
    | CoxAnswer
    | MetaAnswer
    | PathAnswer
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
    "meta_analysis": MetaAnswer,
    "regularised_path": PathAnswer,
    "model_evaluation": EvaluationAnswer,
    "survival_curves": SurvivalAnswer,
    "cox_fit": CoxAnswer,
    "table_one": TableOneAnswer,
    "rates": RatesAnswer,
    "correlation": CorrelationAnswer,
    "cross_table": CrossTableAnswer,
    "distribution": DistributionAnswer,
}


_OURS = {"language", "provenance"}
"""Fields of an answer that no coordinator fills in."""


def read_answer(
    result: dict[str, JsonValue], *, language: Language, provenance: Provenance | None = None
) -> AnyAnswer:
    """The typed answer. NotTrusted `client.answer_malformed` where it is none that this version knows."""
    form = _KINDS.get(str(result.get("result")))
    if form is None or _OURS & result.keys():
        raise NotTrusted("client.answer_malformed", status=200)
    try:
        answer = form.model_validate_json(canonical_json(result))
    except ValidationError:
        raise NotTrusted("client.answer_malformed", status=200) from None
    # Columns of different lengths: nothing could be read from them safely.
    if not answer.columns_fit():
        raise NotTrusted("client.answer_malformed", status=200)
    return answer.model_copy(update={"language": language, "provenance": provenance})
