"""The federation root's ceremonies, step by step: who does what, on which computer, with which command.

The coordinator shows them and signs nothing: every signature is made on its keeper's own computer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Procedure(StrEnum):
    """What a ceremony is for. The value is part of its address."""

    FIRST = "first"
    MEMBERS = "members"
    LOST_KEY = "lost-key"
    TAKE_IN = "take-in"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the phrases of who and what, and what is typed. `{new}` is the new version's number."""

    who: str
    what: str
    commands: tuple[str, ...] = ()


_KEEPERS: Final = "ceremony.who_keepers"
_LEADER: Final = "ceremony.who_leader"
_HOSPITALS: Final = "ceremony.who_hospitals"
_OPERATOR: Final = "ceremony.who_operator"
_EVERYBODY: Final = "ceremony.who_everybody"
_PRESENT: Final = Step(_LEADER, "ceremony.do_present")
_READ_ALOUD: Final = Step(_EVERYBODY, "ceremony.do_read_aloud", ("onggi root fingerprint root-v{new}.json",))
_DRAFT: Final = Step(
    _LEADER,
    "ceremony.do_draft",
    ("onggi root draft description-v{new}.json --out root-v{new}.json",),
)
_SIGN: Final = Step(_KEEPERS, "ceremony.do_sign", ("onggi root sign root-v{new}.json --key MEMBER.key",))
_SIGN_BOTH: Final = Step(
    _KEEPERS, "ceremony.do_sign_both", ("onggi root sign root-v{new}.json --key MEMBER.key",)
)
_VERIFY: Final = Step(
    _EVERYBODY,
    "ceremony.do_verify_chain",
    ("onggi root verify {chain} --fingerprint sha256:...",),
)
_TAKE_IN: Final = Step(
    _OPERATOR,
    "ceremony.do_take_in",
    ("onggi root advance root-v{new}.json --publish", "onggi-coordinator root advance root-v{new}.json"),
)
_SPREADS: Final = Step(_HOSPITALS, "ceremony.do_spreads", ("onggi-node doctor",))
_KEEP_PAPER: Final = Step(_LEADER, "ceremony.do_keep_paper")
_NEW_KEYS: Final = Step(_KEEPERS, "ceremony.do_new_keys", ("onggi keys new MEMBER.key --public MEMBER.pem",))

PROCEDURES: Final[Mapping[Procedure, tuple[Step, ...]]] = MappingProxyType(
    {
        Procedure.FIRST: (
            _PRESENT,
            _NEW_KEYS,
            Step(_HOSPITALS, "ceremony.do_hospital_keys"),
            _DRAFT,
            _READ_ALOUD,
            _SIGN,
            Step(
                _EVERYBODY,
                "ceremony.do_verify_first",
                ("onggi root verify root-v1.json --fingerprint sha256:...",),
            ),
            Step(
                _OPERATOR,
                "ceremony.do_pin",
                ("onggi-coordinator root pin root-v1.json --fingerprint sha256:...",),
            ),
            Step(
                _HOSPITALS,
                "ceremony.do_trust",
                ("onggi-node trust --root root-v1.json --fingerprint sha256:...",),
            ),
            _KEEP_PAPER,
        ),
        Procedure.MEMBERS: (
            _PRESENT,
            Step(_LEADER, "ceremony.do_decide_members"),
            _NEW_KEYS,
            Step(_LEADER, "ceremony.do_check_rules"),
            _DRAFT,
            _READ_ALOUD,
            _SIGN_BOTH,
            _VERIFY,
            _TAKE_IN,
            _SPREADS,
            _KEEP_PAPER,
        ),
        Procedure.LOST_KEY: (
            Step(_KEEPERS, "ceremony.do_report_loss"),
            _PRESENT,
            _NEW_KEYS,
            Step(_LEADER, "ceremony.do_revoke_key"),
            _DRAFT,
            _READ_ALOUD,
            _SIGN_BOTH,
            _VERIFY,
            _TAKE_IN,
            _SPREADS,
            Step(_LEADER, "ceremony.do_quorum_lost"),
            _KEEP_PAPER,
        ),
        Procedure.TAKE_IN: (
            Step(_OPERATOR, "ceremony.do_receive"),
            _READ_ALOUD,
            _VERIFY,
            _TAKE_IN,
            _SPREADS,
            _KEEP_PAPER,
        ),
    }
)


def typed(step: Step, *, old: int, new: int) -> tuple[str, ...]:
    """The step's commands with the new version's number, and all versions up to it, filled in."""
    versions = [f"root-v{each}.json" for each in sorted({min(1, old), old, new}) if each]
    if old > 2:
        versions.insert(1, "...")
    return tuple(command.format(new=new, chain=" ".join(versions)) for command in step.commands)


def groups(fingerprint: str) -> tuple[str, ...]:
    """A fingerprint's digits in fours, to be read aloud."""
    digits = fingerprint.partition(":")[2]
    return tuple(digits[at : at + 4] for at in range(0, len(digits), 4))
