"""A passkey in software: answers an assertion as a browser and authenticator would, or wrongly on request."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from onggi.protocol.canonical import encode_base64
from onggi.protocol.keys import FileKey, new_private_pem
from onggi.protocol.passkey import PasskeyProof, PasskeyScope, challenge_for

USER_PRESENT = 0x01
USER_VERIFIED = 0x04
SCOPE = PasskeyScope(origin="https://sign.hospital-a.example", rp_id="hospital-a.example")


@dataclass(frozen=True, kw_only=True)
class SoftwareAuthenticator:
    """One credential, bound to a relying party and used on one origin."""

    key: FileKey = field(default_factory=lambda: FileKey.from_pem(new_private_pem()))
    scope: PasskeyScope = SCOPE

    @property
    def fingerprint(self) -> str:
        return self.key.public_key.fingerprint

    def assert_over(
        self,
        signed: bytes,
        *,
        client: dict[str, Any] | None = None,
        leave_out: tuple[str, ...] = (),
        client_bytes: bytes | None = None,
        flags: int = USER_PRESENT | USER_VERIFIED,
        rp_id: str | None = None,
        extra: bytes = b"",
    ) -> tuple[bytes, PasskeyProof]:
        """(signature, proof) over `signed`. Every argument makes the answer differ from an honest one."""
        told: dict[str, Any] = {
            "type": "webauthn.get",
            "challenge": challenge_for(signed),
            "origin": self.scope.origin,
            "crossOrigin": False,
        }
        told |= client or {}
        for name in leave_out:
            del told[name]
        data = json.dumps(told).encode() if client_bytes is None else client_bytes
        party = hashlib.sha256((rp_id or self.scope.rp_id).encode()).digest()
        authenticator = party + bytes([flags]) + (7).to_bytes(4, "big") + extra
        signature = self.key.sign(authenticator + hashlib.sha256(data).digest())
        proof = PasskeyProof(
            authenticatorData=encode_base64(authenticator), clientDataJSON=encode_base64(data)
        )
        return signature, proof
