"""Reads a staged column as numbers, straight from where it lies.

Arrow's own way to numpy imports pandas at its first use: a quarter of a second before every first answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from analysis_jobs.kinds.contract import Array, Table


def column_numbers(column: pa.ChunkedArray[Any]) -> Array:
    """A column of whole or decimal numbers as float64; where a value is missing, NaN.

    Not copied where it is one piece of float64 without gaps. Whole numbers are exact below 2^53.
    """
    parts = [_numbers(chunk) for chunk in column.chunks if len(chunk)]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0)


def find_whole_column(table: Table, name: str, *, top: int | None = None) -> Array | None:
    """A complete column of numbers from 0 to `top`, or None where the table has no such column."""
    if name not in table.column_names or table.column(name).null_count:
        return None
    found = column_numbers(table.column(name))
    if found.size and (found.min() < 0 or (top is not None and found.max() > top)):
        return None
    return found


def _numbers(chunk: pa.Array[Any]) -> Array:
    if not (pa.types.is_integer(chunk.type) or pa.types.is_floating(chunk.type)):
        return np.asarray(chunk.to_numpy(zero_copy_only=False), dtype=np.float64)
    present, content = chunk.buffers()
    assert content is not None, "an array of numbers that is not empty has its numbers"
    end = chunk.offset + len(chunk)
    stored = np.frombuffer(memoryview(content), dtype=_layout(chunk.type), count=end)
    numbers: Array = stored[chunk.offset :].astype(np.float64, copy=False)
    if not chunk.null_count:
        return numbers
    assert present is not None, "an array with missing values says which"
    first = chunk.offset // 8  # what lies before a slice is not looked at again for each slice
    packed = np.frombuffer(memoryview(present), dtype=np.uint8)[first:]
    bits = np.unpackbits(packed, count=end - 8 * first, bitorder="little")
    return np.where(bits[chunk.offset - 8 * first :] == 1, numbers, np.nan)


def _layout(stored: pa.DataType) -> np.dtype[Any]:
    """How numpy names the type; Arrow's own answer would import pandas as well."""
    family = "f" if pa.types.is_floating(stored) else "i" if pa.types.is_signed_integer(stored) else "u"
    return np.dtype(f"{family}{stored.bit_width // 8}")
