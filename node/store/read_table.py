"""Reads one source file into the engine and names the first cell that is not what the CDM asks for.

* A refusal names file, row and column and why; the cell's value is never part of it.
* Rows are counted as a spreadsheet shows them: the header is row 1.
"""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from node.store.cdm_tables import Column, ColumnType, Table
from node.store.cdm_versions import to_54_name
from node.store.identifier_guard import IdentifierPolicy, may_keep
from node.store.private_duckdb import name_engine_failure, quote_name, quote_text, take_text
from node.store.source_files import SourceFile
from onggi.errors import OnggiError, Refused

STAGED = "staged"
_LONGEST_LINE = 4 << 20
_READ_BUFFER = 8 << 20  # DuckDB's own choice is 16 lines of the longest: too much for a small node
_LARGEST_EXACT = 2**53
_CODES: dict[ColumnType, str] = {
    "BIGINT": "load.not_integer",
    "INTEGER": "load.not_integer",
    "DOUBLE": "load.not_number",
    "DATE": "load.bad_date",
    "TIMESTAMP": "load.bad_datetime",
}
_INTEGER = r"\s*[+-]?[0-9]{1,19}(\.0*)?\s*"
_MOMENT = r"^\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?))?"
_ZONE = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?\s*$"
_COMPACT_DATE = r"\s*[0-9]{8}\s*"


@dataclass(frozen=True, slots=True)
class Staged:
    """What came into the engine: rows, kept columns with their staged types, and what stayed outside."""

    rows: int
    columns: Mapping[str, str]
    dropped: tuple[str, ...]
    unknown: tuple[str, ...]


def stage_file(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, *, table: Table, policy: IdentifierPolicy
) -> Staged:
    """Copies the permitted columns of a file into the temporary table `staged`.

    Columns that the guard drops are not read at all, so they reach neither memory nor spill files.
    """
    wanted, dropped, unknown = _choose_columns(source, table, policy)
    selected = ["row_number() OVER () + 1 AS _row"]
    selected += [f"{quote_name(theirs)} AS {quote_name(ours)}" for ours, theirs in wanted.items()]
    try:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {STAGED} AS SELECT {', '.join(selected)} FROM {_scan(source)}"
        )
    except duckdb.Error as error:
        raise _name_read_failure(error, source) from None
    described = connection.execute(f"DESCRIBE {STAGED}").fetchall()
    rows = connection.execute(f"SELECT count(*) FROM {STAGED}").fetchall()[0][0]
    types = {str(row[0]): str(row[1]) for row in described if row[0] != "_row"}
    return Staged(int(rows), types, dropped, unknown)


def check_values(
    connection: duckdb.DuckDBPyConnection, staged: Staged, *, table: Table, source: SourceFile
) -> None:
    """Raises Refused for the first row with a value of the wrong kind, or none where one is required."""
    first_bad: list[tuple[int, str, str]] = []
    tests: list[tuple[str, str, str]] = []
    for name, kind in staged.columns.items():
        column = table.get_column(name)
        value = quote_name(name)
        if column.type != "VARCHAR":
            wrong = f"{value} IS NOT NULL AND ({to_value(column, kind)}) IS NULL"
            if kind == "VARCHAR":
                wrong += f" AND trim({value}) <> ''"
            tests.append((wrong, name, _CODES[column.type]))
        if is_enforced(column, table=table):
            tests.append((f"{value} IS NULL", name, "load.missing_value"))
    if not tests:
        return
    found = connection.execute(
        "SELECT " + ", ".join(f"min(_row) FILTER ({test})" for test, _, _ in tests) + f" FROM {STAGED}"
    ).fetchall()[0]
    for row, (_, name, code) in zip(found, tests, strict=True):
        if row is not None:
            first_bad.append((int(row), name, code))
    if first_bad:
        row_number, name, code = min(first_bad)
        raise Refused(code, file=source.path.name, row=row_number, column=name)


def is_enforced(column: Column, *, table: Table) -> bool:
    """Whether a missing value stops a load.

    The row's own id, its person and its start are what every analysis stands on. Other required
    columns are empty in published data sets (types, sources, end dates), and emptiness there is
    only "unknown".
    """
    if not column.required:
        return False
    starts = column.name in (f"{table.name}_date", f"{table.name}_start_date", "death_date", "note_date")
    return column.name == table.person_column or column.name == table.single_key or starts


