"""A zip file loads like the folder in it; one that is broken, locked or untrustworthy is refused by name."""

from __future__ import annotations

import gzip
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import node.store.source_files
from node.store.generations import Store
from node.store.load_omop import load_vocabulary
from node.store.reader import open_reader
from onggi.errors import OnggiError
from onggi.words import public_words
from tests.support.cdm_archives import INFARCT, VERSION, pack, pack_members, write_athena
from tests.support.cdm_folders import LOADED_AT, load, make_keys, write_hospital


def rows_of(store: Store, tmp_path: Path) -> list[tuple[Any, ...]]:
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        return connection.execute(
            "SELECT * FROM person JOIN visit_occurrence USING (person_id) "
            "JOIN measurement USING (person_id) ORDER BY person_id"
        ).fetchall()


def gzip_all(folder: Path) -> None:
    for path in list(folder.iterdir()):
        (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        path.unlink()


def parquet_all(folder: Path) -> None:
    for path in list(folder.iterdir()):
        header, *rows = [line.split(",") for line in path.read_text().splitlines()]
        columns = {name: [row[at] for row in rows] for at, name in enumerate(header)}
        pq.write_table(pa.table(columns), folder / path.name.replace(".csv", ".parquet"))
        path.unlink()


FORMS: dict[str, tuple[Callable[[Path], None], dict[str, Any]]] = {
    "csv": (lambda _folder: None, {}),
    "below a folder": (lambda _folder: None, {"below": "export/cdm 5.4/"}),
    "stored": (lambda _folder: None, {"method": zipfile.ZIP_STORED}),
    "gzip": (gzip_all, {}),
    "parquet": (parquet_all, {"below": "data/"}),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_gives_the_rows_of_its_folder(tmp_path: Path, form: str) -> None:
    change, packing = FORMS[form]
    plain, packed = Store(tmp_path / "plain"), Store(tmp_path / "packed")
    folder = write_hospital(tmp_path / "source")
    load(folder, plain)
    change(folder)
    report = load(pack(folder, tmp_path / "cdm.zip", **packing), packed)
    assert report.get_table("person").kept == 3
    assert rows_of(packed, tmp_path) == rows_of(plain, tmp_path) != []


def test_what_a_desktop_adds_to_an_archive_is_no_second_table(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    archive = pack(folder, tmp_path / "cdm.zip")
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("__MACOSX/._person.csv", b"\x00\x05")
        packed.writestr(".DS_Store", b"\x00")
    assert load(archive, Store(tmp_path / "store")).get_table("person").kept == 3


def hospital(tmp_path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in write_hospital(tmp_path / "source").iterdir()}


def broken(tmp_path: Path) -> Path:
    archive = tmp_path / "cdm.zip"
    archive.write_bytes(b"person_id,year_of_birth\n1,1970\n")
    return archive


def cut(tmp_path: Path) -> Path:
    archive = pack_members(tmp_path / "cdm.zip", hospital(tmp_path))
    archive.write_bytes(archive.read_bytes()[:-30])
    return archive


def locked(tmp_path: Path) -> Path:
    """The flag that says encrypted, in both headers of a member."""
    archive = pack_members(tmp_path / "cdm.zip", {"person.csv": b"person_id\n1\n"})
    content = bytearray(archive.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    return archive


def other_method(tmp_path: Path) -> Path:
    """Deflate64, as some desktops pack files of more than 2 GB."""
    archive = pack_members(tmp_path / "cdm.zip", {"person.csv": b"person_id\n1\n"})
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 10] = 9
    archive.write_bytes(content)
    return archive


def named(name: str) -> Callable[[Path], Path]:
    def make(tmp_path: Path) -> Path:
        return pack_members(tmp_path / "cdm.zip", {**hospital(tmp_path), name: b"x"})

    return make


def linked(tmp_path: Path) -> Path:
    link = zipfile.ZipInfo("death.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "cdm.zip", "w") as packed:
        packed.writestr(link, "/etc/passwd")
    return tmp_path / "cdm.zip"


def twice(tmp_path: Path) -> Path:
    archive = pack_members(tmp_path / "cdm.zip", hospital(tmp_path))
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("PERSON.csv", b"person_id\n7\n")
    return archive


def bomb(tmp_path: Path) -> Path:
    return pack_members(tmp_path / "cdm.zip", {**hospital(tmp_path), "death.csv": b"0" * (40 << 20)})


def hidden_bomb(tmp_path: Path) -> Path:
    """The archive's own sizes are honest; it is the gzip file in it that swells."""
    swelling = b"person_id,death_date\n" + b"1,2020-01-01\n" * 2_000_000
    packed = gzip.compress(swelling, compresslevel=9, mtime=0)
    members = hospital(tmp_path)
    return pack_members(tmp_path / "cdm.zip", {**members, "death.csv.gz": packed})


def overlapping(tmp_path: Path) -> Path:
    """A directory that names one member's bytes many times over."""
    archive = tmp_path / "cdm.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as made:
        made.writestr("person.csv", b"person_id\n" + b"1\n" * 4000)
    content = archive.read_bytes()
    at, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[at:end]
    entries = b"".join(entry.replace(b"person.csv", b"perso%d.csv" % n) for n in range(9))
    tail = bytearray(content[end:])
    tail[8:12] = (9).to_bytes(2, "little") * 2
    tail[12:16] = len(entries).to_bytes(4, "little")
    archive.write_bytes(content[:at] + entries + tail)
    return archive


def wrong_sum(tmp_path: Path) -> Path:
    archive = tmp_path / "cdm.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for name, content in hospital(tmp_path).items():
            packed.writestr(name, content)
    archive.write_bytes(archive.read_bytes().replace(b"120.5", b"130.5"))
    return archive


def two_folders(tmp_path: Path) -> Path:
    members = {f"one/{name}": content for name, content in hospital(tmp_path).items()}
    return pack_members(tmp_path / "cdm.zip", {**members, "two/death.csv": b"person_id,death_date\n"})


CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no archive": (broken, "load.archive_broken"),
    "cut": (cut, "load.archive_broken"),
    "locked": (locked, "load.archive_encrypted"),
    "method": (other_method, "load.archive_method"),
    "traversal": (named("../../death.csv"), "load.archive_unsafe"),
    "backslash traversal": (named("..\\death.csv"), "load.archive_unsafe"),
    "absolute": (named("/etc/death.csv"), "load.archive_unsafe"),
    "drive": (named("C:/death.csv"), "load.archive_unsafe"),
    "link": (linked, "load.archive_unsafe"),
    "member twice": (twice, "load.archive_duplicate"),
    "bomb": (bomb, "load.archive_bomb"),
    "bomb in a bomb": (hidden_bomb, "load.archive_bomb"),
    "overlap": (overlapping, "load.archive_bomb"),
    "wrong checksum": (wrong_sum, "load.unreadable_file"),
    "two folders": (two_folders, "load.archive_folders"),
}


@pytest.mark.parametrize("case", CASES)
def test_refusal(tmp_path: Path, case: str) -> None:
    make, code = CASES[case]
    store = Store(tmp_path / "store")
    with pytest.raises(OnggiError) as refused:
        load(make(tmp_path), store)
    assert refused.value.code == code
    assert store.find_current() is None
    for language in ("ko", "en"):
        assert "…" not in "".join(public_words(refused.value, language))


def test_a_parquet_member_larger_than_memory_allows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node.store.source_files, "_LARGEST_IN_MEMORY", 1000)
    folder = write_hospital(tmp_path / "source")
    parquet_all(folder)
    with pytest.raises(OnggiError) as refused:
        load(pack(folder, tmp_path / "cdm.zip"), Store(tmp_path / "store"))
    assert refused.value.code == "load.archive_parquet_large"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_bytes_that_are_no_text_are_named_by_line_in_an_archive_too(tmp_path: Path, suffix: str) -> None:
    members = hospital(tmp_path)
    bad = members.pop("measurement.csv") + b"9,1,3004249,2020-03-01,0,1,\xb1\xe8\n"
    members[f"measurement.csv{suffix}"] = gzip.compress(bad, mtime=0) if suffix else bad
    with pytest.raises(OnggiError) as refused:
        load(pack_members(tmp_path / "cdm.zip", members), Store(tmp_path / "store"))
    assert refused.value.code == "load.not_utf8"
    assert refused.value.facts["row"] == 5


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_gzip_member_is_named(tmp_path: Path, damage: str) -> None:
    members = hospital(tmp_path)
    packed = bytearray(gzip.compress(members.pop("measurement.csv"), mtime=0))
    if damage == "cut":
        del packed[-12:]
    else:
        packed[-8] ^= 0xFF  # the checksum
    members["measurement.csv.gz"] = bytes(packed)
    with pytest.raises(OnggiError) as refused:
        load(pack_members(tmp_path / "cdm.zip", members), Store(tmp_path / "store"))
    assert refused.value.code == "load.unreadable_file"


@pytest.mark.parametrize("packed", [False, True])
def test_a_vocabulary_as_it_is_downloaded(tmp_path: Path, packed: bool) -> None:
    folder = write_athena(tmp_path / "athena")
    source = pack(folder, tmp_path / "vocabulary_download_v5.zip") if packed else folder
    store = Store(tmp_path / "vocabulary")
    report = load_vocabulary(source, store=store, keys=make_keys(), clock=lambda: LOADED_AT, threads=1)
    assert report.vocabulary_version == VERSION
    assert {one.table: one.kept for one in report.tables}["concept"] == 3
    told = {(one.code, one.facts.get("file")) for one in report.warnings}
    assert ("load.cpt4_unnamed", "CONCEPT_CPT4.csv") in told
    assert ("load.file_ignored", "cpt4.jar") in told
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        (concept,) = connection.execute(
            "SELECT concept_name, valid_start_date::VARCHAR, invalid_reason FROM concept "
            "WHERE concept_id = ?",
            [INFARCT],
        ).fetchall()
        assert concept == ("Infarct, 5' \"wide", "1970-01-01", None)
        assert connection.execute("SELECT concept_synonym_name FROM concept_synonym").fetchall() == [
            ('so-called "MI"',)
        ]
