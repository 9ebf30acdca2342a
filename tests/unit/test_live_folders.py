"""The search of a folder that others change meanwhile finds what stays and survives what goes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.live_folders import paths_below


def test_everything_that_stays_is_named(tmp_path: Path) -> None:
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / "b" / "deep" / "file").touch()
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert set(paths_below(tmp_path)) == set(tmp_path.rglob("*"))
    assert [path.name for path in paths_below(tmp_path)] == ["a", "b", "link", "deep", "file"]


def test_a_folder_that_goes_meanwhile_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a" / "gone").mkdir(parents=True)
    (tmp_path / "stays").touch()
    found = []
    for path in paths_below(tmp_path):
        found.append(path.name)
        shutil.rmtree(tmp_path / "a", ignore_errors=True)
    assert found == ["a", "stays"]


def test_a_folder_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        list(paths_below(tmp_path / ("x" * 300)))
