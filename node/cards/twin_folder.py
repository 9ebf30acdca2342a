"""Writes a twin as a folder of CDM files that `load-omop` takes like any other, with a mark beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from catalog.synthetic_mark import MARK_FILE
from node.store.durable_files import write_durably
from onggi.errors import Refused, Unreachable


def write_twin(
    tables: Mapping[str, Any], folder: Path, *, mark: Mapping[str, object], form: Literal["csv", "parquet"]
) -> None:
    """A new folder with a file for each table that has rows. Raises Refused(``twin.folder_exists``)."""
    import pyarrow.csv
    import pyarrow.parquet

    try:
        folder.mkdir(parents=True, mode=0o755)
    except FileExistsError:
        raise Refused("twin.folder_exists", folder=str(folder)) from None
    except OSError as error:
        raise Refused("twin.folder_unwritable", folder=str(folder), errno=error.errno) from None
    try:
        # The mark comes first: a folder that was cut short says what it is, too.
        write_durably(folder / MARK_FILE, json.dumps({"synthetic": True, **mark}, indent=1).encode())
        for name, table in tables.items():
            if table.num_rows or name in ("person", "observation_period"):
                write = pyarrow.csv.write_csv if form == "csv" else pyarrow.parquet.write_table
                write(table, os.fspath(folder / f"{name}.{form}"))
    except OSError as error:
        raise Unreachable("twin.not_written", folder=str(folder), errno=error.errno) from None
