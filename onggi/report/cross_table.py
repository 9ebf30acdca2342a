"""How a cross table is told: cells with their margins, how rows and columns go together, shares of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from onggi.report.bar_panels import bar_panels, told_bars
from onggi.report.figure import Axis, Figure, Said
from onggi.report.sheet import Column, Pair, Sheet, Value
from onggi.report.told_numbers import told_group
from onggi.spec.results import CrossedPersons, CrossTable, Estimate

_TOTAL = "total"
_TOTAL_SAID: Final[Pair] = ("합계", "total")
_SHARES: Final[Pair] = ("행별 비율(%)", "Share of each row's persons, %")
_FEW: Final = 5
"""Expected persons in a cell, under which the chi-square approximation is commonly held to be poor."""


def sheets(result: CrossTable) -> tuple[Sheet, ...]:
    """Two sheets, a row for each line of each table and a row for each table."""
    columns = [
        Column("stratum", ("층", "Stratum")),
        Column("row", (result.rows_variable, result.rows_variable)),
        *_level_columns(result),
        Column(_TOTAL, ("합계", "Total")),
    ]
    rows = [line for table in result.tables for line in _lines(result, table)]
    cells = Sheet("cross_table", ("교차표", "Cross table"), tuple(columns), tuple(rows))
    return (cells, _associations(result))


def figure(result: CrossTable) -> Figure | None:
    """Bars of shares, for everybody and in each stratum: a row's persons by column."""
    drawn = [_shares(result, table) for table in result.tables]
    whole = Axis(_SHARES, low=0.0, high=100.0)
    panels = tuple(replace(panel, x=whole) for panel in bar_panels(drawn))
    title: Pair = (
        f"{result.rows_variable} × {result.columns_variable}: 행별 비율",
        f"{result.rows_variable} by {result.columns_variable}: shares of rows",
    )
    ko, en = told_bars(drawn, minimum=result.minimum_persons)
    told: Pair = (f"행별 비율을 막대로 나타냅니다(%). {ko}", f"Bars for the shares of each row, in %. {en}")
    return Figure(title, told, panels) if panels else None


def _shares(result: CrossTable, table: CrossedPersons) -> Sheet:
    """What is drawn: per cent of the cells that are shown, to one decimal. A row of nobody has no shares."""
    rows: list[tuple[Value, ...]] = []
    for level, cells in zip(result.row_levels, table.persons, strict=True):
        if persons := sum(cells):
            rows.append((level, *(round(100 * count / persons, 1) for count in cells)))
    name = _stratum(result, table)
    title: Pair = (name, name) if isinstance(name, str) else name
    columns = (Column("row", (result.rows_variable,) * 2), *_level_columns(result))
    return Sheet("shares", title, columns, tuple(rows))


def methods(result: CrossTable) -> tuple[Pair, ...]:
    """Who is counted, and each measure of association that is shown, with its source."""
    told = [_COUNTED] if result.strata_variable is None else [*_COUNTED_IN_STRATA]
    if any(table.test is not None for table in result.tables):
        told += _TESTED
    if any(_is_poor(table) for table in result.tables):
        told.append(_POOR)
    if any(table.two_by_two is not None for table in result.tables):
        told += _COMPARED
    if result.rounded_to > 1:
        told.append(
            (
                "검정과 비는 공개된 칸의 인원에서 계산했습니다.",
                "Tests and ratios are worked out from the cells that are shown.",
            )
        )
    return tuple(told)


def _is_poor(table: CrossedPersons) -> bool:
    return table.test is not None and table.smallest_expected is not None and table.smallest_expected < _FEW


