"""How many records of each concept a store holds, so that a question looks only for concepts that are there.

A store that never changes counts them once, when it is loaded. What is known beforehand then decides how a
statement is written: an engine's own guess of how many rows a list of concepts finds is a fifth of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES, OBSERVATION_PERIOD, Cdm
from analysis_jobs.cohort.expressions import cdm_table, column

COUNTS_COLUMNS: Final = {"counted_column": "VARCHAR", "concept_id": "BIGINT", "records": "BIGINT"}
"""The table of counts: one row per column (`table.column`) and concept that stands in it, and one without a
concept per counted column."""


def counted_columns() -> Iterator[tuple[str, str]]:
    """The tables and columns whose concepts are counted: those in which criteria look for concept sets."""
    for table in CRITERION_TABLES.values():
        for each in (table.concept, table.source_concept):
            if each is not None:
                yield table.name, each


def counts_query(counts: str, *, cdm: Cdm) -> exp.Select:
    """Every row of the table of counts."""
    return exp.select(*(column("k", each) for each in COUNTS_COLUMNS), copy=False).from_(
        cdm_table(cdm, counts, "k"), copy=False
    )


@dataclass(frozen=True, slots=True)
class ConceptRecords:
    """The counts, by column and concept."""

    records: Mapping[str, Mapping[int, int]]

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[str, int | None, int]]) -> ConceptRecords:
        """From the rows of `counts_query`."""
        found: dict[str, dict[int, int]] = {}
        for counted, concept, records in rows:
            known = found.setdefault(counted, {})
            if concept is not None:
                known[concept] = records
        return cls(found)

    def number_of(self, table: str, counted: str, concepts: Sequence[int]) -> int | None:
        """How many records the concepts have in the column; None where it was not counted."""
        known = self.records.get(f"{table}.{counted}")
        return None if known is None else sum(known.get(each, 0) for each in concepts)

    def few_of(self, table: str, counted: str, concepts: Sequence[int]) -> list[int] | None:
        """The concepts that stand in the column, if they have fewer records than half the store's periods.

        None where they have more, or where the column was not counted.
        """
        known = self.records.get(f"{table}.{counted}")
        if known is None:
            return None
        present = [each for each in concepts if each in known]
        periods = self.records.get(f"{OBSERVATION_PERIOD.name}.{OBSERVATION_PERIOD.concept}", {})
        few = not present or 2 * sum(known[each] for each in present) < sum(periods.values())
        return present if few else None
