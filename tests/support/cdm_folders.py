"""Small CDM folders, keys and stores for tests: a hospital of a few made-up rows."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.keys import DataKey, PseudonymKey, StoreKeys
from node.store.load_omop import load_folder
from node.store.load_report import LoadReport
from node.store.secret_bytes import SecretBytes

LOADED_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

PERSON = ("person_id", "gender_concept_id", "year_of_birth", "race_concept_id", "ethnicity_concept_id")
PERIOD = (
    "observation_period_id",
    "person_id",
    "observation_period_start_date",
    "observation_period_end_date",
    "period_type_concept_id",
)
VISIT = (
    "visit_occurrence_id",
    "person_id",
    "visit_concept_id",
    "visit_start_date",
    "visit_end_date",
    "visit_type_concept_id",
)
MEASUREMENT = (
    "measurement_id",
    "person_id",
    "measurement_concept_id",
    "measurement_date",
    "measurement_type_concept_id",
    "value_as_number",
    "visit_occurrence_id",
)
OBSERVATION = (
    "observation_id",
    "person_id",
    "observation_concept_id",
    "observation_date",
    "observation_type_concept_id",
    "value_as_string",
)
NOTE = ("note_id", "person_id", "note_date", "note_type_concept_id", "note_title", "note_text")


def counting_bytes(seed: str = "test") -> Any:
    """A source of "random" bytes that gives the same sequence in every run."""
    calls = 0

    def give(size: int) -> bytes:
        nonlocal calls
        calls += 1
        return hashlib.shake_256(f"{seed} {calls}".encode()).digest(size)

    return give


def make_keys(seed: str = "keys") -> StoreKeys:
    give = counting_bytes(seed)
    return StoreKeys(DataKey(SecretBytes(give(32))), PseudonymKey(SecretBytes(give(32))))


def write_table(
    folder: Path, name: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ","
) -> Path:
    """Writes `name` (with its ending) into the folder and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def write_hospital(folder: Path, *, persons: Sequence[int] = (1, 2, 3), version: str | None = "5.4") -> Path:
    """A valid folder: persons, one period and one visit each, one measurement each."""
    day = "2020-03-01"
    write_table(folder, "person.csv", PERSON, [(p, 8507, 1970, 0, 0) for p in persons])
    write_table(folder, "observation_period.csv", PERIOD, [(p, p, day, "2020-12-31", 0) for p in persons])
    write_table(folder, "visit_occurrence.csv", VISIT, [(p, p, 9202, day, day, 0) for p in persons])
    write_table(folder, "measurement.csv", MEASUREMENT, [(p, p, 3004249, day, 0, 120.5, p) for p in persons])
    if version is not None:
        write_table(folder, "cdm_source.csv", ("cdm_source_name", "cdm_version"), [("small", version)])
    return folder


def load(folder: Path, store: Store, **overrides: Any) -> LoadReport:
    """Loads a folder with test keys and a fixed clock."""
    settings: dict[str, Any] = {
        "store": store,
        "keys": make_keys(),
        "policy": IdentifierPolicy(),
        "clock": lambda: LOADED_AT,
        "threads": 1,
    }
    return load_folder(folder, **(settings | overrides))
