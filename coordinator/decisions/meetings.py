"""Decides whether enough of the committee takes part in an item, and which verdicts they may give.

* Regular review (정규 심의): more than half of the members who may take part, never fewer than the federation
  root asks to sign, and as many from outside.
* Expedited review (신속 심의): members to whom another one delegated it. They may approve and send back; to
  reject or to leave something unreviewed takes a regular meeting.
* Whoever has an interest in the project, or belongs to it, leaves the room: they count neither way.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from coordinator.states import ApplicationState
from onggi.errors import Refused
from onggi.protocol.quorum import QuorumRule

VERDICTS: Final[tuple[ApplicationState, ...]] = (
    ApplicationState.APPROVED,
    ApplicationState.CONDITIONAL,
    ApplicationState.RETURNED,
    ApplicationState.REJECTED,
    ApplicationState.EXCLUDED,
)
_EXPEDITED: Final = VERDICTS[:3]


class Track(StrEnum):
    """How an application is reviewed."""

    REGULAR = "regular"
    EXPEDITED = "expedited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Who could take part in one item, and who does.

    Args:
        members: every committee member, and whether they come from outside.
        standing_back: those with an interest in the project, and its own people.
        present: who is at the meeting.
        delegates: present members to whom another one delegated expedited review.
    """

    members: Mapping[str, bool]
    standing_back: Set[str]
    present: Set[str]
    delegates: Set[str]

    @property
    def taking_part(self) -> tuple[str, ...]:
        return tuple(sorted((self.present & self.members.keys()) - self.standing_back))

    @property
    def stood_back(self) -> tuple[str, ...]:
        """Who is there and leaves the room for this item."""
        return tuple(sorted(self.present & self.standing_back))

    def needed(self, rule: QuorumRule) -> int:
        """How many must take part in a regular review."""
        able = self.members.keys() - self.standing_back
        return max(len(able) // 2 + 1, rule.threshold)


def check_quorate(sitting: Sitting, *, track: Track, rule: QuorumRule) -> None:
    """Raises Refused(``meeting.not_quorate``, ``meeting.no_external``, ``meeting.no_delegate``)."""
    part = sitting.taking_part
    if track is Track.EXPEDITED:
        if not sitting.delegates & set(part):
            raise Refused("meeting.no_delegate")
        return
    if len(part) < (need := sitting.needed(rule)):
        raise Refused("meeting.not_quorate", have=len(part), need=need)
    outside = sum(sitting.members[member] for member in part)
    if outside < rule.minimum_external:
        raise Refused("meeting.no_external", have=outside, need=rule.minimum_external)


def check_verdict(verdict: ApplicationState, words: str, *, track: Track) -> None:
    """Raises Refused(``meeting.no_such_verdict``, ``meeting.regular_needed``, ``meeting.reason_missing``)."""
    if verdict not in VERDICTS:
        raise Refused("meeting.no_such_verdict")
    if track is Track.EXPEDITED and verdict not in _EXPEDITED:
        raise Refused("meeting.regular_needed")
    if verdict is not ApplicationState.APPROVED and not words.strip():
        raise Refused("meeting.reason_missing")
