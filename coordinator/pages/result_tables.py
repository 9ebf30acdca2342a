"""An answer as tables for a page: rows of labels and numbers, withheld ones with their reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from onggi.report import correlation, cross_table, distribution, rates, table_one
from onggi.report.sheet import Hidden, Sheet
from onggi.spec.results import (
    ConceptReport,
    Correlation,
    CountTable,
    CrossTable,
    Distribution,
    ModelFit,
    OverlapTable,
    Rates,
    Result,
    TableOne,
    Withheld,
)

Number = int | float | str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, or why it is not shown."""

    value: Number
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One table: the key of its caption, the keys of its columns after the label's, and its rows."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def tables_of(result: Result) -> list[ResultTable]:
    """Every number of the answer."""
    match result:
        case CountTable():
            return _count_tables(result)
        case OverlapTable():
            return _overlap_tables(result)
        case ConceptReport():
            return [_concept_table(result)]
        case ModelFit():
            return _model_tables(result)
        case Distribution():
            return _long_tables(distribution.sheets(result))
        case CrossTable():
            return _long_tables(cross_table.sheets(result))
        case Correlation():
            return _long_tables(correlation.sheets(result))
        case Rates():
            return _long_tables(rates.sheets(result))
        case TableOne():
            return _long_tables(table_one.sheets(result))
        case _:
            assert_never(result)


def _persons(
    caption: str, labels: Sequence[str], persons: Sequence[int | None], withheld: Sequence[Withheld | None]
) -> ResultTable:
    rows = zip(labels, persons, withheld, strict=True)
    return ResultTable(
        caption, ("result.persons",), tuple((label, (Cell(value, why),)) for label, value, why in rows)
    )


def _count_tables(found: CountTable) -> list[ResultTable]:
    tables = [_persons("result.funnel", found.steps, found.persons, found.withheld)]
    if found.events:
        counted = zip(found.steps, found.events, found.withheld, strict=True)
        rows = tuple((label, (Cell(value, why),)) for label, value, why in counted)
        tables.append(ResultTable("result.events", ("result.events_number",), rows))
    tables += [
        _persons("result.further_funnel", one.steps, one.persons, one.withheld) for one in found.funnels
    ]
    tables += [_persons("result.groups", one.groups, one.persons, one.withheld) for one in found.groups]
    return tables


def _overlap_tables(found: OverlapTable) -> list[ResultTable]:
    names = [
        " + ".join(name for name, is_in in zip(found.cohorts, flags, strict=True) if is_in)
        for flags in found.combinations
    ]
    return [
        _persons("result.cohorts", found.cohorts, found.totals, found.totals_withheld),
        _persons("result.combinations", names, found.persons, found.withheld),
    ]


def _concept_table(found: ConceptReport) -> ResultTable:
    columns = ("result.known", "result.standard", "result.valid")
    rows = tuple(
        (f"{each.name}: {one.concept}", (Cell(one.known), Cell(one.standard), Cell(one.valid)))
        for each in found.sets
        for one in each.concepts
    )
    return ResultTable("result.concepts", columns, rows)


def _model_tables(found: ModelFit) -> list[ResultTable]:
    terms = zip(found.terms, found.coefficients, found.standard_errors, strict=True)
    coefficients = tuple((term, (Cell(_short(value)), Cell(_short(error)))) for term, value, error in terms)
    facts = {
        "result.n": found.n,
        "result.events_number": found.events,
        "result.dof": found.residual_dof,
        "result.deviance": _short(found.deviance),
        "result.log_likelihood": _short(found.log_likelihood),
        "result.aic": _short(found.aic),
        "result.iterations": found.iterations,
    }
    told = tuple((key, (Cell(value),)) for key, value in facts.items() if value is not None)
    return [
        ResultTable("result.coefficients", ("result.estimate", "result.standard_error"), coefficients),
        ResultTable("result.fit", ("result.value",), told),
    ]


def _long_tables(sheets: Sequence[Sheet]) -> list[ResultTable]:
    """A sheet's numbers one below the other, each labelled by the words of its row and by its column."""
    return [_long_table(sheet) for sheet in sheets]


def _long_table(sheet: Sheet) -> ResultTable:
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    for row in sheet.rows:
        words = [value for value in row if isinstance(value, str) and value]
        for column, value in zip(sheet.columns, row, strict=True):
            if isinstance(value, str) or value is None:
                continue
            cell = Cell(None, value.why) if isinstance(value, Hidden) else Cell(_told(value))
            rows.append((" / ".join([*words, column.name]), (cell,)))
    return ResultTable("result.described", ("result.value",), tuple(rows))


def _told(value: float) -> Number:
    return _short(value) if isinstance(value, float) else value


def _short(value: float) -> str:
    """Six significant digits: enough to judge by eye; the file holds all of them."""
    return f"{value:.6g}"
