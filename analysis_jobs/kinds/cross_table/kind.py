"""Persons by two or three flags or categories over many hospitals.

Ratios and intervals are those of statsmodels' ``Table2x2``, the test that of SciPy's ``chi2_contingency``
without continuity correction, Cramer's V that of its ``association``; `association` names the sources.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds import partitions
from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.cross_table.association import crossed
from analysis_jobs.kinds.described_columns import Positions, find_levels, levels_of, read_levels
from analysis_jobs.kinds.partitions import Side
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CrossTableParameters
from onggi.spec.results import CrossedPersons, CrossTable
from privacy.disclosure.rounding import round_to_base

EVERYBODY = "overall"
MOST_CELLS = 500


class CrossTableKind:
    """One ask: how many persons are in each cell. Exact whole numbers."""

    name = "cross_table"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``describe.*`` when the parameters make no sense for the variables."""
        _sides(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the pooled table."""
        if not history:
            return partitions.ask_cells()
        sides = _sides(spec)
        *strata, rows, columns = sides
        tables = _fold(partitions.whole_cells(sides, history[0]), rows=rows, columns=columns)
        told = [(EVERYBODY, _added(tables))]
        if strata:
            told += zip(strata[0].parts, tables, strict=True)
        return CrossTable(
            sites=sites,
            minimum_persons=spec.privacy.minimum_persons,
            rows_variable=rows.variable,
            row_levels=rows.parts,
            columns_variable=columns.variable,
            column_levels=columns.parts,
            strata_variable=strata[0].variable if strata else None,
            tables=tuple(_with_margins(name, cells) for name, cells in told),
        )

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """One whole number a cell."""
        partitions.check_ask(ask)
        return partitions.make_layout(_sides(spec), participants=participants)

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """This hospital's persons per cell."""
        partitions.check_ask(ask)
        return partitions.count_cells(_sides(spec), _cells(spec, table))

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Who is in each cell. Margins are sums of these."""
        return partitions.sets_of(_sides(spec), _cells(spec, table))

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Raises Refused ``disclosure.small_cell`` when a cell at this hospital is small."""
        self.check_pooled(spec, ask, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:  # noqa: ARG002 - part of every kind's signature
        """The same on the pooled cells: all of them, or nothing is seen."""
        partitions.check_cells(_sides(spec), evidence["persons"], threshold=spec.privacy.minimum_persons)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """The threshold again; counts to the base and what follows from these, unless `exact`."""
        if not isinstance(answer, CrossTable):
            raise TypeError("a cross table's answer is a cross table")
        threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
        tables = answer.tables if answer.strata_variable is None else answer.tables[1:]
        cells = [count for table in tables for line in table.persons for count in line]
        partitions.check_cells(_sides(spec), cells, threshold=threshold)
        base = 1 if exact else spec.privacy.rules.rounding_base
        return answer.model_copy(
            update={
                "tables": tuple(_rounded(table, base=base) for table in answer.tables),
                "rounded_to": base,
                "minimum_persons": threshold,
            }
        )


def _sides(spec: JobSpec) -> tuple[Side, ...]:
    given = spec.parameters
    if not isinstance(given, CrossTableParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    columns = [find_levels(spec, name) for name in given.names]
    sides = tuple(Side(column.name, levels_of(column)) for column in columns)
    if len(partitions.cell_names(sides)) > MOST_CELLS:
        raise Refused("describe.too_many_cells", maximum=MOST_CELLS)
    return sides


def _cells(spec: JobSpec, table: Table) -> Positions:
    sides = _sides(spec)
    read = [read_levels(table, find_levels(spec, each.variable)) for each in sides]
    return partitions.cell_of(sides, read, persons=table.num_rows)


def _fold(cells: Sequence[int], *, rows: Side, columns: Side) -> list[list[list[int]]]:
    """One table after the other, each as lists of its rows."""
    width, height = len(columns.parts), len(rows.parts)
    lines = [list(cells[start : start + width]) for start in range(0, len(cells), width)]
    return [lines[start : start + height] for start in range(0, len(lines), height)]


def _added(tables: Sequence[Sequence[Sequence[int]]]) -> list[list[int]]:
    return [[sum(cells) for cells in zip(*lines, strict=True)] for lines in zip(*tables, strict=True)]


def _with_margins(name: str, cells: Sequence[Sequence[int]]) -> CrossedPersons:
    columns = [sum(column) for column in zip(*cells, strict=True)]
    return crossed(name, cells, row_totals=[sum(line) for line in cells], column_totals=columns)


def _rounded(table: CrossedPersons, *, base: int) -> CrossedPersons:
    def shown(counts: Sequence[int]) -> list[int]:
        return [round_to_base(count, base=base) for count in counts]

    cells = [shown(line) for line in table.persons]
    told = crossed(
        table.stratum, cells, row_totals=shown(table.row_totals), column_totals=shown(table.column_totals)
    )
    return told.model_copy(update={"total": round_to_base(table.total, base=base)})


KIND = CrossTableKind()
