"""Tells in short sentences what a description of persons asks, in Korean and in English."""

from __future__ import annotations

from onggi.spec.explain_columns import Pair
from onggi.spec.kinds import TableOneParameters


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
