"""The DSSE protocol's own test vector: encoding, verification, and our signature over it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from onggi.errors import NotTrusted
from onggi.protocol.dsse import pre_authentication_encoding
from onggi.protocol.keys import FileKey
from tests.support.shared_data import shared_data


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(shared_data("governance", "dsse", "vector.json").read_bytes())
    return loaded


@pytest.fixture(scope="module")
def key(vector: dict[str, Any]) -> FileKey:
    private = ec.derive_private_key(int(vector["key"]["d"]), ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    assert (str(numbers.x), str(numbers.y)) == (vector["key"]["x"], vector["key"]["y"])
    return FileKey.from_pem(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _published_signature(vector: dict[str, Any]) -> bytes:
    raw = base64.b64decode(vector["signature_raw_r_s_base64"])
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def test_the_signed_bytes_are_the_published_ones(vector: dict[str, Any]) -> None:
    signed = pre_authentication_encoding(vector["payloadType"], vector["body"].encode())
    assert signed == vector["pae"].encode()


def test_the_published_signature_is_accepted_and_is_the_one_we_make(
    vector: dict[str, Any], key: FileKey
) -> None:
    signed = vector["pae"].encode()
    signature = _published_signature(vector)
    key.public_key.verify(signature, signed)
    assert key.sign(signed) == signature


def test_the_published_signature_covers_every_byte(vector: dict[str, Any], key: FileKey) -> None:
    with pytest.raises(NotTrusted) as refused:
        key.public_key.verify(_published_signature(vector), vector["pae"].encode() + b" ")
    assert refused.value.code == "signature.invalid"
