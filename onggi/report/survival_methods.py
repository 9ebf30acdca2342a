"""Tells in sentences how survival was estimated, and whose conventions that follows."""

from __future__ import annotations

from typing import Final

from onggi.report.sheet import Pair
from onggi.spec.kinds.survival import RankWeights
from onggi.spec.results import SurvivalCurves

RANK_TESTS: Final[dict[RankWeights, Pair]] = {
    "logrank": ("로그순위", "logrank"),
    "wilcoxon": ("윌콕슨(Gehan, Breslow)", "wilcoxon"),
    "tarone-ware": ("타론-웨어(Tarone, Ware)", "tarone-ware"),
    "peto": ("피토(Peto, Peto)", "peto"),
    "fleming-harrington": ("플레밍-해링턴(Fleming, Harrington)", "fleming-harrington"),
}
_SOURCES: Final[dict[RankWeights, str]] = {
    "logrank": "Mantel, Haenszel 1959",
    "wilcoxon": "Gehan 1965, Breslow 1970",
    "tarone-ware": "Tarone, Ware 1977",
    "peto": "Peto, Peto 1972",
    "fleming-harrington": "Harrington, Fleming 1982",
}


def methods(result: SurvivalCurves) -> tuple[Pair, ...]:
    """The estimator on declared steps, intervals, and whatever else was asked for."""
    level = f"{100 * result.confidence:g}%"
    persons = sum(curve.n for curve in result.curves)
    told: list[Pair] = [
        (
            "생존율은 시점을 미리 정한 구간의 끝으로 올림한 카플란-마이어 추정값입니다(Kaplan, Meier 1958).",
            "Survival is estimated as by Kaplan and Meier (1958), on times rounded up to declared steps.",
        ),
        (
            "일 단위로 구한 추정값은 함께 나타낸 하한과 이 값 사이에 있습니다.",
            "The estimate on the days themselves lies between it and the lower value beside it.",
        ),
        (
            f"구간의 수: {len(result.steps)}, 마지막 구간의 끝: {result.steps[-1]}일, 인원: {persons:,}명.",
            f"Steps: {len(result.steps)}, the last one ends on day {result.steps[-1]}; persons: {persons:,}.",
        ),
        (
            f"표준오차는 그린우드 공식을 따릅니다(Greenwood 1926). 로그-로그 신뢰구간의 수준: {level}.",
            f"Standard errors follow Greenwood (1926); log-log intervals have the level {level}.",
        ),
    ]
    told += _asked_beside(result)
    if result.test is not None:
        told += _comparison(result)
    if result.rounded_to > 1:
        told.append(
            (
                "곡선은 반올림한 인원에서 계산했으며, 검정통계량은 반올림 전의 값입니다.",
                "Curves were computed from rounded counts; a test's statistic is the one before rounding.",
            )
        )
    return tuple(told)


def _asked_beside(result: SurvivalCurves) -> list[Pair]:
    told: list[Pair] = []
    if any(curve.quantiles for curve in result.curves):
        told.append(
            (
                "분위수는 생존율이 처음 그 값까지 내려간 구간의 끝입니다(Brookmeyer, Crowley 1982).",
                "Quantiles are the first step at which survival is so low (Brookmeyer, Crowley 1982).",
            )
        )
    if any(curve.restricted_mean is not None for curve in result.curves):
        told.append(
            (
                "제한평균은 기한까지 곡선 아래의 넓이입니다(분산: Klein, Moeschberger 2003).",
                "Restricted means are areas under the curves (variance: Klein, Moeschberger 2003).",
            )
        )
    if any(curve.incidence for curve in result.curves):
        told += [
            (
                "경쟁사건이 있으므로 생존율은 모든 사건이 없는 비율입니다.",
                "There are competing events: survival is freedom from all of them.",
            ),
            (
                "사건별 누적발생률은 알렌-요한센 추정값입니다(Aalen, Johansen 1978; Dinse, Larson 1986).",
                "Cumulative incidences are those of Aalen and Johansen (1978; errors: Dinse, Larson 1986).",
            ),
        ]
    return told


def _comparison(result: SurvivalCurves) -> list[Pair]:
    assert result.test is not None
    weights, source = RANK_TESTS[result.test.weights], _SOURCES[result.test.weights]
    told: list[Pair] = [
        (
            f"집단은 순위검정으로 비교했습니다(가중치: {weights[0]}; {source}).",
            f"Groups were compared by a rank test (weights: {weights[1]}; {source}).",
        ),
        (
            "이 검정에서 경쟁사건은 중도절단으로 보았습니다.",
            "Competing events count as censored in this test.",
        ),
    ]
    if result.test.strata:
        names = ", ".join(result.test.strata)
        told.append((f"검정의 층: {names}.", f"Strata of the test: {names}."))
    return told
