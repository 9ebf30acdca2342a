"""A log-in elsewhere made by hand: answers as the standard says, or wrongly where a test asks for it."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET, SUBJECT = "onggi-coordinator", "a client's secret", "subject-0001"


@dataclass
class RogueOidc:
    """One issuer. `description`, `claims`, `header` and `answer` change what it says."""

    clock: Callable[[], datetime]
    issuer: str = ""
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    algorithm: str = "ES256"
    description: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    jwk: dict[str, Any] = field(default_factory=dict)
    make_token: Callable[[RogueOidc, dict[str, Any]], str] | None = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    redeemed: list[str] = field(default_factory=list)
    elsewhere: bool = False

    @property
    def public_jwk(self) -> dict[str, Any]:
        algorithms = jwt.get_algorithm_by_name(self.algorithm)
        made: dict[str, Any] = json.loads(algorithms.to_jwk(self.key.public_key()))
        return made | {"kid": "key-1", "use": "sig", "alg": self.algorithm} | self.jwk

    @property
    def public_pem(self) -> bytes:
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        return bytes(self.key.public_key().public_bytes(serialization.Encoding.PEM, kind))

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _describe(self, _request: Request) -> Response:
        if self.elsewhere:
            return RedirectResponse("https://evil.example/.well-known/openid-configuration")
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse(said | self.description)

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.public_jwk]})

    async def _authorize(self, request: Request) -> Response:
        """The person is always known and agrees."""
        code = self.code_for(str(request.url))
        asked = self.asked[code]
        return RedirectResponse(
            f"{asked['redirect_uri']}?code={code}&state={asked['state']}&iss={self.issuer}"
        )

    def code_for(self, address: str) -> str:
        code = secrets.token_urlsafe(16)
        self.asked[code] = {name: found[0] for name, found in parse_qs(urlsplit(address).query).items()}
        return code

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self.asked.pop(form.get("code", ""), None)
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".replace("'", "%27").encode()).decode()
        given = request.headers.get("authorization", "")
        plain = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or given not in (expected, plain) or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        self.redeemed.append(asked["state"])
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)})

    def token(self, asked: dict[str, str]) -> str:
        now = int(self.clock().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "sub": SUBJECT,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
        }
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        if self.make_token is not None:
            return self.make_token(self, claims)
        headers = {"kid": "key-1"} | self.header
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=headers)


def without_signature(_issuer: RogueOidc, claims: dict[str, Any]) -> str:
    return _raw({"alg": "none", "kid": "key-1"}, claims, b"")


def signed_with_the_public_key(issuer: RogueOidc, claims: dict[str, Any]) -> str:
    """The classical confusion: the public key as the secret of a keyed hash."""
    import hmac

    head = _raw({"alg": "HS256", "kid": "key-1"}, claims, b"").rstrip(".")
    made = hmac.new(issuer.public_pem, head.encode(), hashlib.sha256).digest()
    return f"{head}.{_text(made)}"


def signed_by_another_key(issuer: RogueOidc, claims: dict[str, Any]) -> str:
    other = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(claims, other, algorithm="ES256", headers={"kid": "key-1"})


def with_its_own_key_inside(issuer: RogueOidc, claims: dict[str, Any]) -> str:
    other = ec.generate_private_key(ec.SECP256R1())
    own = json.loads(jwt.get_algorithm_by_name("ES256").to_jwk(other.public_key()))
    return jwt.encode(claims, other, algorithm="ES256", headers={"kid": "key-1", "jwk": own})


def rsa_in_place_of_ec(issuer: RogueOidc, claims: dict[str, Any]) -> str:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, other, algorithm="RS256", headers={"kid": "key-1"})


def _raw(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    return ".".join(
        [_text(json.dumps(header).encode()), _text(json.dumps(claims).encode()), _text(signature)]
    )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
