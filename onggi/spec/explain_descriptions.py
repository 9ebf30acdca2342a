"""Tells in short sentences what a description of persons asks, in Korean and in English."""

from __future__ import annotations

from onggi.spec.explain_columns import Pair
from onggi.spec.kinds import (
    CorrelationParameters,
    CrossTableParameters,
    DistributionParameters,
    RatesParameters,
    TableOneParameters,
)


def tell_table_one(asked: TableOneParameters) -> list[Pair]:
    """Which variables, in which groups, and who is left out."""
    listed = ", ".join(asked.variables)
    told = [
        (
            f"변수별 인원과 결측, 숫자의 평균과 표준편차, 수준별 인원과 비율을 구합니다. 변수: {listed}",
            f"Each variable is described (persons, missing values, mean and spread, or shares): {listed}.",
        )
    ]
    if asked.by is not None:
        told.append(
            (
                f"집단으로 나누어 비교합니다(표준화 차이와 검정). 나누는 변수: {asked.by}",
                f"In groups of {asked.by}, which are compared (standardised differences and tests).",
            )
        )
    if asked.complete:
        needed = ", ".join(asked.complete)
        told.append(
            (
                f"값이 없는 사람을 표 전체에서 빼는 변수: {needed}",
                f"Whoever has no value of these is left out of the whole table: {needed}.",
            )
        )
    return told


def tell_distribution(asked: DistributionParameters) -> list[Pair]:
    """The number, its intervals, groups and quantiles."""
    cuts = ", ".join(f"{cut:g}" for cut in asked.cuts)
    told = [
        (
            f"숫자 변수의 구간별 인원을 셉니다. 변수: {asked.variable}, 경계: {cuts}",
            f"Persons are counted in intervals of {asked.variable}, cut at {cuts}.",
        )
    ]
    if asked.by is not None:
        told.append((f"집단별로도 셉니다. 나누는 변수: {asked.by}", f"Also in each group of {asked.by}."))
    if asked.quantiles:
        listed = ", ".join(f"{each:g}" for each in asked.quantiles)
        told.append(
            (
                f"분위수는 같은 구간의 인원에서만 읽습니다. 분위수: {listed}",
                f"Quantiles are read from the same intervals alone: {listed}.",
            )
        )
    return told


def tell_cross_table(asked: CrossTableParameters) -> list[Pair]:
    """What stands in rows, columns and strata."""
    told = [
        (
            f"두 변수의 수준별로 나눈 칸마다 인원을 셉니다. 행: {asked.rows}, 열: {asked.columns}",
            f"Persons are counted in each cell of {asked.rows} (rows) by {asked.columns} (columns).",
        )
    ]
    if asked.strata is not None:
        told.append(
            (
                f"층마다 따로 표를 만듭니다. 층 변수: {asked.strata}",
                f"A table for each level of {asked.strata} beside everybody's.",
            )
        )
    return told


def tell_correlation(asked: CorrelationParameters) -> list[Pair]:
    """Between which numbers, over whom."""
    listed = ", ".join(asked.variables)
    return [
        (
            f"값이 모두 있는 사람으로 둘씩 피어슨 상관계수를 구합니다. 변수: {listed}",
            f"Pearson's correlation of every two of these, on persons with every value: {listed}.",
        )
    ]


def tell_rates(asked: RatesParameters) -> list[Pair]:
    """Which outcome, in which groups and strata, against what."""
    told = [
        (
            f"처음 일어난 사건 수와 관찰 인년으로 1,000인년당 발생률을 구합니다. 결과: {asked.outcome}",
            f"First events per 1,000 person-years of follow-up. Outcome: {asked.outcome}.",
        )
    ]
    if asked.by is not None:
        told.append((f"집단별로도 구합니다. 나누는 변수: {asked.by}", f"Also in each group of {asked.by}."))
    for each in asked.strata:
        cuts = ", ".join(f"{cut:g}" for cut in each.cuts) or "-"
        told.append(
            (
                f"층으로 나눕니다. 변수: {each.variable}, 경계: {cuts}",
                f"In strata of {each.variable}, cut at: {cuts}.",
            )
        )
    for weights, ko, en in (
        (
            asked.standard,
            "표준인구 가중치로 직접 표준화합니다. 층별 가중치",
            "Standardised directly, by weights",
        ),
        (
            asked.reference_rates,
            "기준 발생률(1,000인년당)로 기대되는 사건 수와 비교합니다",
            "Against reference rates",
        ),
    ):
        if weights:
            listed = ", ".join(f"{each:g}" for each in weights)
            told.append((f"{ko}: {listed}", f"{en}: {listed}."))
    if not asked.events_by_stratum:
        told.append(
            (
                "층별 사건 수는 나가지 않고 집단별 사건 수만 나갑니다.",
                "Events leave for whole groups alone, not for single strata.",
            )
        )
    return told
