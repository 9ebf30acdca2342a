"""Tells what an evaluation of a prediction model asks, in Korean and in English."""

from __future__ import annotations

from onggi.spec.explain_columns import Pair
from onggi.spec.kinds import EvaluationParameters, LogisticModel


def tell_evaluation(asked: EvaluationParameters) -> list[Pair]:
    """The model to the last coefficient: who signs sees what is evaluated."""
    told = [
        (
            f"주어진 예측의 정확도를 값이 모두 있는 사람으로 평가합니다. 결과 변수: {asked.outcome}",
            f"This evaluates given predictions of {asked.outcome} on persons with every value.",
        )
    ]
    if asked.model is not None:
        told += _model(asked.model)
    if asked.risk is not None:
        told.append((f"예측 위험도를 담은 변수: {asked.risk}", f"The predicted risk: {asked.risk}."))
    if asked.developed_here:
        told.append(("이 모형은 같은 대상자로 만들었습니다.", "The model was fitted to these same persons."))
    edges = ", ".join(f"{edge!r}" for edge in asked.edges)
    told.append(
        (
            f"예측 위험도를 나누는 경계: {edges}. 위험군마다 사건이 있는 사람과 없는 사람의 수가 나갑니다.",
            f"Groups of risk, cut at {edges}: the numbers with and without the event in each leave.",
        )
    )
    if asked.thresholds:
        listed = ", ".join(f"{each!r}" for each in asked.thresholds)
        told.append((f"판정 기준 위험도: {listed}", f"Persons are classified at risks of {listed}."))
    if asked.by is not None:
        cut = ", ".join(f"{each!r}" for each in asked.by_edges)
        cut_ko, cut_en = (f", 경계: {cut}", f", cut at {cut}") if cut else ("", "")
        told.append(
            (
                f"다음 변수의 값마다 따로 평가합니다. 변수: {asked.by}{cut_ko}",
                f"Everything again for each value of {asked.by}{cut_en}.",
            )
        )
    return told


def _model(model: LogisticModel) -> list[Pair]:
    told = [
        (
            f"로지스틱 모형이며 절편은 {model.intercept!r}입니다.",
            f"A logistic model with intercept {model.intercept!r}.",
        )
    ]
    for term in model.terms:
        name = term.variable if term.level is None else f"{term.variable} = {term.level}"
        told.append(
            (f"항: {name}, 계수: {term.coefficient!r}", f"Term {name}: coefficient {term.coefficient!r}.")
        )
    return told
