"""How a member's new passkey gets into the federation root: proven by itself, vouched for by another member.

* The statement names member, role, key and the page where the key may sign. The passkey signs it, so that
  nobody can register a key that is not theirs; another member signs it, so that nobody can register one in a
  stranger's name. Whoever vouches compares the key's fingerprint with its holder, not over this channel.
* It gives no right by itself: the keepers of the root take the key into its next version and sign that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.dsse import Envelope, TrustedKey, verified_signers
from onggi.protocol.keys import PublicKey
from onggi.protocol.papers import Paper
from onggi.protocol.passkey import PasskeyScope
from onggi.protocol.rendering import UNSET, render_statement, with_summary
from onggi.protocol.sealing import check_in_time, draft_statement, read_statement
from onggi.protocol.statements import PasskeyRegistration
from onggi.protocol.trust_root import Member, MemberKey, TrustRoot

LIFE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """A key that may be taken into the next root."""

    member: str
    key: MemberKey
    vouched_by: tuple[str, ...]


def draft_registration(
    member: str, key: PublicKey, *, scope: PasskeyScope, root: TrustRoot, now: datetime
) -> Paper:
    """The paper that the new passkey signs first.

    Raises:
        Refused: ``registration.unknown_member``, ``registration.key_known``.
    """
    found = find_member(root, member)
    _check_new(root, key.fingerprint)
    predicate = with_summary(
        PasskeyRegistration(
            id=f"passkey-{key.fingerprint.removeprefix('sha256:')[:32]}",
            federation=root.federation,
            issued=now,
            expires=now + LIFE,
            summary=UNSET,
            member=found.id,
            role=found.role,
            public_key=key.pem,
            fingerprint=key.fingerprint,
            origin=scope.origin,
            rp_id=scope.rp_id,
        )
    )
    envelope = draft_statement(predicate, subject=predicate.id, digest=digest_of(predicate))
    return Paper(predicate=predicate, rendering=render_statement(predicate), envelope=envelope)


def read_registration(envelope: Envelope, *, root: TrustRoot, now: datetime) -> Paper:
    """A registration that its own passkey has signed, as the vouching member reads it.

    Raises:
        NotTrusted: ``registration.no_possession``, ``registration.other_key``, ``passkey.*``,
            ``statement.*``.
        Refused: ``registration.unknown_member``, ``registration.key_known``, ``statement.expired``.
    """
    statement = read_statement(envelope, PasskeyRegistration, federation=root.federation)
    check_in_time(statement, now=now)
    find_member(root, statement.member)
    key = own_key(statement)
    _check_new(root, key.fingerprint)
    if not verified_signers(envelope, {key.fingerprint: key}):
        raise NotTrusted("registration.no_possession", key=key.fingerprint)
    return Paper(predicate=statement, rendering=render_statement(statement), envelope=envelope)


def check_vouched(envelope: Envelope, *, root: TrustRoot, now: datetime) -> Vouched:
    """The key, if another member of the root vouched for it.

    Raises:
        NotTrusted: ``registration.nobody_vouched``, and what `read_registration` raises.
    """
    statement = read_registration(envelope, root=root, now=now).predicate
    assert isinstance(statement, PasskeyRegistration)
    signers = {key.holder for key in verified_signers(envelope, root.keys_of("any"))}
    if not (others := signers - {statement.member}):
        raise NotTrusted("registration.nobody_vouched", member=statement.member)
    scope = PasskeyScope(origin=statement.origin, rp_id=statement.rp_id)
    key = MemberKey(public_key=statement.public_key, passkey=scope)
    return Vouched(member=statement.member, key=key, vouched_by=tuple(sorted(others)))


def own_key(statement: PasskeyRegistration) -> TrustedKey:
    """The key that is registered. Raises NotTrusted where its fingerprint is another one's."""
    public_key = PublicKey.from_pem(statement.public_key)
    if public_key.fingerprint != statement.fingerprint:
        raise NotTrusted("registration.other_key", key=public_key.fingerprint)
    scope = PasskeyScope(origin=statement.origin, rp_id=statement.rp_id)
    return TrustedKey(public_key=public_key, holder=statement.member, passkey=scope)


def find_member(root: TrustRoot, name: str) -> Member:
    """Raises Refused(``registration.unknown_member``)."""
    for member in root.members:
        if member.id == name:
            return member
    raise Refused("registration.unknown_member", member=name)


def _check_new(root: TrustRoot, fingerprint: str) -> None:
    if fingerprint in root.keys_of("any") or fingerprint in root.revoked_keys:
        raise Refused("registration.key_known", key=fingerprint)
