"""How correlations are told: a row for each pair, and a tile for each."""

from __future__ import annotations

from typing import Final

from onggi.report.figure import Axis, Figure, Panel, Tiles
from onggi.report.sheet import Column, Pair, Sheet
from onggi.report.told_numbers import told_list
from onggi.spec.results import Correlation

_VARIABLE: Final[Pair] = ("변수", "Variable")


def sheets(result: Correlation) -> tuple[Sheet, ...]:
    """One sheet. Every pair rests on the same persons."""
    return (
        Sheet(
            "correlation",
            ("상관계수", "Correlation"),
            (
                Column("first", ("변수 1", "First")),
                Column("second", ("변수 2", "Second")),
                Column("n", ("인원", "Persons")),
                Column("coefficient", ("상관계수", "Coefficient")),
                Column("low", ("95% 하한", "95 % from")),
                Column("high", ("95% 상한", "95 % to")),
                Column("p_value", ("p값", "p value")),
            ),
            tuple(
                (pair.first, pair.second, result.n, pair.coefficient, pair.low, pair.high, pair.p_value)
                for pair in result.pairs
            ),
        ),
    )


def figure(result: Correlation) -> Figure | None:
    """A tile for each two variables, darker the stronger they go together; the number stands in it."""
    if not result.pairs:
        return None
    names = result.variables
    panel = Panel(Axis(_VARIABLE, names=names), Axis(_VARIABLE, names=names), (Tiles(result.matrix()),))
    listed = told_list(
        f"{pair.first}, {pair.second}: {pair.coefficient:.3g} ({pair.low:.3g}, {pair.high:.3g})"
        for pair in result.pairs
    )
    told: Pair = (
        f"두 변수마다 상관계수를 칸에 적습니다. 괄호 안은 95% 신뢰구간입니다. {listed}",
        f"A tile for each two variables holds their coefficient; in brackets its 95% interval. {listed}",
    )
    return Figure(("피어슨 상관계수", "Pearson's correlation"), told, (panel,))


def methods(result: Correlation) -> tuple[Pair, ...]:
    """The coefficient, its persons, its interval and its test."""
    told: list[Pair] = [
        (
            "두 변수마다 피어슨 상관계수를 구했습니다. 합산된 곱에서 구한 값은 모은 자료의 값과 같습니다.",
            "Pearson's coefficient of every two variables; added-up products give that of the pooled rows.",
        ),
        (
            f"모든 변수의 값이 있는 사람만 포함했습니다: {result.n:,}명.",
            f"Persons with every value were included: n = {result.n:,}.",
        ),
        (
            "95% 신뢰구간은 Fisher의 z 변환으로 구했습니다(Fisher 1921).",
            "95% intervals are by Fisher's z (Fisher 1921).",
        ),
        (
            "p값의 기준은 자유도 n - 2인 t분포이며, 상관이 없다는 가설의 양측 검정입니다.",
            "Two-sided p values of no correlation use Student's t with n - 2 degrees of freedom.",
        ),
    ]
    if result.rounded_to > 1:
        told.append(
            (
                "상관계수는 표준오차의 10분의 1 자리까지 적고, 나머지는 그 수치에서 계산했습니다.",
                "Coefficients are told to a tenth of their standard error; the rest follows from these.",
            )
        )
    return tuple(told)
