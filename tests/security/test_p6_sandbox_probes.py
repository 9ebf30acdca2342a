"""P6: what a hostile job tries in its closed room fails, and would succeed if one defence were missing.

* `test_a_job_cannot`: every probe in the room as it is used.
* `test_it_could_without_that_defence`: the same probe, same room, same unprivileged user, with only the one
  defence named beside it taken out. So no probe can pass because it was never able to succeed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from analysis_jobs.runner.launch import Ended, start_sandbox
from analysis_jobs.runner.limits import find_delegation
from tests.support.open_room import (
    LOOSE,
    PROBE_SOURCE,
    Change,
    Host,
    ask,
    instead,
    sharing,
    unique_name,
    without,
    without_filter,
    without_room,
)
from tests.support.probe_program import DEVICES, PROBES, REACHED_ONLY, SEEN

pytestmark = pytest.mark.sandbox

# In a group of its own: it is ended by the kernel, not answered.
ALONE = {"limit_shared_memory"}
NAMES = sorted(PROBES.keys() - ALONE)

Asker = Callable[[Host, Sequence[str]], dict[str, str]]


@dataclass(frozen=True)
class Removed:
    """One defence taken out, and the probes that succeed then."""

    name: str
    ask: Asker
    probes: tuple[str, ...]


def _changed(*changes: Change) -> Asker:
    return lambda host, probes: host.ask_open(probes, *changes)


def _named(prefix: str) -> tuple[str, ...]:
    return tuple(name for name in NAMES if name.startswith(prefix))


def _outside(host: Host, probes: Sequence[str]) -> dict[str, str]:
    interpreter = str(Path(sys.executable).resolve())
    return host.ask_open(probes, without_room([interpreter, "-I", "-S", "-B", str(PROBE_SOURCE)]))


def _whole_disk(host: Host, probes: Sequence[str]) -> dict[str, str]:
    limits = host.spec().limits
    # The room's own folders would cover the machine's: also a checkout that lies in /tmp.
    shown = [
        without("--perms", "0700", "--size", str(size), "--tmpfs", folder)
        for folder, size in (("/data", limits.data_bytes), ("/tmp", limits.scratch_bytes))
    ]
    return host.ask_open(probes, *shown, spec=host.spec_with_whole_disk())


def _writable_exposed(host: Host, probes: Sequence[str]) -> dict[str, str]:
    source = str(host.folder / "exposed")
    target = host.facts["exposed_folder"]
    return host.ask_open(probes, instead(["--ro-bind", source, target], ["--bind", source, target]))


def _handed_descriptor(host: Host, probes: Sequence[str]) -> dict[str, str]:
    with tempfile.TemporaryFile() as secret:
        return host.ask_open(probes, more_descriptors=(secret.fileno(),))


def _handed_environment(host: Host, probes: Sequence[str]) -> dict[str, str]:
    word = host.facts["environment_word"]
    return host.ask_open(probes, instead(["--clearenv"], ["--clearenv", "--setenv", "WORD", word]))


def _visible_proc(name: str) -> Asker:
    return _changed(without("--ro-bind", "/dev/null", f"/proc/{name}"))


_HOST_DEV = (instead(["--dev", "/dev", "--remount-ro", "/dev"], ["--dev-bind", "/dev", "/dev"]),)
_HOST_PROC = (sharing("pid"), instead(["--proc", "/proc"], ["--ro-bind", "/proc", "/proc"]))
_CAPABLE = instead(["--cap-drop", "ALL"], ["--cap-add", "ALL"])
# bubblewrap nests a second user namespace for its own /dev; rights over the network belong to the first.
_SINGLE_USER_NAMESPACE = instead(["--dev", "/dev", "--remount-ro", "/dev"], ["--tmpfs", "/dev"])

REMOVED = (
    Removed(
        "filter of system calls",
        _changed(without_filter),
        (
            *(name for name in _named("syscall_") if name != "syscall_setns"),
            "syscall_setns",
            "net_inet_socket",
            "net_inet6_socket",
            "net_udp_socket",
            "net_netlink_socket",
            "net_unix_socket",
            "net_alg_socket",
            "net_vsock_socket",
            "net_datagram_pair",
            "net_connect_path_unix",
            "escalate_trace_own_memory_again",
            "limit_core_changed",
        ),
    ),
    Removed(
        "filter, dropped capabilities and the second user namespace",
        _changed(without_filter, _CAPABLE, without("--disable-userns"), _SINGLE_USER_NAMESPACE),
        ("net_packet_socket", "net_raw_socket"),
    ),
    Removed(
        "own network, filter included",
        _changed(without_filter, sharing("net")),
        ("net_connect_host_tcp", "net_ask_host_udp", "net_connect_abstract_unix"),
    ),
    Removed("own network", _changed(sharing("net")), ("net_see_host_listener", "namespace_host_net")),
    Removed(
        "own processes",
        _changed(*_HOST_PROC),
        (
            "process_see_host",
            "process_signal_host",
            "namespace_host_pid",
        ),
    ),
    Removed("own message queues", _changed(sharing("ipc")), ("namespace_host_ipc",)),
    Removed("own control group view", _changed(sharing("cgroup")), ("namespace_host_cgroup",)),
    Removed(
        "own host name",
        _changed(sharing("uts"), without("--hostname", "onggi")),
        ("namespace_host_uts", "inherited_hostname"),
    ),
    Removed(
        "ban on nested user namespaces, filter included",
        _changed(without_filter, without("--disable-userns")),
        ("namespace_new_user_by_unshare", "namespace_new_user_by_clone"),
    ),
    Removed(
        "chosen folders",
        _whole_disk,
        (*_named("file_see_"), "file_read_other_run"),
    ),
    Removed("read-only folders", _writable_exposed, ("file_write_exposed", "file_create_in_exposed")),
    Removed("read-only root", _changed(without("--remount-ro", "/")), ("file_create_in_root",)),
    Removed(
        "read-only /dev",
        _changed(without("--remount-ro", "/dev")),
        ("file_create_in_dev", "file_create_in_shm"),
    ),
    Removed(
        "read-only /proc/sys",
        _changed(without("--ro-bind", "/proc/sys", "/proc/sys")),
        ("file_proc_sys_is_writable_mount",),
    ),
    Removed("hidden /proc/keys", _visible_proc("keys"), ("file_read_proc_keys",)),
    Removed("hidden /proc/key-users", _visible_proc("key-users"), ("file_read_proc_key_users",)),
    Removed("hidden /proc/kallsyms", _visible_proc("kallsyms"), ("file_read_proc_kallsyms",)),
    Removed(
        "the whole room",
        _outside,
        (
            # Reading another process needs its user namespace too, which no room can do without.
            "process_read_host_environment",
            "process_follow_host_root",
            "process_read_host_memory_file",
            "namespace_host_user",
            "namespace_host_mnt",
            "file_set_user_id_counts",
            "escalate_new_privileges_allowed",
            "escalate_no_filter",
            "escalate_capability_bounding",
        ),
    ),
    Removed(
        "dropped capabilities",
        _changed(_CAPABLE),
        ("escalate_capability_effective", "escalate_capability_permitted"),
    ),
    Removed("closed descriptors", _handed_descriptor, ("inherited_descriptor",)),
    Removed("cleared environment", _handed_environment, ("inherited_environment",)),
    Removed("devices of its own", _changed(*_HOST_DEV), _named("device_")),
    Removed(
        "limits",
        lambda host, probes: host.ask_open(probes, spec=host.spec(LOOSE)),
        tuple(name for name in _named("limit_") if name != "limit_core_changed"),
    ),
)
# Only root could write these, and no probe runs as root; the mount that they stand on has its own probe.
NO_CONTROL = {"file_open_core_pattern", "file_open_sysrq"}
DEFENCE_OF = {probe: removed for removed in REMOVED for probe in removed.probes}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as standing:
        yield standing


@pytest.fixture(scope="module")
def closed(host: Host) -> dict[str, str]:
    return host.ask_closed(NAMES)


@pytest.fixture(scope="module")
def opened(host: Host) -> Callable[[Removed], dict[str, str]]:
    return cache(lambda removed: removed.ask(host, removed.probes))


def test_every_probe_has_a_control() -> None:
    assert set(NAMES) == DEFENCE_OF.keys() | NO_CONTROL
    assert len(NAMES) >= 80


@pytest.mark.parametrize("name", NAMES)
def test_a_job_cannot(name: str, closed: dict[str, str]) -> None:
    assert closed[name].startswith("could not")


@pytest.mark.parametrize("name", sorted(DEFENCE_OF))
def test_it_could_without_that_defence(name: str, opened: Callable[[Removed], dict[str, str]]) -> None:
    outcome = opened(DEFENCE_OF[name])[name]
    assert outcome in {"could", *_where_the_machine_has_none(name)}


def _where_the_machine_has_none(name: str) -> set[str]:
    """What the control says where this machine lacks the thing itself: then there is nothing to defend."""
    if name in {f"syscall_{call}" for call in REACHED_ONLY}:
        return {"could not: ENOSYS"}
    if name in {"net_vsock_socket", "net_alg_socket", "net_inet6_socket"}:
        return {"could not: EAFNOSUPPORT"}
    if name.startswith("device_"):
        there = {
            device.replace("/", "_").replace("-", "_") for device in DEVICES if _exists(f"/dev/{device}")
        }
        return set() if name.removeprefix("device_") in there else {"could not: ENOENT"}
    return {"could not: ENOENT"} if name in SEEN and not _exists(SEEN[name]) else set()


def _exists(path: str) -> bool:
    return os.path.lexists(path)


@pytest.mark.parametrize("call", [*REACHED_ONLY, "ptrace", "process_vm_readv", "keyctl", "add_key"])
def test_what_no_honest_job_asks_for_ends_it(call: str, closed: dict[str, str]) -> None:
    assert closed[f"syscall_{call}"] == "could not: SIGSYS"


def test_own_network_alone_keeps_the_host_out_of_reach(host: Host) -> None:
    probes = ("net_connect_host_tcp", "net_ask_host_udp", "net_connect_abstract_unix")
    outcomes = host.ask_open(probes, without_filter)
    assert all(outcome.startswith("could not") for outcome in outcomes.values())


def test_the_filter_alone_keeps_the_host_out_of_reach(host: Host) -> None:
    probes = ("net_connect_host_tcp", "net_ask_host_udp", "net_connect_abstract_unix", "net_inet_socket")
    outcomes = host.ask_open(probes, sharing("net"))
    assert set(outcomes.values()) == {"could not: EPERM"}


def test_the_ban_on_nested_user_namespaces_alone_holds(host: Host) -> None:
    probes = ("namespace_new_user_by_unshare", "namespace_new_user_by_clone")
    outcomes = host.ask_open(probes, without_filter)
    assert all(outcome.startswith("could not") for outcome in outcomes.values())


def test_memory_of_the_whole_job_is_bounded(host: Host) -> None:
    """Pages that no process owns alone are bounded by the control group."""
    if find_delegation() is None:
        pytest.skip("this machine delegates no control group; doctor says so")
    process = start_sandbox(host.spec(), run_name=unique_name())
    try:
        # Version 1 ends the greedy process alone, version 2 the whole group: then nobody reports.
        outcomes = ask(process, ["limit_shared_memory"], host.facts)
    except AssertionError:
        outcomes = {"limit_shared_memory": "could not: SIGKILL"}
    assert outcomes == {"limit_shared_memory": "could not: SIGKILL"}
    assert process.wait(10).ended is Ended.OUT_OF_MEMORY
