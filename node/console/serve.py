"""Serves the console until it is told to stop: over TLS, or in plain text to this very computer alone."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

from node.console.services import ConsoleServices
from node.console.site import create_console
from onggi.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the console is served."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None

    @property
    def address(self) -> str:
        """What a person types. For `localhost` browsers keep our cookies without TLS too."""
        if self.certificate is None:
            return f"http://localhost:{self.port}/"
        return f"https://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}/"


def check_place(place: Place) -> None:
    """Raises Refused unless passwords are safe on the way to this place.

    Raises:
        Refused: ``console.tls_needed`` where other computers reach it without TLS;
            ``console.certificate_unusable``.
    """
    if place.certificate is None and place.key is None and is_loopback(place.host):
        return
    if place.certificate is None or place.key is None:
        raise Refused("console.tls_needed", host=place.host)
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(place.certificate, place.key)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise Refused("console.certificate_unusable", path=str(place.certificate)) from None


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches the address. Another name could be resolved to any computer."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def serve(services: ConsoleServices, place: Place, *, on_open: Callable[[], None]) -> None:
    """Until SIGINT or SIGTERM.

    Args:
        on_open: called when the address answers.

    Raises:
        Refused: as `check_place`; ``console.cannot_listen``.
    """
    check_place(place)
    site = create_console(services)
    if place.certificate is None:
        # Another site's name, pointed at this computer, would make a browser take its page for one of ours.
        site = TrustedHostMiddleware(site, allowed_hosts=["localhost", "127.0.0.1", place.host])
    listener = _listen(place)
    try:
        on_open()
        config = uvicorn.Config(
            site,
            ssl_certfile=place.certificate,
            ssl_keyfile=place.key,
            log_config=None,  # the process has one guarded handler; uvicorn's own would write addresses
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
        )
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn hands it on when it has stopped
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()


def _listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        return socket.create_server((place.host, place.port), family=family)
    except (OSError, OverflowError):
        raise Refused("console.cannot_listen", host=place.host, port=place.port) from None
