"""How a Table 1 is told: a row for each number and each level, and how far groups lie from each other."""

from __future__ import annotations

from typing import Final

from onggi.report.figure import Axis, Figure, Guide, Panel, Points
from onggi.report.sheet import Column, Pair, Sheet, Value
from onggi.report.told_numbers import told_list
from onggi.spec.results import LevelsRow, NumberRow, TableOne

_NUMBERS = (
    ("persons", "인원", "persons"),
    ("missing", "결측", "missing"),
    ("mean", "평균", "mean"),
    ("standard_deviation", "표준편차", "standard deviation"),
    ("share", "비율", "share"),
)
_VARIABLE = Column("variable", ("변수", "Variable"))
_DIFFERENCE: Final[Pair] = ("절대 표준화 차이", "Absolute standardised difference")
_SMALL: Final = 0.1
"""Differences under it are commonly taken as negligible (Austin 2009)."""
_TESTS: Final[dict[str, Pair]] = {
    "welch_t": ("Welch t 검정", "Welch's t"),
    "one_way_anova": ("일원 분산분석", "one-way analysis of variance"),
    "pearson_chi_square": ("피어슨 카이제곱 검정", "Pearson's chi-square"),
}
_TESTED: Final[dict[str, Pair]] = {
    "welch_t": (
        "두 집단의 평균은 등분산을 가정하지 않는 Welch t 검정으로 비교했습니다(Welch 1947).",
        "Means of two groups were compared by Welch's t test, for unequal variances (Welch 1947).",
    ),
    "one_way_anova": (
        "셋 이상인 집단의 평균은 등분산을 가정하는 일원 분산분석으로 비교했습니다(Fisher 1925).",
        "Means of more groups: one-way analysis of variance, for equal variances (Fisher 1925).",
    ),
    "pearson_chi_square": (
        "수준별 인원은 연속성 수정 없는 피어슨 카이제곱 검정으로 비교했습니다(Pearson 1900).",
        "Levels were compared by Pearson's chi-square without continuity correction (Pearson 1900).",
    ),
}
_TWO: Final = 2
_ROUNDED: Final[tuple[Pair, ...]] = (
    (
        "평균과 표준편차는 그 표준오차의 10분의 1 자리까지 적었습니다.",
        "Means and standard deviations are told to a tenth of their standard error.",
    ),
    (
        "비율, 표준화 차이, 검정은 공개된 수치에서 계산했습니다.",
        "Shares, differences and tests are worked out from the numbers that are shown.",
    ),
)


def sheets(result: TableOne) -> tuple[Sheet, ...]:
    """One sheet. A level has persons and a share, a number persons, a mean and a standard deviation."""
    groups = ("overall", *result.groups)
    columns = [_VARIABLE, Column("level", ("수준", "Level"))]
    for group in groups:
        told = ("전체", "Overall") if group == "overall" else (group, group)
        columns += [
            Column(f"{name}_{group}", (f"{told[0]}: {ko}", f"{told[1]}: {en}")) for name, ko, en in _NUMBERS
        ]
    columns += [
        Column("standardised_difference", _DIFFERENCE),
        Column("test", ("검정", "Test")),
        Column("statistic", ("통계량", "Statistic")),
        Column("dof", ("자유도", "Degrees of freedom")),
        Column("denominator_dof", ("분모 자유도", "Denominator degrees of freedom")),
        Column("p_value", ("p값", "p value")),
    ]
    rows: list[tuple[Value, ...]] = [_everybody(result)]
    for row in result.variables:
        rows += [_number_row(row)] if isinstance(row, NumberRow) else _level_rows(row)
    return (Sheet("table_one", ("기저 특성", "Baseline characteristics"), tuple(columns), tuple(rows)),)


