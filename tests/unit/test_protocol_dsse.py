"""Who signed an envelope: each key once, strangers ignored, forgeries refused."""

from __future__ import annotations

import base64
import json

import pytest

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import encode_base64
from onggi.protocol.dsse import (
    MOST_SIGNATURES,
    Envelope,
    Signature,
    TrustedKey,
    add_passkey_signature,
    add_signature,
    make_envelope,
    read_payload,
    sign_envelope,
    verified_signers,
)
from tests.support.federation_root import fingerprint, key
from tests.support.software_authenticator import SoftwareAuthenticator

STATEMENT = {"b": 2, "a": [1, "둘"]}


def _trusted(*names: str) -> dict[str, TrustedKey]:
    return {fingerprint(name): TrustedKey(public_key=key(name).public_key, holder=name) for name in names}


def _holders(envelope: Envelope, keys: dict[str, TrustedKey]) -> list[str]:
    return [signer.holder for signer in verified_signers(envelope, keys)]


def test_all_valid_signers_are_returned_in_order() -> None:
    envelope = add_signature(sign_envelope(STATEMENT, key=key("two")), key=key("one"))
    assert _holders(envelope, _trusted("one", "two", "three")) == ["two", "one"]
    assert read_payload(envelope) == STATEMENT


def test_unknown_signers_are_ignored() -> None:
    envelope = add_signature(sign_envelope(STATEMENT, key=key("stranger")), key=key("one"))
    assert _holders(envelope, _trusted("one")) == ["one"]
    assert _holders(envelope, _trusted("two")) == []


def test_a_known_key_with_a_wrong_signature_is_an_error() -> None:
    honest = sign_envelope(STATEMENT, key=key("one"))
    other = sign_envelope({"b": 3}, key=key("two")).signatures[0]
    with pytest.raises(NotTrusted) as refused:
        verified_signers(
            honest.model_copy(update={"signatures": (*honest.signatures, other)}), _trusted("one", "two")
        )
    assert refused.value.code == "signature.invalid"
    assert refused.value.facts["key"] == fingerprint("two")


def test_one_key_under_two_ids_counts_once() -> None:
    envelope = sign_envelope(STATEMENT, key=key("one"))
    again = envelope.signatures[0].model_copy(update={"keyid": "alias"})
    doubled = envelope.model_copy(update={"signatures": (*envelope.signatures, again)})
    keys = _trusted("one") | {"alias": TrustedKey(public_key=key("one").public_key, holder="somebody else")}
    assert _holders(doubled, keys) == ["one"]
    thrice = doubled.model_copy(update={"signatures": doubled.signatures * 2})
    assert _holders(thrice, keys) == ["one"]


def test_signing_twice_changes_nothing() -> None:
    once = sign_envelope(STATEMENT, key=key("one"))
    assert add_signature(once, key=key("one")) == once


def test_a_passkey_signs_through_its_container_alone() -> None:
    passkey = SoftwareAuthenticator()
    trusted = TrustedKey(public_key=passkey.key.public_key, holder="committee-1", passkey=passkey.scope)
    empty = make_envelope(STATEMENT)
    signature, proof = passkey.assert_over(empty.signed_bytes)
    envelope = add_passkey_signature(empty, fingerprint=passkey.fingerprint, signature=signature, proof=proof)
    assert _holders(Envelope.from_json(envelope.to_json()), {passkey.fingerprint: trusted}) == ["committee-1"]

    # The same key used as an ordinary one, and an ordinary key dressed up as a passkey.
    plain = add_signature(empty, key=passkey.key)
    as_plain = TrustedKey(public_key=passkey.key.public_key, holder="committee-1")
    for wrong, listed in ((plain, trusted), (envelope, as_plain)):
        with pytest.raises(NotTrusted) as refused:
            verified_signers(wrong, {passkey.fingerprint: listed})
        assert refused.value.code == "signature.wrong_form"


def test_the_wire_form_is_plain_dsse() -> None:
    written = json.loads(sign_envelope(STATEMENT, key=key("one")).to_json())
    assert set(written) == {"payload", "payloadType", "signatures"}
    assert written["payloadType"] == "application/vnd.in-toto+json"
    assert set(written["signatures"][0]) == {"keyid", "sig"}
    assert base64.b64decode(written["payload"]) == '{"a":[1,"둘"],"b":2}'.encode()


@pytest.mark.parametrize(
    "change",
    [
        {"payloadType": "application/json"},
        {"payload_type": "application/vnd.in-toto+json"},
        {"payload": "e30"},
        {"payload": None},
        {"extra": 1},
        {"signatures": [{"sig": "QQ"}]},
        {"signatures": [{"keyid": "a"}]},
        {"signatures": [{"keyid": "a", "sig": "QQ==", "passkey": {"authenticatorData": "QQ=="}}]},
        {"signatures": [{"keyid": "a", "sig": "QQ=="}] * (MOST_SIGNATURES + 1)},
    ],
    ids=lambda change: str(change)[:60],
)
def test_a_malformed_envelope_is_refused_before_anything_is_verified(change: dict[str, object]) -> None:
    honest = json.loads(sign_envelope(STATEMENT, key=key("one")).to_json())
    assert Envelope.from_json(json.dumps(honest).encode()).signatures
    with pytest.raises(NotTrusted) as refused:
        Envelope.from_json(json.dumps(honest | change).encode())
    assert refused.value.code == "envelope.malformed"


@pytest.mark.parametrize(
    "data",
    [b"[]", b"{", b'{"payload":"","payload":""}', b"\xff", b" " * 5_000_000],
    ids=["list", "cut", "key twice", "not text", "too large"],
)
def test_bytes_that_are_no_envelope_are_refused(data: bytes) -> None:
    with pytest.raises(NotTrusted) as refused:
        Envelope.from_json(data)
    assert refused.value.code == "envelope.malformed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"b":2, "a":1}', "envelope.not_canonical"),
        (b'{"a":1.0}', "envelope.not_canonical"),
        (b'{"a":1,"a":1}', "envelope.malformed"),
        (b"not json", "envelope.malformed"),
    ],
)
def test_a_statement_in_a_second_spelling_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(NotTrusted) as refused:
        read_payload(Envelope(payload=encode_base64(body)))
    assert refused.value.code == code


def test_an_envelope_holds_a_limited_number_of_signatures() -> None:
    many = tuple(Signature(keyid=f"key-{n}", sig="QQ==") for n in range(MOST_SIGNATURES))
    full = make_envelope(STATEMENT).model_copy(update={"signatures": many})
    with pytest.raises(Refused) as refused:
        add_signature(full, key=key("one"))
    assert refused.value.code == "envelope.too_many_signatures"
