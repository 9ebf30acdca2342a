"""The ways in which a person can sign in, and that the last of them is never removed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.database.people import AccountRow
from coordinator.database.ways_in import OidcLinkRow, PasskeyRow
from onggi.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What an account can sign in with. A link counts only to the log-in that is set up now."""

    password: bool
    passkeys: int
    links: int

    @property
    def several(self) -> bool:
        return int(self.password) + self.passkeys + self.links > 1

    @property
    def can_confirm(self) -> bool:
        """Whether the person can show here who they are; what another log-in remembers is no showing."""
        return self.password or self.passkeys > 0


def ways_of(session: Session, account: str, *, issuer: str | None) -> Ways:
    row = session.get_one(AccountRow, account)
    keys = select(func.count()).select_from(PasskeyRow).where(PasskeyRow.account == account)
    links = select(func.count()).select_from(OidcLinkRow)
    of_issuer = links.where(OidcLinkRow.account == account, OidcLinkRow.issuer == (issuer or ""))
    return Ways(
        password=row.password_hash is not None,
        passkeys=session.scalar(keys) or 0,
        links=session.scalar(of_issuer) or 0,
    )


def has_any_way(session: Session, account: str) -> bool:
    """Whether the person has ever been given a way in that still stands, wherever its other end is now."""
    row = session.get_one(AccountRow, account)
    keys = select(PasskeyRow.id).where(PasskeyRow.account == account).limit(1)
    links = select(OidcLinkRow.account).where(OidcLinkRow.account == account).limit(1)
    return row.password_hash is not None or bool(session.scalar(keys) or session.scalar(links))


def check_may_remove_one(ways: Ways) -> None:
    """Raises Refused ``account.last_way`` where nothing would be left."""
    if not ways.several:
        raise Refused("account.last_way")
