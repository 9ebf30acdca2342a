"""Makes a twin: a synthetic dataset of the shape that a dataset card describes, of any size.

* Only the card goes in: no row of any patient is near. The same card, size, seed and version give the same
  bytes.
* People are drawn in blocks, so a twin of millions needs no more memory than a small one.
* What hangs together does so by the documented rule of `people`, never as it did in any hospital: twins are
  for practice, and an answer from them says nothing about anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from analysis_jobs.twin.people import People, draw_people
from analysis_jobs.twin.records import TABLES, Records, draw_records, no_visits, shares_on, visits_of
from analysis_jobs.twin.tables import (
    era_table,
    person_tables,
    record_table,
    source_table,
    used_concepts,
    vocabulary_tables,
)
from catalog.dataset_card import DatasetCard

TWIN_VERSION: Final = 1
"""Counts up with every change of what a seed gives."""
MOST_RECORDS_EACH: Final = 200
BLOCK: Final = 50_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """A block of a twin before it is written as tables."""

    people: People
    records: dict[str, Records]


def make_twin(
    card: DatasetCard, *, persons: int, seed: int, most_each: int = MOST_RECORDS_EACH
) -> dict[str, pa.Table]:
    """The tables of a CDM by name, all in memory.

    Args:
        most_each: records of one concept that a person has at most.
    """
    parts: dict[str, list[pa.Table]] = {}
    for tables in twin_parts(card, persons=persons, seed=seed, most_each=most_each):
        for name, table in tables.items():
            parts.setdefault(name, []).append(table)
    return {name: pa.concat_tables(found) for name, found in parts.items()}


def twin_parts(
    card: DatasetCard, *, persons: int, seed: int, most_each: int = MOST_RECORDS_EACH
) -> Iterator[dict[str, pa.Table]]:
    """The same tables in parts: a block of people at a time, and the vocabulary with the last."""
    before: Counter[str] = Counter()
    used: dict[int, str] = {}
    for block, first in enumerate(range(0, persons, BLOCK)):
        size = min(BLOCK, persons - first)
        drawn = draw_block(card, persons=size, seed=seed, most_each=most_each, block=block, before=first)
        used |= used_concepts(drawn.records, drawn.people)
        tables = tables_of(drawn, before=before)
        before.update({name: table.num_rows for name, table in tables.items()})
        yield tables
    yield {**vocabulary_tables(card, used), "cdm_source": source_table(card)}


def tables_of(drawn: Drawn, *, before: Counter[str]) -> dict[str, pa.Table]:
    """A block as the tables of a CDM; `before` counts the rows of earlier blocks."""
    people, records = drawn.people, drawn.records
    visits_before = before["visit_occurrence"]
    return {
        **person_tables(people),
        **{
            name: record_table(name, records[name], people, before=before[name], visits_before=visits_before)
            for name in TABLES
        },
        "condition_era": era_table(
            "condition", records["condition_occurrence"], people, before=before["condition_era"]
        ),
        "drug_era": era_table("drug", records["drug_exposure"], people, before=before["drug_era"]),
    }


def draw_block(
    card: DatasetCard, *, persons: int, seed: int, most_each: int, block: int = 0, before: int = 0
) -> Drawn:
    """People and their records; `before` people of the twin were drawn in earlier blocks."""
    people = draw_people(card, persons=persons, seed=seed, block=block, before=before)
    records: dict[str, Records] = {}
    visits = no_visits(people)
    for name in TABLES:
        concepts = [each for each in card.concepts if each.table == name]
        records[name] = draw_records(
            concepts,
            people,
            shares=shares_on(card, concepts),
            visits=visits,
            seed=seed,
            most_each=most_each,
            block=block,
        )
        if name == "visit_occurrence":
            visits = visits_of(records[name], people)
    return Drawn(people, records)
