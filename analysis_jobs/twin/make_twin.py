"""Makes a twin: a synthetic dataset of the shape that a dataset card describes, of any size.

* Only the card goes in: no row of any patient is near. The same card, size, seed and version give the same
  bytes.
* What hangs together does so by the documented rule of `people`, never as it did in any hospital: twins are
  for practice, and an answer from them says nothing about anybody.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Drawn:
    """A twin before it is written as tables."""

    people: People
    records: dict[str, Records]


def make_twin(
    card: DatasetCard, *, persons: int, seed: int, most_each: int = MOST_RECORDS_EACH
) -> dict[str, pa.Table]:
    """The tables of a CDM by name.

    Args:
        most_each: records of one concept that a person has at most.
    """
    return tables_of(card, draw_twin(card, persons=persons, seed=seed, most_each=most_each))


def tables_of(card: DatasetCard, drawn: Drawn) -> dict[str, pa.Table]:
    """What was drawn, as the tables of a CDM."""
    people, records = drawn.people, drawn.records
    return {
        **person_tables(people),
        **{name: record_table(name, records[name], people) for name in TABLES},
        "condition_era": era_table("condition", records["condition_occurrence"], people),
        "drug_era": era_table("drug", records["drug_exposure"], people),
        **vocabulary_tables(card, used_concepts(records, people)),
        "cdm_source": source_table(card),
    }


def draw_twin(card: DatasetCard, *, persons: int, seed: int, most_each: int) -> Drawn:
    """People and their records."""
    people = draw_people(card, persons=persons, seed=seed)
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
        )
        if name == "visit_occurrence":
            visits = visits_of(records[name], people)
    return Drawn(people, records)
