"""Tries, from inside the room, everything that a hostile job would try, and reports what it could do.

Each probe runs in a child of its own, so that one killed by the filter does not end the others. A probe
*could* when it returns; it *could not* when it raises or is killed. Probes look and open; they change no
setting, mount nothing and connect to nobody but listeners of the test. System calls that would change the
machine get arguments that no kernel accepts. The program refuses to run as root.

Standard library only: it is started alone, by path.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import resource
import signal
import socket
import struct
import sys
import termios
import time
from collections.abc import Callable
from typing import Any

Facts = dict[str, Any]
PROBES: dict[str, Callable[[Facts], object]] = {}
_libc = ctypes.CDLL(None, use_errno=True)
_BAD = ctypes.c_long(-1)


class CouldNot(Exception):
    """The thing tried for is not there."""


def probe(function: Callable[[Facts], object]) -> Callable[[Facts], object]:
    PROBES[function.__name__] = function
    return function


def _register(name: str, function: Callable[[Facts], object]) -> None:
    PROBES[name] = function


def need(condition: object) -> None:
    if not condition:
        raise CouldNot


def call(number: int, *arguments: object) -> int:
    """A raw system call; raises OSError as Python would."""
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in (number, *arguments)]
    result = _libc.syscall(*words)
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(result)


def reached(number: int, *arguments: object) -> None:
    """Whether the kernel looked at the call at all: any answer but "no such call" says that it did."""
    try:
        call(number, *arguments)
    except OSError as error:
        if error.errno == errno.ENOSYS:
            raise


# --- network ---------------------------------------------------------------------------------------------


def _socket_of(family: int, kind: int, protocol: int = 0) -> Callable[[Facts], object]:
    return lambda _: socket.socket(family, kind, protocol).close()


for _name, *_arguments in (
    ("net_inet_socket", socket.AF_INET, socket.SOCK_STREAM),
    ("net_inet6_socket", socket.AF_INET6, socket.SOCK_STREAM),
    ("net_udp_socket", socket.AF_INET, socket.SOCK_DGRAM),
    ("net_netlink_socket", socket.AF_NETLINK, socket.SOCK_RAW),
    ("net_packet_socket", socket.AF_PACKET, socket.SOCK_RAW),
    ("net_raw_socket", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    ("net_unix_socket", socket.AF_UNIX, socket.SOCK_STREAM),
    ("net_alg_socket", socket.AF_ALG, socket.SOCK_SEQPACKET),
    ("net_vsock_socket", socket.AF_VSOCK, socket.SOCK_STREAM),
):
    _register(_name, _socket_of(*_arguments))


@probe
def net_connect_host_tcp(facts: Facts) -> None:
    socket.create_connection(("127.0.0.1", facts["tcp_port"]), timeout=2).close()


@probe
def net_ask_host_udp(facts: Facts) -> None:
    """A name server that answers every datagram stands on the host's loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(2)
        asking.sendto(b"?", ("127.0.0.1", facts["udp_port"]))
        need(asking.recv(16))


@probe
def net_connect_abstract_unix(facts: Facts) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + facts["abstract_name"])


@probe
def net_connect_path_unix(facts: Facts) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(facts["unix_path"])


@probe
def net_datagram_pair(_: Facts) -> None:
    for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM):
        end.close()


@probe
def net_see_host_listener(facts: Facts) -> None:
    with open("/proc/net/tcp") as table:
        need(f":{facts['tcp_port']:04X} " in table.read())


# --- files -----------------------------------------------------------------------------------------------


def _see(path: str) -> Callable[[Facts], object]:
    return lambda _: os.lstat(path)


SEEN = {
    "file_see_shadow": "/etc/shadow",
    "file_see_passwd": "/etc/passwd",
    "file_see_machine_id": "/etc/hostname",
    "file_see_home": "/home",
    "file_see_root_home": "/root",
    "file_see_var": "/var/lib",
    "file_see_boot": "/boot",
    "file_see_sys": "/sys/kernel",
    "file_see_sys_cgroup": "/sys/fs/cgroup",
    "file_see_shell": "/usr/bin/sh",
    "file_see_su": "/usr/bin/su",
    "file_see_mount": "/usr/bin/mount",
    "file_see_bwrap": "/usr/bin/bwrap",
    "file_see_sbin": "/usr/sbin",
    "file_see_local": "/usr/local",
    "file_see_share": "/usr/share/doc",
}
for _name, _path in SEEN.items():
    _register(_name, _see(_path))


