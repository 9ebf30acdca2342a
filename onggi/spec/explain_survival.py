"""Tells what survival curves and Cox regressions ask, in Korean and in English."""

from __future__ import annotations

from onggi.spec.explain_columns import Pair
from onggi.spec.kinds.cox import CoxParameters
from onggi.spec.kinds.survival import RankWeights, SurvivalParameters

_WEIGHTS: dict[RankWeights, Pair] = {
    "logrank": ("로그순위 검정", "log-rank"),
    "wilcoxon": ("윌콕슨(게한·브레슬로) 검정", "Wilcoxon (Gehan, Breslow)"),
    "tarone-ware": ("타론·웨어 검정", "Tarone-Ware"),
    "peto": ("페토 검정", "Peto"),
    "fleming-harrington": ("플레밍·해링턴 검정", "Fleming-Harrington"),
}
_MOST_STEPS = 12


def tell_survival(asked: SurvivalParameters) -> list[Pair]:
    """The sentences of survival curves."""
    shown = ", ".join(str(step) for step in asked.steps[:_MOST_STEPS])
    number = len(asked.steps)
    more = ", …" if number > _MOST_STEPS else ""
    told = [
        (
            f"결과 사건까지의 시간을 카플란-마이어 방법으로 추정합니다. 결과 사건: {asked.outcome}",
            f"Time to {asked.outcome} is estimated by the Kaplan-Meier method on times rounded up to steps.",
        ),
        (
            f"구간마다 사건과 중도절단 인원이 나갑니다. 구간 수: {number}, 구간 끝(일): {shown}{more}",
            f"Persons with the event and censored leave for each of {number} steps, to days {shown}{more}.",
        ),
    ]
    if asked.group is not None:
        ko, en = _WEIGHTS[asked.weights]
        power = f" (rho = {asked.rho:g})" if asked.weights == "fleming-harrington" else ""
        told.append(
            (
                f"집단을 나누어 비교합니다. 변수: {asked.group}, 방법: {ko}{power}",
                f"Groups of {asked.group} are compared by the {en} test{power}.",
            )
        )
    if asked.strata:
        listed = ", ".join(asked.strata)
        told.append((f"검정의 층: {listed}", f"The comparison is made within strata of {listed}."))
    listed = ", ".join(f"{each:g}" for each in asked.quantiles)
    told.append(
        (
            f"분위수: {listed or '없음'} / 신뢰수준: {asked.confidence:g}",
            f"Quantiles: {listed or 'none'}. Level of the intervals: {asked.confidence:g}.",
        )
    )
    if asked.restricted_mean_days is not None:
        days = asked.restricted_mean_days
        told.append((f"제한평균 생존시간: {days}일까지", f"Restricted mean up to day {days}."))
    return told


def tell_cox(asked: CoxParameters) -> list[Pair]:
    """The sentences of a Cox regression."""
    terms, most = ", ".join(asked.terms), asked.maximum_iterations
    told = [
        (
            "값이 모두 있는 사람으로 콕스 비례위험모형을 적합합니다. 기관마다 기저위험이 따로 있습니다.",
            "This fits a Cox regression on persons with every value, with a baseline hazard per hospital.",
        ),
        (
            f"결과 사건: {asked.outcome} / 설명 변수: {terms}",
            f"Outcome: the event of {asked.outcome}; competing events count as censored. Terms: {terms}.",
        ),
    ]
    for name, level in sorted(asked.references.items()):
        told.append((f"기준 범주: {name} = {level}", f"Compared with the reference level {name} = {level}."))
    if asked.strata:
        listed = ", ".join(asked.strata)
        told.append((f"기관 안의 층: {listed}", f"Within each hospital, strata of {listed}."))
    robust = ("강건 표준오차도 구합니다.", "Robust errors are computed as well.")
    told += [robust] if asked.robust else []
    told += [
        (f"동시 사건 처리: {asked.ties}", f"Ties are handled by the method of {asked.ties.capitalize()}."),
        (
            f"비례위험 검정의 시간 변환: {asked.time_transform}(일)",
            f"Proportional hazards are tested against {asked.time_transform}(day).",
        ),
        (
            f"반복은 최대 {most}회, 변화가 {asked.tolerance:g} 이하이면 멈춥니다.",
            f"At most {most} iterations; it stops at changes of {asked.tolerance:g} or less.",
        ),
    ]
    return told
