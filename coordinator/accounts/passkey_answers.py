"""Reads what a browser answered when it made a new passkey, strictly: one form of key and nothing around it.

* No statement about the authenticator's make is asked for or looked at ("none"): it would name devices.
* The key stands in the authenticator's own data. Browsers must write it in CTAP2's canonical form, which for
  ES256 is 77 bytes, fixed but for two numbers; whatever differs is no key of ours. No CBOR is read.
* A challenge of ours is the hash of our own words and 32 random bytes: it can never be the hash of a paper.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from onggi.errors import NotTrusted, OnggiError
from onggi.protocol.canonical import parse_strict_json
from onggi.protocol.keys import PublicKey
from onggi.protocol.passkey import PasskeyScope, challenge_for

Purpose = Literal["sign_in", "confirm", "register"]
_PREFIX: Final = b"onggi coordinator sign-in v1\n"
_FLAGS_AT, _KEY_ID_AT, _ID_AT = 32, 53, 55
_PRESENT, _VERIFIED, _ELIGIBLE, _BACKED_UP, _KEY_INCLUDED, _EXTENDED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
_COSE_START: Final = bytes.fromhex("a5010203262001215820")  # EC2, ES256, P-256, x of 32 bytes
_COSE_MIDDLE: Final = bytes.fromhex("225820")  # y of 32 bytes
_NUMBER: Final = 32
_COSE_LENGTH: Final = len(_COSE_START) + len(_COSE_MIDDLE) + 2 * _NUMBER
_LONGEST_ID: Final = 1023
_LARGEST: Final = 8_192
_LONGEST_TEXT: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """A credential that a browser has just made. `credential` is base64url as browsers write it."""

    credential: str
    key: PublicKey


def words_to_answer(nonce: bytes, *, purpose: Purpose) -> bytes:
    """What a challenge is the hash of. A paper's begin with another word."""
    return _PREFIX + purpose.encode() + b"\n" + nonce


def read_new_passkey(
    *, client_data: bytes, authenticator_data: bytes, answered: bytes, scope: PasskeyScope
) -> NewPasskey:
    """The new passkey. Raises NotTrusted ``passkey.*`` unless it was made now, here, for this page."""
    _check_client_data(client_data, answered=answered, scope=scope)
    data = authenticator_data
    if not _ID_AT < len(data) <= _LARGEST:
        raise NotTrusted("passkey.malformed", why="shape")
    if data[:_FLAGS_AT] != hashlib.sha256(scope.rp_id.encode("ascii")).digest():
        raise NotTrusted("passkey.wrong_relying_party", expected=scope.rp_id)
    flags = data[_FLAGS_AT]
    if not flags & _PRESENT:
        raise NotTrusted("passkey.user_absent")
    if not flags & _VERIFIED:
        raise NotTrusted("passkey.user_not_verified")
    length = int.from_bytes(data[_KEY_ID_AT:_ID_AT], "big")
    key_at = _ID_AT + length
    rest = len(data) - key_at - _COSE_LENGTH
    whole = (
        flags & _KEY_INCLUDED
        and 0 < length <= _LONGEST_ID
        and (rest > 0) == bool(flags & _EXTENDED)
        and rest >= 0
        and (flags & _ELIGIBLE or not flags & _BACKED_UP)
    )
    if not whole:
        raise NotTrusted("passkey.malformed", why="shape")
    key = _read_key(data[key_at : key_at + _COSE_LENGTH])
    return NewPasskey(credential=to_base64url(data[_ID_AT:key_at]), key=key)


def _check_client_data(client_data: bytes, *, answered: bytes, scope: PasskeyScope) -> None:
    try:
        client = parse_strict_json(client_data, _LARGEST)
    except OnggiError as bad:
        raise NotTrusted("passkey.malformed", why=bad.code) from None
    if not isinstance(client, dict):
        raise NotTrusted("passkey.malformed", why="shape")
    if client.get("type") != "webauthn.create":
        raise NotTrusted("passkey.wrong_type")
    if client.get("challenge") != challenge_for(answered):
        raise NotTrusted("passkey.wrong_challenge")
    if client.get("origin") != scope.origin:
        raise NotTrusted("passkey.wrong_origin", expected=scope.origin)
    if client.get("crossOrigin", False) is not False or "topOrigin" in client:
        raise NotTrusted("passkey.cross_origin")


def _read_key(cose: bytes) -> PublicKey:
    middle = len(_COSE_START) + _NUMBER
    x, y = cose[len(_COSE_START) : middle], cose[middle + len(_COSE_MIDDLE) :]
    if cose != _COSE_START + x + _COSE_MIDDLE + y:
        raise NotTrusted("key.not_p256")
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
    except ValueError:
        raise NotTrusted("key.not_p256") from None
    return PublicKey(point.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Raises NotTrusted ``passkey.malformed`` for anything that a browser does not write."""
    try:
        if len(text) > _LONGEST_TEXT:
            raise ValueError
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise NotTrusted("passkey.malformed", why="base64") from None
    if to_base64url(found) != text:
        raise NotTrusted("passkey.malformed", why="base64")
    return found