_COUNTED: Final[Pair] = (
    "두 변수의 값이 모두 있는 사람을 칸별로 세었습니다.",
    "Persons who have both variables were counted by cell.",
)
_COUNTED_IN_STRATA: Final[tuple[Pair, ...]] = (
    (
        "세 변수의 값이 모두 있는 사람을 층과 칸별로 세었습니다.",
        "Persons who have all three variables were counted by stratum and cell.",
    ),
    (
        "전체 표는 층의 합이며 층을 보정한 값이 아닙니다.",
        "The overall table adds the strata up; it is not adjusted for them.",
    ),
)
_TESTED: Final[tuple[Pair, ...]] = (
    (
        "관련성은 연속성 수정 없는 피어슨 카이제곱 검정으로 보았습니다(Pearson 1900).",
        "Association was tested by Pearson's chi-square without continuity correction (Pearson 1900).",
    ),
    (
        "크래머 V는 카이제곱 통계량에서 구했습니다(Cramér 1946).",
        "Cramer's V follows from the chi-square statistic (Cramér 1946).",
    ),
)
_POOR: Final[Pair] = (
    f"기대 인원이 {_FEW}명보다 적은 칸이 있어 카이제곱 근사가 부정확할 수 있습니다.",
    f"Some cells expect fewer than {_FEW} persons: the chi-square approximation may be poor there.",
)
_COMPARED: Final[tuple[Pair, ...]] = (
    (
        "오즈비, 위험비, 위험차는 첫째 행에 대한 둘째 행의 값이며, 둘째 열의 수준을 사건으로 봅니다.",
        "Odds ratio, risk ratio and risk difference: second row against first, of the second column's level.",
    ),
    (
        "95% 신뢰구간의 방법: 오즈비 Woolf 1955, 위험비 Katz 등 1978, 위험차는 집단별 분산의 합.",
        "95% intervals: odds ratio Woolf 1955, risk ratio Katz et al. 1978, difference unpooled variances.",
    ),
)


def _level_columns(result: CrossTable) -> list[Column]:
    """A level's name alone could be that of another column."""
    return [
        Column(named, (named, named))
        for named in (f"{result.columns_variable}={level}" for level in result.column_levels)
    ]


def _stratum(result: CrossTable, table: CrossedPersons) -> Said:
    return told_group(table.stratum, first=result.tables[0].stratum)


def _lines(result: CrossTable, table: CrossedPersons) -> list[tuple[Value, ...]]:
    stratum = _stratum(result, table)
    lines = zip(result.row_levels, table.persons, table.row_totals, strict=True)
    found: list[tuple[Value, ...]] = [(stratum, level, *cells, total) for level, cells, total in lines]
    return [*found, (stratum, _TOTAL_SAID, *table.column_totals, table.total)]


def _associations(result: CrossTable) -> Sheet:
    columns = [
        Column("stratum", ("층", "Stratum")),
        Column("chi_square", ("카이제곱", "Chi-square")),
        Column("dof", ("자유도", "Degrees of freedom")),
        Column("p_value", ("p값", "p value")),
        Column("cramers_v", ("크래머 V", "Cramer's V")),
        Column("smallest_expected", ("최소 기대 인원", "Smallest expected persons")),
    ]
    for name, ko, en in (
        ("odds_ratio", "오즈비", "Odds ratio"),
        ("risk_ratio", "위험비", "Risk ratio"),
        ("risk_difference", "위험차", "Risk difference"),
    ):
        columns.append(Column(name, (ko, en)))
        columns.append(Column(f"{name}_low", (f"{ko} 95% 하한", f"{en}, 95 % from")))
        columns.append(Column(f"{name}_high", (f"{ko} 95% 상한", f"{en}, 95 % to")))
    rows = tuple((_stratum(result, table), *_association(table)) for table in result.tables)
    return Sheet("association", ("관련성", "Association"), tuple(columns), rows)


def _association(table: CrossedPersons) -> tuple[Value, ...]:
    test, compared = table.test, table.two_by_two
    tested = (test.statistic, test.dof, test.p_value) if test is not None else (None,) * 3
    ratios: list[Value] = [None] * 9
    if compared is not None:
        ratios = [*_told(compared.odds_ratio), *_told(compared.risk_ratio), *_told(compared.risk_difference)]
    return (*tested, table.cramers_v, table.smallest_expected, *ratios)


def _told(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high
