"""The filter program, read by a small interpreter of the kernel's rules, call by call."""

from __future__ import annotations

import errno
import struct

import pytest

from analysis_jobs.runner.seccomp_filter import (
    ALLOW,
    ALLOWED,
    KILL,
    KILLED,
    REFUSED,
    Instruction,
    Machine,
    check_machine,
    filter_bytes,
    filter_program,
)
from analysis_jobs.runner.syscall_numbers import SYSCALL_NUMBERS
from onggi.errors import Refused

ARCHITECTURE: dict[Machine, int] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
COLUMN: dict[Machine, int] = {"x86_64": 0, "aarch64": 1}
MACHINES: tuple[Machine, ...] = ("x86_64", "aarch64")
REFUSED_WITH = 0x00050000


def judge(
    program: list[Instruction], *, architecture: int, number: int, arguments: tuple[int, ...] = ()
) -> int:
    """Run the program over one `struct seccomp_data` as the kernel would."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, architecture, 0, *padded)
    word, at = 0, 0
    while True:
        code, jump_true, jump_false, operand = program[at]
        at += 1
        if code == 0x20:
            (word,) = struct.unpack_from("<I", data, operand)
        elif code == 0x54:
            word &= operand
        elif code == 0x06:
            return operand
        else:
            holds = {0x15: word == operand, 0x35: word >= operand, 0x45: bool(word & operand)}[code]
            at += jump_true if holds else jump_false


def judge_call(machine: Machine, name: str, *arguments: int) -> int:
    number = SYSCALL_NUMBERS[name][COLUMN[machine]]
    assert number is not None
    return judge(
        filter_program(machine), architecture=ARCHITECTURE[machine], number=number, arguments=arguments
    )


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_number_has_the_listed_answer(machine: Machine) -> None:
    conditional = {"clone", "clone3", "socketpair", "ioctl", "prctl", "prlimit64", "personality"}
    answers = dict.fromkeys(ALLOWED, ALLOW) | dict.fromkeys(KILLED, KILL)
    answers |= dict.fromkeys(REFUSED, REFUSED_WITH | errno.EPERM)
    by_number = {
        numbers[COLUMN[machine]]: name
        for name, numbers in SYSCALL_NUMBERS.items()
        if numbers[COLUMN[machine]] is not None
    }
    program = filter_program(machine)
    for number in range(1024):
        name = by_number.get(number)
        if name in conditional:
            continue
        expected = answers[name] if name else REFUSED_WITH | errno.ENOSYS
        assert judge(program, architecture=ARCHITECTURE[machine], number=number) == expected, (number, name)


def test_every_number_belongs_to_a_rule_and_no_two_calls_share_one() -> None:
    conditional = {"clone", "clone3", "socketpair", "ioctl", "prctl", "prlimit64", "personality"}
    assert set(SYSCALL_NUMBERS) == {*ALLOWED, *KILLED, *REFUSED, *conditional}
    assert len({*ALLOWED, *KILLED, *REFUSED}) == len(ALLOWED) + len(KILLED) + len(REFUSED)
    for column in (0, 1):
        numbers = [both[column] for both in SYSCALL_NUMBERS.values() if both[column] is not None]
        assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architecture_is_killed(machine: Machine) -> None:
    i386 = 0x40000003
    number = SYSCALL_NUMBERS["read"][COLUMN[machine]]
    assert number is not None
    assert judge(filter_program(machine), architecture=i386, number=number) == KILL


def test_the_x32_variant_is_killed() -> None:
    read = 0x40000000 | 0
    assert judge(filter_program("x86_64"), architecture=ARCHITECTURE["x86_64"], number=read) == KILL


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    "flag", [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]
)
def test_clone_makes_no_namespace(machine: Machine, flag: int) -> None:
    thread = 0x003D0F00
    assert judge_call(machine, "clone", thread) == ALLOW
    assert judge_call(machine, "clone", thread | flag) == KILL
    assert judge_call(machine, "clone3") == REFUSED_WITH | errno.ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("family", "kind", "expected"),
    [
        (1, 1, ALLOW),
        (1, 1 | 0o2000000, ALLOW),  # close-on-exec
        (1, 2, REFUSED_WITH | errno.EPERM),
        (1, 5, REFUSED_WITH | errno.EPERM),
        (2, 1, REFUSED_WITH | errno.EPERM),
        (16, 1, REFUSED_WITH | errno.EPERM),
    ],
)
def test_only_local_stream_pairs(machine: Machine, family: int, kind: int, expected: int) -> None:
    assert judge_call(machine, "socketpair", family, kind) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_dumps_can_be_switched_off_and_not_on(machine: Machine) -> None:
    assert judge_call(machine, "prctl", 4, 0) == ALLOW
    assert judge_call(machine, "prctl", 4, 1) == REFUSED_WITH | errno.EPERM
    assert judge_call(machine, "prctl", 15, 0) == ALLOW
    assert judge_call(machine, "prctl", 38, 1) == REFUSED_WITH | errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_the_core_limit_can_be_read_and_not_changed(machine: Machine) -> None:
    core, files = 4, 7
    assert judge_call(machine, "prlimit64", 0, core, 0) == ALLOW
    assert judge_call(machine, "prlimit64", 0, core, 0x1000) == REFUSED_WITH | errno.EPERM
    assert judge_call(machine, "prlimit64", 0, core, 0x7FFF_0000_0000) == REFUSED_WITH | errno.EPERM
    assert judge_call(machine, "prlimit64", 0, files, 0x1000) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_a_terminal_cannot_be_typed_into(machine: Machine) -> None:
    is_terminal, type_into = 0x5401, 0x5412
    assert judge_call(machine, "ioctl", 0, is_terminal) == ALLOW
    assert judge_call(machine, "ioctl", 0, type_into) == REFUSED_WITH | errno.ENOTTY


@pytest.mark.parametrize("machine", MACHINES)
def test_personality_may_be_asked_only(machine: Machine) -> None:
    assert judge_call(machine, "personality", 0xFFFFFFFF) == ALLOW
    assert judge_call(machine, "personality", 0x0040000) == REFUSED_WITH | errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_a_call_let_through_for_a_control_is_the_only_change(machine: Machine) -> None:
    usual, opened = filter_program(machine), filter_program(machine, without=frozenset({"ptrace"}))
    changed = {
        number
        for number in range(1024)
        if judge(usual, architecture=ARCHITECTURE[machine], number=number)
        != judge(opened, architecture=ARCHITECTURE[machine], number=number)
    }
    assert changed == {SYSCALL_NUMBERS["ptrace"][COLUMN[machine]]}


def test_the_bytes_are_the_kernels_layout() -> None:
    program = filter_program("x86_64")
    encoded = filter_bytes(program)
    assert len(encoded) == 8 * len(program)
    assert encoded[:8] == struct.pack("<HBBI", 0x20, 0, 0, 4)
    assert len(program) <= 4096


def test_an_unknown_processor_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        check_machine("riscv64")
    assert refusal.value.code == "sandbox.machine_unsupported"
