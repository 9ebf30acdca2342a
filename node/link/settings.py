"""What a node needs to reach its coordinator: addresses, the proxy in between, its folder of keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from onggi.errors import Refused
from onggi.protocol.parcels import LinkLimits
from onggi.spec.ids import SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy that opens tunnels (CONNECT)."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> Proxy:
        """From `http://[user:password@]host:port`. Raises Refused."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Refused("link.proxy_malformed") from None
        if parts.scheme != "http" or not parts.hostname or port is None:
            raise Refused("link.proxy_malformed")
        return cls(
            host=parts.hostname,
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """The node's side of the link. `folder` holds node.key, node.crt and authority.crt."""

    site: SiteId
    host: str
    port: int
    enrol_port: int
    folder: Path
    server_name: str = ""  # the name in the coordinator's certificate, where it is reached by another
    proxy: Proxy | None = None
    software: str = ""
    limits: LinkLimits = field(default_factory=LinkLimits)
    reconnect_s: float = 0.5
    reconnect_max_s: float = 30.0
    step_s: float = 5.0  # patience for a single step of a diagnosis or a single call
    clock_tolerance_s: float = 300.0
    renew_check_s: float = 600.0

    @property
    def expected_name(self) -> str:
        """The name that the coordinator's certificate must carry."""
        return self.server_name or self.host
