"""Writes a twin as a folder of CDM files that `load-omop` takes like any other, with a mark beside them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from catalog.synthetic_mark import MARK_FILE
from node.store.durable_files import write_durably
from onggi.errors import Refused, Unreachable

Form = Literal["csv", "parquet"]


def write_twin(
    parts: Iterable[Mapping[str, Any]], folder: Path, *, mark: Mapping[str, object], form: Form
) -> dict[str, int]:
    """A new folder with a file for each table that has rows. Returns the rows of each table.

    Raises:
        Refused: ``twin.folder_exists``, ``twin.folder_unwritable``.
        Unreachable: ``twin.not_written``.
    """
    try:
        folder.mkdir(parents=True, mode=0o755)
    except FileExistsError:
        raise Refused("twin.folder_exists", folder=str(folder)) from None
    except OSError as error:
        raise Refused("twin.folder_unwritable", folder=str(folder), errno=error.errno) from None
    try:
        # The mark comes first: a folder that was cut short says what it is, too.
        write_durably(folder / MARK_FILE, json.dumps({"synthetic": True, **mark}, indent=1).encode())
        return _write_parts(parts, folder, form=form)
    except OSError as error:
        raise Unreachable("twin.not_written", folder=str(folder), errno=error.errno) from None


def _write_parts(parts: Iterable[Mapping[str, Any]], folder: Path, *, form: Form) -> dict[str, int]:
    rows: Counter[str] = Counter()
    writers: dict[str, Any] = {}
    with ExitStack() as open_files:
        for tables in parts:
            for name, table in tables.items():
                if not table.num_rows:
                    continue
                if name not in writers:
                    path = folder / f"{name}.{form}"
                    writers[name] = open_files.enter_context(_open_writer(path, table.schema, form))
                writers[name].write_table(table)
                rows[name] += table.num_rows
    return dict(rows)


def _open_writer(path: Path, schema: Any, form: Form) -> Any:
    # Imported here: no other command writes such files.
    if form == "csv":
        import pyarrow.csv

        return pyarrow.csv.CSVWriter(str(path), schema)
    import pyarrow.parquet

    return pyarrow.parquet.ParquetWriter(str(path), schema)
