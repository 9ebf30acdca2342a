"""A passkey in software for the coordinator: registers and answers as a browser would, or wrongly."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from coordinator.accounts.passkey_answers import to_base64url
from coordinator.accounts.passkeys import Answer, Challenge
from onggi.protocol.keys import FileKey, new_private_pem
from tests.support.coordinator_house import House

ORIGIN = "https://localhost"
PRESENT_AND_VERIFIED = 0x05
KEY_INCLUDED = 0x40


@dataclass(kw_only=True)
class SignInPasskey:
    """One credential of one relying party."""

    key: FileKey = field(default_factory=lambda: FileKey.from_pem(new_private_pem()))
    rp_id: str = "localhost"
    origin: str = ORIGIN
    credential: bytes = field(default_factory=lambda: hashlib.sha256(new_private_pem()).digest())

    @property
    def name(self) -> str:
        return to_base64url(self.credential)

    @property
    def cose(self) -> bytes:
        """The public key in CTAP2's canonical form."""
        loaded = serialization.load_der_public_key(self.key.public_key.spki_der)
        assert isinstance(loaded, ec.EllipticCurvePublicKey)
        numbers = loaded.public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return bytes.fromhex("a5010203262001215820") + x + bytes.fromhex("225820") + y

    def register(
        self,
        challenge: Challenge,
        *,
        client: dict[str, Any] | None = None,
        flags: int = PRESENT_AND_VERIFIED | KEY_INCLUDED,
        cose: bytes | None = None,
        rp_id: str | None = None,
        extra: bytes = b"",
    ) -> Answer:
        """A new credential. Every argument makes the answer differ from an honest one."""
        key = self.cose if cose is None else cose
        length = len(self.credential).to_bytes(2, "big")
        data = self._head(flags, rp_id) + bytes(16) + length + self.credential + key + extra
        told = self._client("webauthn.create", challenge) | (client or {})
        return self._answer(challenge, told, data, b"")

    def answer(
        self,
        challenge: Challenge,
        *,
        client: dict[str, Any] | None = None,
        flags: int = PRESENT_AND_VERIFIED,
        rp_id: str | None = None,
        signer: FileKey | None = None,
    ) -> Answer:
        """An assertion. Every argument makes the answer differ from an honest one."""
        told = self._client("webauthn.get", challenge) | (client or {})
        data = self._head(flags, rp_id)
        over = data + hashlib.sha256(json.dumps(told).encode()).digest()
        return self._answer(challenge, told, data, (signer or self.key).sign(over))

    def _client(self, kind: str, challenge: Challenge) -> dict[str, Any]:
        return {"type": kind, "challenge": challenge.value, "origin": self.origin, "crossOrigin": False}

    def _head(self, flags: int, rp_id: str | None) -> bytes:
        return hashlib.sha256((rp_id or self.rp_id).encode()).digest() + bytes([flags]) + bytes(4)

    def _answer(self, challenge: Challenge, told: dict[str, Any], data: bytes, signature: bytes) -> Answer:
        return Answer(
            nonce=challenge.nonce,
            credential=self.name,
            client_data=to_base64url(json.dumps(told).encode()),
            authenticator_data=to_base64url(data),
            signature=to_base64url(signature),
        )


def keep_passkey(house: House, account: str, passkey: SignInPasskey | None = None) -> str:
    """The id of a passkey that the account has from now on."""
    store, made = house.services.passkeys, passkey or SignInPasskey()
    challenge = store.ask("register", binding="kept", account=account)
    return store.add(account, made.register(challenge), label="A laptop", binding="kept").id