@probe
def file_see_repository(facts: Facts) -> None:
    os.lstat(facts["repository"])


@probe
def file_see_node_code(facts: Facts) -> None:
    os.listdir(facts["repository"] + "/node")


@probe
def file_read_other_run(facts: Facts) -> None:
    with open(facts["other_run_file"], "rb") as other:
        need(other.read() == b"canary")


@probe
def file_write_exposed(facts: Facts) -> None:
    os.close(os.open(facts["exposed_file"], os.O_WRONLY))


@probe
def file_create_in_exposed(facts: Facts) -> None:
    path = facts["exposed_folder"] + "/made"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    os.unlink(path)


@probe
def file_create_in_root(_: Facts) -> None:
    os.close(os.open("/made", os.O_WRONLY | os.O_CREAT, 0o600))


@probe
def file_create_in_dev(_: Facts) -> None:
    os.close(os.open("/dev/made", os.O_WRONLY | os.O_CREAT, 0o600))


@probe
def file_create_in_shm(_: Facts) -> None:
    os.close(os.open("/dev/shm/made", os.O_WRONLY | os.O_CREAT, 0o600))


@probe
def file_proc_sys_is_writable_mount(_: Facts) -> None:
    need(not os.statvfs("/proc/sys").f_flag & os.ST_RDONLY)


@probe
def file_open_core_pattern(_: Facts) -> None:
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))


@probe
def file_open_sysrq(_: Facts) -> None:
    os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))


def _read_proc(name: str) -> Callable[[Facts], object]:
    def read(_: Facts) -> None:
        with open(f"/proc/{name}", "rb") as entry:
            entry.read(16)

    return read


for _entry in ("keys", "key-users", "kallsyms"):
    _register(f"file_read_proc_{_entry.replace('-', '_')}", _read_proc(_entry))


@probe
def file_set_user_id_counts(_: Facts) -> None:
    """Whether a set-user-id file of the system's libraries would give its owner's rights."""
    need(not os.statvfs("/usr/lib").f_flag & os.ST_NOSUID)


# --- processes -------------------------------------------------------------------------------------------


@probe
def process_see_host(facts: Facts) -> None:
    with open(f"/proc/{facts['target_pid']}/cmdline", "rb") as words:
        need(facts["target_word"].encode() in words.read())


@probe
def process_read_host_environment(facts: Facts) -> None:
    with open(f"/proc/{facts['target_pid']}/environ", "rb") as words:
        need(facts["target_word"].encode() in words.read())


@probe
def process_signal_host(facts: Facts) -> None:
    os.kill(facts["target_pid"], 0)


@probe
def process_follow_host_root(facts: Facts) -> None:
    os.listdir(f"/proc/{facts['target_pid']}/root")


@probe
def process_read_host_memory_file(facts: Facts) -> None:
    os.close(os.open(f"/proc/{facts['target_pid']}/mem", os.O_RDONLY))


# --- namespaces ------------------------------------------------------------------------------------------


def _in_host_namespace(kind: str) -> Callable[[Facts], object]:
    return lambda facts: need(os.readlink(f"/proc/self/ns/{kind}") == facts["namespaces"][kind])


for _kind_of_namespace in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
    _register(f"namespace_host_{_kind_of_namespace}", _in_host_namespace(_kind_of_namespace))


@probe
def namespace_new_user_by_unshare(facts: Facts) -> None:
    call(facts["syscalls"]["unshare"], 0x10000000)


