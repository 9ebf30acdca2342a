"""The room's digest is the same everywhere and changes with the room."""

from __future__ import annotations

import subprocess
import sys

import pytest

from analysis_jobs.runner import profile
from analysis_jobs.runner.profile import sandbox_profile_digest
from analysis_jobs.runner.seccomp_filter import filter_program
from tests.support.open_room import REPOSITORY


def test_another_process_in_another_place_has_the_same_digest() -> None:
    code = "from analysis_jobs.runner.profile import sandbox_profile_digest as d; print(d())"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd="/",
        env={"PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": "5"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == sandbox_profile_digest()


def test_one_more_system_call_is_another_room(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sandbox_profile_digest()
    opened = frozenset({"mount"})
    monkeypatch.setattr(profile, "filter_program", lambda machine: filter_program(machine, without=opened))
    assert sandbox_profile_digest() != before
