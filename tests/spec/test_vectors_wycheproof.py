"""Every published attack on ECDSA P-256 verification (Wycheproof) gets the published verdict."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from onggi.errors import NotTrusted
from onggi.protocol.keys import PublicKey
from tests.support.shared_data import shared_data


def _groups(name: str) -> list[dict[str, Any]]:
    file = shared_data("governance", "wycheproof", "testvectors_v1", f"{name}_test.json")
    groups: list[dict[str, Any]] = json.loads(file.read_bytes())["testGroups"]
    return groups


def _is_accepted(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except NotTrusted:
        return False
    return True


def _der_of(raw: bytes) -> bytes:
    """The DER form of a signature in r || s form. Of a wrong length there is none."""
    if len(raw) != 64:
        return raw
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def test_every_der_case_has_the_published_verdict() -> None:
    wrong, count = [], 0
    for group in _groups("ecdsa_secp256r1_sha256"):
        key = PublicKey(bytes.fromhex(group["publicKeyDer"]))
        assert PublicKey.from_pem(group["publicKeyPem"]) == key
        for case in group["tests"]:
            count += 1
            accepted = _is_accepted(key, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            if accepted != (case["result"] == "valid"):
                wrong.append((case["tcId"], case["comment"]))
    assert wrong == []
    assert count == 484


def test_every_p1363_case_has_the_published_verdict_once_written_as_der() -> None:
    wrong, count = [], 0
    for group in _groups("ecdsa_secp256r1_sha256_p1363"):
        key = PublicKey(bytes.fromhex(group["publicKeyDer"]))
        for case in group["tests"]:
            count += 1
            raw, message = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            if _is_accepted(key, _der_of(raw), message) != (case["result"] == "valid"):
                wrong.append((case["tcId"], case["comment"]))
            # The fixed-length form itself is not a second spelling that we would take.
            assert not _is_accepted(key, raw, message)
    assert wrong == []
    assert count == 262
