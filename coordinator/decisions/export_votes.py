"""Decides what the output checkers' votes on one result amount to, who may vote, and who may see votes.

* Two independent approvals let a result out, two refusals keep it in; where the first two differ, or the
  federation asks for an external checker and none has approved yet, further votes decide.
* A vote is given blind: nobody sees another's before giving their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Literal

from coordinator.states import ExportState
from onggi.errors import NotTrusted, Refused
from onggi.protocol.quorum import QuorumRule, Signer, check_quorum
from onggi.protocol.statements import ProjectPermit

_AT_LEAST_TWO = 2
Verdict = Literal["approve", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One verdict, and its signer as the federation root describes them."""

    signer: Signer
    verdict: Verdict


def decide_export(votes: Iterable[Vote], *, rule: QuorumRule, excluded: Set[str]) -> ExportState:
    """Where the votes stand. Votes of excluded members never count."""
    counted = [vote for vote in votes if vote.signer.member not in excluded]
    threshold = max(rule.threshold, _AT_LEAST_TWO)
    whole = rule.model_copy(update={"threshold": threshold})
    approving = [vote.signer for vote in counted if vote.verdict == "approve"]
    refusing = {vote.signer.member for vote in counted if vote.verdict == "refuse"}
    if len(refusing) >= threshold:
        return ExportState.REFUSED
    try:
        check_quorum(whole, signers=approving, excluded_members=excluded)
    except NotTrusted:
        few = {0: ExportState.NO_VOTE, 1: ExportState.ONE_VOTE}
        return few.get(len({vote.signer.member for vote in counted}), ExportState.MORE_VOTES)
    return ExportState.APPROVED


def check_can_vote(*, account: str, member: str | None, people: Set[str], checkers: Set[str]) -> None:
    """Raises Refused where this account must not vote on this result, nor see it before its release.

    Args:
        people: account and member names of the project and its permit.
        checkers: output checkers of the current federation root.
    """
    if account in people or member in people:
        raise Refused("export.own_project")
    if member is None or member not in checkers:
        raise Refused("export.not_a_checker")


def may_see_votes(*, has_voted: bool, is_decided: bool) -> bool:
    return has_voted or is_decided


def may_leave_without_vote(permit: ProjectPermit, *, every_rule_passed: bool, withheld_cells: int) -> bool:
    """Whether the permit lets this result out by itself: it says so, and nothing had to be withheld."""
    return permit.export_without_vote and every_rule_passed and withheld_cells == 0
