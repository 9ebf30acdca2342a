"""A passkey's approval holds for one document, one page, one present and verified person."""

from __future__ import annotations

from typing import Any

import pytest

from onggi.errors import NotTrusted
from onggi.protocol.canonical import encode_base64
from onggi.protocol.passkey import PasskeyProof, PasskeyScope, challenge_for, check_assertion
from tests.support.federation_root import key
from tests.support.software_authenticator import USER_PRESENT, USER_VERIFIED, SoftwareAuthenticator

SIGNED = b"DSSEv1 28 application/vnd.in-toto+json 2 {}"
PASSKEY = SoftwareAuthenticator(key=key("passkey"))
BOTH = USER_PRESENT | USER_VERIFIED


def _check(signature: bytes, proof: PasskeyProof, *, signed: bytes = SIGNED) -> None:
    check_assertion(
        proof, signature=signature, signed=signed, key=PASSKEY.key.public_key, scope=PASSKEY.scope
    )


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"leave_out": ("crossOrigin",)},
        {"client": {"tokenBinding": {"status": "supported"}, "other_keys_can_be_added_here": "x"}},
        {"flags": BOTH | 0x08 | 0x10},
        {"flags": BOTH | 0x80, "extra": b"\xa0"},
    ],
    ids=["plain", "no crossOrigin", "unknown fields", "synchronised passkey", "extensions"],
)
def test_an_honest_answer_is_accepted(answer: dict[str, Any]) -> None:
    _check(*PASSKEY.assert_over(SIGNED, **answer))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"client": {"type": "webauthn.create"}}, "passkey.wrong_type"),
        ({"leave_out": ("type",)}, "passkey.wrong_type"),
        ({"client": {"challenge": challenge_for(b"another document")}}, "passkey.wrong_challenge"),
        ({"client": {"challenge": challenge_for(SIGNED) + "="}}, "passkey.wrong_challenge"),
        ({"leave_out": ("challenge",)}, "passkey.wrong_challenge"),
        ({"client": {"origin": "https://sign.hospital-b.example"}}, "passkey.wrong_origin"),
        ({"client": {"origin": "https://sign.hospital-a.example/"}}, "passkey.wrong_origin"),
        ({"client": {"origin": "https://sign.hospital-a.example:444"}}, "passkey.wrong_origin"),
        ({"client": {"origin": "http://sign.hospital-a.example"}}, "passkey.wrong_origin"),
        ({"client": {"origin": None}}, "passkey.wrong_origin"),
        ({"client": {"crossOrigin": True}}, "passkey.cross_origin"),
        ({"client": {"crossOrigin": 0}}, "passkey.cross_origin"),
        ({"client": {"crossOrigin": None}}, "passkey.cross_origin"),
        ({"client": {"topOrigin": "https://portal.example"}}, "passkey.cross_origin"),
        ({"rp_id": "hospital-b.example"}, "passkey.wrong_relying_party"),
        ({"flags": USER_VERIFIED}, "passkey.user_absent"),
        ({"flags": USER_PRESENT}, "passkey.user_not_verified"),
        ({"flags": BOTH, "extra": b"\x00"}, "passkey.malformed"),
        ({"flags": BOTH | 0x80}, "passkey.malformed"),
        ({"flags": BOTH | 0x40, "extra": b"\x00" * 100}, "passkey.malformed"),
        ({"flags": BOTH | 0x10}, "passkey.malformed"),
        ({"client_bytes": b"[]"}, "passkey.malformed"),
        ({"client_bytes": b"{"}, "passkey.malformed"),
        ({"client_bytes": b'{"type":"webauthn.create","type":"webauthn.get"}'}, "passkey.malformed"),
        ({"client_bytes": b"\xef\xbb\xbf{}"}, "passkey.malformed"),
    ],
    ids=str,
)
def test_each_dishonest_answer_has_its_code(answer: dict[str, Any], code: str) -> None:
    """All of them carry a correct signature of the right key: only the checks stand between."""
    with pytest.raises(NotTrusted) as refused:
        _check(*PASSKEY.assert_over(SIGNED, **answer))
    assert refused.value.code == code


def test_an_answer_cannot_be_moved_to_another_document() -> None:
    with pytest.raises(NotTrusted) as refused:
        _check(*PASSKEY.assert_over(SIGNED), signed=SIGNED + b" ")
    assert refused.value.code == "passkey.wrong_challenge"


def test_another_key_or_an_altered_byte_is_no_signature() -> None:
    signature, proof = PASSKEY.assert_over(SIGNED)
    stranger, stranger_proof = SoftwareAuthenticator(key=key("stranger")).assert_over(SIGNED)
    _, counted_on = PASSKEY.assert_over(SIGNED, client={"note": "altered"})
    for wrong in ((stranger, stranger_proof), (signature, counted_on), (b"", proof), (signature[:-1], proof)):
        with pytest.raises(NotTrusted) as refused:
            _check(*wrong)
        assert refused.value.code == "passkey.signature_invalid"


@pytest.mark.parametrize("data", [b"", b"\x00" * 36, b"\x00" * 5_000])
def test_authenticator_data_of_an_impossible_length_is_refused(data: bytes) -> None:
    signature, proof = PASSKEY.assert_over(SIGNED)
    with pytest.raises(NotTrusted) as refused:
        _check(signature, proof.model_copy(update={"authenticator_data": encode_base64(data)}))
    assert refused.value.code == "passkey.malformed"


@pytest.mark.parametrize(
    ("origin", "rp_id"),
    [
        ("https://evil.example", "hospital-a.example"),
        ("https://evilhospital-a.example", "hospital-a.example"),
        ("http://hospital-a.example", "hospital-a.example"),
        ("https://hospital-a.example/path", "hospital-a.example"),
        ("https://user@hospital-a.example", "hospital-a.example"),
    ],
)
def test_a_scope_whose_page_lies_outside_its_party_is_refused(origin: str, rp_id: str) -> None:
    with pytest.raises(NotTrusted) as refused:
        PasskeyScope(origin=origin, rp_id=rp_id)
    assert refused.value.code == "passkey.scope_wrong"


def test_localhost_may_be_used_for_practice() -> None:
    assert PasskeyScope(origin="http://localhost:8443", rp_id="localhost").rp_id == "localhost"
