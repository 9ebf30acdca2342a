"""Finds which file of a folder or archive holds which CDM table, and reads each file's column names.

* CSV (comma or tab, plain or .gz) and Parquet, in any case of file and column names.
* A table that two files claim is refused: nobody could say which one was meant.
* An archive may hold its tables below a folder, but not in two.
"""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

import csv
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from node.store.private_duckdb import engine_errors_as_codes, quote_text
from node.store.source_places import UNREADABLE, Member, SourcePlace
from onggi.errors import Refused

_LONGEST_HEADER = 1 << 16
_LARGEST_IN_MEMORY = 1 << 30
_ENDINGS = re.compile(r"^(?P<stem>.+?)\.(?P<kind>csv|tsv|txt|parquet)(?P<packed>\.gz)?$")
# Some published data sets number their vocabulary files: 2b_concept.csv.
_NUMBERED = re.compile(r"^\d+[a-z]?_(?P<table>.+)$")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that claims a table, before it was opened. `memory` holds a Parquet member while it is read."""

    member: Member
    table: str
    format: Literal["csv", "parquet"]
    memory: int | None = None

    @property
    def path(self) -> str:
        """Where the engine finds a Parquet file."""
        return str(self.member.place) if self.memory is None else f"/proc/self/fd/{self.memory}"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that holds one table. `columns` maps lower-case names to the names in the file."""

    found: FoundFile
    delimiter: str
    columns: Mapping[str, str]
    types: Mapping[str, str]
    """The engine's type of each column, by its name in the file."""

    @property
    def name(self) -> str:
        return self.found.member.name

    @property
    def table(self) -> str:
        return self.found.table


class TableFiles:
    """The table files of one source. Use as a context: it holds memory for Parquet members of archives."""

    def __init__(self, place: SourcePlace, *, known_tables: Collection[str]) -> None:
        """Raises Refused with ``load.ambiguous_table`` or ``load.archive_folders``."""
        self.files: dict[str, FoundFile] = {}
        self.ignored: list[str] = []
        claims = [(member, *_claim(member, known_tables)) for member in place.members]
        _check_one_folder([member for member, table, _ in claims if table is not None])
        for member, table, kind in claims:
            if table is None:
                self.ignored.append(member.name)
                continue
            if table in self.files:
                other = self.files[table].member.name
                raise Refused("load.ambiguous_table", table=table, file=member.name, other=other)
            self.files[table] = FoundFile(member, table, kind)

    def __enter__(self) -> TableFiles:
        for table, found in self.files.items():
            if found.format == "parquet" and found.member.inside is not None:
                memory = os.memfd_create(f"onggi-{table}", os.MFD_CLOEXEC)
                self.files[table] = FoundFile(found.member, table, "parquet", memory)
        return self

    def __exit__(self, *_error: object) -> None:
        for found in self.files.values():
            if found.memory is not None:
                os.close(found.memory)

    @property
    def readable(self) -> list[Path]:
        """The files that the engine opens itself."""
        return [Path(found.path) for found in self.files.values() if found.format == "parquet"]


def open_source(found: FoundFile, *, connection: duckdb.DuckDBPyConnection) -> SourceFile:
    """The file with its columns. Raises Refused where the header or the file cannot be read."""
    if found.format == "parquet":
        fill_memory(found)
        try:
            with engine_errors_as_codes("load.unreadable_file", file=found.member.name):
                described = connection.execute(
                    f"DESCRIBE SELECT * FROM read_parquet({quote_text(found.path)})"
                ).fetchall()
        finally:
            empty_memory(found)
        types = {str(row[0]): str(row[1]) for row in described}
        return SourceFile(found, "", _by_lower_name(list(types), found), types)
    header = _read_header(found)
    delimiter = "\t" if header.count("\t") > header.count(",") else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    return SourceFile(found, delimiter, _by_lower_name(names, found), dict.fromkeys(names, "VARCHAR"))


def fill_memory(found: FoundFile) -> None:
    """Inflates a Parquet member of an archive into memory: its format must be read from its end.

    A file in memory is the process's own memory under a name, as private as any other part of it.
    """
    if found.memory is None:
        return
    if found.member.size > _LARGEST_IN_MEMORY:
        raise Refused("load.archive_parquet_large", file=found.member.name)
    try:
        os.ftruncate(found.memory, 0)
        os.lseek(found.memory, 0, os.SEEK_SET)
        with found.member.open_packed() as content:
            while chunk := content.read(1 << 20):
                os.write(found.memory, chunk)
    except UNREADABLE:
        raise Refused("load.unreadable_file", file=found.member.name) from None


def empty_memory(found: FoundFile) -> None:
    """Gives the memory back after use."""
    if found.memory is not None:
        os.ftruncate(found.memory, 0)


def _claim(member: Member, known: Collection[str]) -> tuple[str | None, Literal["csv", "parquet"]]:
    matched = _ENDINGS.match(member.name.lower())
    if matched is None or (matched["kind"] == "parquet" and matched["packed"]):
        return None, "csv"
    return _to_table(matched["stem"], known), "parquet" if matched["kind"] == "parquet" else "csv"


def _check_one_folder(members: Sequence[Member]) -> None:
    folders = sorted({member.inside.rpartition("/")[0] for member in members if member.inside is not None})
    if len(folders) > 1:
        raise Refused("load.archive_folders", file=members[0].place.name, folders=len(folders))


def _to_table(stem: str, known: Collection[str]) -> str | None:
    if stem in known:
        return stem
    numbered = _NUMBERED.match(stem)
    return numbered["table"] if numbered and numbered["table"] in known else None


def _read_header(found: FoundFile) -> str:
    try:
        with found.member.open() as (content, _):
            first = content.read(_LONGEST_HEADER).split(b"\n")[0]
    except UNREADABLE:
        raise Refused("load.unreadable_file", file=found.member.name) from None
    try:
        header = first.decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError:
        raise Refused("load.not_utf8", file=found.member.name, row=1) from None
    if "\x00" in header:
        raise Refused("load.not_utf8", file=found.member.name, row=1)
    return header


def _by_lower_name(names: list[str], found: FoundFile) -> dict[str, str]:
    lower = {name.lower(): name for name in names}
    if not names or len(lower) != len(names) or "" in lower:
        raise Refused("load.bad_header", file=found.member.name)
    return lower
