"""Speaks with the one configured log-in elsewhere: its description, its keys, and a token for a code.

* Every address lies at the issuer's own origin, is asked over TLS with the configured authority, follows no
  redirect and answers within limits: a description cannot send the coordinator elsewhere in the network.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import httpx

from coordinator.accounts.id_token import LONGEST, Expected, key_name, read_subject
from coordinator.sources import Clock
from onggi.errors import NotTrusted, OnggiError, Unreachable
from onggi.protocol.canonical import parse_strict_json

_KNOWN_FOR: Final = timedelta(minutes=10)
_NEW_KEYS_AFTER: Final = timedelta(minutes=1)
_LARGEST: Final = 262_144
_SECONDS: Final = 10.0
_LONGEST_ADDRESS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """Which log-in, and as whom we ask there. `label` is what people call it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str
    ca_file: Path | None = None

    @property
    def origin(self) -> str:
        """Where people are sent."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the issuer says of itself."""

    authorization: str
    token: str
    jwks: str
    names_itself: bool
    auth: Literal["client_secret_basic", "client_secret_post"]


@dataclass(kw_only=True)
class OidcProvider:
    """One issuer. What it said is asked again after some minutes, and its keys when it uses a new one."""

    settings: OidcSettings
    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _described: tuple[datetime, Described] | None = field(default=None, init=False, repr=False)
    _keys: tuple[datetime, list[Mapping[str, Any]]] | None = field(default=None, init=False, repr=False)

    def describe(self) -> Described:
        """Raises Unreachable ``oidc.unreachable`` or NotTrusted ``oidc.provider_wrong``."""
        with self._lock:
            if self._described is None or self.clock() - self._described[0] > _KNOWN_FOR:
                self._described = (self.clock(), self._ask_description())
            return self._described[1]

    def read_subject(self, token: str, *, nonce: str) -> str:
        """Who a token of this issuer says is there. Raises NotTrusted ``oidc.token_refused``."""
        settings = self.settings
        expected = Expected(issuer=settings.issuer, client_id=settings.client_id, nonce=nonce)
        keys = self._keys_with(key_name(token))
        return read_subject(token, keys=keys, expected=expected, now=self.clock())

    def redeem(self, code: str, *, verifier: str, redirect_uri: str) -> str:
        """The identity token for a code."""
        described, settings = self.describe(), self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        auth: httpx.BasicAuth | None = None
        if described.auth == "client_secret_basic":
            auth = httpx.BasicAuth(settings.client_id, settings.client_secret)
        else:
            form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
        answer = self._ask("POST", described.token, data=form, auth=auth)
        token = answer.get("id_token")
        if not isinstance(token, str) or len(token) > LONGEST:
            raise NotTrusted("oidc.token_refused", why="missing")
        return token

    def _ask_description(self) -> Described:
        issuer = self.settings.issuer
        said = self._ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
        if said.get("issuer") != issuer:
            raise NotTrusted("oidc.provider_wrong", why="issuer")
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        posts = isinstance(methods, list) and "client_secret_basic" not in methods
        return Described(
            authorization=self._own(said.get("authorization_endpoint")),
            token=self._own(said.get("token_endpoint")),
            jwks=self._own(said.get("jwks_uri")),
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
            auth="client_secret_post" if posts else "client_secret_basic",
        )

    def _keys_with(self, name: str) -> list[Mapping[str, Any]]:
        jwks = self.describe().jwks
        with self._lock:
            now, known = self.clock(), self._keys
            missing = known is None or name not in {key.get("kid") for key in known[1]}
            age = _KNOWN_FOR if known is None else now - known[0]
            if known is None or age >= _KNOWN_FOR or (missing and age >= _NEW_KEYS_AFTER):
                said = self._ask("GET", jwks).get("keys")
                if not isinstance(said, list):
                    raise NotTrusted("oidc.provider_wrong", why="keys")
                known = self._keys = (now, [key for key in said if isinstance(key, dict)])
            return known[1]

    def _own(self, address: object) -> str:
        """Raises NotTrusted ``oidc.provider_wrong`` for an address that is not the issuer's own."""
        if not isinstance(address, str) or len(address) > _LONGEST_ADDRESS or "#" in address:
            raise NotTrusted("oidc.provider_wrong", why="address")
        try:
            parts = urlsplit(address)
        except ValueError:
            raise NotTrusted("oidc.provider_wrong", why="address") from None
        if (parts.scheme, parts.netloc) != ("https", urlsplit(self.settings.issuer).netloc):
            raise NotTrusted("oidc.provider_wrong", why="address")
        return address

    def _ask(
        self,
        method: str,
        address: str,
        *,
        data: Mapping[str, str] | None = None,
        auth: httpx.BasicAuth | None = None,
    ) -> dict[str, Any]:
        ca_file = self.settings.ca_file
        try:
            trust = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
            client = httpx.Client(verify=trust, follow_redirects=False, trust_env=False, timeout=_SECONDS)
            with client, client.stream(method, self._own(address), data=data, auth=auth) as answer:
                content = b""
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > _LARGEST:
                        raise NotTrusted("oidc.provider_wrong", why="size")
                status = answer.status_code
        except (httpx.HTTPError, OSError, ssl.SSLError):
            # The error's text may quote the address with a code in it.
            raise Unreachable("oidc.unreachable") from None
        if status != httpx.codes.OK:
            raise NotTrusted("oidc.provider_wrong", why=f"status {status}")
        try:
            said = parse_strict_json(content, _LARGEST)
        except OnggiError:
            raise NotTrusted("oidc.provider_wrong", why="json") from None
        if not isinstance(said, dict):
            raise NotTrusted("oidc.provider_wrong", why="json")
        return dict(said)
