"""For any JSON value: one spelling, read back as the same value; for any payload: one signed form."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onggi.errors import NotTrusted, OnggiError
from onggi.protocol.canonical import canonical_json, decode_base64, encode_base64, parse_strict_json
from onggi.protocol.dsse import (
    Envelope,
    TrustedKey,
    pre_authentication_encoding,
    sign_envelope,
    verified_signers,
)
from tests.support.federation_root import fingerprint, key

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(_VALUES)
def test_a_value_comes_back_as_itself(value: object) -> None:
    written = canonical_json(value)
    read = parse_strict_json(written, 1_000_000)
    assert read == value
    assert canonical_json(read) == written


@settings(max_examples=100, deadline=None, derandomize=True)
@given(_VALUES, st.randoms(use_true_random=False))
def test_order_of_keys_and_spacing_do_not_matter(value: object, seeded: random.Random) -> None:
    def shuffled(item: object) -> object:
        if isinstance(item, dict):
            pairs = [(name, shuffled(inner)) for name, inner in item.items()]
            seeded.shuffle(pairs)
            return dict(pairs)
        return [shuffled(inner) for inner in item] if isinstance(item, list) else item

    spaced = json.dumps(shuffled(value), indent=2).encode()
    assert canonical_json(parse_strict_json(spaced, 1_000_000)) == canonical_json(value)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=60))
def test_reading_any_bytes_ends_in_a_value_or_a_code(data: bytes) -> None:
    assert _outcome(data).startswith(("canonical.", "value"))


def _outcome(data: bytes) -> str:
    try:
        value = parse_strict_json(data, 1_000)
    except OnggiError as refused:
        return refused.code
    return "value" if not isinstance(value, float) or math.isfinite(value) else "not finite"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=40))
def test_base64_has_one_spelling(data: bytes) -> None:
    assert decode_base64(encode_base64(data)) == data


@settings(max_examples=200, deadline=None, derandomize=True)
@given(_TEXT, st.binary(max_size=30), _TEXT, st.binary(max_size=30))
def test_no_two_payloads_share_their_signed_bytes(a: str, first: bytes, b: str, second: bytes) -> None:
    same = (a, first) == (b, second)
    assert (pre_authentication_encoding(a, first) == pre_authentication_encoding(b, second)) is same


@settings(max_examples=40, deadline=None, derandomize=True)
@given(_VALUES, st.data())
def test_no_changed_byte_of_a_payload_stays_signed(value: object, data: st.DataObject) -> None:
    keys = {fingerprint("signer"): TrustedKey(public_key=key("signer").public_key, holder="signer")}
    envelope = sign_envelope({"value": value}, key=key("signer"))
    assert len(verified_signers(envelope, keys)) == 1
    assert Envelope.from_json(envelope.to_json()) == envelope

    body = bytearray(envelope.body)
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    forged = envelope.model_copy(update={"payload": encode_base64(bytes(body))})
    with pytest.raises(NotTrusted) as refused:
        verified_signers(forged, keys)
    assert refused.value.code == "signature.invalid"
