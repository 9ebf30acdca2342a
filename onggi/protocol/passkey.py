"""Checks that a person approved exactly this statement with a passkey: present, verified, on the right page.

* The challenge is the hash of what is signed, so an approval cannot be moved to another statement.
* The page's origin must be the one that the federation root names, and not shown inside another page.
* The person was present and verified (finger, face or PIN) by the authenticator itself.
* Signature counters prove nothing about synchronised passkeys and are not looked at.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import decode_base64, parse_strict_json
from onggi.protocol.keys import PublicKey
from onggi.spec.base import Frozen

_USER_PRESENT = 0x01
_USER_VERIFIED = 0x04
_BACKUP_ELIGIBLE = 0x08
_BACKED_UP = 0x10
_CREDENTIAL_INCLUDED = 0x40
_EXTENSIONS_INCLUDED = 0x80
_FIXED_LENGTH = 37  # hash of the relying party, flags, counter
_LARGEST_CLIENT_DATA = 8_192
_LARGEST_AUTHENTICATOR_DATA = 4_096

Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
_ORIGIN = re.compile(r"(https://[a-z0-9.-]+|http://localhost)(:[1-9][0-9]{0,4})?")


class PasskeyScope(Frozen):
    """Where a passkey may sign: one origin, and the relying party that it was made for."""

    origin: Annotated[str, StringConstraints(max_length=300)]
    rp_id: Host

    @model_validator(mode="after")
    def _origin_belongs_to_rp(self) -> PasskeyScope:
        host = urlsplit(self.origin).hostname if _ORIGIN.fullmatch(self.origin) else None
        # Browsers allow http on localhost alone; the demo signs there.
        if host is None or (host != self.rp_id and not host.endswith(f".{self.rp_id}")):
            raise NotTrusted("passkey.scope_wrong", origin=self.origin, rp=self.rp_id)
        return self


class PasskeyProof(Frozen):
    """What the browser returns beside the signature, each base64: {authenticatorData, clientDataJSON}."""

    authenticator_data: str = Field(alias="authenticatorData", max_length=2 * _LARGEST_AUTHENTICATOR_DATA)
    client_data_json: str = Field(alias="clientDataJSON", max_length=2 * _LARGEST_CLIENT_DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decoded:
    authenticator: bytes
    client_bytes: bytes
    client: dict[str, object]


def challenge_for(signed: bytes) -> str:
    """The challenge that a page must hand to the authenticator for these bytes."""
    return base64.urlsafe_b64encode(hashlib.sha256(signed).digest()).rstrip(b"=").decode("ascii")


def check_assertion(
    proof: PasskeyProof, *, signature: bytes, signed: bytes, key: PublicKey, scope: PasskeyScope
) -> None:
    """Raises NotTrusted `passkey.*` unless this passkey approved exactly `signed`, on its own origin."""
    decoded = _decode(proof)
    _check_client_data(decoded.client, signed=signed, scope=scope)
    _check_authenticator_data(decoded.authenticator, scope=scope)
    over = decoded.authenticator + hashlib.sha256(decoded.client_bytes).digest()
    try:
        key.verify(signature, over)
    except NotTrusted:
        raise NotTrusted("passkey.signature_invalid", key=key.fingerprint) from None


def _decode(proof: PasskeyProof) -> _Decoded:
    try:
        authenticator = decode_base64(proof.authenticator_data)
        client_bytes = decode_base64(proof.client_data_json)
        client = parse_strict_json(client_bytes, _LARGEST_CLIENT_DATA)
    except Refused as bad:
        raise _malformed(bad) from None
    if not isinstance(client, dict) or not _is_whole(authenticator):
        raise NotTrusted("passkey.malformed", why="shape")
    return _Decoded(
        authenticator=authenticator, client_bytes=client_bytes, client=cast("dict[str, object]", client)
    )


def _malformed(bad: OnggiError) -> NotTrusted:
    return NotTrusted("passkey.malformed", why=bad.code)


def _is_whole(authenticator: bytes) -> bool:
    """Whether the length and flags fit an assertion; extension bytes are signed but carry no meaning here."""
    if not _FIXED_LENGTH <= len(authenticator) <= _LARGEST_AUTHENTICATOR_DATA:
        return False
    flags = authenticator[32]
    extended = bool(flags & _EXTENSIONS_INCLUDED)
    backup_is_possible = bool(flags & _BACKUP_ELIGIBLE) or not flags & _BACKED_UP
    return (
        not flags & _CREDENTIAL_INCLUDED
        and extended == (len(authenticator) > _FIXED_LENGTH)
        and backup_is_possible
    )


def _check_client_data(client: dict[str, object], *, signed: bytes, scope: PasskeyScope) -> None:
    if client.get("type") != "webauthn.get":
        raise NotTrusted("passkey.wrong_type")
    if client.get("challenge") != challenge_for(signed):
        raise NotTrusted("passkey.wrong_challenge")
    if client.get("origin") != scope.origin:
        raise NotTrusted("passkey.wrong_origin", expected=scope.origin)
    # `is not False`: a page that sends 0, null or "false" is not a browser.
    if client.get("crossOrigin", False) is not False or "topOrigin" in client:
        raise NotTrusted("passkey.cross_origin")


def _check_authenticator_data(authenticator: bytes, *, scope: PasskeyScope) -> None:
    if authenticator[:32] != hashlib.sha256(scope.rp_id.encode("ascii")).digest():
        raise NotTrusted("passkey.wrong_relying_party", expected=scope.rp_id)
    if not authenticator[32] & _USER_PRESENT:
        raise NotTrusted("passkey.user_absent")
    if not authenticator[32] & _USER_VERIFIED:
        raise NotTrusted("passkey.user_not_verified")
