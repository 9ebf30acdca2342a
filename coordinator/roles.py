"""The roles an account may have, what a token may be used for, and which roles exclude each other."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from onggi.errors import Refused


class Role(StrEnum):
    """What a person is here for. Persisted by these short names."""

    RESEARCHER = "researcher"
    COMMITTEE = "committee"
    CHECKER = "output_checker"
    HOSPITAL = "hospital"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Scope(StrEnum):
    """What one token may be used for; a sign-in token has all of them."""

    READ = "read"
    SUBMIT = "submit"
    SIGN = "sign"
    VOTE = "vote"
    OPERATE = "operate"
    ACCOUNT = "account"


ALL_SCOPES: frozenset[Scope] = frozenset(Scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is asking, and with which token. `member` and `site` are names in the federation root."""

    account: str
    organisation: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    member: str | None
    site: str | None
    token: str


def check_roles(roles: Set[Role], *, member: str | None, site: str | None) -> None:
    """Raises Refused where the roles cannot stand together or lack what they need.

    An auditor judges what the others did, so an auditor is nothing else.
    """
    if not roles:
        raise Refused("account.role_missing")
    if Role.AUDITOR in roles and len(roles) > 1:
        raise Refused("account.auditor_stands_alone")
    if roles & {Role.COMMITTEE, Role.CHECKER} and member is None:
        raise Refused("account.member_missing")
    if Role.HOSPITAL in roles and site is None:
        raise Refused("account.site_missing")
