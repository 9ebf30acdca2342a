"""A cross table as sheets: the cells with their margins, then how rows and columns go together."""

from __future__ import annotations

from onggi.report.sheet import Column, Sheet, Value
from onggi.spec.results import CrossedPersons, CrossTable, Estimate

_TOTAL = "total"


def sheets(result: CrossTable) -> tuple[Sheet, ...]:
    """Two sheets, a row for each line of each table and a row for each table."""
    columns = [
        Column("stratum", ("층", "Stratum")),
        Column("row", (result.rows_variable, result.rows_variable)),
        *(Column(level, (f"{result.columns_variable}={level}",) * 2) for level in result.column_levels),
        Column(_TOTAL, ("합계", "Total")),
    ]
    rows = [line for table in result.tables for line in _lines(result, table)]
    cells = Sheet("cross_table", ("교차표", "Cross table"), tuple(columns), tuple(rows))
    return (cells, _associations(result))


def _lines(result: CrossTable, table: CrossedPersons) -> list[tuple[Value, ...]]:
    lines = zip(result.row_levels, table.persons, table.row_totals, strict=True)
    found: list[tuple[Value, ...]] = [(table.stratum, level, *cells, total) for level, cells, total in lines]
    return [*found, (table.stratum, _TOTAL, *table.column_totals, table.total)]


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
    rows = tuple(_association(table) for table in result.tables)
    return Sheet("association", ("관련성", "Association"), tuple(columns), rows)


def _association(table: CrossedPersons) -> tuple[Value, ...]:
    test, compared = table.test, table.two_by_two
    tested = (test.statistic, test.dof, test.p_value) if test is not None else (None,) * 3
    ratios: list[Value] = [None] * 9
    if compared is not None:
        ratios = [*_told(compared.odds_ratio), *_told(compared.risk_ratio), *_told(compared.risk_difference)]
    return (table.stratum, *tested, table.cramers_v, table.smallest_expected, *ratios)


def _told(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high
