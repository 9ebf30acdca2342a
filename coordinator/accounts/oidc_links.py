"""Signs a person in who has shown at another log-in who they are, and links accounts to that log-in.

* An account is found by issuer and subject alone, linked beforehand; an address or a name counts for nothing,
  and no account is ever made.
* The way there and back belongs to one visitor: what proves it (verifier and nonce) is derived from the
  visitor's own secret and kept nowhere. A way is gone at its first return, whatever came of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import delete, select

from coordinator.accounts.oidc_provider import OidcProvider
from coordinator.accounts.ways import check_may_remove_one, ways_of
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.database.people import AccountRow
from coordinator.database.sessions import Database
from coordinator.database.ways_in import OidcAttemptRow, OidcLinkRow
from coordinator.sources import Clock, NewSecret
from onggi.errors import NotTrusted, OnggiError, Refused

ATTEMPT_LIFE: Final = timedelta(minutes=10)
_LONGEST: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the other log-in sent back with the visitor."""

    state: str
    code: str
    error: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Who came back. `linking` is the account that asked to be linked; None where somebody signs in."""

    subject: str
    linking: str | None
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link as its person sees it."""

    subject: str
    linked: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcLinks:
    """Signing in at the configured log-in elsewhere. Without one, nothing here is possible."""

    database: Database
    clock: Clock
    new_secret: NewSecret
    provider: OidcProvider | None

    @property
    def issuer(self) -> str | None:
        return None if self.provider is None else self.provider.settings.issuer

    def begin(self, *, binding: str, redirect_uri: str, back: str, account: str | None = None) -> str:
        """The address to which the visitor goes. `account` where a person links it to themselves."""
        provider, state, now = self._provider(), self.new_secret(), self.clock()
        described = provider.describe()
        with self.database.writing() as session:
            session.execute(delete(OidcAttemptRow).where(OidcAttemptRow.expires <= now))
            session.add(
                OidcAttemptRow(
                    digest=_digest(state),
                    binding=_digest(binding),
                    account=account,
                    back=back,
                    expires=now + ATTEMPT_LIFE,
                )
            )
        challenge = hashlib.sha256(_derived(binding, "verifier", state).encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": provider.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": _derived(binding, "nonce", state),
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in described.authorization else "?"
        return f"{described.authorization}{joint}{urlencode(asked)}"

    def arrive(self, returned: Returned, *, binding: str, redirect_uri: str) -> Arrived:
        """Who came back with what the other log-in sent.

        Raises:
            Refused: ``oidc.way_unknown`` for a way that this visitor did not begin or has ended;
                ``oidc.declined``.
            NotTrusted: ``oidc.token_refused``, ``oidc.provider_wrong``, ``oidc.other_issuer``.
            Unreachable: ``oidc.unreachable``.
        """
        provider = self._provider()
        attempt = self._spend(returned.state, binding=binding)
        try:
            self._check_issuer(provider, returned)
            if returned.error or not 0 < len(returned.code) <= _LONGEST:
                raise Refused("oidc.declined")
            verifier = _derived(binding, "verifier", returned.state)
            token = provider.redeem(returned.code, verifier=verifier, redirect_uri=redirect_uri)
            subject = provider.read_subject(token, nonce=_derived(binding, "nonce", returned.state))
        except OnggiError as wrong:
            facts = {"code": wrong.code, "why": str(wrong.facts.get("why", ""))}
            audit = Audit(event=AuditEvent.LOGIN_FAILED, actor=COORDINATOR, subject="oidc", facts=facts)
            with self.database.writing() as session:
                record_event(session, audit, at=self.clock())
            raise
        return Arrived(subject=subject, linking=attempt.account, back=attempt.back)

    def find_account(self, subject: str) -> str:
        """Raises Refused ``oidc.not_linked``, for a closed account as well."""
        with self.database.reading() as session:
            link = session.get(OidcLinkRow, self._digest(subject))
            account = None if link is None else session.get_one(AccountRow, link.account)
            if account is None or account.closed is not None:
                raise Refused("oidc.not_linked")
            return account.id

    def link(self, account: str, subject: str, *, by: str, only_if_new: bool = False) -> None:
        """Links an account. `only_if_new`: somebody else does it, before the person has any way in.

        Raises:
            Refused: ``oidc.linked_already``, ``oidc.account_has_ways``, ``account.not_found``.
        """
        now, issuer = self.clock(), self._provider().settings.issuer
        with self.database.writing() as session:
            row = session.get(AccountRow, account)
            if row is None or row.closed is not None:
                raise Refused("account.not_found")
            ways = ways_of(session, account, issuer=issuer)
            if only_if_new and (ways.can_confirm or ways.links):
                raise Refused("oidc.account_has_ways")
            if ways.links or session.get(OidcLinkRow, self._digest(subject)) is not None:
                raise Refused("oidc.linked_already")
            session.add(
                OidcLinkRow(
                    digest=self._digest(subject), issuer=issuer, subject=subject, account=account, linked=now
                )
            )
            audit = Audit(event=AuditEvent.OIDC_LINKED, actor=by, subject=account, facts={"issuer": issuer})
            record_event(session, audit, at=now)

    def find_link(self, account: str) -> Link | None:
        wanted = select(OidcLinkRow).where(OidcLinkRow.account == account)
        with self.database.reading() as session:
            row = session.scalar(wanted.where(OidcLinkRow.issuer == (self.issuer or "")))
            return None if row is None else Link(subject=row.subject, linked=row.linked)

    def unlink(self, account: str) -> None:
        """Raises Refused ``oidc.not_linked``, or ``account.last_way`` where nothing would be left."""
        issuer, now = self._provider().settings.issuer, self.clock()
        wanted = select(OidcLinkRow).where(OidcLinkRow.account == account, OidcLinkRow.issuer == issuer)
        with self.database.writing() as session:
            row = session.scalar(wanted)
            if row is None:
                raise Refused("oidc.not_linked")
            check_may_remove_one(ways_of(session, account, issuer=issuer))
            session.delete(row)
            facts = {"issuer": issuer}
            audit = Audit(event=AuditEvent.OIDC_UNLINKED, actor=account, subject=account, facts=facts)
            record_event(session, audit, at=now)

    def _spend(self, state: str, *, binding: str) -> OidcAttemptRow:
        with self.database.writing() as session:
            row = session.get(OidcAttemptRow, _digest(state[:_LONGEST]))
            if row is not None:
                session.delete(row)
        if row is None or row.expires <= self.clock() or row.binding != _digest(binding):
            raise Refused("oidc.way_unknown")
        return row

    def _check_issuer(self, provider: OidcProvider, returned: Returned) -> None:
        needed = provider.describe().names_itself
        if (returned.issuer or needed) and returned.issuer != provider.settings.issuer:
            raise NotTrusted("oidc.other_issuer")

    def _provider(self) -> OidcProvider:
        if self.provider is None:
            raise Refused("oidc.not_set_up")
        return self.provider

    def _digest(self, subject: str) -> str:
        return _digest(f"{self._provider().settings.issuer}\0{subject}")


def _derived(binding: str, what: str, state: str) -> str:
    made = hmac.new(binding.encode(), f"onggi oidc {what} v1\n{state}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
