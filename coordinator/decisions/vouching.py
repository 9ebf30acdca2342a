"""Decides who may vouch for a person's account and who may open it: at least two people stand behind each.

* Whoever vouches belongs to the person's organisation and is not the one who asked.
* Where nobody of the organisation could vouch, an operator may, with a reason that stays on record.
* The operator who opens the account neither asked for it nor vouched for it.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Final

from coordinator.roles import Caller, Role
from coordinator.states import Party
from onggi.errors import Refused

MAY_VOUCH: Final[Set[Role]] = frozenset(Role) - {Role.AUDITOR}
"""An auditor judges what the others did, and changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked for an account, for which organisation, and who has vouched so far."""

    organisation: str
    requested_by: str
    vouched_by: str | None


def check_can_request(organisation: str, *, by: Caller) -> None:
    """For one's own organisation; an operator for any."""
    if organisation != by.organisation and Role.OPERATOR not in by.roles:
        raise Refused("account_request.other_organisation")


def check_can_vouch(asked: Asked, *, by: Caller, others: Set[str], reason: str | None) -> Party:
    """As which party. `others`: open accounts of the organisation that could vouch, without the asker's."""
    if by.organisation == asked.organisation and by.account in others:
        return Party.ORGANISATION
    if Role.OPERATOR not in by.roles:
        raise Refused("account_request.own_voucher")
    if others:
        raise Refused("account_request.organisation_vouches")
    if not reason:
        raise Refused("account_request.reason_missing")
    return Party.OPERATOR


def check_can_open(asked: Asked, *, by: Caller) -> Party:
    """Raises Refused where one person would stand behind an account twice."""
    if by.account in (asked.requested_by, asked.vouched_by):
        raise Refused("account_request.third_person_needed")
    return Party.OPERATOR


def check_can_withdraw(asked: Asked, *, by: Caller) -> Party:
    """The one who asked takes it back."""
    if by.account != asked.requested_by:
        raise Refused("account_request.not_yours")
    return Party.OPERATOR if Role.OPERATOR in by.roles else Party.ORGANISATION
