"""P9: a row of an archive is in clear in the archive alone, at no moment on any disk beside it.

The same search finds the rows where a member is unpacked, which shows that it can.
"""

from __future__ import annotations

import tempfile
import threading
import zipfile
from pathlib import Path

import pytest

from node.store.check_source import check_source
from node.store.fill_draft import TABLE_STEPS
from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.reader import open_reader
from tests.support.cdm_archives import pack
from tests.support.cdm_folders import OBSERVATION, load, make_keys, write_hospital, write_table
from tests.support.live_folders import paths_below

CANARY = "canaryinarchive"
KEEP = IdentifierPolicy(keep=frozenset({"observation.value_as_string"}))
ROWS = 40_000


def find_canaries(root: Path) -> list[str]:
    """Every regular file below a folder that holds the canary, those that come and go included."""
    found = []
    for path in paths_below(root):
        try:
            if path.is_file() and CANARY.encode() in path.read_bytes():
                found.append(str(path))
        except FileNotFoundError:
            continue
    return found


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The rows, packed; every place for temporary files lies below the folder that is searched."""
    searched = tmp_path / "searched"
    (searched / "tmp").mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(searched / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder = write_hospital(tmp_path / "source")
    text = "x" * 60
    rows = ((i, 1 + i % 3, 2000000001, "2020-03-01", 0, f"{CANARY} {i % 977} {text}") for i in range(ROWS))
    write_table(folder, "observation.csv", OBSERVATION, rows)
    assert find_canaries(folder)
    return pack(folder, tmp_path / "cdm.zip")


class Watcher(threading.Thread):
    """Searches again and again while something else is at work."""

    def __init__(self, root: Path) -> None:
        super().__init__(daemon=True)
        self.root, self.found, self.rounds = root, list[str](), 0
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            self.found += find_canaries(self.root)
            self.rounds += 1

    def end(self) -> list[str]:
        self._ended.set()
        self.join()
        return self.found


def test_a_load_of_an_archive_leaves_no_row_in_clear(tmp_path: Path, archive: Path) -> None:
    searched = tmp_path / "searched"
    store = Store(searched / "store")
    during: list[str] = []
    steps: list[str] = []

    def failpoint(step: str) -> None:
        steps.append(step)
        during.extend(find_canaries(searched))

    watcher = Watcher(searched)
    watcher.start()
    load(archive, store, policy=KEEP, memory_limit="60MB", failpoint=failpoint)
    assert watcher.end() == []
    assert watcher.rounds > 0
    assert set(TABLE_STEPS) <= set(steps)
    assert during == find_canaries(searched) == []
    with open_reader(store, key=make_keys().data, workdir=searched / "w") as connection:
        question = f"SELECT count(*) FROM observation WHERE value_as_string LIKE '{CANARY}%'"
        assert connection.execute(question).fetchall() == [(ROWS,)]
    with zipfile.ZipFile(archive) as packed:
        packed.extract("observation.csv", searched)
    assert find_canaries(searched) == [str(searched / "observation.csv")]


def test_a_check_of_an_archive_leaves_nothing_at_all(tmp_path: Path, archive: Path) -> None:
    searched = tmp_path / "searched"
    (searched / "work").mkdir()
    during: list[str] = []
    report = check_source(
        archive,
        keys=make_keys(),
        policy=KEEP,
        workdir=searched / "work",
        progress=lambda _step: during.extend(find_canaries(searched)),
        memory_limit="60MB",
        threads=1,
    )
    assert report.problems == ()
    assert {table.table: table.read for table in report.tables}["observation"] == ROWS
    assert during == []
    assert [path for path in searched.rglob("*") if path.is_file()] == []
