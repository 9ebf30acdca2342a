"""Passkeys with which a person signs in to the coordinator's pages, and nothing else.

* A key of the federation root never signs in, and these keys stand in no root: they never sign a paper.
* A challenge is answered once, within minutes, by the visitor who was shown it, for what it was asked for.
* Whatever is wrong with an answer at sign-in, a stranger learns the same.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coordinator.accounts.passkey_answers import (
    Purpose,
    from_base64url,
    read_new_passkey,
    to_base64url,
    words_to_answer,
)
from coordinator.accounts.ways import check_may_remove_one, ways_of
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.database.people import AccountRow
from coordinator.database.sessions import Database
from coordinator.database.ways_in import PasskeyChallengeRow, PasskeyRow
from coordinator.federation.root_store import RootStore
from coordinator.sources import Clock, NewId
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import encode_base64
from onggi.protocol.keys import PublicKey
from onggi.protocol.passkey import PasskeyProof, PasskeyScope, challenge_for, check_assertion

CHALLENGE_LIFE: Final = timedelta(minutes=5)
MOST_PASSKEYS: Final = 20
LONGEST_LABEL: Final = 60
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a page hands to the authenticator. `nonce` comes back with the form."""

    nonce: str
    value: str
    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A passkey as its person sees it."""

    id: str
    label: str
    credential: str
    created: datetime
    last_used: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a browser sends back, each base64url. `credential` is empty for a new passkey."""

    nonce: str
    credential: str
    client_data: str
    authenticator_data: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkeys:
    """All sign-in passkeys. Without a scope (an address that browsers take none for) there are none."""

    database: Database
    clock: Clock
    new_id: NewId
    random_bytes: Callable[[int], bytes]
    roots: RootStore
    scope: PasskeyScope | None
    issuer: str | None

    def ask(self, purpose: Purpose, *, binding: str, account: str | None = None) -> Challenge:
        """A new challenge for one visitor; 32 random bytes that nobody has a say in are in it."""
        scope, nonce, now = self._scope(), self.random_bytes(32), self.clock()
        with self.database.writing() as session:
            session.execute(delete(PasskeyChallengeRow).where(PasskeyChallengeRow.expires <= now))
            session.add(
                PasskeyChallengeRow(
                    digest=hashlib.sha256(nonce).hexdigest(),
                    purpose=purpose,
                    binding=_hashed(binding),
                    account=account,
                    expires=now + CHALLENGE_LIFE,
                )
            )
        return Challenge(
            nonce=to_base64url(nonce),
            value=challenge_for(words_to_answer(nonce, purpose=purpose)),
            rp_id=scope.rp_id,
            origin=scope.origin,
        )

    def find_signed_in(self, answer: Answer, *, binding: str) -> str:
        """The account that answered. Raises Refused ``login.passkey_refused`` whatever was wrong."""
        try:
            return self._check("sign_in", answer, binding=binding, account=None)
        except OnggiError:
            audit = Audit(event=AuditEvent.LOGIN_FAILED, actor=COORDINATOR, subject="passkey")
            with self.database.writing() as session:
                record_event(session, audit, at=self.clock())
            raise Refused("login.passkey_refused") from None

    def check_confirmed(self, account: str, answer: Answer, *, binding: str) -> None:
        """Raises Refused ``login.passkey_refused`` unless this very account answered."""
        try:
            self._check("confirm", answer, binding=binding, account=account)
        except OnggiError:
            raise Refused("login.passkey_refused") from None

    def add(self, account: str, answer: Answer, *, label: str, binding: str) -> Passkey:
        """A new passkey of this account.

        Raises:
            Refused: ``passkey.signs_papers``, ``passkey.known``, ``passkey.too_many``, ``passkey.label``.
            NotTrusted: ``passkey.*`` where the answer is not one to our challenge on our page.
        """
        label = checked_label(label)
        nonce = self._spend("register", answer.nonce, binding=binding, account=account)
        made = read_new_passkey(
            client_data=from_base64url(answer.client_data),
            authenticator_data=from_base64url(answer.authenticator_data),
            answered=words_to_answer(nonce, purpose="register"),
            scope=self._scope(),
        )
        self._check_signs_nothing(made.key)
        now = self.clock()
        with self.database.writing() as session:
            _check_open(session, account)
            if session.scalar(select(PasskeyRow.id).where(PasskeyRow.credential == made.credential)):
                raise Refused("passkey.known")
            if len(_of(session, account)) >= MOST_PASSKEYS:
                raise Refused("passkey.too_many", most=MOST_PASSKEYS)
            row = PasskeyRow(
                id=self.new_id("passkey"),
                account=account,
                credential=made.credential,
                public_key=made.key.pem,
                label=label,
                created=now,
                last_used=None,
            )
            session.add(row)
            facts = {"passkey": row.id, "key": made.key.fingerprint}
            audit = Audit(event=AuditEvent.PASSKEY_ADDED, actor=account, subject=account, facts=facts)
            record_event(session, audit, at=now)
            return _shown(row)

    def of_account(self, account: str) -> list[Passkey]:
        with self.database.reading() as session:
            return [_shown(row) for row in _of(session, account)]

    def get(self, passkey: str) -> Passkey:
        """Raises Refused ``passkey.not_found``."""
        with self.database.reading() as session:
            row = session.get(PasskeyRow, passkey)
            if row is None:
                raise Refused("passkey.not_found")
            return _shown(row)

    def remove(self, passkey: str, *, by: str) -> None:
        """Raises Refused ``passkey.not_found``, or ``account.last_way`` where nothing would be left."""
        now = self.clock()
        with self.database.writing() as session:
            row = session.get(PasskeyRow, passkey)
            if row is None or row.account != by:
                raise Refused("passkey.not_found")
            check_may_remove_one(ways_of(session, row.account, issuer=self.issuer))
            session.delete(row)
            audit = Audit(event=AuditEvent.PASSKEY_REMOVED, actor=by, subject=by, facts={"passkey": passkey})
            record_event(session, audit, at=now)

    def user_handle(self, account: str) -> str:
        """What authenticators keep in place of the name."""
        return to_base64url(hashlib.sha256(f"onggi user v1\n{account}".encode()).digest())

    def _check(self, purpose: Purpose, answer: Answer, *, binding: str, account: str | None) -> str:
        nonce = self._spend(purpose, answer.nonce, binding=binding, account=account)
        with self.database.reading() as session:
            row = session.scalar(select(PasskeyRow).where(PasskeyRow.credential == answer.credential[:1400]))
            if row is None or (account is not None and row.account != account):
                raise Refused("passkey.not_found")
            _check_open(session, row.account)
        key = PublicKey.from_pem(row.public_key)
        self._check_signs_nothing(key)
        proof = PasskeyProof(
            authenticatorData=encode_base64(from_base64url(answer.authenticator_data)),
            clientDataJSON=encode_base64(from_base64url(answer.client_data)),
        )
        check_assertion(
            proof,
            signature=from_base64url(answer.signature),
            signed=words_to_answer(nonce, purpose=purpose),
            key=key,
            scope=self._scope(),
        )
        with self.database.writing() as session:
            kept = session.get(PasskeyRow, row.id)
            if kept is None:
                raise Refused("passkey.not_found")
            kept.last_used = self.clock()
        return row.account

    def _spend(self, purpose: Purpose, nonce: str, *, binding: str, account: str | None) -> bytes:
        """The challenge is gone whatever follows. Raises NotTrusted ``passkey.wrong_challenge``."""
        known = from_base64url(nonce)
        with self.database.writing() as session:
            row = session.get(PasskeyChallengeRow, hashlib.sha256(known).hexdigest())
            if row is not None:
                session.delete(row)
            fits = (
                row is not None
                and row.expires > self.clock()
                and (row.purpose, row.binding, row.account) == (purpose, _hashed(binding), account)
            )
        if not fits:
            raise NotTrusted("passkey.wrong_challenge")
        return known

    def _check_signs_nothing(self, key: PublicKey) -> None:
        """Raises Refused ``passkey.signs_papers`` for a key that the federation root names."""
        root = self.roots.find_current()
        if root is not None and key.fingerprint in {*root.keys_of("any"), *root.site_keys()}:
            raise Refused("passkey.signs_papers")

    def _scope(self) -> PasskeyScope:
        if self.scope is None:
            raise Refused("passkey.no_host")
        return self.scope


def checked_label(label: str) -> str:
    """Raises Refused ``passkey.label`` unless it is one short line that readers see as it is."""
    hidden = any(unicodedata.category(sign) in _UNSEEN for sign in label)
    if not 0 < len(label) <= LONGEST_LABEL or hidden:
        raise Refused("passkey.label", longest=LONGEST_LABEL)
    return label


def _of(session: Session, account: str) -> list[PasskeyRow]:
    wanted = select(PasskeyRow).where(PasskeyRow.account == account)
    return list(session.scalars(wanted.order_by(PasskeyRow.created, PasskeyRow.id)))


def _check_open(session: Session, account: str) -> None:
    if session.get_one(AccountRow, account).closed is not None:
        raise Refused("account.not_found")


def _hashed(binding: str) -> str:
    return hashlib.sha256(binding.encode()).hexdigest()


def _shown(row: PasskeyRow) -> Passkey:
    return Passkey(
        id=row.id,
        label=row.label,
        credential=row.credential,
        created=row.created,
        last_used=row.last_used,
    )
