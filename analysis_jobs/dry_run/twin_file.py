"""Writes the twin on which jobs are tried as one DuckDB file, so that no dry run waits for it to be drawn."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from analysis_jobs.twin.make_twin import TWIN_VERSION, draw_block, tables_of
from analysis_jobs.twin.people import People
from analysis_jobs.twin.tables import used_concepts, vocabulary_tables
from catalog.dataset_card import DatasetCard

PERSONS: Final = 2_000
_MOST_EACH: Final = 2
_MOST_RECORDS: Final = 400_000
HIDDEN: Final = "hidden"
"""The schema of what no CDM has: frailty, and which concepts the card lists."""


def file_name(digest: str, *, seed: int) -> str:
    """The name of a twin's file: of one card, size, seed and version."""
    return f"{digest.removeprefix('sha256:')}-{PERSONS}-{seed}-v{TWIN_VERSION}.duckdb"


def write_twin_file(card: DatasetCard, path: Path, *, seed: int) -> None:
    """The file appears whole or not at all."""
    small = affordable(card)
    drawn = draw_block(small, persons=PERSONS, seed=seed, most_each=_MOST_EACH)
    used = used_concepts(drawn.records, drawn.people)
    tables = {
        **{f'"{name}"': table for name, table in tables_of(drawn, before=Counter()).items()},
        **vocabulary_tables(card, used),
        f"{HIDDEN}.people": _hidden(drawn.people),
        f"{HIDDEN}.listed": _listed(small),
    }
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(part), config={"threads": 1}) as connection:
            connection.execute(f"CREATE SCHEMA {HIDDEN}")
            for place, table in tables.items():
                _write(connection, place, table)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def affordable(card: DatasetCard) -> DatasetCard:
    """The card with its most frequent concepts, as many as a small twin holds.

    Others get practice records where a job asks for them: a card of thousands of concepts that everybody has
    would make no better practice, and a far slower one.
    """
    ordered = sorted(card.concepts, key=lambda each: (-each.persons.low, each.table, each.concept))
    left, kept = float(_MOST_RECORDS), []
    for each in ordered:
        left -= PERSONS * min(each.persons.middle / card.persons.middle, 1.0) * _MOST_EACH
        if left < 0:
            break
        kept.append(each)
    return card.model_copy(update={"concepts": tuple(kept)})


def read_people(connection: duckdb.DuckDBPyConnection, catalog: str) -> People:
    """The people of an attached twin, frailty included."""
    query = f'SELECT * FROM "{catalog}".{HIDDEN}.people ORDER BY ids'  # noqa: S608 - a name of our own
    found = connection.execute(query).fetchnumpy()
    return People(**{name: np.asarray(found[name]) for name in People.__slots__})


def _listed(card: DatasetCard) -> pa.Table:
    return pa.table(
        {
            "record_table": pa.array([str(each.table) for each in card.concepts], pa.string()),
            "concept": pa.array([each.concept for each in card.concepts], pa.int64()),
        }
    )


def _hidden(people: People) -> pa.Table:
    return pa.table({name: pa.array(getattr(people, name)) for name in People.__slots__})


def _write(connection: duckdb.DuckDBPyConnection, place: str, table: pa.Table) -> None:
    connection.register("given", table)
    connection.execute(f"CREATE TABLE {place} AS SELECT * FROM given")  # noqa: S608 - names of our own
    connection.unregister("given")
