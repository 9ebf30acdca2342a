"""Made-up sources of the store's benchmarks: a hospital's CSV export with all columns, a large vocabulary.

Everything follows from row numbers and DuckDB's hash: the same files every time. What takes minutes to make
is kept in `.cache` under the digest of this file.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from node.store.cdm_tables import Column, Table, get_cdm_tables
from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.keys import DataKey, PseudonymKey, StoreKeys
from node.store.load_omop import load_folder, load_vocabulary
from node.store.secret_bytes import SecretBytes

CACHE = Path(__file__).parent / ".cache"
MEASUREMENTS = 4_000_000
CONCEPTS = 1_000_000
_ROWS = {"person": 80, "observation_period": 80, "visit_occurrence": 10, "condition_occurrence": 8}
_ROWS |= {"drug_exposure": 4, "measurement": 1}
"""One row of each table for so many measurements."""
_FILLED = {
    "value_as_number": "(hash(i) % 5000) / 10.0",
    "range_low": "10.0",
    "range_high": "120.5",
    "quantity": "hash(i) % 30",
    "days_supply": "hash(i) % 30",
    "year_of_birth": "1930 + hash(i) % 80",
    "gender_concept_id": "8507 + 25 * (hash(i) % 2)",
    "unit_concept_id": "8840 + hash(i) % 20",
    "provider_id": "1 + hash(i) % 900",
}


def keys() -> StoreKeys:
    """Two keys that protect made-up rows."""
    return StoreKeys(DataKey(SecretBytes(b"d" * 32)), PseudonymKey(SecretBytes(b"p" * 32)))


def hospital_csv(measurements: int = MEASUREMENTS) -> Path:
    """The folder of CSV files, made once."""
    return _kept(f"hospital-{measurements}", lambda place: _write_hospital(place, measurements))


def loaded_hospital(measurements: int = MEASUREMENTS) -> Store:
    """The same, loaded into a store once."""

    def load(place: Path) -> None:
        load_folder(
            hospital_csv(measurements),
            store=Store(place),
            keys=keys(),
            policy=IdentifierPolicy(),
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        )

    return Store(_kept(f"hospital-store-{measurements}", load))


def loaded_vocabulary(concepts: int = CONCEPTS) -> Store:
    """A store with so many concepts and about twenty ancestors of each, loaded once."""

    def load(place: Path) -> None:
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="part-") as source:
            _write_vocabulary(Path(source), concepts)
            load_vocabulary(
                Path(source),
                store=Store(place),
                keys=keys(),
                clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            )

    return Store(_kept(f"vocabulary-{concepts}", load))


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    kept = CACHE / f"{name}-{digest}"
    if not kept.exists():
        CACHE.mkdir(exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=CACHE, prefix="part-"))
        try:
            make(made)
            made.rename(kept)
        except BaseException:
            shutil.rmtree(made)
            raise
    return kept


def _write_hospital(folder: Path, measurements: int) -> None:
    tables = get_cdm_tables()
    with duckdb.connect() as connection:
        for name, every in _ROWS.items():
            values = [
                f"{_value(column, tables[name], measurements)} AS {column.name}" for column in _columns(name)
            ]
            query = f"SELECT {', '.join(values)} FROM range({max(measurements // every, 1)}) t(i)"
            connection.execute(f"COPY ({query}) TO '{folder / name}.csv' (HEADER)")
    source = "cdm_source_name,cdm_version\nmade up,5.4\n"
    (folder / "cdm_source.csv").write_text(source, encoding="utf-8")


def _columns(table: str) -> tuple[Column, ...]:
    return get_cdm_tables()[table].columns


def _value(column: Column, table: Table, measurements: int) -> str:
    """What an export holds in such a column: ids, codes and moments; free text and rare columns are empty."""
    name = column.name
    if name == table.single_key:
        return "i + 1"
    if name == "person_id":
        persons = max(measurements // _ROWS["person"], 1)
        return "i + 1" if table.name == "observation_period" else f"1 + hash(i) % {persons}"
    if name == "visit_occurrence_id":
        return f"1 + hash(i, 1) % {max(measurements // _ROWS['visit_occurrence'], 1)}"
    if name in _FILLED:
        return _FILLED[name]
    if name.endswith("_source_value"):
        return "'C' || (hash(i) % 5000)"
    if name.endswith("type_concept_id"):
        return "32817"
    if name == f"{table.name.split('_')[0]}_concept_id":
        return "3000000 + hash(i) % 977"
    day = "DATE '2015-01-01' + CAST(hash(i) % 3000 AS INTEGER)"
    if column.type == "DATE":
        return f"({day})"
    if column.type == "TIMESTAMP" and table.name != "person":
        return f"(({day}) + INTERVAL 9 HOUR)"
    return "0" if "concept_id" in name and column.required else "NULL"


def _write_vocabulary(folder: Path, concepts: int) -> None:
    """A binary tree of concepts by number, one more ancestor for each, and every tenth mapped to another."""
    dates = (
        "DATE '1970-01-01' AS valid_start_date, DATE '2099-12-31' AS valid_end_date, NULL AS invalid_reason"
    )
    number = f"SELECT i + 1 AS n FROM range({concepts}) t(i)"
    queries = {
        "concept": (
            "SELECT n AS concept_id, 'Concept ' || n AS concept_name, 'Condition' AS domain_id, "
            "'Made up' AS vocabulary_id, 'Disorder' AS concept_class_id, 'S' AS standard_concept, "
            f"n AS concept_code, {dates} FROM ({number})"
        ),
        "concept_ancestor": (
            "SELECT n >> up AS ancestor_concept_id, n AS descendant_concept_id, "
            f"up AS min_levels_of_separation, up AS max_levels_of_separation FROM ({number}), "
            "range(0, 20) u(up) WHERE n >> up >= 1 UNION ALL "
            f"SELECT 500 + hash(n) % 400, n, 21, 21 FROM ({number}) UNION ALL "
            f"SELECT 900 + hash(n) % 400, n, 22, 22 FROM ({number}) WHERE n % 20 = 0"
        ),
        "concept_relationship": (
            f"SELECT n AS concept_id_1, 1 + hash(n) % {concepts} AS concept_id_2, "
            f"'Maps to' AS relationship_id, {dates} FROM ({number}) WHERE n % 10 = 0"
        ),
        "vocabulary": "SELECT 'None' AS vocabulary_id, 'made up' AS vocabulary_version",
    }
    with duckdb.connect() as connection:
        for table, query in queries.items():
            where = folder / f"{table.upper()}.csv"
            connection.execute(f"COPY ({query}) TO '{where}' (HEADER, DELIMITER '\t', QUOTE '')")
