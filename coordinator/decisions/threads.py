"""Decides who sees which message of an object's thread, and who may write which.

* A message is for everybody who may open the object, or for reviewers alone: committee members, output
  checkers and the auditor. The project's people never see the latter, whatever their roles.
* Votes on an export are given blind, and any message may show how its author judges: a request for changes
  says that the result should not leave as it is, and an answer tells what was asked. So of what is written
  from the moment a result waits for votes, a checker who has not voted on it sees their own messages and
  the project's answers to those, and nothing else: not the text, nor that anything was written, whoever
  wrote it and for whom. The rule holds on the job, and on its project, permit and statements as well.
* Changes may be asked for as long as one has not voted: afterwards it would be a second word on the vote.
* A checker who has voted writes for reviewers alone until the export is decided: the project would
  otherwise learn the vote before the others have given theirs.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from coordinator.roles import Caller, Role
from onggi.errors import Refused

LONGEST_TEXT: Final = 4000
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Signs that nobody sees and that redraw what one reads, as in `onggi.spec.base.Line`."""


class MessageKind(StrEnum):
    """What a message is for. Persisted by these short names."""

    QUESTION = "question"
    ANSWER = "answer"
    CHANGES_ASKED = "changes_asked"
    NOTE = "note"


class Audience(StrEnum):
    """Whom a message is for."""

    EVERYBODY = "everybody"
    REVIEWERS = "reviewers"


class Side(StrEnum):
    """As what somebody wrote: a person of the project is nothing else there."""

    PROJECT = "project"
    CHECKER = "output_checker"
    COMMITTEE = "committee"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one reader sees of a thread. From `blind_since` on: their own, and the project's answers to it."""

    reviewers_too: bool
    blind_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVotes:
    """The undecided results behind an object: since when one waits for this person's vote, if any does,
    and whether this person has voted on one."""

    unvoted_since: datetime | None
    has_voted: bool


def side_of(caller: Caller, *, people: Set[str]) -> Side:
    """`people`: account and member names of the project and its permits."""
    if caller.account in people or caller.member in people:
        return Side.PROJECT
    if Role.CHECKER in caller.roles:
        return Side.CHECKER
    return Side.COMMITTEE if Role.COMMITTEE in caller.roles else Side.OTHER


def sight_of(caller: Caller, *, side: Side, votes: OpenVotes) -> Sight:
    return Sight(
        reviewers_too=side in (Side.CHECKER, Side.COMMITTEE) or Role.AUDITOR in caller.roles,
        blind_since=votes.unvoted_since if Role.CHECKER in caller.roles else None,
    )


def check_text(text: str) -> None:
    """Raises Refused where a text is empty, too long, or holds signs that cannot be seen."""
    if not text.strip() or len(text) > LONGEST_TEXT or _UNSEEN.search(text):
        raise Refused("thread.text", longest=LONGEST_TEXT)


def check_may_write(
    *, kind: MessageKind, audience: Audience, answered: Audience | None, side: Side, votes: OpenVotes
) -> None:
    """Raises Refused where this message is not this person's to write.

    Args:
        answered: the audience of the message that is answered, if one is; an answer has the same.
    """
    if (kind is MessageKind.ANSWER) is not (answered is not None):
        raise Refused("thread.answer_to_nothing")
    if answered is not None and audience is not answered:
        raise Refused("thread.other_audience")
    if audience is Audience.REVIEWERS and side not in (Side.CHECKER, Side.COMMITTEE):
        raise Refused("thread.not_a_reviewer")
    if audience is Audience.EVERYBODY and votes.has_voted:
        raise Refused("thread.after_vote")


def check_may_ask_changes(*, audience: Audience, waits_for_votes: bool, has_voted: bool) -> None:
    """For a checker who may vote. Raises Refused where it is too late or the project would not read it."""
    if not waits_for_votes:
        raise Refused("thread.changes_not_now")
    if has_voted:
        raise Refused("export.already_voted")
    if audience is not Audience.EVERYBODY:
        raise Refused("thread.other_audience")
