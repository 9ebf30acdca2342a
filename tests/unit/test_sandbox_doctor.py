"""Each thing that keeps a machine from closing the room is named by its own code, and has words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analysis_jobs.runner import doctor
from analysis_jobs.runner.doctor import (
    Finding,
    check_available,
    check_caller,
    check_kernel_settings,
    check_programs,
    check_reachable,
    check_sandbox,
    parse_version,
)
from analysis_jobs.runner.launch import BWRAP_PLACES, find_bwrap
from onggi.errors import Refused
from onggi.words.sandbox import WORDS
from tests.support.open_room import REPOSITORY, free_run_uid, unique_name


def _kernel(root: Path, **settings: str) -> Path:
    for name, value in settings.items():
        path = root / "sys" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value + "\n")
    return root


@pytest.mark.parametrize(
    ("settings", "profiled", "code"),
    [
        ({"kernel__unprivileged_userns_clone": "0"}, True, "sandbox.userns_blocked"),
        ({"user__max_user_namespaces": "0"}, True, "sandbox.userns_blocked"),
        ({"kernel__apparmor_restrict_unprivileged_userns": "1"}, False, "sandbox.apparmor_profile_needed"),
    ],
)
def test_a_setting_that_blocks_is_named(
    tmp_path: Path, settings: dict[str, str], profiled: bool, code: str
) -> None:
    found = check_kernel_settings(_kernel(tmp_path, **settings), profiled=profiled)
    assert [one.code for one in found] == [code]


@pytest.mark.parametrize(
    ("settings", "profiled"),
    [
        ({}, False),
        ({"kernel__unprivileged_userns_clone": "1", "user__max_user_namespaces": "96365"}, False),
        ({"kernel__apparmor_restrict_unprivileged_userns": "1"}, True),
        ({"kernel__apparmor_restrict_unprivileged_userns": "0"}, False),
    ],
)
def test_settings_that_do_not_block_are_not(tmp_path: Path, settings: dict[str, str], profiled: bool) -> None:
    assert check_kernel_settings(_kernel(tmp_path, **settings), profiled=profiled) == []


def _program(path: Path, says: str) -> Path:
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return path


def test_a_missing_bubblewrap_is_named(tmp_path: Path) -> None:
    assert check_programs((tmp_path / "bwrap",)) == [Finding("sandbox.bwrap_missing", {})]
    with pytest.raises(Refused):
        find_bwrap((tmp_path / "bwrap",))


def test_an_old_bubblewrap_is_named(tmp_path: Path) -> None:
    found = check_programs((_program(tmp_path / "bwrap", "bubblewrap 0.6.2"),))
    assert found == [Finding("sandbox.bwrap_old", {"version": "0.6.2"})]


def test_our_own_copy_comes_before_the_systems(tmp_path: Path) -> None:
    ours, systems = (_program(tmp_path / name, "bubblewrap 0.9.0") for name in ("ours", "systems"))
    assert find_bwrap((ours, systems)) == ours
    assert find_bwrap((tmp_path / "absent", systems)) == systems
    assert check_programs((ours,)) == []


@pytest.mark.parametrize(
    ("text", "version"),
    [("bubblewrap 0.8.0", (0, 8, 0)), ("bubblewrap 0.11.1\n", (0, 11, 1)), ("?", (0, 0, 0))],
)
def test_versions_are_read(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


def test_a_python_under_a_closed_home_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    interpreter = home / "python/bin/python3"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text("")
    interpreter.chmod(0o755)
    home.chmod(0o700)
    found = check_reachable([interpreter], uid=62000)
    assert [one.code for one in found] == ["sandbox.interpreter_unreachable"]
    assert found[0].facts["path"] in {str(home), *map(str, [tmp_path, *tmp_path.parents])}
    assert check_reachable([interpreter], uid=None) == []
    assert check_reachable([Path("/usr/bin/env")], uid=62000) == []


def test_who_asks_decides_what_is_possible() -> None:
    assert [one.code for one in check_caller(0, uid=None)] == ["sandbox.root_refused"]
    assert [one.code for one in check_caller(0, uid=0)] == ["sandbox.root_refused"]
    shared = check_caller(1000, uid=None)
    assert [(one.code, one.blocks) for one in shared] == [("sandbox.shared_uid", False)]


def test_root_without_the_right_to_change_users_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_read", lambda _: "CapEff:\t0000000000000000\n")
    assert check_caller(0, uid=62000) == [Finding("sandbox.cannot_drop_uid", {"uid": 62000})]
    monkeypatch.setattr(doctor, "_read", lambda _: "CapEff:\t00000000000000c0\n")
    assert check_caller(0, uid=62000) == []


@pytest.mark.sandbox
def test_a_machine_that_can_is_found_able_by_a_real_start() -> None:
    found = check_sandbox(uid=free_run_uid(), run_name=unique_name())
    assert [one for one in found if one.blocks] == []
    assert {one.code for one in found} <= {"sandbox.shared_uid", "sandbox.memory_per_process"}


def test_a_machine_that_cannot_runs_no_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No silent fallback: with user namespaces blocked, the answer is a refusal with the cause."""
    blocked = _kernel(tmp_path, kernel__unprivileged_userns_clone="0")
    monkeypatch.setattr(
        doctor, "check_sandbox", lambda **_: doctor.check_kernel_settings(blocked, profiled=False)
    )
    with pytest.raises(Refused) as refusal:
        check_available(uid=None, run_name="any")
    assert refusal.value.code == "sandbox.unavailable"
    assert refusal.value.facts == {"cause": "sandbox.userns_blocked"}


def test_the_apparmor_profile_names_our_own_copy_alone() -> None:
    profile = (REPOSITORY / "infra/apparmor/onggi-bwrap").read_text()
    rules = [line for line in profile.splitlines() if not line.startswith("#")]
    assert f"profile onggi-bwrap {BWRAP_PLACES[0]} flags=(unconfined) {{" in rules
    assert not any("/usr/bin/bwrap" in line for line in rules)
    assert str(BWRAP_PLACES[0]) in WORDS["sandbox.apparmor_profile_needed"].next_en


def test_every_code_of_the_runner_has_words() -> None:
    sources = (REPOSITORY / "analysis_jobs/runner").glob("*.py")
    used = {word.split('"')[0] for source in sources for word in source.read_text().split('"sandbox.')[1:]}
    assert {f"sandbox.{name}" for name in used} == set(WORDS)
    assert all(100 <= words.exit <= 199 for words in WORDS.values())
    assert len({words.exit for words in WORDS.values()}) == len(WORDS)
    assert os.linesep not in "".join(words.next_en for words in WORDS.values())
