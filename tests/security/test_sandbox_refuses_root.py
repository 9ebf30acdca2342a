"""No path through the launcher starts the sandbox as root, and its last step checks once more by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from analysis_jobs.runner import stage
from analysis_jobs.runner.launch import LaunchPlan, check_uid, start_plan, start_sandbox
from analysis_jobs.runner.run_uid import choose_run_uid, uids_with_processes
from analysis_jobs.runner.worker_keeper import CLIENT_WORKER, worker_spec
from onggi.errors import Refused
from tests.support.open_room import unique_name

AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="asks what root may do; this run is not root")


@pytest.mark.parametrize(
    ("uid", "caller", "code"),
    [
        (None, 0, "sandbox.root_refused"),
        (0, 0, "sandbox.root_refused"),
        (0, 1000, "sandbox.cannot_drop_uid"),
        (62000, 1000, "sandbox.cannot_drop_uid"),
        (-1, 0, "sandbox.cannot_drop_uid"),
    ],
)
def test_a_user_that_may_not_be_is_refused(uid: int | None, caller: int, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_uid(uid, caller=caller)
    assert refusal.value.code == code


@pytest.mark.parametrize(("uid", "caller"), [(62000, 0), (None, 1000), (1000, 1000)])
def test_an_ordinary_user_is_accepted(uid: int | None, caller: int) -> None:
    check_uid(uid, caller=caller)
    assert choose_run_uid(caller=caller, busy=()) == (62000 if caller == 0 else None)


@AS_ROOT
@pytest.mark.parametrize("uid", [None, 0])
def test_root_cannot_start_a_worker_as_itself(uid: int | None) -> None:
    with pytest.raises(Refused) as refusal:
        start_sandbox(worker_spec(CLIENT_WORKER, uid=uid), run_name=unique_name())
    assert refusal.value.code == "sandbox.root_refused"


@AS_ROOT
def test_a_plan_made_by_hand_cannot_either(tmp_path: Path) -> None:
    witness = tmp_path / "started"
    plan = LaunchPlan(
        bwrap=Path("/usr/bin/env"),
        arguments=("touch", str(witness)),
        filter=b"",
        rlimits=(),
        uid=None,
        wall_seconds=10.0,
        keep_stderr=False,
    )
    with pytest.raises(Refused):
        start_plan(plan, group=None)
    assert not witness.exists()


def _run_stage(
    plan: dict[str, object], *more: str, uid: int | None = None
) -> subprocess.CompletedProcess[bytes]:
    identity = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    return subprocess.run(
        [sys.executable, "-I", "-S", stage.__file__, json.dumps(plan), *more],
        capture_output=True,
        check=False,
        timeout=60,
        **identity,
    )


def _stage_plan(*command: str, uid: int | None) -> dict[str, object]:
    return {"bwrap": "/usr/bin/env", "arguments": command, "rlimits": [], "uid": uid, "cgroup_procs": []}


@AS_ROOT
@pytest.mark.parametrize("uid", [None, 0])
def test_the_last_step_refuses_root_by_itself(uid: int | None) -> None:
    ended = _run_stage(_stage_plan("echo", "started", uid=uid), "0")
    assert (ended.returncode, ended.stdout) == (stage.REFUSED_ROOT, b"")


@AS_ROOT
def test_the_last_step_gives_up_user_groups_and_the_way_back() -> None:
    script = (
        "import os; print(os.getresuid(), os.getresgid(), os.getgroups())\n"
        "try: os.setuid(0); print('root again')\nexcept PermissionError: print('stays')"
    )
    uid = choose_run_uid(caller=0, busy=uids_with_processes(), first=62000 + os.getpid() % 900)
    interpreter = str(Path(sys.executable).resolve())
    ended = _run_stage(_stage_plan(interpreter, "-I", "-S", "-c", script, uid=uid), "0")
    assert ended.stdout.decode().splitlines() == [f"({uid}, {uid}, {uid}) ({uid}, {uid}, {uid}) []", "stays"]


def test_an_ordinary_user_cannot_become_another_through_the_last_step() -> None:
    me = os.getuid() or 65534
    ended = _run_stage(_stage_plan("echo", "started", uid=62000), "0", uid=me if os.getuid() == 0 else None)
    assert (ended.returncode, ended.stdout) == (stage.CANNOT_PREPARE, b"")


def test_descriptors_are_placed_in_order_and_all_others_closed() -> None:
    """Wherever the numbers lie: low, high, in the way of one another."""
    listing = (
        "import os; "
        "print(sorted(int(n) for n in os.listdir('/proc/self/fd')), [os.read(n, 9) for n in (3, 4, 5)])"
    )
    script = f"""
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("stage", {stage.__file__!r})
stage = importlib.util.module_from_spec(spec); spec.loader.exec_module(stage)
numbers = [5, 40, 3]
for word, number in zip((b"first", b"second", b"third"), numbers):
    read, write = os.pipe(); os.write(write, word); os.close(write)
    os.dup2(read, 60 + number); os.close(read)
os.dup2(63, 3); os.dup2(65, 5); os.dup2(100, 40); os.dup2(63, 200)
stage.place_descriptors(numbers)
os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", {listing!r}])
"""
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, check=True, timeout=60, text=True
    )
    # Number 6 is the listing itself.
    assert told.stdout == "[0, 1, 2, 3, 4, 5, 6] [b'first', b'second', b'third']\n"


def test_users_in_use_are_passed_over() -> None:
    assert choose_run_uid(caller=0, busy={62000, 62001}) == 62002
    assert os.getuid() in uids_with_processes()
    with pytest.raises(Refused) as refusal:
        choose_run_uid(caller=0, busy={7, 8}, first=7, last=8)
    assert refusal.value.code == "sandbox.no_free_uid"