def figure(result: TableOne) -> Figure | None:
    """A point for each variable's standardised difference; None where no groups are compared."""
    compared = [(row.variable, row.difference) for row in result.variables if row.difference is not None]
    if not compared:
        return None
    names, found = zip(*compared, strict=True)
    points = Points(_DIFFERENCE, found, tuple(map(float, range(len(found)))))
    panel = Panel(
        Axis(_DIFFERENCE, low=0.0), Axis(_VARIABLE.title, names=names), (Guide("x", _SMALL), points)
    )
    listed = told_list(f"{name} {at:.3g}" for name, at in compared)
    told: Pair = (
        f"변수마다 집단 간 절대 표준화 차이를 점으로 나타냅니다. 점선은 {_SMALL}입니다. {listed}",
        f"A point for each variable's difference between groups; dashed line at {_SMALL}. {listed}",
    )
    return Figure(("집단 간 표준화 차이", "Standardised differences between groups"), told, (panel,))


def methods(result: TableOne) -> tuple[Pair, ...]:
    """How each kind of variable is summarised, how groups are compared, and what rounding touches."""
    told: list[Pair] = [
        (
            "수치형 변수는 평균과 표준편차(분모 n - 1), 범주형 변수는 수준별 인원과 비율로 요약했습니다.",
            "Numbers: mean and standard deviation (denominator n - 1); levels: persons and their share.",
        ),
        (
            "통계량은 그 변수의 값이 있는 사람에 대한 것이며, 값이 없는 사람은 결측으로 세었습니다.",
            "Statistics are of the persons who have the variable; those who lack it count as missing.",
        ),
        (
            "여러 기관의 합과 편차 제곱합에서 구한 값은 모은 자료의 값과 같습니다.",
            "Sums and sums of squared deviations over hospitals give the values of the pooled rows.",
        ),
    ]
    if any(row.difference is not None for row in result.variables):
        told.append(_differences(len(result.groups)))
    tests = dict.fromkeys(row.test.test for row in result.variables if row.test is not None)
    told += [_TESTED[test] for test in tests]
    if result.rounded_to > 1:
        told += _ROUNDED
    return tuple(told)


def _differences(groups: int) -> Pair:
    sources = "Austin 2009; Yang, Dalton 2012"
    if groups > _TWO:
        return (
            f"표준화 차이는 두 집단씩 비교한 절댓값 가운데 가장 큰 값입니다({sources}).",
            f"Standardised differences are absolute, the largest of any two groups ({sources}).",
        )
    return (
        f"표준화 차이는 두 집단을 비교한 절댓값입니다({sources}).",
        f"Standardised differences between the two groups are absolute ({sources}).",
    )


def _everybody(result: TableOne) -> tuple[Value, ...]:
    cells: list[Value] = [("인원", "Persons"), ""]
    for persons in result.persons:
        cells += [persons, None, None, None, None]
    return (*cells, *(None,) * 6)


def _number_row(row: NumberRow) -> tuple[Value, ...]:
    cells: list[Value] = [row.variable, ""]
    columns = zip(row.present, row.missing, row.means, row.standard_deviations, strict=True)
    for present, missing, mean, deviation in columns:
        cells += [present, missing, mean, deviation, None]
    return (*cells, *_compared(row))


def _level_rows(row: LevelsRow) -> list[tuple[Value, ...]]:
    found = []
    for at, (level, persons, shares) in enumerate(zip(row.levels, row.persons, row.shares, strict=True)):
        cells: list[Value] = [row.variable, level]
        for count, share, missing in zip(persons, shares, row.missing, strict=True):
            cells += [count, None if at else missing, None, None, share]
        found.append((*cells, *(_compared(row) if at == 0 else (None,) * 6)))
    return found


def _compared(row: NumberRow | LevelsRow) -> tuple[Value, ...]:
    test = row.test
    if test is None:
        return (row.difference, *(None,) * 5)
    return (row.difference, _TESTS[test.test], test.statistic, test.dof, test.denominator_dof, test.p_value)
