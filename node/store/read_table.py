"""Reads one source file into the engine and names the first cell that is not what the CDM asks for.

* A refusal names file, row and column and why; the cell's value is never part of it.
* Rows are counted as a spreadsheet shows them: the header is row 1.
"""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from node.store.cdm_tables import Column, ColumnType, Table
from node.store.cdm_versions import to_54_name
from node.store.feed_file import BytesRead, Feed
from node.store.identifier_guard import IdentifierPolicy, may_keep
from node.store.private_duckdb import name_engine_failure, quote_name, quote_text, take_text
from node.store.source_files import SourceFile, empty_memory, fill_memory
from node.store.staged_rows import ROW, STAGED, Problem, Staged
from onggi.errors import OnggiError, Refused

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


def stage_file(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    *,
    table: Table,
    policy: IdentifierPolicy,
    workdir: Path,
    only: frozenset[str] | None = None,
    on_bytes: BytesRead = lambda _read: None,
) -> Staged:
    """Copies the permitted columns of a file into the temporary table `staged`, with the CDM's types.

    Columns that the guard drops are not read at all, so they reach neither memory nor spill files. A value
    that is not what the CDM asks for is staged as NULL and counted among the problems.

    Args:
        only: the columns to read, where not all are wanted.
    """
    wanted, dropped, unknown = _choose_columns(source, table, policy)
    if only is not None:
        wanted = {ours: theirs for ours, theirs in wanted.items() if ours in only}
    tests = list(_tests(source, wanted, table))
    digest = _stage(connection, source, _staging(source, wanted, table, tests), workdir, on_bytes)
    rows = connection.execute(f"SELECT count(*) FROM {STAGED}").fetchall()[0][0]
    problems = _find_problems(connection, source, tests)
    return Staged(int(rows), tuple(wanted), dropped, unknown, problems, digest)


def _stage(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    selected: str,
    workdir: Path,
    on_bytes: BytesRead,
) -> str | None:
    if source.found.format == "parquet":
        fill_memory(source.found)
        try:
            _create(connection, source, f"{selected} FROM read_parquet({quote_text(source.found.path)})))")
        finally:
            empty_memory(source.found)
        on_bytes(source.found.member.size)
        return None
    with Feed(source.found.member, folder=workdir, on_bytes=on_bytes) as feed:
        _create(connection, source, f"{selected} FROM {_scan_text(source, feed.pipe)}))")
    return feed.digest


def _create(connection: duckdb.DuckDBPyConnection, source: SourceFile, query: str) -> None:
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {STAGED} AS {query}")
    except duckdb.Error as error:
        raise _name_read_failure(error, source) from None


def _staging(
    source: SourceFile, wanted: Mapping[str, str], table: Table, tests: Sequence[tuple[str, str, str]]
) -> str:
    """The SELECT of a staging, up to the file: raw texts and first casts inside, values and tests outside.

    `_bad` has a bit for each test that a row fails, and is NULL where it fails none. A row's own number
    needs no column: a table that is made in the file's order has it as `rowid`.
    """
    inner, values = [], []
    for ours, theirs in wanted.items():
        column = table.get_column(ours)
        inner.append(f"{quote_name(theirs)} AS {_raw(ours)}")
        if source.types[theirs] == "VARCHAR" and column.type != "VARCHAR":
            inner.append(f"TRY_CAST({quote_name(theirs)} AS {column.type}) AS {_cast(ours)}")
        values.append(f"{_to_value(column, source.types[theirs])} AS {quote_name(ours)}")
    # The bits are only made for rows that fail: of a good file, each test is evaluated once.
    failing = " OR ".join(f"({test})" for test, _, _ in tests) or "false"
    bits = " | ".join(f"if({test}, {1 << number}, 0)" for number, (test, _, _) in enumerate(tests)) or "0"
    bad = f"CASE WHEN {failing} THEN CAST({bits} AS BIGINT) END"
    columns = ", ".join(map(quote_name, wanted))
    return (
        f"SELECT {columns}, {bad} AS _bad FROM (SELECT *, {', '.join(values)} FROM (SELECT {', '.join(inner)}"
    )


def _tests(source: SourceFile, wanted: Mapping[str, str], table: Table) -> Iterator[tuple[str, str, str]]:
    """(condition of a bad row, column, code) for everything that a value can get wrong."""
    for name, theirs in wanted.items():
        column = table.get_column(name)
        if column.type != "VARCHAR":
            wrong = f"{_raw(name)} IS NOT NULL AND {quote_name(name)} IS NULL"
            if source.types[theirs] == "VARCHAR":
                wrong += f" AND trim({_raw(name)}) <> ''"
            yield wrong, name, _CODES[column.type]
        if is_enforced(column, table=table):
            yield f"{quote_name(name)} IS NULL", name, "load.missing_value"