@probe
def namespace_new_user_by_clone(facts: Facts) -> None:
    child = call(facts["syscalls"]["clone"], ctypes.c_long(0x10000000 | signal.SIGCHLD), 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


# --- system calls ----------------------------------------------------------------------------------------


def _only_reach(name: str) -> Callable[[Facts], object]:
    """The call with arguments that no kernel accepts."""
    return lambda facts: reached(facts["syscalls"][name], _BAD, _BAD, _BAD, _BAD, _BAD, _BAD)


REACHED_ONLY = (
    "bpf",
    "perf_event_open",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "setns",
    "kexec_load",
    "init_module",
    "finit_module",
    "delete_module",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "request_key",
    "open_by_handle_at",
    "fanotify_init",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
    "syslog",
    "execveat",
    "capset",
    "seccomp",
    "process_vm_writev",
    "pidfd_getfd",
    "process_madvise",
    "userfaultfd",
)
for _call_name in REACHED_ONLY:
    _register(f"syscall_{_call_name}", _only_reach(_call_name))


@probe
def syscall_ptrace(facts: Facts) -> None:
    call(facts["syscalls"]["ptrace"], 0, 0, 0, 0)  # PTRACE_TRACEME


@probe
def syscall_process_vm_readv(facts: Facts) -> None:
    source, target = ctypes.create_string_buffer(b"own memory"), ctypes.create_string_buffer(10)
    here = struct.pack("NN", ctypes.addressof(target), 10)
    there = struct.pack("NN", ctypes.addressof(source), 10)
    call(facts["syscalls"]["process_vm_readv"], os.getpid(), here, 1, there, 1, 0)


@probe
def syscall_keyctl(facts: Facts) -> None:
    call(facts["syscalls"]["keyctl"], 0, -3, 1, 0, 0)  # the session keyring's number


@probe
def syscall_add_key(facts: Facts) -> None:
    call(facts["syscalls"]["add_key"], b"user", b"onggi-probe", b"x", 1, -2)  # the process keyring


@probe
def syscall_name_to_handle_at(facts: Facts) -> None:
    reached(facts["syscalls"]["name_to_handle_at"], -100, b"/tmp", ctypes.create_string_buffer(256), _BAD, 0)


@probe
def syscall_memfd_create(_: Facts) -> None:
    os.close(os.memfd_create("probe"))


@probe
def syscall_pidfd_open(_: Facts) -> None:
    os.close(os.pidfd_open(os.getpid()))


@probe
def syscall_personality(_: Facts) -> None:
    need(_libc.personality(0x0040000) != -1)  # address randomisation off


@probe
def syscall_openpty(_: Facts) -> None:
    for end in os.openpty():
        os.close(end)


@probe
def syscall_tiocsti(_: Facts) -> None:
    """Typing into a terminal: the kernel's own switch may refuse it, but the call must not get there."""
    leader, terminal = os.openpty()
    try:
        fcntl.ioctl(terminal, termios.TIOCSTI, b"x")
    except OSError as error:
        if error.errno == errno.ENOTTY:
            raise
    finally:
        os.close(leader)
        os.close(terminal)


@probe
def syscall_clone3(facts: Facts) -> None:
    reached(facts["syscalls"]["clone3"], 0, 0)


@probe
def syscall_setuid(_: Facts) -> None:
    os.setuid(os.getuid())


@probe
def syscall_make_fifo(_: Facts) -> None:
    os.mkfifo("/tmp/fifo")


@probe
def syscall_chown(_: Facts) -> None:
    os.chown("/tmp", os.getuid(), os.getgid())


@probe
def syscall_symlink(_: Facts) -> None:
    os.symlink("/proc/1/root", "/tmp/link")


@probe
def syscall_shared_memory_segment(_: Facts) -> None:
    need(_libc.shmget(0, 4096, 0o1600) != -1)


@probe
def syscall_message_queue(_: Facts) -> None:
    need(_libc.msgget(0, 0o1600) != -1)


@probe
def syscall_inotify(_: Facts) -> None:
    need(_libc.inotify_init1(0) != -1)


@probe
def syscall_nested_filter_by_prctl(_: Facts) -> None:
    need(_libc.prctl(22, 0, 0, 0, 0) == 0 or ctypes.get_errno() != errno.EPERM)


# --- inherited things ------------------------------------------------------------------------------------


def open_descriptors() -> list[int]:
    """Descriptors above the one socket, before this program opens any."""
    found = []
    for number in range(4, 1024):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


@probe
def inherited_descriptor(facts: Facts) -> None:
    need(facts["descriptors_at_start"])


@probe
def inherited_environment(facts: Facts) -> None:
    need(facts["environment_word"] in os.environ.values())


@probe
def inherited_hostname(facts: Facts) -> None:
    need(platform.node() == facts["hostname"])


# --- escalation ------------------------------------------------------------------------------------------


def _status(field: str) -> str:
    with open("/proc/self/status") as lines:
        return next(line.split()[1] for line in lines if line.startswith(field + ":"))


@probe
def escalate_new_privileges_allowed(_: Facts) -> None:
    need(_status("NoNewPrivs") == "0")


@probe
def escalate_capability_effective(_: Facts) -> None:
    need(int(_status("CapEff"), 16))


@probe
def escalate_capability_permitted(_: Facts) -> None:
    need(int(_status("CapPrm"), 16))


@probe
def escalate_capability_bounding(_: Facts) -> None:
    need(int(_status("CapBnd"), 16))


@probe
def escalate_no_filter(_: Facts) -> None:
    need(_status("Seccomp") != "2")


@probe
def escalate_trace_own_memory_again(_: Facts) -> None:
    """Dumps are switched off at the start; this tries to switch them on again."""
    need(_libc.prctl(4, 1, 0, 0, 0) == 0)


# --- limits ----------------------------------------------------------------------------------------------


@probe
def limit_processes(_: Facts) -> None:
    """Forks until the limit answers; at most 150 sleeping children."""
    children = []
    try:
        for _attempt in range(150):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


@probe
def limit_own_memory(_: Facts) -> None:
    need(len(bytearray(300 * 1024 * 1024)))


@probe
def limit_shared_memory(_: Facts) -> None:
    """Shared pages count for no single process: only a control group bounds them."""
    with mmap.mmap(-1, 300 * 1024 * 1024, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS) as shared:
        for offset in range(0, len(shared), 4096):
            shared[offset] = 1


def _write(path: str, megabytes: int) -> None:
    try:
        with open(path, "wb", buffering=0) as file:
            for _ in range(megabytes):
                need(file.write(bytes(1024 * 1024)) == 1024 * 1024)
    finally:
        os.unlink(path)


@probe
def limit_file_size(_: Facts) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _write("/tmp/large", 12)


@probe
def limit_data_folder(_: Facts) -> None:
    for number in range(4):
        with open(f"/data/{number}", "wb", buffering=0) as file:
            for _mebibyte in range(6):
                need(file.write(bytes(1024 * 1024)) == 1024 * 1024)


@probe
def limit_open_files(_: Facts) -> None:
    for _attempt in range(400):
        os.open("/dev/null", os.O_RDONLY)


@probe
def limit_raise_open_files(_: Facts) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))


