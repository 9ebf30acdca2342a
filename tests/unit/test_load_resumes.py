"""A load that was killed anywhere goes on where it stopped, and ends with the rows of one that was not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import node.store.load_journal
from node.store.cdm_tables import get_cdm_tables
from node.store.fill_draft import TABLE_STEPS
from node.store.generations import SWITCH_STEPS, Failpoint, Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.load_report import LoadReport
from node.store.private_duckdb import engine_errors_as_codes
from node.store.reader import open_reader
from onggi.errors import Refused
from tests.support.cdm_archives import pack
from tests.support.cdm_folders import MEASUREMENT, load, make_keys, write_hospital, write_table

ROOT = Path(__file__).resolve().parents[2]


class Crash(BaseException):
    """Stands for kill -9: no handler of ours runs any clean-up for it."""


def crash_at(step: str, *, time: int = 1) -> Failpoint:
    reached: list[str] = []

    def failpoint(now: str) -> None:
        reached.append(now)
        if reached.count(step) == time:
            raise Crash

    return failpoint


def digests(store: Store, tmp_path: Path) -> dict[str, Any]:
    """For each table of the current generation a digest of its rows, whatever their order."""
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        return {
            table: connection.execute(
                f"SELECT count(*), md5(string_agg(h, '' ORDER BY h)) "
                f"FROM (SELECT md5({table}::VARCHAR) AS h FROM {table})"
            ).fetchall()
            for table in get_cdm_tables()
        }


def interrupted(folder: Path, store: Store, **settings: Any) -> None:
    """A load that is cut off after three tables: persons, periods, and the description of the source."""
    with pytest.raises(Crash):
        load(folder, store, failpoint=crash_at("after_journal", time=3), **settings)


def codes(report: LoadReport) -> list[str]:
    return [one.code for one in report.warnings if one.code.startswith(("load.resumed", "load.anew"))]


@pytest.mark.timeout(300)
@pytest.mark.soak
def test_killed_at_every_step_it_ends_with_the_same_rows(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    (folder / "visit_occurrence.csv").unlink()  # four tables show as much as five
    store, whole = Store(tmp_path / "store"), Store(tmp_path / "whole")
    load(write_hospital(tmp_path / "earlier", persons=(1, 2)), store)
    load(folder, whole)
    command = [sys.executable, "-m", "tests.support.killed_loads", str(folder), str(store.root)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    told = json.loads(run.stdout)
    assert told["code"] == 0, run.stderr
    steps = {f"{done + (step == 'after_journal')} {step}" for done in range(4) for step in TABLE_STEPS}
    assert set(told["died"]) == {*steps, "4 before_absent_tables", *(f"4 {step}" for step in SWITCH_STEPS)}
    assert len(told["died"]) == len(set(told["died"]))
    # The last kill fell after the switch: the load before it was done, and this one began a new one.
    assert told["last"]["generation"] == 3
    assert digests(store, tmp_path) == digests(whole, tmp_path)
    assert store.get_generation(2).manifest.tables == whole.get_current().manifest.tables
    assert not (store.root / "load.json").exists()
    assert sorted(path.name for path in store.generations.iterdir()) == ["1", "2", "3"]


@pytest.mark.parametrize("packed", [False, True])
def test_finished_tables_are_not_read_again(tmp_path: Path, packed: bool) -> None:
    folder = write_hospital(tmp_path / "source")
    source = pack(folder, tmp_path / "cdm.zip") if packed else folder
    store, whole = Store(tmp_path / "store"), Store(tmp_path / "whole")
    uninterrupted = load(source, whole)
    interrupted(source, store)
    assert store.find_current() is None
    staged: list[str] = []
    report = load(source, store, failpoint=staged.append)
    assert staged.count("table_staged") == 2
    assert codes(report) == ["load.resumed"]
    assert next(one for one in report.warnings if one.code == "load.resumed").facts == {"tables": 3}
    assert report.tables == uninterrupted.tables
    assert [one for one in report.warnings if one.code != "load.resumed"] == list(uninterrupted.warnings)
    assert digests(store, tmp_path) == digests(whole, tmp_path)
    assert not list(store.work.iterdir())


def touch(folder: Path) -> None:
    for path in folder.iterdir():
        os.utime(path, ns=(0, 0))


def change_finished(folder: Path) -> None:
    write_hospital(folder, persons=(4, 5, 6))


def change_finished_in_place(folder: Path) -> None:
    """The same size and, as some copying tools leave it, the same time."""
    path = folder / "person.csv"
    before = path.stat()
    path.write_text(path.read_text().replace("\n3,8507", "\n7,8507"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def change_waiting(folder: Path) -> None:
    write_table(folder, "measurement.csv", MEASUREMENT, [(1, 1, 3004249, "2020-03-01", 0, 1, 1)])


def add_file(folder: Path) -> None:
    write_table(folder, "death.csv", ("person_id", "death_date"), [(1, "2020-04-01")])


def remove_file(folder: Path) -> None:
    (folder / "measurement.csv").unlink()


def other_code(_folder: Path) -> None:
    """Stands for an upgrade between the two loads."""


CHANGES: dict[str, tuple[Callable[[Path], None], dict[str, Any], list[str]]] = {
    "finished file": (change_finished, {}, ["load.anew_source"]),
    "finished file in place": (change_finished_in_place, {}, ["load.anew_source"]),
    "waiting file": (change_waiting, {}, ["load.anew_source"]),
    "new file": (add_file, {}, ["load.anew_source"]),
    "file gone": (remove_file, {}, ["load.anew_source"]),
    "policy": (
        lambda _folder: None,
        {"policy": IdentifierPolicy(drop=frozenset({"measurement.value_as_number"}))},
        ["load.anew_policy"],
    ),
    "key": (lambda _folder: None, {"keys": make_keys("other")}, ["load.anew_key"]),
    "code": (other_code, {}, ["load.anew_code"]),
    "not wanted": (lambda _folder: None, {"resume": False}, []),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changed_the_load_begins_anew_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    alter, settings, said = CHANGES[change]
    folder = write_hospital(tmp_path / "source")
    store, whole = Store(tmp_path / "store"), Store(tmp_path / "whole")
    interrupted(folder, store)
    alter(folder)
    if alter is other_code:
        monkeypatch.setattr(node.store.load_journal, "_code_digest", lambda: "another")
    report = load(folder, store, **settings)
    assert codes(report) == said
    load(folder, whole, **(settings | {"resume": True}))
    assert report.generation == 1
    if "keys" not in settings:
        assert digests(store, tmp_path) == digests(whole, tmp_path)
    assert store.get_current().manifest.tables == whole.get_current().manifest.tables


def test_a_copy_with_new_times_is_still_the_same_source(tmp_path: Path) -> None:
    """Only what was read already can be compared by content: a file that waits may have any."""
    folder = write_hospital(tmp_path / "source")
    store = Store(tmp_path / "store")
    with pytest.raises(Crash):
        load(folder, store, failpoint=crash_at("before_absent_tables"))
    touch(folder)
    assert codes(load(folder, store)) == ["load.resumed"]


def test_another_source_removes_the_draft(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    interrupted(write_hospital(tmp_path / "source"), store)
    other = write_hospital(tmp_path / "other", persons=(7, 8))
    report = load(other, store)
    assert codes(report) == ["load.anew_source"]
    assert store.get_current().manifest.tables["person"] == 2
    assert [path.name for path in store.generations.iterdir()] == ["1"]


def test_a_refused_load_leaves_no_draft(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    store = Store(tmp_path / "store")
    (folder / "visit_occurrence.csv").write_text("visit_occurrence_id,person_id\nx,1\n")
    with pytest.raises(Refused):
        load(folder, store)
    assert list(store.generations.iterdir()) == []
    assert not (store.root / "load.json").exists()


@pytest.mark.parametrize("damage", ["journal", "database"])
def test_a_damaged_draft_is_begun_anew(tmp_path: Path, damage: str) -> None:
    folder = write_hospital(tmp_path / "source")
    store = Store(tmp_path / "store")
    interrupted(folder, store)
    if damage == "journal":
        (store.root / "load.json").write_text("{")
    else:
        (store.generations / "1.partial" / "cdm.duckdb").write_bytes(b"no database" * 5000)
    report = load(folder, store)
    assert codes(report) == ([] if damage == "journal" else ["load.anew_damaged"])
    assert report.get_table("person").kept == 3
    assert store.get_current().number == 1


def test_the_journal_names_files_and_counts_and_nothing_from_a_row(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source", persons=(987654321, 987654322))
    store = Store(tmp_path / "store")
    interrupted(folder, store)
    text = (store.root / "load.json").read_text()
    assert "98765432" not in text
    assert json.loads(text)["done"]["person"]["loaded"]["kept"] == 2
    assert (store.root / "load.json").stat().st_mode & 0o077 == 0


def test_an_interrupted_query_counts_as_interrupted(tmp_path: Path) -> None:
    """The engine tells Ctrl-C as an error of its own; taken for a failure, it would cost the draft."""
    with pytest.raises(KeyboardInterrupt), engine_errors_as_codes("load.engine_failed", file="x"):
        raise RuntimeError("Query interrupted")
    with pytest.raises(RuntimeError), engine_errors_as_codes("load.engine_failed", file="x"):
        raise RuntimeError("another")

    def interrupt(step: str) -> None:
        if step == "before_journal":
            raise KeyboardInterrupt

    folder, store = write_hospital(tmp_path / "source"), Store(tmp_path / "store")
    with pytest.raises(KeyboardInterrupt):
        load(folder, store, failpoint=interrupt)
    assert codes(load(folder, store)) == ["load.resumed"]
