"""A federation root says who decides, once for each key, and only what somebody could keep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from onggi.errors import NotTrusted
from onggi.protocol.canonical import encode_base64
from onggi.protocol.dsse import (
    add_passkey_signature,
    add_signature,
    make_envelope,
    read_payload,
    verified_signers,
)
from onggi.protocol.quorum import check_quorum
from onggi.protocol.rendering import summary_digest
from onggi.protocol.statements import TrustRootStatement
from onggi.protocol.trust_root import TrustRoot, draft_root, read_root, root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots
from tests.support.federation_root import (
    COMMITTEE,
    NOW,
    ORIGIN,
    SITES,
    fingerprint,
    hospital,
    key,
    make_root,
    member,
    root_fields,
    signed_root,
)
from tests.support.software_authenticator import SCOPE, SoftwareAuthenticator


def test_a_root_comes_back_from_its_envelope_as_it_was() -> None:
    root = make_root()
    envelope = signed_root(root)
    assert read_root(envelope) == root
    assert root_fingerprint(envelope) == root_fingerprint(draft_root(root))
    assert root_fingerprint(draft_root(make_root(version=2))) != root_fingerprint(envelope)


def test_it_names_keys_people_witnesses_and_logs() -> None:
    checker = member("checker-1", role="output_checker", affiliation="university")
    root = make_root(members=[*root_fields()["members"], checker, member("checker-2", role="output_checker")])
    assert set(root.keys_of("committee")) == {fingerprint(name) for name in COMMITTEE}
    assert set(root.keys_of("output_checker")) == {fingerprint("checker-1"), fingerprint("checker-2")}
    assert len(root.keys_of("any")) == 7
    assert set(root.root_keys()) == {fingerprint(name) for name in COMMITTEE[:3]}
    assert [witness.name for witness in root.witnesses()] == list(SITES)
    assert root.log_key(ORIGIN) == key("log").public_key
    with pytest.raises(NotTrusted) as refused:
        root.log_key("log.elsewhere.example")
    assert refused.value.code == "root.unknown_log"


def test_a_committee_decision_is_verified_end_to_end() -> None:
    """One member with a key file, one with a passkey, one from outside: three people, as the rule asks."""
    passkey = SoftwareAuthenticator(key=key("passkey of committee-2"))
    entry = {"public_key": passkey.key.public_key.pem, "passkey": SCOPE.model_dump()}
    two = member("committee-2")
    root = make_root(
        members=[
            member("committee-1"),
            two | {"keys": [*two["keys"], entry]},
            member("committee-3"),
            member("committee-4", external=True),
        ]
    )
    envelope = make_envelope({"permit": "p-1"})
    for name in ("committee-1", "committee-2", "committee-4"):
        envelope = add_signature(envelope, key=key(name))
    signature, proof = passkey.assert_over(envelope.signed_bytes)
    envelope = add_passkey_signature(
        envelope, fingerprint=passkey.fingerprint, signature=signature, proof=proof
    )
    signers = verified_signers(envelope, root.keys_of("committee"))
    assert len(signers) == 4
    accepted = check_quorum(root.committee_rule, signers=root.signers(signers))
    assert [(signer.member, signer.external) for signer in accepted] == [
        ("committee-1", False),
        ("committee-2", False),
        ("committee-4", True),
    ]


_MEMBERS = root_fields()["members"]
_HOSPITALS = root_fields()["hospitals"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expires": NOW - timedelta(days=2)}, "root.dates_reversed"),
        ({"members": [*_MEMBERS, member("committee-1", keys=("new",))]}, "root.member_twice"),
        ({"members": [*_MEMBERS, member("committee-6", keys=("committee-1",))]}, "root.key_twice"),
        ({"members": [*_MEMBERS, member("committee-6", keys=("new", "new"))]}, "root.key_twice"),
        ({"members": [*_MEMBERS, member("committee-6", keys=("zurich",))]}, "root.key_twice"),
        ({"members": [*_MEMBERS, member("committee-6", keys=("log",))]}, "root.key_twice"),
        (
            {"hospitals": [*_HOSPITALS, hospital("zurich", identity_key=key("new").public_key.pem)]},
            "root.site_twice",
        ),
        (
            {"hospitals": [*_HOSPITALS, hospital("basel", identity_key=key("zurich").public_key.pem)]},
            "root.identity_key_twice",
        ),
        (
            {"hospitals": [*_HOSPITALS, hospital("basel", legal_entity="Zurich  Foundation")]},
            "root.legal_entity_ambiguous",
        ),
        ({"logs": [{"origin": ORIGIN, "public_key": key(n).public_key.pem} for n in "ab"]}, "root.log_twice"),
        ({"witness_quorum": 5}, "root.rule_unreachable"),
        ({"committee_rule": {"threshold": 6}}, "root.rule_unreachable"),
        ({"committee_rule": {"threshold": 3, "minimum_external": 3}}, "root.rule_unreachable"),
        ({"committee_rule": {"threshold": 1, "role": "output_checker"}}, "root.rule_unreachable"),
        (
            {"members": [*_MEMBERS, member("checker-1", role="output_checker")]},
            "root.rule_unreachable",
        ),
        (
            {"root_rule": {"threshold": 2, "keys": [fingerprint("committee-1")]}},
            "root.rule_unreachable",
        ),
        (
            {"root_rule": {"threshold": 1, "keys": [fingerprint("stranger")]}},
            "root.unknown_root_key",
        ),
        (
            {"root_rule": {"threshold": 1, "keys": [fingerprint("committee-1")] * 2}},
            "root.root_key_twice",
        ),
        ({"revoked_keys": [fingerprint("committee-5")]}, "root.revoked_key_listed"),
        ({"revoked_keys": [fingerprint("zurich")]}, "root.revoked_key_listed"),
        ({"revoked_keys": [fingerprint("gone")] * 2}, "root.revoked_twice"),
        ({"hospitals": [hospital("zurich", identity_key="no key")]}, "key.malformed"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_each_inconsistency_has_its_code(change: dict[str, Any], code: str) -> None:
    with pytest.raises(NotTrusted) as refused:
        make_root(**change)
    assert refused.value.code == code


def test_two_keys_of_one_person_do_not_reach_the_root_threshold() -> None:
    with pytest.raises(NotTrusted) as refused:
        make_root(
            members=[member("committee-1", keys=("committee-1", "spare")), *_MEMBERS[1:]],
            root_rule={"threshold": 2, "keys": [fingerprint("committee-1"), fingerprint("spare")]},
        )
    assert refused.value.code == "root.rule_unreachable"


def test_hospitals_of_one_legal_entity_are_allowed_and_countable() -> None:
    root = make_root(hospitals=[*_HOSPITALS, hospital("basel", legal_entity="zurich foundation")])
    assert len({each.legal_entity for each in root.hospitals}) == 4
    assert len(root.hospitals) == 5


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value["predicate"]["root"].update(version=0),
        lambda value: value["predicate"]["root"].update(extra=1),
        lambda value: value["predicate"]["root"].pop("floors"),
        lambda value: value["predicate"]["root"].update(issued="2026-11-21T14:00:00+09:00"),
        lambda value: value["predicate"].update(id="trust-root-v9"),
        lambda value: value["subject"][0].update(name="another federation"),
        lambda value: value["subject"][0].update(digest={"sha256": "0" * 64}),
    ],
    ids=["version 0", "extra field", "default left out", "date respelled", "id", "subject", "digest"],
)
def test_a_statement_that_says_two_things_is_refused(change: Any) -> None:
    value: Any = read_payload(draft_root(make_root()))
    change(value)
    predicate = TrustRootStatement.model_validate(value["predicate"])
    value["predicate"]["summary"] = summary_digest(predicate)
    with pytest.raises(NotTrusted) as refused:
        read_root(make_envelope(value))
    assert refused.value.code == "root.malformed"


def test_a_statement_of_another_kind_is_no_root() -> None:
    value: Any = read_payload(draft_root(make_root()))
    value["predicateType"] = "urn:onggi:project-permit:v1"
    for payload, code in (
        (make_envelope(value), "statement.other_type"),
        (make_envelope({"a": 1}), "root.malformed"),
        (make_envelope([]), "root.malformed"),
    ):
        with pytest.raises(NotTrusted) as refused:
            read_root(payload)
        assert refused.value.code == code


def test_the_stored_chain_is_checked_again_when_it_is_read() -> None:
    first = signed_root(make_root())
    pinned = root_fingerprint(first)
    chain = TrustedRoots.pin(first, fingerprint=pinned).advance(signed_root(make_root(version=2)))
    stored = chain.to_json()
    assert TrustedRoots.from_json(stored, fingerprint=pinned) == chain
    assert chain.fingerprint == pinned

    unsigned = encode_base64(draft_root(make_root(version=2)).body).encode()
    assert unsigned in stored
    forged = stored.replace(unsigned, encode_base64(draft_root(make_root(version=3)).body).encode())
    for data, expected in (
        (forged, "root.version_skipped"),
        (b"{}", "root.malformed"),
        (b'{"envelopes":[]}', "root.malformed"),
        (b"", "root.malformed"),
    ):
        with pytest.raises(NotTrusted) as refused:
            TrustedRoots.from_json(data, fingerprint=pinned)
        assert refused.value.code == expected


def test_a_root_object_cannot_be_changed() -> None:
    root = make_root()
    with pytest.raises(ValueError, match="frozen"):
        root.version = 2  # type: ignore[misc]  # the point of the test
    assert isinstance(root, TrustRoot)
