"""Generations switch in one step; a crash anywhere leaves a whole one and rubbish that is removed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from node.store.generations import SWITCH_STEPS, Failpoint, Store
from node.store.keys import DataKey
from node.store.reader import open_reader
from node.store.secret_bytes import SecretBytes
from onggi.errors import OnggiError, Refused, Unreachable
from tests.support.cdm_folders import LOADED_AT, load, make_keys, write_hospital

ROOT = Path(__file__).resolve().parents[2]


class Crash(BaseException):
    """Stands for kill -9: no handler of ours runs any clean-up for it."""


def crash_at(step: str) -> Failpoint:
    def failpoint(reached: str) -> None:
        if reached == step:
            raise Crash

    return failpoint


def count_persons(store: Store, workdir: Path) -> int:
    with open_reader(store, key=make_keys().data, workdir=workdir) as connection:
        return int(connection.execute("SELECT count(*) FROM person").fetchall()[0][0])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_load_makes_the_next_generation_current(tmp_path: Path, store: Store) -> None:
    assert store.find_current() is None
    first = load(write_hospital(tmp_path / "a"), store)
    second = load(write_hospital(tmp_path / "b", persons=(1, 2, 3, 4)), store)
    assert (first.generation, second.generation) == (1, 2)
    current = store.get_current()
    assert current.number == 2
    assert current.manifest.digest == second.digest
    assert current.manifest.tables["person"] == 4
    assert current.manifest.loaded_at == LOADED_AT.isoformat()
    assert store.get_generation(1).manifest.tables["person"] == 3
    assert list(store.work.iterdir()) == []


@pytest.mark.parametrize("step", SWITCH_STEPS)
def test_a_crash_at_any_step_leaves_one_whole_generation(tmp_path: Path, store: Store, step: str) -> None:
    load(write_hospital(tmp_path / "a"), store)
    bigger = write_hospital(tmp_path / "b", persons=(1, 2, 3, 4))
    with pytest.raises(Crash):
        load(bigger, store, failpoint=crash_at(step))
    after_crash = 4 if step == "after_switch" else 3
    assert count_persons(store, tmp_path / "w") == after_crash
    report = load(bigger, store)
    assert report.generation == (3 if step == "after_switch" else 2)
    assert count_persons(store, tmp_path / "w") == 4
    names = sorted(path.name for path in store.generations.iterdir())
    assert names == [str(number) for number in range(1, report.generation + 1)]
    assert sorted(path.name for path in store.root.iterdir()) == [
        "current",
        "generations",
        "work",
        "writer.lock",
    ]


def test_a_crash_before_the_first_switch_leaves_an_empty_store(tmp_path: Path, store: Store) -> None:
    with pytest.raises(Crash):
        load(write_hospital(tmp_path / "a"), store, failpoint=crash_at("before_switch"))
    with pytest.raises(Refused) as refused:
        store.get_current()
    assert refused.value.code == "store.empty"
    # Whether it was current once, nobody can know any more: it stays, and its number is not used again.
    assert load(write_hospital(tmp_path / "a"), store).generation == 2


def test_a_failed_load_leaves_no_trace(tmp_path: Path, store: Store) -> None:
    load(write_hospital(tmp_path / "a"), store)
    broken = write_hospital(tmp_path / "b")
    (broken / "measurement.csv").write_text("measurement_id,person_id\nx,1\n")
    with pytest.raises(Refused):
        load(broken, store)
    assert sorted(path.name for path in store.generations.iterdir()) == ["1"]
    assert list(store.work.iterdir()) == []
    assert store.get_current().number == 1


def test_two_writers_cannot_work_at_once_and_readers_go_on(tmp_path: Path, store: Store) -> None:
    load(write_hospital(tmp_path / "a"), store)
    with store.write():
        with pytest.raises(Unreachable) as refused:
            load(write_hospital(tmp_path / "b"), store)
        assert refused.value.code == "store.writer_busy"
        assert count_persons(store, tmp_path / "w") == 3


def test_several_processes_read_while_the_next_generation_is_written(tmp_path: Path, store: Store) -> None:
    load(write_hospital(tmp_path / "a"), store)
    program = (
        "import sys; from pathlib import Path; from node.store.generations import Store;"
        "from node.store.reader import open_reader; from tests.support.cdm_folders import make_keys;"
        "c = open_reader(Store(Path(sys.argv[1])), key=make_keys().data, workdir=Path(sys.argv[2]));"
        "print(c.execute('SELECT count(*) FROM person').fetchall()[0][0])"
    )
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w1") as held:
        command = [sys.executable, "-c", program, str(store.root), str(tmp_path / "w2")]
        other = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert other.stdout.strip() == "3", other.stderr
        load(write_hospital(tmp_path / "b", persons=(1, 2)), store)
        assert held.execute("SELECT count(*) FROM person").fetchall() == [(3,)]
    assert count_persons(store, tmp_path / "w3") == 2


def test_the_wrong_data_key_is_refused_before_and_at_attach(tmp_path: Path, store: Store) -> None:
    load(write_hospital(tmp_path / "a"), store)
    wrong = DataKey(SecretBytes(b"w" * 32))
    with pytest.raises(Refused) as refused:
        open_reader(store, key=wrong, workdir=tmp_path / "w")
    assert refused.value.code == "store.wrong_key"
    rewrite_manifest(store, key_id=wrong.key_id)
    with pytest.raises(Refused) as refused:
        open_reader(store, key=wrong, workdir=tmp_path / "w")
    assert refused.value.code == "store.wrong_key"
    assert str(refused.value.__context__) == "InvalidInputException"  # the engine's own text is wiped


def rewrite_manifest(store: Store, **changes: object) -> None:
    current = store.get_current()
    manifest = current.manifest.model_copy(update=changes)
    (current.folder / "manifest.json").write_bytes(manifest.to_json())


def damage_store(store: Store, damage: str) -> None:
    generation = store.get_current()
    if damage == "manifest":
        path = generation.folder / "manifest.json"
        fields = json.loads(path.read_bytes())
        fields["manifest"]["tables"]["person"] = 4
        path.write_text(json.dumps(fields))
    elif damage == "database":
        generation.database.unlink()
    elif damage == "current":
        (store.root / "current").write_text("../../etc\n")
    elif damage == "no current":
        (store.root / "current").unlink()
    else:
        generation.database.write_bytes(b"no database" * 5000)


DAMAGES = ("manifest", "database", "current", "no current", "bytes")


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named(tmp_path: Path, store: Store, damage: str) -> None:
    load(write_hospital(tmp_path / "a"), store)
    load(write_hospital(tmp_path / "b"), store)
    damage_store(store, damage)
    with pytest.raises(OnggiError) as refused:
        open_reader(store, key=make_keys().data, workdir=tmp_path / "w")
    assert refused.value.code == "store.damaged"


@pytest.mark.parametrize("damage", DAMAGES)
def test_loading_anew_cures_a_damaged_store_and_loses_nothing(
    tmp_path: Path, store: Store, damage: str
) -> None:
    folder = write_hospital(tmp_path / "a")
    load(folder, store)
    load(folder, store)
    damage_store(store, damage)
    before = {path: path.read_bytes() for path in store.generations.rglob("*") if path.is_file()}
    assert load(folder, store).generation == 3
    assert count_persons(store, tmp_path / "w") == 3
    assert {path: path.read_bytes() for path in before} == before


def test_a_reader_can_neither_write_nor_look_elsewhere(tmp_path: Path, store: Store) -> None:
    load(write_hospital(tmp_path / "a"), store)
    elsewhere = tmp_path / "a" / "person.csv"
    forbidden = [
        "DELETE FROM person",
        "CREATE TABLE cdm.main.mine AS SELECT 1 AS one",
        f"SELECT * FROM read_csv('{elsewhere}')",
        f"COPY person TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'other.duckdb'}'",
        "SET temp_file_encryption = false",
        "SET enable_external_access = true",
        "RESET memory_limit",
    ]
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        connection.execute("CREATE TEMP TABLE cohort_persons AS SELECT person_id FROM person")
        assert connection.execute("SELECT count(*) FROM cohort_persons").fetchall() == [(3,)]
        for statement in forbidden:
            with pytest.raises(Exception, match=r"(?i)read-only|external|disabled|locked|cannot"):
                connection.execute(statement)
    assert not (tmp_path / "out.csv").exists()


def test_old_generations_can_go_and_the_current_one_cannot(tmp_path: Path, store: Store) -> None:
    folder = write_hospital(tmp_path / "a")
    load(folder, store)
    load(folder, store)
    with store.write() as writer:
        writer.remove_generation(1)
        with pytest.raises(Refused) as refused:
            writer.remove_generation(2)
    assert refused.value.code == "store.generation_current"
    assert [path.name for path in store.generations.iterdir()] == ["2"]


def test_folders_belong_to_the_node_alone(tmp_path: Path, store: Store) -> None:
    load(write_hospital(tmp_path / "a"), store)
    for folder in (store.root, store.generations, store.work, store.get_current().folder):
        assert folder.stat().st_mode & 0o077 == 0
