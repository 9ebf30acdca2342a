"""Forms the rows of a Table 1, and forms them again from rounded numbers.

Everybody's column is the sum of the groups'. Shares, differences and tests are worked out from the numbers
that are shown, so that a rounded table holds nothing of the exact one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.group_tests import (
    Spread,
    compare_means,
    compare_shares,
    mean_difference,
    pooled_spread,
    share_difference,
)
from analysis_jobs.kinds.table_one.design import Design
from onggi.spec.job import JobSpec
from onggi.spec.results import LevelsRow, NumberRow, TableOne
from onggi.spec.variables import TableColumn
from privacy.disclosure.rounding import round_to_base, round_to_error


def make_table(
    spec: JobSpec,
    design: Design,
    persons: Array,
    numbers: Mapping[str, Sequence[Spread | None]],
    *,
    sites: int,
) -> TableOne:
    """The exact pooled table, before disclosure control.

    Args:
        persons: a row per group, a column per cell of the design.
        numbers: for each number its spread in each group.
    """

    def column(place: int) -> list[int]:
        return _with_everybody(design, [int(count) for count in persons[:, place]])

    rows: list[NumberRow | LevelsRow] = []
    for described in design.columns:
        missing = [column(at) for at in design.places(described.name, "missing")]
        lacking = tuple(missing[0]) if missing else (0,) * len(column(0))
        if described.kind == "number":
            rows.append(_number_row(design, described, numbers[described.name], lacking))
        else:
            counts = [column(at) for at in design.places(described.name, "level")]
            names = tuple(cell.name for cell in design.cells if cell.variable == described.name and cell.name)
            rows.append(_levels_row(described.name, names, counts, lacking))
    return TableOne(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        by=design.by.name if design.by is not None else None,
        groups=design.groups if design.by is not None else (),
        persons=tuple(column(0)),
        variables=tuple(rows),
    )


def _with_everybody(design: Design, groups: Sequence[int]) -> list[int]:
    return [sum(groups), *(groups if design.by is not None else ())]


def _number_row(
    design: Design, column: TableColumn, groups: Sequence[Spread | None], missing: tuple[int, ...]
) -> NumberRow:
    told = [group for group in groups if group is not None]
    every = pooled_spread(told) if design.by is not None else None
    if design.by is None or every is None:
        every = told[0] if len(told) == 1 else None
    shown = [every, *(groups if design.by is not None else ())]
    return compared_numbers(
        NumberRow(
            variable=column.name,
            present=tuple(_with_everybody(design, [each.persons if each else 0 for each in groups])),
            missing=missing,
            means=tuple(each.mean if each is not None else None for each in shown),
            standard_deviations=tuple(
                each.deviation if each is not None and each.persons > 1 else None for each in shown
            ),
        )
    )


def _levels_row(
    name: str, levels: tuple[str, ...], persons: Sequence[Sequence[int]], missing: tuple[int, ...]
) -> LevelsRow:
    return compared_levels(
        LevelsRow(
            variable=name,
            levels=levels,
            persons=tuple(tuple(level) for level in persons),
            shares=(),
            missing=missing,
        )
    )


def compared_numbers(row: NumberRow) -> NumberRow:
    """With the difference and the test that follow from its numbers."""
    groups = [
        Spread(persons, mean, deviation) if mean is not None and deviation is not None else None
        for persons, mean, deviation in zip(row.present, row.means, row.standard_deviations, strict=True)
    ][1:]
    return row.model_copy(update={"difference": mean_difference(groups), "test": compare_means(groups)})


def compared_levels(row: LevelsRow) -> LevelsRow:
    """With the shares, the difference and the test that follow from its counts."""
    columns = list(zip(*row.persons, strict=True))
    shares = tuple(
        tuple(
            count / sum(column) if sum(column) else None for count, column in zip(level, columns, strict=True)
        )
        for level in row.persons
    )
    groups = columns[1:]
    compared = {"difference": share_difference(groups), "test": compare_shares(groups) if groups else None}
    return row.model_copy(update={"shares": shares} | compared)


def rounded_row(row: NumberRow | LevelsRow, *, base: int, digits: int) -> NumberRow | LevelsRow:
    """The row as it is shown beside rounded counts."""

    def rounded(counts: Sequence[int]) -> tuple[int, ...]:
        return tuple(round_to_base(count, base=base) for count in counts)

    if isinstance(row, LevelsRow):
        persons = tuple(rounded(level) for level in row.persons)
        return compared_levels(row.model_copy(update={"persons": persons, "missing": rounded(row.missing)}))
    present = rounded(row.present)
    means, deviations = [], []
    for count, mean, spread in zip(present, row.means, row.standard_deviations, strict=True):
        error = (spread or 0.0) / math.sqrt(max(count, 1))
        means.append(None if mean is None else round_to_error(mean, error=error, digits=digits))
        of_spread = error / math.sqrt(2)
        shown_spread = None if spread is None else round_to_error(spread, error=of_spread, digits=digits)
        deviations.append(shown_spread)
    shown = {"present": present, "missing": rounded(row.missing), "means": tuple(means)}
    return compared_numbers(row.model_copy(update=shown | {"standard_deviations": tuple(deviations)}))
