"""A Table 1 as one sheet: a row for each number and each level, a few columns for each group."""

from __future__ import annotations

from onggi.report.sheet import Column, Sheet, Value
from onggi.spec.results import LevelsRow, NumberRow, TableOne

_NUMBERS = (
    ("persons", "인원", "persons"),
    ("missing", "결측", "missing"),
    ("mean", "평균", "mean"),
    ("standard_deviation", "표준편차", "standard deviation"),
    ("share", "비율", "share"),
)


def sheets(result: TableOne) -> tuple[Sheet, ...]:
    """One sheet. A level has persons and a share, a number persons, a mean and a standard deviation."""
    groups = ("overall", *result.groups)
    columns = [Column("variable", ("변수", "Variable")), Column("level", ("수준", "Level"))]
    for group in groups:
        told = ("전체", "Overall") if group == "overall" else (group, group)
        columns += [
            Column(f"{name}_{group}", (f"{told[0]}: {ko}", f"{told[1]}: {en}")) for name, ko, en in _NUMBERS
        ]
    columns += [
        Column("standardised_difference", ("표준화 차이", "Standardised difference")),
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
    return (row.difference, test.test, test.statistic, test.dof, test.denominator_dof, test.p_value)
