"""Every way in which a folder can be wrong is named by file, row, column and reason, without the value."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.load_report import LoadProgress
from node.store.reader import open_reader
from onggi.errors import OnggiError, Refused
from onggi.words import public_words
from tests.support.cdm_folders import (
    MEASUREMENT,
    OBSERVATION,
    PERIOD,
    PERSON,
    VISIT,
    load,
    make_keys,
    write_hospital,
    write_table,
)

SECRET = "9988776655"


def measurement_with(column: str, value: object, *, persons: int = 3) -> Callable[[Path], None]:
    """Puts one bad value into the second data row (row 3 of the file)."""

    def change(folder: Path) -> None:
        rows: list[list[object]] = [[p, p, 3004249, "2020-03-01", 0, 120.5, p] for p in range(1, persons + 1)]
        rows[1][MEASUREMENT.index(column)] = value
        write_table(folder, "measurement.csv", MEASUREMENT, rows)

    return change


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def overwrite(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return change


def repeat_person(folder: Path) -> None:
    write_table(folder, "person.csv", PERSON, [(1, 8507, 1970, 0, 0)] * 2)


def drop_column(folder: Path) -> None:
    write_table(folder, "person.csv", PERSON[1:], [(8507, 1970, 0, 0)])


def second_person_file(folder: Path) -> None:
    write_table(folder, "PERSON.tsv", PERSON, [], delimiter="\t")


def broken_parquet(folder: Path) -> None:
    (folder / "person.csv").unlink()
    (folder / "person.parquet").write_bytes(SECRET.encode() * 50)


def cut_gzip(folder: Path) -> None:
    packed = gzip.compress((folder / "person.csv").read_bytes() * 100, mtime=0)
    (folder / "person.csv").unlink()
    (folder / "person.csv.gz").write_bytes(packed[:-20])


HEADER = ",".join(MEASUREMENT).encode()

CASES: dict[str, tuple[Callable[[Path], None], str, dict[str, object]]] = {
    "bad date": (
        measurement_with("measurement_date", f"2020-13-{SECRET}"),
        "load.bad_date",
        {"file": "measurement.csv", "row": 3, "column": "measurement_date"},
    ),
    "impossible day": (measurement_with("measurement_date", "2021-02-29"), "load.bad_date", {"row": 3}),
    "infinite date": (measurement_with("measurement_date", "infinity"), "load.bad_date", {"row": 3}),
    "text as id": (
        measurement_with("measurement_concept_id", SECRET + "x"),
        "load.not_integer",
        {"column": "measurement_concept_id", "row": 3},
    ),
    "fraction as id": (measurement_with("visit_occurrence_id", "1.5"), "load.not_integer", {"row": 3}),
    "hexadecimal id": (measurement_with("visit_occurrence_id", "0x1F"), "load.not_integer", {"row": 3}),
    "too large an id": (measurement_with("person_id", 2**63), "load.not_integer", {"column": "person_id"}),
    "text as number": (measurement_with("value_as_number", SECRET + " mg"), "load.not_number", {"row": 3}),
    "not a number": (measurement_with("value_as_number", "NaN"), "load.not_number", {"row": 3}),
    "no person": (measurement_with("person_id", ""), "load.missing_value", {"column": "person_id", "row": 3}),
    "no date": (measurement_with("measurement_date", ""), "load.missing_value", {"row": 3}),
    "no person table": (remove("person.csv"), "load.missing_table", {"table": "person"}),
    "no periods": (remove("observation_period.csv"), "load.missing_table", {"table": "observation_period"}),
    "no id column": (drop_column, "load.missing_column", {"file": "person.csv", "column": "person_id"}),
    "person twice": (repeat_person, "load.duplicate_id", {"file": "person.csv", "row": 3}),
    "two files": (second_person_file, "load.ambiguous_table", {"table": "person"}),
    "no UTF-8": (
        overwrite("measurement.csv", HEADER + b"\n1,1,1,2020-01-01,0,1,1\n2,2,2,\xb1\xe8" + SECRET.encode()),
        "load.not_utf8",
        {"file": "measurement.csv", "row": 3},
    ),
    "cut UTF-8": (
        overwrite("measurement.csv", HEADER + b"\n1,1,1,2020-01-01,0,\xed\x99"),
        "load.not_utf8",
        {"row": 2},
    ),
    "UTF-16": (
        overwrite("measurement.csv", HEADER.decode().encode("utf-16")),
        "load.not_utf8",
        {"row": 1},
    ),
    "one field too many": (
        overwrite("measurement.csv", HEADER + f"\n1,1,1,2020-01-01,0,1,1,{SECRET}\n".encode()),
        "load.bad_row",
        {"file": "measurement.csv", "row": 2},
    ),
    "open quotation": (
        overwrite("measurement.csv", HEADER + f'\n1,1,1,2020-01-01,0,1,1\n2,"{SECRET}\n'.encode()),
        "load.bad_row",
        {"file": "measurement.csv"},
    ),
    "empty file": (overwrite("measurement.csv", b""), "load.bad_header", {"file": "measurement.csv"}),
    "column twice": (overwrite("measurement.csv", HEADER + b",PERSON_ID\n"), "load.bad_header", {}),
    "broken parquet": (broken_parquet, "load.unreadable_file", {"file": "person.parquet"}),
    "cut gzip": (cut_gzip, "load.unreadable_file", {"file": "person.csv.gz"}),
    "CDM 5.2": (
        overwrite("cdm_source.csv", b"cdm_source_name,cdm_version\nx,v5.2.2\n"),
        "load.cdm_version",
        {"found": "5.2"},
    ),
    "CDM 5.2 by columns": (remove("cdm_source.csv"), "load.cdm_version", {"found": "5.2"}),
}


def every_text_behind(error: BaseException) -> list[str]:
    """The texts of all errors that led to this one: a log that prints contexts would show them."""
    behind = []
    seen: BaseException | None = error
    while seen := (seen.__cause__ or seen.__context__ if seen else None):
        behind.append(str(seen) if isinstance(seen, duckdb.Error) else "")
    return behind


@pytest.mark.parametrize("case", CASES)
def test_refusal(tmp_path: Path, case: str) -> None:
    change, code, facts = CASES[case]
    folder = write_hospital(tmp_path / "source")
    change(folder)
    store = Store(tmp_path / "store")
    with pytest.raises(OnggiError) as refused:
        load(folder, store)
    error = refused.value
    assert error.code == code
    assert facts.items() <= error.facts.items()
    assert store.find_current() is None
    words = (*public_words(error, "ko"), *public_words(error, "en"))
    for shown in (str(error), repr(error), *words, *every_text_behind(error)):
        assert SECRET not in shown
        assert "…" not in shown


def test_rows_of_unknown_persons_are_dropped_and_counted(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    day = "2020-03-01"
    write_table(
        folder, "observation_period.csv", PERIOD, [(p, p, day, "2020-12-31", 0) for p in (1, 2, 3, 8, 9)]
    )
    store = Store(tmp_path / "store")
    report = load(folder, store)
    periods = report.get_table("observation_period")
    assert (periods.read, periods.kept, periods.unknown_persons) == (5, 3, 2)
    assert ("load.orphans_dropped", 2) in [(w.code, w.facts.get("rows")) for w in report.warnings]
    with pytest.raises(Refused) as refused:
        load(folder, store, policy=IdentifierPolicy(unknown_person="refuse"))
    assert refused.value.code == "load.unknown_person"
    assert refused.value.facts == {"file": "observation_period.csv", "row": 5, "column": "person_id"}


def test_persons_without_a_period_and_foreign_files_are_remarked(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    write_table(folder, "observation_period.csv", PERIOD, [(1, 1, "2020-03-01", "2020-12-31", 0)])
    (folder / "readme.md").write_text("hello")
    write_table(folder, "visit_occurrence.csv", (*VISIT, "ward"), [(1, 1, 9202, "2020-03-01", None, 0, "x")])
    remarks = {(w.code, *w.facts.values()) for w in load(folder, Store(tmp_path / "store")).warnings}
    assert ("load.persons_unobserved", 2) in remarks
    assert ("load.file_ignored", "readme.md") in remarks
    assert ("load.column_unknown", "ward", "visit_occurrence.csv") in remarks
    assert ("load.table_absent", "drug_exposure") in remarks


def write_variant(folder: Path, variant: str) -> Path:
    """The same hospital in another outer form."""
    source = write_hospital(folder)
    for path in list(source.iterdir()):
        text = path.read_text()
        path.unlink()
        if variant == "upper case":
            header, rest = text.split("\n", 1)
            (folder / path.name.upper()).write_text(header.upper() + "\n" + rest)
        elif variant == "tabs":
            (folder / path.name).write_text(text.replace(",", "\t"))
        elif variant == "gzip":
            (folder / (path.name + ".gz")).write_bytes(gzip.compress(text.encode(), mtime=0))
        elif variant == "byte order mark and CRLF":
            (folder / path.name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
        elif variant == "compact dates":
            (folder / path.name).write_text(text.replace("2020-03-01", "20200301"))
        elif variant == "date and time":
            (folder / path.name).write_text(text.replace("2020-03-01", "2020-03-01 00:00:00"))
        elif variant == "floating ids":
            (folder / path.name).write_text(text.replace("3004249,", "3004249.0,"))
        else:
            rows = [line.split(",") for line in text.splitlines()]
            columns = {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}
            table = pa.table(columns) if variant == "parquet text" else to_typed(columns)
            pq.write_table(table, folder / path.name.replace(".csv", ".parquet"))
    return folder


def to_typed(columns: dict[str, list[str]]) -> pa.Table:
    """Parquet as pandas writes it: nullable ids have become floating point."""
    typed: dict[str, Any] = {}
    for name, values in columns.items():
        if name.endswith("_id"):
            typed[name] = pa.array([float(v) for v in values], pa.float64())
        elif name.endswith("_date"):
            typed[name] = pa.array(values).cast(pa.date32())
        elif name in ("year_of_birth",):
            typed[name] = pa.array([int(v) for v in values], pa.int16())
        else:
            typed[name] = pa.array(values)
    return pa.table(typed)


def load_and_join(folder: Path, tmp_path: Path) -> list[tuple[object, ...]]:
    store = Store(tmp_path / "store")
    load(folder, store)
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        return connection.execute(
            "SELECT * FROM person JOIN visit_occurrence USING (person_id) "
            "JOIN measurement USING (person_id) ORDER BY person_id"
        ).fetchall()


@pytest.fixture(scope="module")
def plain_rows(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """What the plain comma-separated form of the same hospital gives."""
    root = tmp_path_factory.mktemp("plain")
    return load_and_join(write_hospital(root / "source"), root)


@pytest.mark.parametrize(
    "variant",
    [
        "upper case",
        "tabs",
        "gzip",
        "byte order mark and CRLF",
        "compact dates",
        "date and time",
        "floating ids",
        "parquet text",
        "parquet typed",
    ],
)
def test_every_outer_form_gives_the_same_store(
    tmp_path: Path, plain_rows: list[tuple[object, ...]], variant: str
) -> None:
    rows = load_and_join(write_variant(tmp_path / "other", variant), tmp_path)
    assert rows == plain_rows
    assert len(rows) == 3


def test_progress_names_every_table_and_counts_every_byte(tmp_path: Path) -> None:
    seen: list[LoadProgress] = []
    folder = write_hospital(tmp_path / "source")
    load(folder, Store(tmp_path / "store"), progress=seen.append)
    done = [step for step in seen if step.done is not None]
    assert [step.index for step in done] == [1, 2, 3, 4, 5]
    assert {step.total for step in seen} == {5}
    assert done[0].done is not None
    assert (done[0].table, done[0].done.kept) == ("person", 3)
    read = [step.bytes_read for step in seen]
    assert read == sorted(read)
    assert read[-1] == sum(path.stat().st_size for path in folder.iterdir()) == seen[0].bytes_total


def test_quotes_commas_and_line_ends_inside_a_text_survive(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    text = 'one, "two"\nthree'
    write_table(folder, "observation.csv", OBSERVATION, [(1, 1, 2000000001, "2020-03-01", 0, text)])
    store = Store(tmp_path / "store")
    load(folder, store, policy=IdentifierPolicy(keep=frozenset({"observation.value_as_string"})))
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        assert connection.execute("SELECT value_as_string FROM observation").fetchall() == [(text,)]


def test_the_row_is_the_files_row_whatever_the_threads(tmp_path: Path) -> None:
    """Rows are counted by their place in a table that several threads fill from pieces of the file."""
    folder = write_hospital(tmp_path / "source")
    rows, bad = 600_000, 512_345
    with (folder / "measurement.csv").open("a") as file:
        for number in range(4, rows):
            day = "2020-02-30" if number == bad else "2020-03-01"
            file.write(f"{number},1,3004249,{day},0,120.5,1\n")
    with pytest.raises(Refused) as refused:
        load(folder, Store(tmp_path / "store"), threads=4)
    assert refused.value.code == "load.bad_date"
    assert refused.value.facts["row"] == bad + 1
