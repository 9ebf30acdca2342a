"""P9: no loaded value and no key is readable in any file that the store leaves or spills.

The same rows are written with encryption taken away: there the canaries must be found, which shows
that the search can find them.
"""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import duckdb
import pytest

from node.store.generations import SWITCH_STEPS, Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.private_duckdb import attach_encrypted, lock_down, open_engine
from node.store.reader import open_reader
from onggi.errors import OnggiError
from tests.support.cdm_folders import OBSERVATION, load, make_keys, write_hospital, write_table

CANARY = "canaryvalue"
SPILLING = "SELECT '{canary}' || i || repeat('x', 40) AS v, hash(i) AS h FROM range(800000) t(i)"
KEEP = IdentifierPolicy(keep=frozenset({"observation.value_as_string"}))


def find_in_files(root: Path, *needles: bytes) -> list[str]:
    """Every file below a folder that holds one of the needles."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return [str(path) for path in files if any(needle in path.read_bytes() for needle in needles)]


def key_texts() -> tuple[bytes, ...]:
    keys = make_keys()
    secrets = [keys.data.secret.reveal(), keys.pseudonym.secret.reveal()]
    return tuple(form for s in secrets for form in (s, s.hex().encode(), base64.b64encode(s)))


def write_and_spill(connection: duckdb.DuckDBPyConnection) -> None:
    """Fills a table without a checkpoint, then sorts more than fits into memory."""
    connection.execute("CREATE TABLE cdm.main.filled AS " + SPILLING.format(canary=CANARY))
    connection.execute("CREATE TABLE cdm.main.small (v VARCHAR)")
    connection.execute(f"INSERT INTO cdm.main.small VALUES ('{CANARY}-in-the-log')")
    connection.execute("CREATE TEMP TABLE sorted AS SELECT v || 'y' AS v FROM cdm.main.filled ORDER BY h")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("db", "spill"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_database_log_and_spill_hold_no_canary_while_open(place: Path) -> None:
    connection = open_engine(place / "spill", memory_limit="48MB", threads=1)
    attach_encrypted(connection, place / "db" / "cdm.duckdb", key=make_keys().data.secret, read_only=False)
    lock_down(connection)
    write_and_spill(connection)
    spilled = [path for path in (place / "spill").iterdir() if path.stat().st_size]
    assert spilled, "the test must make DuckDB spill"
    assert (place / "db" / "cdm.duckdb.wal").stat().st_size > 0
    assert find_in_files(place, CANARY.encode(), *key_texts()) == []
    connection.close()
    assert find_in_files(place, CANARY.encode(), *key_texts()) == []


def test_the_same_rows_without_encryption_are_found_in_all_three(place: Path) -> None:
    connection = duckdb.connect(":memory:", config={"memory_limit": "48MB", "threads": 1})
    connection.execute(f"SET temp_directory = '{place / 'spill'}'")
    connection.execute(f"ATTACH '{place / 'db' / 'cdm.duckdb'}' AS cdm")
    write_and_spill(connection)
    found = find_in_files(place, CANARY.encode())
    connection.close()
    for part in ("cdm.duckdb", "cdm.duckdb.wal", "spill"):
        assert any(part in path for path in found), part


def write_canaries(folder: Path, *, rows: int) -> Path:
    write_hospital(folder)
    write_table(
        folder,
        "observation.csv",
        OBSERVATION,
        (
            (i, 1 + i % 3, 2000000001, "2020-03-01", 0, f"{CANARY} {i % 977} {'x' * 60}")
            for i in range(1, rows + 1)
        ),
    )
    return folder


class Stopped(BaseException):
    """Stands for kill -9."""


@pytest.mark.parametrize("stop", [None, SWITCH_STEPS[0], SWITCH_STEPS[-1]])
def test_a_load_with_little_memory_leaves_no_canary(tmp_path: Path, stop: str | None) -> None:
    folder = write_canaries(tmp_path / "source", rows=60_000)
    store = Store(tmp_path / "store")
    during: list[str] = []

    def failpoint(step: str) -> None:
        during.extend(find_in_files(store.root, CANARY.encode(), *key_texts()))
        if step == stop:
            raise Stopped

    def progress(_step: object) -> None:
        during.extend(find_in_files(store.root, CANARY.encode(), *key_texts()))

    settings = {"policy": KEEP, "memory_limit": "60MB", "failpoint": failpoint, "progress": progress}
    if stop is None:
        load(folder, store, **settings)
    else:
        with pytest.raises(Stopped):
            load(folder, store, **settings)
    assert during == []
    assert find_in_files(store.root, CANARY.encode(), *key_texts()) == []
    assert find_in_files(tmp_path / "source", CANARY.encode()), "the source itself holds the canaries"
    if stop is None:
        with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
            question = "SELECT count(*) FROM observation WHERE value_as_string LIKE 'canaryvalue%'"
            assert connection.execute(question).fetchall() == [(60_000,)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("observation_date", f"{CANARY}-2020"),
        ("observation_concept_id", CANARY),
        ("value_as_string", f"{CANARY}@example.org"),
        ("person_id", f"9{CANARY}"),
    ],
)
def test_a_refused_load_shows_no_value(
    tmp_path: Path,
    column: str,
    value: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = write_hospital(tmp_path / "source")
    row: list[object] = [1, 1, 2000000001, "2020-03-01", 0, "fine"]
    row[OBSERVATION.index(column)] = value
    write_table(folder, "observation.csv", OBSERVATION, [row])
    store = Store(tmp_path / "store")
    with caplog.at_level(logging.DEBUG), pytest.raises(OnggiError) as refused:
        load(folder, store, policy=KEEP)
    shown = [str(refused.value), repr(refused.value), caplog.text, *capfd.readouterr()]
    seen: BaseException | None = refused.value
    while seen is not None:
        shown.append(f"{seen!s} {seen!r}")
        seen = seen.__context__
    assert not any(CANARY in text for text in shown)
    assert refused.value.facts["column"] == column
    assert find_in_files(store.root, CANARY.encode(), *key_texts()) == []


def test_no_statement_or_setting_holds_the_key(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    load(write_hospital(tmp_path / "source"), store)
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        visible = [
            connection.execute(f"SELECT * FROM {catalogue}()").fetchall()
            for catalogue in ("duckdb_settings", "duckdb_databases", "duckdb_secrets", "duckdb_variables")
        ]
        shown = repr(visible).encode()
    assert b"cdm.duckdb" in shown
    assert not any(text in shown for text in key_texts())
