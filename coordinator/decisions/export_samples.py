"""Chooses which decided exports the committee looks at again.

* One in ten, by chance; and where a calendar month is over and chance took none of it, the one of that month
  that came nearest. An export that was once chosen stays chosen.
* The chance of an export is a hash over its votes' entries in the log and over the audit trail's entry of the
  decision. The votes alone would not do: who votes last writes an entry and could try until it suits them.
  The trail's entry holds the moment of the decision to the microsecond and, through its chain, every act of
  everybody before it; a checker sees no trail and can vote but once. A published head of the log would not do
  either: it is dated anew, and where nothing else was logged it is a function of those same votes.
* Neither checkers nor the committee choose, and an auditor, who reads the trail, can recompute the choice.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from coordinator.roles import Caller, Role
from onggi.errors import Refused

ONE_IN: Final = 10
_LABEL: Final = b"onggi export sample 1\n"
_ZONE: Final = ZoneInfo("Asia/Seoul")
"""In which a month begins and ends: where the pages' readers are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An export that votes decided.

    `entries`: digests of its votes in the log; `trail`: the hash of the decision's audit entry.
    """

    job: str
    at: datetime
    entries: Sequence[str]
    trail: str


def choose_samples(decided: Iterable[Decided], *, now: datetime) -> frozenset[str]:
    """The jobs whose export the committee looks at again."""
    months: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
    for each in decided:
        months[_month(each.at)].append((_chance(each), each.job))
    chosen: set[str] = set()
    for month, drawn in months.items():
        taken = {job for chance, job in drawn if chance % ONE_IN == 0}
        if not taken and month < _month(now):
            taken = {min(drawn)[1]}
        chosen |= taken
    return frozenset(chosen)


def check_can_judge(caller: Caller, *, people: Iterable[str], voters: Iterable[str]) -> None:
    """Raises Refused where this person must not judge these votes.

    Args:
        people: account and member names of the project and its permits.
        voters: account and member names of those who voted.
    """
    names = {caller.account, caller.member}
    if Role.COMMITTEE not in caller.roles:
        raise Refused("sample.for_the_committee")
    if names & set(people):
        raise Refused("sample.own_project")
    if names & set(voters):
        raise Refused("sample.own_vote")


def _chance(export: Decided) -> int:
    """A number that nobody could foresee; equal shares of all numbers end in each digit."""
    hashed = hashlib.sha256(_LABEL)
    for part in (export.job, *sorted(export.entries), export.trail):
        hashed.update(f"{part}\n".encode())
    return int.from_bytes(hashed.digest())


def _month(at: datetime) -> tuple[int, int]:
    local = at.astimezone(_ZONE)
    return local.year, local.month
