"""Large records of a run lie as files, small ones in their row, and an altered file is never believed."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from coordinator.database.payloads import IN_ROWS, SMALL, Payloads
from onggi.errors import Refused


def test_small_records_stay_in_their_row(tmp_path: Path) -> None:
    payloads, data = Payloads(tmp_path), Random(1).randbytes(SMALL)
    assert payloads.keep(data) == data
    assert payloads.fetch(data) == data
    assert list(tmp_path.iterdir()) == []


def test_large_records_are_kept_once_and_equal_bytes_give_equal_rows(tmp_path: Path) -> None:
    payloads, data = Payloads(tmp_path), Random(2).randbytes(SMALL + 1)
    kept = payloads.keep(data)
    assert len(kept) < 100
    assert payloads.keep(bytes(data)) == kept
    assert payloads.keep(data[:-1] + bytes([data[-1] ^ 1])) != kept
    assert Payloads(tmp_path).fetch(kept) == data
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


def test_without_a_folder_everything_stays_in_the_rows() -> None:
    data = Random(3).randbytes(2 * SMALL)
    assert IN_ROWS.keep(data) == data
    assert IN_ROWS.fetch(data) == data


@pytest.mark.parametrize("how", ["altered", "gone"])
def test_a_file_that_was_altered_or_is_gone_ends_the_run(tmp_path: Path, how: str) -> None:
    payloads = Payloads(tmp_path)
    kept = payloads.keep(Random(4).randbytes(SMALL + 1))
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(Refused) as refused:
        payloads.fetch(kept)
    assert refused.value.code == "run.not_resumable"


def test_a_file_cut_short_by_a_crash_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    payloads, data = Payloads(tmp_path), Random(5).randbytes(SMALL + 1)
    kept = payloads.keep(data)
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.rename(file.with_name(f"{file.name}.1.part"))
    file.with_name(f"{file.name}.1.part").write_bytes(data[:100])
    assert payloads.keep(data) == kept
    assert payloads.fetch(kept) == data
