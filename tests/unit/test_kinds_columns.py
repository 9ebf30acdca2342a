"""Staged columns become the numbers that Arrow itself would give, without importing pandas."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analysis_jobs.kinds.columns import column_numbers

NUMBERS = [1.5, None, -2.25, 0.0, None, 3e300, float("nan"), 7.0, 8.0, 9.5]


@pytest.mark.parametrize(
    "stored", [pa.float64(), pa.float32(), pa.int32(), pa.int64(), pa.int8(), pa.uint16()]
)
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("start", [0, 1, 3])
def test_every_number_is_the_one_that_arrow_gives(stored: pa.DataType, missing: bool, start: int) -> None:
    values: list[int | None] = [None if missing and one % 3 == 1 else one for one in range(20)]
    column: pa.ChunkedArray[Any] = pa.chunked_array([pa.array(values, stored)]).slice(start, 14)
    np.testing.assert_array_equal(column_numbers(column), column.to_numpy().astype(np.float64))


@pytest.mark.parametrize("pieces", [[], [[]], [[], NUMBERS], [NUMBERS, NUMBERS[3:], []]])
def test_pieces_follow_one_another(pieces: list[list[float | None]]) -> None:
    column: pa.ChunkedArray[Any] = pa.chunked_array(pieces, pa.float64())
    np.testing.assert_array_equal(column_numbers(column), column.to_numpy())


def test_a_column_of_truths_counts_as_zeros_and_ones() -> None:
    column: pa.ChunkedArray[Any] = pa.chunked_array([[True, False, True]])
    assert column_numbers(column).tolist() == [1.0, 0.0, 1.0]


def test_large_whole_decimals_are_not_copied() -> None:
    array = pa.array(np.arange(5, dtype=np.float64))
    column: pa.ChunkedArray[Any] = pa.chunked_array([array])
    address = array.buffers()[1]
    assert address is not None
    assert column_numbers(column).ctypes.data == address.address


_WITHOUT_PANDAS = """
import struct, sys
import pyarrow as pa
from analysis_jobs.kinds.columns import column_numbers
present, numbers = pa.py_buffer(bytes([0b101])), pa.py_buffer(struct.pack("3d", 1.0, 2.0, 3.0))
column = pa.chunked_array([pa.Array.from_buffers(pa.float64(), 3, [present, numbers])])
first, second, third = column_numbers(column).tolist()
assert (first, third) == (1.0, 3.0) and second != second
print("pandas" in sys.modules)
column.to_numpy()
print("pandas" in sys.modules)
"""


def test_pandas_stays_out_of_the_room_of_a_first_answer() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT_PANDAS], capture_output=True, text=True, check=True)
    # Arrow's own way brings it: where that changes, this module has lost its reason.
    assert done.stdout.split() == ["False", "True"]