@probe
def limit_core_changed(_: Facts) -> None:
    """0 would let a dump go to the kernel's pipe handler; only 1 stops it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# --- devices ---------------------------------------------------------------------------------------------

DEVICES = (
    "mem",
    "port",
    "kvm",
    "fuse",
    "kmsg",
    "loop-control",
    "net/tun",
    "vsock",
    "vda",
    "sda",
    "rtc0",
    "hpet",
    "console",
    "mapper/control",
    "uinput",
    "nvram",
)
for _device in DEVICES:
    _register(f"device_{_device.replace('/', '_').replace('-', '_')}", _see(f"/dev/{_device}"))


# --- the driver ------------------------------------------------------------------------------------------


def run_one(name: str, facts: Facts) -> str:
    """`could`, or `could not: ...` with the reason."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        signal.alarm(10)
        try:
            PROBES[name](facts)
            outcome = "could"
        except OSError as error:
            outcome = f"could not: {errno.errorcode.get(error.errno or 0, 'OSError')}"
        except BaseException as error:
            outcome = f"could not: {type(error).__name__}"
        os.write(write_end, outcome.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        told = answer.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"could not: {signal.Signals(os.WTERMSIG(status)).name}"
    return told


def main() -> None:
    if os.getuid() == 0 or os.geteuid() == 0:
        raise SystemExit("refuses to run as root")
    at_start = open_descriptors()
    with socket.socket(fileno=3) as keeper:
        stream = keeper.makefile("rwb")
        asked = json.loads(stream.readline())
        asked["facts"]["descriptors_at_start"] = at_start
        for name in asked["probes"]:
            stream.write(json.dumps([name, run_one(name, asked["facts"])]).encode() + b"\n")
            stream.flush()


if __name__ == "__main__":
    sys.exit(main())