def _find_problems(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, tests: Sequence[tuple[str, str, str]]
) -> tuple[Problem, ...]:
    """For each column and kind of fault the first row, in the order of rows."""
    if not connection.execute(f"SELECT 1 FROM {STAGED} WHERE _bad IS NOT NULL LIMIT 1").fetchall():
        return ()
    firsts = ", ".join(f"min({ROW}) FILTER (_bad & {1 << number} <> 0)" for number in range(len(tests)))
    rows = connection.execute(f"SELECT {firsts} FROM {STAGED} WHERE _bad IS NOT NULL").fetchall()[0]
    found = sorted((int(row), number) for number, row in enumerate(rows) if row is not None)
    return tuple(
        Problem(tests[number][2], {"file": source.name, "row": row, "column": tests[number][1]})
        for row, number in found
    )


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


def _raw(name: str) -> str:
    return quote_name(f"raw {name}")


def _cast(name: str) -> str:
    return quote_name(f"cast {name}")


def _to_value(column: Column, staged_type: str) -> str:
    """SQL that turns a raw value into the column's type, or NULL where it is not one."""
    value = _raw(column.name)
    if column.type == "VARCHAR":
        return f"CAST({value} AS VARCHAR)"
    if staged_type == "VARCHAR":
        return _text_to_value(column.type, value, cast=_cast(column.name))
    if column.type in ("BIGINT", "INTEGER") and staged_type in ("DOUBLE", "FLOAT"):
        whole = f"{value} = floor({value}) AND abs({value}) < {_LARGEST_EXACT}"
        return f"CASE WHEN {whole} THEN TRY_CAST({value} AS {column.type}) END"
    cast = f"TRY_CAST({value} AS {column.type})"
    return cast if column.type in ("BIGINT", "INTEGER") else f"CASE WHEN isfinite({cast}) THEN {cast} END"


def _text_to_value(kind: ColumnType, value: str, *, cast: str) -> str:
    """What a cast writes back as it read it, it has understood: nearly all values. The rest is looked at."""
    if kind == "DOUBLE":
        return f"CASE WHEN isfinite({cast}) THEN {cast} END"
    same = f"CAST({cast} AS VARCHAR) = {value}"
    if kind in ("BIGINT", "INTEGER"):
        # A bare TRY_CAST would round 1.5 and read hexadecimal; 12.0 is what spreadsheets make of 12.
        digits = rf"regexp_replace(trim({value}), '\.0*$', '')"
        return (
            f"CASE WHEN {same} THEN {cast} WHEN {value} IS NULL THEN NULL "
            f"WHEN regexp_full_match({value}, '{_INTEGER}') THEN TRY_CAST({digits} AS {kind}) END"
        )
    day = f"regexp_extract({value}, '{_MOMENT}', 1)"
    compact = f"CAST(try_strptime(trim({value}), '%Y%m%d') AS {kind})"
    if kind == "DATE":
        # Ten letters: neither an infinite day nor one before Christ.
        usual, moment = f"strlen({value}) = 10 AND {same}", f"TRY_CAST({day} AS DATE)"
    else:
        usual = f"strlen({value}) = 19 AND {same}"
        # A zone is dropped, not applied: the CDM's times are the hospital's wall clock.
        moment = f"TRY_CAST(trim({day} || ' ' || regexp_extract({value}, '{_MOMENT}', 2)) AS TIMESTAMP)"
    return (
        f"CASE WHEN {usual} THEN {cast} WHEN {value} IS NULL THEN NULL "
        f"WHEN regexp_full_match({value}, '{_COMPACT_DATE}') THEN {compact} "
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
            raise Refused("load.bad_header", file=source.name)
        elif not may_keep(ours, table=table.name, policy=policy):
            dropped.append(ours)
        else:
            wanted[ours] = theirs
    for column in table.columns:
        if is_enforced(column, table=table) and column.name not in wanted:
            raise Refused("load.missing_column", file=source.name, column=column.name)
    if not wanted:
        raise Refused("load.bad_header", file=source.name)
    return wanted, tuple(dropped), tuple(unknown)


def _scan_text(source: SourceFile, pipe: Path) -> str:
    columns = ", ".join(f"{quote_text(name)}: 'VARCHAR'" for name in source.columns.values())
    # Vocabulary downloads are tab-separated and hold bare quotation marks; there, quotes are letters.
    quote = "" if source.delimiter == "\t" else '"'
    return (
        f"read_csv({quote_text(str(pipe))}, auto_detect=false, header=true, "
        f"delim={quote_text(source.delimiter)}, "
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
        return Refused("load.bad_row", file=source.name, row=int(found[1]))
    return Refused("load.unreadable_file", file=source.name)
