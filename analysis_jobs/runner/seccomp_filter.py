"""Lists the few requests that a job may make of the operating system; every other request is turned down.

The list is an allowlist, compiled here to the kernel's own filter program (classic BPF):

* allowed: what Python, numpy, pyarrow, pandas, scipy and Flower need to compute on files and one socket;
* killed: requests that no honest job makes (tracing, mounting, loading kernel code, new namespaces, key
  rings, io_uring, ...). The process ends with SIGSYS, so that the node learns of the attempt;
* refused with EPERM: requests that honest libraries try and can do without;
* everything else, calls invented after this list included: ENOSYS, upon which libraries use an older call.

Wrong processor architecture and the x32 variant of x86_64 (other numbers for the same calls) are killed.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from analysis_jobs.runner.syscall_numbers import SYSCALL_NUMBERS
from onggi.errors import Refused

Machine = Literal["x86_64", "aarch64"]


class Instruction(NamedTuple):
    """One `struct sock_filter`."""

    code: int
    jump_true: int
    jump_false: int
    operand: int


KILL: Final = 0x80000000
ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN, _AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
_OFFSET_NUMBER, _OFFSET_MACHINE, _OFFSET_ARGUMENTS = 0, 4, 16
_AUDIT: Final[dict[Machine, int]] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_COLUMN: Final[dict[Machine, int]] = {"x86_64": 0, "aarch64": 1}
_X32_BIT: Final = 0x40000000

FILES = """access chdir chmod close close_range copy_file_range dup dup2 dup3 faccessat faccessat2 fadvise64
fallocate fchdir fchmod fchmodat fcntl fdatasync flock fstat fstatfs fsync ftruncate getcwd getdents
getdents64 lseek lstat mkdir mkdirat newfstatat open openat pipe pipe2 pread64 pwrite64 read readlink
readlinkat readv rename renameat renameat2 rmdir sendfile stat statfs statx truncate umask unlink unlinkat
utimensat write writev"""
WAITING = """epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 poll ppoll pselect6 select
timerfd_create timerfd_gettime timerfd_settime clock_getres clock_gettime clock_nanosleep getitimer
gettimeofday nanosleep setitimer alarm time timer_create timer_delete timer_getoverrun timer_gettime
timer_settime times"""
# The one socket is inherited: it is read and written, never opened, bound or connected.
INHERITED_SOCKET = "getpeername getsockname getsockopt recvfrom recvmsg sendmsg sendto setsockopt shutdown"
MEMORY = "brk madvise membarrier mincore mlock mmap mprotect mremap msync munlock munmap"
PROCESSES = """arch_prctl execve exit exit_group fork futex get_robust_list getcpu getegid geteuid getgid
getgroups getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrusage getsid gettid
getuid kill pause restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend
rt_sigtimedwait sched_getaffinity sched_getparam sched_getscheduler sched_setaffinity sched_yield
set_robust_list set_tid_address setsid sigaltstack sysinfo tgkill tkill uname vfork wait4 waitid"""
ALLOWED: Final = tuple(" ".join((FILES, WAITING, INHERITED_SOCKET, MEMORY, PROCESSES)).split())

NEVER_HONEST = """ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp bpf
perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register mount umount2 pivot_root chroot
move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr unshare setns kexec_load kexec_file_load
init_module finit_module delete_module reboot swapon swapoff acct quotactl add_key request_key keyctl
open_by_handle_at name_to_handle_at fanotify_init lookup_dcookie iopl ioperm modify_ldt vhangup settimeofday
clock_settime clock_adjtime adjtimex sethostname setdomainname syslog nfsservctl execveat capset seccomp"""
KILLED: Final = tuple(NEVER_HONEST.split())
TRIED_BY_LIBRARIES = """setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid mknod
mknodat chown fchown lchown fchownat link linkat symlink symlinkat socket setrlimit"""
REFUSED: Final = tuple(TRIED_BY_LIBRARIES.split())

_NEW_NAMESPACE: Final = (
    0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
)
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF
# Asking whether a descriptor is a terminal, how much waits in it, and its blocking and close-on-exec
# flags. Anything else (TIOCSTI, TIOCLINUX, device controls) is answered "not a terminal".
_IOCTLS: Final = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
_PR_GET_DUMPABLE, _PR_SET_DUMPABLE, _PR_SET_NAME, _PR_GET_NAME = 3, 4, 15, 16
_PR_SET_VMA: Final = 0x53564D41
_RLIMIT_CORE: Final = 4
_PERSONALITY_QUERY: Final = 0xFFFFFFFF


def _say(action: int) -> Instruction:
    return Instruction(_RETURN, 0, 0, action)


def _say_errno(number: int) -> Instruction:
    return _say(_ERRNO | number)


def _argument(index: int, *, high: bool = False) -> Instruction:
    """Load half of a 64-bit argument; both processors are little-endian."""
    return Instruction(_LOAD, 0, 0, _OFFSET_ARGUMENTS + 8 * index + (4 if high else 0))


def _one_of(values: Sequence[int], *, otherwise: int) -> list[Instruction]:
    """Allow when the loaded word is one of the values."""
    body: list[Instruction] = []
    for value in values:
        body += [Instruction(_EQUAL, 0, 1, value), _say(ALLOW)]
    return [*body, _say_errno(otherwise)]


def _judge_clone() -> list[Instruction]:
    return [_argument(0), Instruction(_ANY_BIT, 0, 1, _NEW_NAMESPACE), _say(KILL), _say(ALLOW)]


def _judge_socketpair() -> list[Instruction]:
    """A stream pair inside the family of local sockets only: a datagram end could address strangers."""
    return [
        _argument(0),
        Instruction(_EQUAL, 1, 0, _AF_UNIX),
        _say_errno(errno.EPERM),
        _argument(1),
        Instruction(_AND, 0, 0, _SOCK_TYPE_MASK),
        *_one_of((_SOCK_STREAM,), otherwise=errno.EPERM),
    ]


def _judge_prctl() -> list[Instruction]:
    """Names of threads and memory; `dumpable` may be read and switched off, never on (core dumps)."""
    return [
        _argument(0),
        Instruction(_EQUAL, 0, 4, _PR_SET_DUMPABLE),
        _argument(1),
        Instruction(_EQUAL, 0, 1, 0),
        _say(ALLOW),
        _say_errno(errno.EPERM),
        *_one_of((_PR_SET_NAME, _PR_GET_NAME, _PR_GET_DUMPABLE, _PR_SET_VMA), otherwise=errno.EPERM),
    ]


def _judge_prlimit() -> list[Instruction]:
    """Limits may be read and lowered, but for the core size: 1 there keeps even piped dumps from starting."""
    return [
        _argument(1),
        Instruction(_EQUAL, 1, 0, _RLIMIT_CORE),
        _say(ALLOW),
        _argument(2),
        Instruction(_EQUAL, 0, 3, 0),
        _argument(2, high=True),
        Instruction(_EQUAL, 0, 1, 0),
        _say(ALLOW),
        _say_errno(errno.EPERM),
    ]


_CONDITIONAL: Final = {
    "clone": _judge_clone(),
    "clone3": [_say_errno(errno.ENOSYS)],  # its flags lie in memory, out of a filter's sight
    "socketpair": _judge_socketpair(),
    "ioctl": [_argument(1), *_one_of(_IOCTLS, otherwise=errno.ENOTTY)],
    "prctl": _judge_prctl(),
    "prlimit64": _judge_prlimit(),
    "personality": [_argument(0), *_one_of((_PERSONALITY_QUERY,), otherwise=errno.EPERM)],
}


CONDITIONAL: Final = tuple(name for name, body in _CONDITIONAL.items() if len(body) > 1)
"""Requests that are allowed with some arguments alone."""


def _rule(number: int, body: Sequence[Instruction]) -> list[Instruction]:
    """If the call has this number: the body, which always ends in a verdict."""
    return [Instruction(_EQUAL, 0, len(body), number), *body]


def filter_program(machine: Machine, *, without: frozenset[str] = frozenset()) -> list[Instruction]:
    """The filter for one processor.

    Args:
        machine: the processor architecture, as `uname -m` names it.
        without: names of calls that are let through. Only the attack tests pass any, to prove that a
            probe succeeds once its one defence is gone.
    """
    column = _COLUMN[machine]
    rules: dict[str, list[Instruction]] = {
        **{name: [_say(ALLOW)] for name in ALLOWED},
        **_CONDITIONAL,
        **{name: [_say(KILL)] for name in KILLED},
        **{name: [_say_errno(errno.EPERM)] for name in REFUSED},
        **{name: [_say(ALLOW)] for name in without},
    }
    program = [
        Instruction(_LOAD, 0, 0, _OFFSET_MACHINE),
        Instruction(_EQUAL, 1, 0, _AUDIT[machine]),
        _say(KILL),
        Instruction(_LOAD, 0, 0, _OFFSET_NUMBER),
    ]
    if machine == "x86_64":
        program += [Instruction(_AT_LEAST, 0, 1, _X32_BIT), _say(KILL)]
    for name, body in rules.items():
        number = SYSCALL_NUMBERS[name][column]
        if number is not None:
            program += _rule(number, body)
    return [*program, _say_errno(errno.ENOSYS)]


def filter_bytes(program: Sequence[Instruction]) -> bytes:
    """The program as bubblewrap reads it from a descriptor."""
    return b"".join(struct.pack("<HBBI", *one) for one in program)


def check_machine(machine: str) -> Machine:
    """The architecture if we have numbers for it; there is no sandbox without a filter."""
    if machine == "x86_64":
        return "x86_64"
    if machine == "aarch64":
        return "aarch64"
    raise Refused("sandbox.machine_unsupported", machine=machine)
