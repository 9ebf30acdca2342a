"""Tells what a regression asks in short sentences, in Korean and in English."""

from __future__ import annotations

from typing import Final

from onggi.spec.explain_columns import Pair
from onggi.spec.kinds import Family, GlmParameters, Heterogeneity, Link, MetaParameters, PenalisedParameters

_FAMILIES: Final[dict[Family, Pair]] = {
    "gaussian": ("선형 회귀(정규분포, 항등 연결)", "a linear regression (gaussian, identity link)"),
    "binomial": ("로지스틱 회귀(이항분포, 로짓 연결)", "a logistic regression (binomial, logit link)"),
    "poisson": ("포아송 회귀(로그 연결)", "a Poisson regression (log link)"),
    "gamma": ("감마 회귀(역수 연결)", "a gamma regression (inverse link)"),
}
_GAMMA_LOG: Final[Pair] = ("감마 회귀(로그 연결)", "a gamma regression (log link)")

_HETEROGENEITY: Final[dict[Heterogeneity, Pair]] = {
    "DL": ("더시모니언-레어드", "DerSimonian and Laird's method"),
    "REML": ("제한최대우도", "restricted maximum likelihood"),
    "PM": ("폴-만델", "Paule and Mandel's method"),
}


def _law(family: Family, link: Link) -> Pair:
    return _GAMMA_LOG if (family, link) == ("gamma", "log") else _FAMILIES[family]


def tell_glm(glm: GlmParameters) -> list[Pair]:
    """Every parameter of a generalised linear model."""
    ko, en = _law(glm.family, glm.link_used)
    terms = ", ".join(glm.terms)
    told = [
        (f"값이 모두 있는 사람으로 적합합니다. 모형: {ko}", f"This fits {en} on persons with every value."),
        (f"결과 변수: {glm.outcome} / 설명 변수: {terms}", f"Outcome: {glm.outcome}. Terms: {terms}."),
    ]
    for name, level in sorted(glm.references.items()):
        told.append((f"기준 범주: {name} = {level}", f"Compared with the reference level {name} = {level}."))
    if glm.offset is not None:
        told.append(
            (
                f"계수 1로 고정하여 더하는 변수(오프셋): {glm.offset}",
                f"Enters with coefficient 1 (offset): {glm.offset}.",
            )
        )
    told += _further(glm)
    told.append(
        (
            f"반복은 최대 {glm.maximum_iterations}회, 변화가 {glm.tolerance:g} 이하이면 멈춥니다.",
            f"At most {glm.maximum_iterations} iterations; it stops at changes of {glm.tolerance:g} or less.",
        )
    )
    return told


def _further(glm: GlmParameters) -> list[Pair]:
    """What a plain model does not ask."""
    told: list[Pair] = []
    if glm.weights is not None:
        told.append(
            (
                f"사람마다의 사전 가중치: {glm.weights}",
                f"Each person counts by a prior weight: {glm.weights}.",
            )
        )
    if glm.site_effects:
        told.append(
            (
                "기관마다 절편을 따로 둡니다. 절편은 기관 안에서만 구하며 밖으로 나가지 않습니다.",
                "Every hospital has an intercept of its own, which it finds for itself and tells nobody.",
            )
        )
    if glm.robust is not None:
        told.append(
            (
                f"강건 표준오차도 구합니다. 방식: {glm.robust}",
                f"Robust standard errors ({glm.robust}) are given too.",
            )
        )
    if glm.risk_edges:
        edges = ", ".join(f"{edge!r}" for edge in glm.risk_edges)
        told += [
            (
                f"적합한 모형을 같은 대상자에서 평가합니다(겉보기 성능). 예측 위험도를 나누는 경계: {edges}",
                f"The fitted model is evaluated in its own persons (apparent performance), cut at {edges}.",
            ),
            (
                "위험군마다 사건이 있는 사람과 없는 사람의 수가 나갑니다.",
                "The numbers with and without the event in each group of risk leave.",
            ),
        ]
    for group in glm.without:
        listed = ", ".join(group)
        told.append(
            (
                f"다음 항을 뺀 모형과 우도비로 비교합니다: {listed}",
                f"A likelihood-ratio test compares it with the model without {listed}.",
            )
        )
    return told


def tell_penalised(asked: PenalisedParameters) -> list[Pair]:
    """Every parameter of a path of penalised regressions."""
    ko, en = _law(asked.family, asked.link_used)
    terms = ", ".join(asked.terms)
    told = [
        (
            f"값이 모두 있는 사람으로, 벌점을 바꾸어 가며 적합합니다. 모형: {ko}",
            f"This fits {en} on persons with every value, once for each penalty on its coefficients.",
        ),
        (f"결과 변수: {asked.outcome} / 설명 변수: {terms}", f"Outcome: {asked.outcome}. Terms: {terms}."),
        (
            f"벌점의 혼합 비율: {asked.alpha:g} (0은 능형, 1은 라소, 그 사이는 엘라스틱넷)",
            f"The penalty mixes ridge (0) and lasso (1): {asked.alpha:g}.",
        ),
        _penalties(asked),
    ]
    for name, level in sorted(asked.references.items()):
        told.append((f"기준 범주: {name} = {level}", f"Compared with the reference level {name} = {level}."))
    if asked.offset is not None:
        told.append(
            (
                f"계수 1로 고정하여 더하는 변수(오프셋): {asked.offset}",
                f"Enters with coefficient 1 (offset): {asked.offset}.",
            )
        )
    told.append(
        (
            f"사람을 무작위 묶음으로 나누어 교차검증합니다. 묶음 수: {asked.folds}",
            f"Cross-validated on {asked.folds} random folds of persons.",
        )
        if asked.folds
        else ("교차검증하지 않습니다.", "There is no cross-validation.")
    )
    told.append(
        (
            f"반복은 최대 {asked.maximum_iterations}회, 변화가 {asked.tolerance:g} 이하이면 멈춥니다.",
            f"At most {asked.maximum_iterations} rounds; it stops at changes of {asked.tolerance:g} or less.",
        )
    )
    return told


def _penalties(asked: PenalisedParameters) -> Pair:
    if asked.penalties:
        listed = ", ".join(f"{each:g}" for each in asked.penalties)
        return f"벌점: {listed}", f"Penalties: {listed}."
    return (
        f"벌점의 수: {asked.path_length}, 가장 작은 것은 가장 큰 것의 {asked.path_ratio:g}배",
        f"{asked.path_length} penalties, the smallest {asked.path_ratio:g} times the largest.",
    )


def tell_meta(asked: MetaParameters) -> list[Pair]:
    """What a meta-analysis shows of each hospital first, then its model."""
    ko, en = _HETEROGENEITY[asked.heterogeneity]
    return [
        (
            "기관별 수치 공개: 기관마다 따로 구한 추정값과 표준오차가 기관 이름과 함께 그대로 나갑니다.",
            "Site-visible: each hospital's own estimate and its standard error leave it in clear, by name.",
        ),
        (
            f"기관마다 따로 적합한 회귀모형의 한 계수를 임의효과 메타분석으로 합칩니다. 계수: {asked.term}",
            f"A random-effects meta-analysis of one coefficient that each hospital fits alone: {asked.term}.",
        ),
        (f"기관 간 분산의 추정법: {ko}", f"The variance between hospitals is estimated by {en}."),
        *tell_glm(asked.model),
    ]
