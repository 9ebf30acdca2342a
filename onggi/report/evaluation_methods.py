"""Tells in sentences how a prediction model was evaluated, and whose conventions that follows."""

from __future__ import annotations

from onggi.report.sheet import Pair
from onggi.spec.results import ModelEvaluation


def methods(result: ModelEvaluation) -> tuple[Pair, ...]:
    """Discrimination, overall error, calibration, groups of risk, and thresholds."""
    everybody = result.populations[0]
    persons, events = everybody.persons, everybody.events
    told: list[Pair] = [
        _whose(result),
        (
            f"모든 변수의 값이 있는 사람만 포함했습니다: {persons:,}명. 사건이 있는 사람: {events:,}명.",
            f"Persons with every value were included: n = {persons:,}, with the event: {events:,}.",
        ),
        (
            f"위험도는 미리 정한 위험군으로 나누었습니다(위험군의 수: {len(everybody.groups)}).",
            f"Risks were divided into groups fixed beforehand (groups: {len(everybody.groups)}).",
        ),
        (
            "AUC는 위험군 위의 사다리꼴 넓이이며, 같은 군의 두 사람은 동점으로 보았습니다.",
            "The AUC is the trapezoid over the groups: two persons of one group are a tie.",
        ),
        (
            "AUC의 95% 신뢰구간은 DeLong, DeLong, Clarke-Pearson 1988의 방법입니다.",
            "Its 95% interval is that of DeLong, DeLong and Clarke-Pearson (1988).",
        ),
        (
            "브라이어 점수는 위험도와 결과의 평균 제곱 차이입니다(Brier 1950; 척도화: Steyerberg 등 2010).",
            "The Brier score is the mean squared difference (Brier 1950; scaled: Steyerberg et al. 2010).",
        ),
        (
            "보정 절편과 기울기는 선형예측값에 대한 로지스틱 회귀의 계수입니다(Cox 1958, Wald 신뢰구간).",
            "Calibration intercept and slope: logistic regression on the linear predictor (Cox 1958; Wald).",
        ),
        (
            "전체 보정은 선형예측값을 오프셋으로 둔 로지스틱 회귀의 절편입니다.",
            "Calibration in the large is the intercept with the linear predictor as offset.",
        ),
        (
            "재보정은 절편 0, 기울기 1에 대한 우도비로 검정했습니다(자유도 2).",
            "Recalibration was tested by the likelihood ratio against intercept 0 and slope 1 (2 df).",
        ),
        (
            "위험군의 관찰된 비율에는 윌슨 신뢰구간을 붙였습니다(Wilson 1927).",
            "Observed shares of the groups have intervals of Wilson (1927).",
        ),
        _hosmer_lemeshow(result),
    ]
    if everybody.thresholds:
        told.append(
            (
                "기준 위험도마다 판정의 비율과 순이득을 구했습니다(Wilson 1927; Vickers, Elkin 2006).",
                "Each threshold has its shares (Wilson 1927) and its net benefit (Vickers, Elkin 2006).",
            )
        )
    if result.by is not None:
        levels = len(result.populations) - 1
        told.append(
            (
                f"나누어 본 변수: {result.by} (구분의 수: {levels}).",
                f"Everything was repeated in each part by: {result.by} (parts: {levels}).",
            )
        )
    if result.rounded_to > 1:
        told.append(
            (
                "인원에서 나오는 수치는 반올림한 인원으로 계산했습니다.",
                "What follows from counts was computed from the rounded ones.",
            )
        )
        told.append(
            (
                "브라이어 점수, 재보정, 평균 위험도는 반올림하지 않은 자료에서 구했습니다.",
                "Brier score, recalibration and mean risks rest on the persons themselves.",
            )
        )
    return tuple(told)


def _whose(result: ModelEvaluation) -> Pair:
    if result.developed_here:
        return (
            "예측 모형을 개발한 바로 그 자료에서 평가했습니다.",
            "The prediction model was evaluated in the very data in which it was developed.",
        )
    return (
        "다른 곳에서 온 예측 모형을 이 기관들의 자료에서 평가했습니다.",
        "A prediction model from elsewhere was evaluated in these hospitals' data.",
    )


def _hosmer_lemeshow(result: ModelEvaluation) -> Pair:
    if result.developed_here:
        return (
            "호스머-렘쇼 검정의 자유도는 위험군의 수보다 2 작습니다.",
            "The Hosmer-Lemeshow test has two degrees of freedom less than groups.",
        )
    return (
        "호스머-렘쇼 검정의 자유도는 위험군의 수입니다.",
        "The Hosmer-Lemeshow test has as many degrees of freedom as groups.",
    )
