"""What an examination finds: a code with words in both languages, the facts to fill them, and its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from onggi.errors import Fact, OnggiError


class Group(StrEnum):
    """Where a finding lies, in the order in which a node needs these parts."""

    SETTINGS = "settings"
    KEYS = "keys"
    DISK = "disk"
    STATE = "state"
    CLOCK = "clock"
    TRUST = "trust"
    STORE = "store"
    OMOP = "omop"
    AUDIT = "audit"
    REGISTER = "register"
    SANDBOX = "sandbox"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, or a note (`blocks` false) that is good to know."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    blocks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One group: what was found there, or that it could not be looked at because of an earlier fault."""

    group: Group
    findings: tuple[Finding, ...] = ()
    skipped: bool = False

    @property
    def well(self) -> bool:
        return not self.skipped and not any(one.blocks for one in self.findings)


def ask(question: Callable[[], object]) -> list[Finding]:
    """A refusal as a finding; an answer as none."""
    try:
        question()
    except OnggiError as error:
        return [Finding(error.code, error.facts)]
    return []
