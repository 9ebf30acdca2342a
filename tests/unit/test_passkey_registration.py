"""A new signing passkey: what it takes until the federation root names it, and what a thief would try."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.dsse import Envelope, add_passkey_signature, add_signature
from onggi.protocol.keys import PublicKey
from onggi.protocol.passkey import PasskeyScope
from onggi.protocol.passkey_registration import check_vouched, draft_registration, read_registration
from onggi.protocol.root_changes import change_keys
from onggi.protocol.sealing import draft_statement
from onggi.protocol.statements import PasskeyRegistration
from onggi.protocol.trust_root import TrustRoot, draft_root, read_root
from tests.support.federation_root import COMMITTEE, NOW, key, make_root, signed_root
from tests.support.software_authenticator import SoftwareAuthenticator

ROOT = make_root()
WHO, OTHER = COMMITTEE[0], COMMITTEE[1]


def registered(passkey: SoftwareAuthenticator, *, member: str = WHO, root: TrustRoot = ROOT) -> Envelope:
    """What the member hands over: signed by the new passkey alone."""
    paper = draft_registration(member, passkey.key.public_key, scope=passkey.scope, root=root, now=NOW)
    return proven(paper.envelope, passkey)


def proven(envelope: Envelope, passkey: SoftwareAuthenticator) -> Envelope:
    signature, proof = passkey.assert_over(envelope.signed_bytes)
    return add_passkey_signature(envelope, fingerprint=passkey.fingerprint, signature=signature, proof=proof)


def code(act: Callable[[], object], kind: type[OnggiError] = NotTrusted) -> str:
    with pytest.raises(kind) as refused:
        act()
    return refused.value.code


def test_a_vouched_passkey_enters_the_next_root_and_signs() -> None:
    passkey = SoftwareAuthenticator()
    vouched = check_vouched(add_signature(registered(passkey), key=key(OTHER)), root=ROOT, now=NOW)
    assert (vouched.member, vouched.vouched_by) == (WHO, (OTHER,))
    following = change_keys(ROOT, add=[vouched], now=NOW + timedelta(days=1))
    assert following.version == ROOT.version + 1
    named = following.keys_of("committee")[passkey.fingerprint]
    assert (named.holder, named.passkey) == (WHO, passkey.scope)
    assert read_root(draft_root(following)) == following, "its keepers can sign it"
    assert signed_root(following), "and what they sign is a root"


def test_a_registration_reads_with_its_fingerprint_in_groups() -> None:
    passkey = SoftwareAuthenticator()
    text = read_registration(registered(passkey), root=ROOT, now=NOW).rendering
    digits = passkey.fingerprint.removeprefix("sha256:")
    assert " ".join(digits[at : at + 4] for at in range(0, 64, 4)) in text
    assert WHO in text
    assert passkey.scope.origin in text


def test_nobody_vouches_for_themself() -> None:
    own = add_signature(registered(SoftwareAuthenticator()), key=key(WHO))
    assert code(lambda: check_vouched(own, root=ROOT, now=NOW)) == "registration.nobody_vouched"
    bare = registered(SoftwareAuthenticator())
    assert code(lambda: check_vouched(bare, root=ROOT, now=NOW)) == "registration.nobody_vouched"


def test_a_stranger_vouches_for_nobody() -> None:
    stranger = add_signature(registered(SoftwareAuthenticator()), key=key("nobody-of-the-root"))
    assert code(lambda: check_vouched(stranger, root=ROOT, now=NOW)) == "registration.nobody_vouched"


def test_a_key_that_did_not_sign_is_nobodys() -> None:
    theirs, thief = SoftwareAuthenticator(), SoftwareAuthenticator()
    paper = draft_registration(WHO, theirs.key.public_key, scope=theirs.scope, root=ROOT, now=NOW)
    forged = add_signature(proven(paper.envelope, thief), key=key(OTHER))
    assert code(lambda: check_vouched(forged, root=ROOT, now=NOW)) == "registration.no_possession"
    unproven = add_signature(paper.envelope, key=key(OTHER))
    assert code(lambda: check_vouched(unproven, root=ROOT, now=NOW)) == "registration.no_possession"


def test_a_passkey_of_another_page_does_not_prove_itself() -> None:
    passkey = SoftwareAuthenticator()
    elsewhere = PasskeyScope(origin="https://sign.evil.example", rp_id="sign.evil.example")
    paper = draft_registration(WHO, passkey.key.public_key, scope=elsewhere, root=ROOT, now=NOW)
    signed = proven(paper.envelope, passkey)
    assert code(lambda: read_registration(signed, root=ROOT, now=NOW)).startswith("passkey.wrong_")


def test_another_fingerprint_than_the_keys_is_refused() -> None:
    passkey, shown = SoftwareAuthenticator(), SoftwareAuthenticator()
    paper = draft_registration(WHO, passkey.key.public_key, scope=passkey.scope, root=ROOT, now=NOW)
    assert isinstance(paper.predicate, PasskeyRegistration)
    lying = paper.predicate.model_copy(update={"fingerprint": shown.fingerprint})
    envelope = proven(draft_statement(lying, subject=lying.id, digest=digest_of(lying)), passkey)
    assert code(lambda: read_registration(envelope, root=ROOT, now=NOW)) == "registration.other_key"


def test_known_revoked_and_late_registrations_are_refused() -> None:
    passkey = SoftwareAuthenticator()
    registration = add_signature(registered(passkey), key=key(OTHER))
    following = change_keys(ROOT, add=[check_vouched(registration, root=ROOT, now=NOW)], now=NOW)
    again = code(lambda: check_vouched(registration, root=following, now=NOW), Refused)
    assert again == "registration.key_known"
    lost = change_keys(following, revoke=[passkey.fingerprint], now=NOW)
    assert code(lambda: check_vouched(registration, root=lost, now=NOW), Refused) == "registration.key_known"
    late = NOW + timedelta(days=31)
    assert code(lambda: check_vouched(registration, root=ROOT, now=late), Refused) == "statement.expired"
    unknown = code(lambda: registered(passkey, member="nobody"), Refused)
    assert unknown == "registration.unknown_member"


def test_a_lost_key_leaves_for_good_and_never_the_member_without_one() -> None:
    lost = PublicKey.from_pem(ROOT.members[0].keys[0].public_key).fingerprint
    alone = code(lambda: change_keys(ROOT, revoke=[lost], now=NOW), Refused)
    assert alone == "root.member_without_key"
    passkey = SoftwareAuthenticator()
    vouched = check_vouched(add_signature(registered(passkey), key=key(OTHER)), root=ROOT, now=NOW)
    following = change_keys(ROOT, add=[vouched], revoke=[lost], now=NOW)
    assert lost in following.revoked_keys
    assert set(following.keys_of("committee")) & {lost, passkey.fingerprint} == {passkey.fingerprint}
    assert lost not in following.root_rule.keys
    nobodys = code(lambda: change_keys(ROOT, revoke=["sha256:" + "0" * 64], now=NOW), Refused)
    assert nobodys == "root.key_not_listed"


def test_a_rule_that_nobody_could_reach_is_refused() -> None:
    every = [each.fingerprint for member in ROOT.members for each in member.keys]
    passkeys = {member.id: SoftwareAuthenticator() for member in ROOT.members}
    added = []
    for name, passkey in passkeys.items():
        voucher = OTHER if name != OTHER else WHO
        registration = add_signature(registered(passkey, member=name), key=key(voucher))
        added.append(check_vouched(registration, root=ROOT, now=NOW))
    assert code(lambda: change_keys(ROOT, add=added, revoke=every, now=NOW)) in (
        "root.rule_unreachable",
        "root.malformed",
    )