def to_value(column: Column, staged_type: str) -> str:
    """SQL that turns a staged value into the column's type, or NULL where it is not one."""
    value = quote_name(column.name)
    if column.type == "VARCHAR":
        return f"CAST({value} AS VARCHAR)"
    if staged_type == "VARCHAR":
        return _text_to_value(column.type, value)
    if column.type in ("BIGINT", "INTEGER") and staged_type in ("DOUBLE", "FLOAT"):
        whole = f"{value} = floor({value}) AND abs({value}) < {_LARGEST_EXACT}"
        return f"CASE WHEN {whole} THEN TRY_CAST({value} AS {column.type}) END"
    if column.type == "DOUBLE":
        return f"CASE WHEN isfinite(TRY_CAST({value} AS DOUBLE)) THEN TRY_CAST({value} AS DOUBLE) END"
    return f"TRY_CAST({value} AS {column.type})"


def _text_to_value(kind: ColumnType, value: str) -> str:
    if kind in ("BIGINT", "INTEGER"):
        # A bare TRY_CAST would round 1.5 and read hexadecimal; 12.0 is what spreadsheets make of 12.
        digits = rf"regexp_replace(trim({value}), '\.0*$', '')"
        return f"CASE WHEN regexp_full_match({value}, '{_INTEGER}') THEN TRY_CAST({digits} AS {kind}) END"
    if kind == "DOUBLE":
        return f"CASE WHEN isfinite(TRY_CAST({value} AS DOUBLE)) THEN TRY_CAST({value} AS DOUBLE) END"
    day = f"regexp_extract({value}, '{_MOMENT}', 1)"
    compact = f"CAST(try_strptime(trim({value}), '%Y%m%d') AS {kind})"
    if kind == "DATE":
        moment = f"TRY_CAST({day} AS DATE)"
    else:
        # A zone is dropped, not applied: the CDM's times are the hospital's wall clock.
        moment = f"TRY_CAST(trim({day} || ' ' || regexp_extract({value}, '{_MOMENT}', 2)) AS TIMESTAMP)"
    return (
        f"CASE WHEN regexp_full_match({value}, '{_COMPACT_DATE}') THEN {compact} "
        f"WHEN regexp_matches({value}, '{_MOMENT}{_ZONE}') THEN {moment} END"
    )


def _choose_columns(
    source: SourceFile, table: Table, policy: IdentifierPolicy
) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    names = set(table.column_names)
    wanted: dict[str, str] = {}
    dropped, unknown = [], []
    for lower, theirs in source.columns.items():
        ours = to_54_name(lower, table=table.name)
        if ours not in names:
            unknown.append(lower)
        elif ours in wanted:
            raise Refused("load.bad_header", file=source.path.name)
        elif not may_keep(ours, table=table.name, policy=policy):
            dropped.append(ours)
        else:
            wanted[ours] = theirs
    for column in table.columns:
        if is_enforced(column, table=table) and column.name not in wanted:
            raise Refused("load.missing_column", file=source.path.name, column=column.name)
    return wanted, tuple(dropped), tuple(unknown)


def _scan(source: SourceFile) -> str:
    path = quote_text(str(source.path))
    if source.format == "parquet":
        return f"read_parquet({path})"
    columns = ", ".join(f"{quote_text(name)}: 'VARCHAR'" for name in source.columns.values())
    # Vocabulary downloads are tab-separated and hold bare quotation marks; there, quotes are letters.
    quote = "" if source.delimiter == "\t" else '"'
    return (
        f"read_csv({path}, auto_detect=false, header=true, delim={quote_text(source.delimiter)}, "
        f"quote='{quote}', escape='{quote}', nullstr='', allow_quoted_nulls=true, "
        f"max_line_size={_LONGEST_LINE}, buffer_size={_READ_BUFFER}, columns={{{columns}}})"
    )


def _name_read_failure(error: duckdb.Error, source: SourceFile) -> OnggiError:
    """Only the line number is taken from DuckDB's text; the rest of it quotes the line."""
    text = take_text(error)
    if failure := name_engine_failure(error, text):
        return failure
    found = re.search(r"Line: (\d{1,12})", text)
    if found:
        return Refused("load.bad_row", file=source.path.name, row=int(found[1]))
    return Refused("load.unreadable_file", file=source.path.name)
