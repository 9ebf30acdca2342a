"""A certificate store that forgets with the process: the honest fake behind the link's tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from coordinator.link.authority import TokenRecord
from onggi.spec.ids import SiteId


class MemoryCertificateStore:
    """Passes the same contract suite as the durable one."""

    def __init__(self) -> None:
        self.tokens: dict[str, TokenRecord] = {}
        self.issued: dict[int, SiteId] = {}
        self.revoked: set[int] = set()

    def record_token(self, token: TokenRecord) -> None:
        self.tokens[token.secret_sha256] = token

    def bind_token(self, secret_sha256: str, key_sha256: str) -> TokenRecord | None:
        token = self.tokens.get(secret_sha256)
        if token is not None and token.key_sha256 is None:
            token = self.tokens[secret_sha256] = replace(token, key_sha256=key_sha256)
        return token

    def record_issued(self, serial: int, site: SiteId, expires: datetime) -> None:
        self.issued[serial] = site

    def find_serials(self, site: SiteId) -> Iterable[int]:
        return [serial for serial, owner in self.issued.items() if owner == site]

    def record_revoked(self, serial: int) -> None:
        self.revoked.add(serial)

    def is_revoked(self, serial: int) -> bool:
        return serial in self.revoked
