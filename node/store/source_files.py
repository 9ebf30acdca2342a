"""Finds which file of a folder holds which CDM table, and checks each file before a row is read.

* CSV (comma or tab, plain or .gz) and Parquet, in any case of file and column names.
* A table that two files claim is refused: nobody could say which one was meant.
* Text files must be UTF-8; the first line that is not is named by its number.
"""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

import codecs
import csv
import gzip
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from node.store.private_duckdb import engine_errors_as_codes, quote_text
from onggi.errors import Refused

_CHUNK = 1 << 20
_LONGEST_HEADER = 1 << 16
_ENDINGS = re.compile(r"^(?P<stem>.+?)\.(?P<kind>csv|tsv|txt|parquet)(?P<packed>\.gz)?$")
# Some published data sets number their vocabulary files: 2b_concept.csv.
_NUMBERED = re.compile(r"^\d+[a-z]?_(?P<table>.+)$")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that holds one table. `columns` maps lower-case names to the names in the file."""

    path: Path
    table: str
    format: Literal["csv", "parquet"]
    delimiter: str
    columns: Mapping[str, str]


def find_places(folder: Path) -> tuple[Path, ...]:
    """The folder, and the folders behind links in it: what a load must be able to read, and no more."""
    if not folder.is_dir():
        raise Refused("load.no_folder", folder=str(folder))
    linked = {path.resolve().parent for path in folder.iterdir() if path.is_symlink()}
    return (folder, *sorted(linked))


def find_source_files(
    folder: Path, *, known_tables: Collection[str], connection: duckdb.DuckDBPyConnection
) -> tuple[dict[str, SourceFile], tuple[str, ...]]:
    """(files by table, names of files that hold no CDM table)."""
    found: dict[str, SourceFile] = {}
    ignored = []
    for path in sorted(folder.iterdir()):
        matched = _ENDINGS.match(path.name.lower())
        if not path.is_file() or matched is None or (matched["kind"] == "parquet" and matched["packed"]):
            ignored.append(path.name)
            continue
        table = _to_table(matched["stem"], known_tables)
        if table is None:
            ignored.append(path.name)
            continue
        if table in found:
            raise Refused("load.ambiguous_table", table=table, file=path.name, other=found[table].path.name)
        found[table] = _open_source(path, table, matched["kind"], connection)
    return found, tuple(ignored)


def check_utf8(source: SourceFile) -> None:
    """Raises Refused with load.not_utf8 and the line of the first byte that is no UTF-8."""
    if source.format == "parquet":
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    for chunk in _read_chunks(source.path):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            raise_at = line
            break
        if "\x00" in text:
            raise_at = line + text[: text.index("\x00")].count("\n")
            break
        line += text.count("\n")
    else:
        if not decoder.getstate()[0]:
            return
        raise_at = line
    raise Refused("load.not_utf8", file=source.path.name, row=raise_at)


def _read_chunks(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (OSError, EOFError):
        raise Refused("load.unreadable_file", file=path.name) from None


def _to_table(stem: str, known: Collection[str]) -> str | None:
    if stem in known:
        return stem
    numbered = _NUMBERED.match(stem)
    return numbered["table"] if numbered and numbered["table"] in known else None


def _open_source(path: Path, table: str, kind: str, connection: duckdb.DuckDBPyConnection) -> SourceFile:
    if kind == "parquet":
        with engine_errors_as_codes("load.unreadable_file", file=path.name):
            described = connection.execute(
                f"DESCRIBE SELECT * FROM read_parquet({quote_text(str(path))})"
            ).fetchall()
        return SourceFile(path, table, "parquet", "", _by_lower_name([row[0] for row in described], path))
    header = _read_header(path)
    delimiter = "\t" if header.count("\t") > header.count(",") else ","
    names = next(csv.reader([header], delimiter=delimiter), [])
    return SourceFile(path, table, "csv", delimiter, _by_lower_name([name.strip() for name in names], path))


def _read_header(path: Path) -> str:
    first = next(_read_chunks(path), b"")[:_LONGEST_HEADER].split(b"\n")[0]
    try:
        return first.decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError:
        raise Refused("load.not_utf8", file=path.name, row=1) from None


def _by_lower_name(names: list[str], path: Path) -> dict[str, str]:
    lower = {name.lower(): name for name in names}
    if not names or len(lower) != len(names) or "" in lower:
        raise Refused("load.bad_header", file=path.name)
    return lower
