"""Control groups are found and used where they are ours to use, and the report says what really holds."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from analysis_jobs.runner import limits as under_test
from analysis_jobs.runner.limits import (
    ControlGroup,
    Delegation,
    LimitsInForce,
    SandboxLimits,
    create_control_group,
    find_delegation,
    inner_rlimit_arguments,
    limits_in_force,
    outer_rlimits,
    remove_control_group,
    remove_left_groups,
    was_out_of_memory,
)
from onggi.errors import Refused

LIMITS = SandboxLimits(memory_bytes=123456789, processes=17)
V2_LISTING = "0::/system.slice/onggi-node.service\n"
V1_LISTING = "4:memory:/service\n8:pids:/service\n2:cpu,cpuacct:/\n0::/\n"


def _v2_tree(root: Path, *, offered: str = "cpu memory pids", handed_on: str = "memory pids") -> Path:
    folder = root / "system.slice/onggi-node.service"
    folder.mkdir(parents=True)
    (folder / "cgroup.controllers").write_text(offered)
    (folder / "cgroup.subtree_control").write_text(handed_on)
    (folder / "cgroup.procs").write_text(f"{os.getpid()}\n")
    return folder


def _v1_tree(root: Path, *controllers: str) -> None:
    for controller in controllers:
        folder = root / controller / "service"
        folder.mkdir(parents=True)
        (folder / "cgroup.procs").write_text("")


def test_a_delegated_version_2_tree_is_used(tmp_path: Path) -> None:
    folder = _v2_tree(tmp_path)
    found = find_delegation(listing=V2_LISTING, root=tmp_path)
    assert found == Delegation(version=2, memory=folder, pids=folder)
    assert limits_in_force(found) == LimitsInForce(memory="cgroup", processes="cgroup", cgroup_version=2)


def test_a_version_2_tree_without_memory_is_not_used(tmp_path: Path) -> None:
    _v2_tree(tmp_path, offered="hugetlb", handed_on="")
    assert find_delegation(listing=V2_LISTING, root=tmp_path) is None


def test_processes_are_moved_only_where_systemd_delegated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _v2_tree(tmp_path, handed_on="")
    (folder / "onggi-service").mkdir()
    marks = {"user.delegate": b"0"}
    monkeypatch.setattr(under_test.os, "getxattr", lambda _path, name: marks[name])
    assert find_delegation(listing=V2_LISTING, root=tmp_path) is None
    assert not (folder / "onggi-service/cgroup.procs").exists()
    marks["user.delegate"] = b"1"
    assert find_delegation(listing=V2_LISTING, root=tmp_path) is not None
    assert (folder / "onggi-service/cgroup.procs").read_text() == str(os.getpid())
    assert (folder / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_writable_version_1_controllers_are_used_each_by_itself(tmp_path: Path) -> None:
    _v1_tree(tmp_path, "memory")
    found = find_delegation(listing=V1_LISTING, root=tmp_path)
    assert found == Delegation(version=1, memory=tmp_path / "memory/service", pids=None)
    assert limits_in_force(found) == LimitsInForce(memory="cgroup", processes="rlimit", cgroup_version=1)


def test_without_any_control_group_the_report_says_so(tmp_path: Path) -> None:
    assert find_delegation(listing="0::/\n", root=tmp_path) is None
    assert limits_in_force(None) == LimitsInForce(memory="per_process", processes="rlimit", cgroup_version=0)


def test_version_2_ceilings_are_written(tmp_path: Path) -> None:
    group = create_control_group(
        Delegation(version=2, memory=tmp_path, pids=tmp_path), name="run", limits=LIMITS
    )
    written = {file.name: file.read_text() for file in (tmp_path / "run").iterdir()}
    assert written == {
        "memory.max": "123456789",
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "pids.max": "20",
    }
    assert group.folders == (tmp_path / "run",)


def test_version_1_ceilings_are_written(tmp_path: Path) -> None:
    _v1_tree(tmp_path, "memory", "pids")
    delegation = find_delegation(listing=V1_LISTING, root=tmp_path)
    assert delegation is not None
    group = create_control_group(delegation, name="run", limits=LIMITS)
    assert group.memory is not None
    assert group.pids is not None
    assert (group.memory / "memory.limit_in_bytes").read_text() == "123456789"
    assert (group.pids / "pids.max").read_text() == "20"


def test_a_run_whose_ceiling_cannot_be_set_does_not_start(tmp_path: Path) -> None:
    busy = tmp_path / "run/process"
    busy.mkdir(parents=True)
    with pytest.raises(Refused) as refusal:
        create_control_group(Delegation(version=2, memory=tmp_path, pids=tmp_path), name="run", limits=LIMITS)
    assert refusal.value.code == "sandbox.cgroup_failed"
    assert busy.exists()


def test_groups_left_by_a_killed_keeper_are_removed_and_others_stay(tmp_path: Path) -> None:
    for name in ("onggi-run-mine-left", "onggi-run-mine-busy/process", "onggi-run-other", "foreign"):
        (tmp_path / name).mkdir(parents=True)
    assert remove_left_groups(Delegation(version=2, memory=tmp_path, pids=tmp_path), run_prefix="mine-") == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "foreign",
        "onggi-run-mine-busy",
        "onggi-run-other",
    ]


def test_a_run_takes_over_its_own_left_group(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    delegation = Delegation(version=2, memory=tmp_path, pids=tmp_path)
    assert create_control_group(delegation, name="run", limits=LIMITS).folders == (tmp_path / "run",)


@pytest.mark.parametrize(
    ("version", "file", "text", "expected"),
    [
        (2, "memory.events", "low 0\noom 1\noom_kill 1\n", True),
        (2, "memory.events", "low 0\noom 1\noom_kill 0\n", False),
        (1, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", True),
        (1, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", False),
    ],
)
def test_the_kernels_own_count_tells_a_kill_for_memory(
    tmp_path: Path, version: int, file: str, text: str, expected: bool
) -> None:
    (tmp_path / file).write_text(text)
    group = ControlGroup(version=1 if version == 1 else 2, memory=tmp_path, pids=None)
    assert was_out_of_memory(group) is expected


def test_removing_a_group_twice_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    group = ControlGroup(version=2, memory=folder, pids=folder)
    remove_control_group(group)
    remove_control_group(group)
    assert not folder.exists()


def test_the_core_limit_is_one_byte_so_that_piped_dumps_stop_too() -> None:
    assert dict(outer_rlimits(LIMITS))[resource.RLIMIT_CORE] == 1


def test_the_soft_limit_of_processor_time_comes_before_the_hard_one() -> None:
    assert inner_rlimit_arguments(SandboxLimits(cpu_seconds=9, processes=5)) == ["--nproc=5:5", "--cpu=9:14"]
