"""Serves one signing page on this computer alone, for one paper, until it is signed or time runs out.

* Bound to the loopback address; another name than `localhost` in a request is refused, so that no other
  site's name can be made to point here.
* The address holds a secret of its own, so that another page in the browser cannot send to it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

from onggi.errors import OnggiError, Refused
from onggi.protocol.dsse import Envelope
from onggi.protocol.papers import Paper
from onggi.protocol.passkey_signing import BrowserAnswer, request_for, sign_with_passkey
from onggi.protocol.trust_root import TrustRoot
from onggi.signing_page.page import outcome_page, signing_page
from onggi.words.catalogue import Language, public_words

DEFAULT_PORT: Final = 8765
_LARGEST_FORM: Final = 100_000
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_ASSETS: Final[Mapping[str, str]] = {
    "passkey.js": "text/javascript; charset=utf-8",
    "new_passkey.js": "text/javascript; charset=utf-8",
    "signing.css": "text/css; charset=utf-8",
}


class LocalPage(Protocol):
    """One page at a time of this computer, until it has what it is there for."""

    path: str

    @property
    def origin(self) -> str: ...

    @property
    def is_done(self) -> bool: ...

    def page(self) -> str: ...

    def take(self, form: Mapping[str, str]) -> tuple[int, str]:
        """Status and the next page. Raises KeyError where a field is missing."""
        ...


@dataclass(slots=True, kw_only=True)
class SigningSession:
    """One paper that waits for one person's passkey."""

    paper: Paper
    root: TrustRoot
    origin: str
    language: Language
    clock: Callable[[], datetime]
    path: str = field(default_factory=lambda: f"/sign/{secrets.token_urlsafe(24)}")
    signed: Envelope | None = None

    @property
    def is_done(self) -> bool:
        return self.signed is not None

    def page(self) -> str:
        request = request_for(self.paper, origin=self.origin, root=self.root)
        return signing_page(self.paper, request, language=self.language)

    def take(self, form: Mapping[str, str]) -> tuple[int, str]:
        """Verifies the answer; a wrong one leaves the page waiting for another try."""
        answer = browser_answer(form)
        try:
            self.signed = sign_with_passkey(
                self.paper, answer, origin=self.origin, root=self.root, now=self.clock()
            )
        except OnggiError as refused:
            return 422, outcome_page(language=self.language, refusal=public_words(refused, self.language))
        return 200, outcome_page(language=self.language)


def browser_answer(form: Mapping[str, str]) -> BrowserAnswer:
    """What the page's script filled in. Raises KeyError where a field is missing."""
    return BrowserAnswer(
        authenticator_data=form["authenticator_data"],
        client_data_json=form["client_data_json"],
        signature=form["signature"],
    )


def sign_on_this_computer(
    paper: Paper,
    *,
    root: TrustRoot,
    language: Language,
    clock: Callable[[], datetime],
    show: Callable[[str], None],
    port: int = DEFAULT_PORT,
    within_s: float = 600.0,
) -> Envelope:
    """The paper with the passkey's signature.

    Args:
        show: told the page's address, once it is served.
        port: part of the origin that the federation root names for the passkey.

    Raises:
        Refused: ``signing.port_taken``, ``signing.nobody_signed``, ``signing.no_passkey_here``.
    """
    session = SigningSession(
        paper=paper, root=root, origin=local_origin(port), language=language, clock=clock
    )
    request_for(paper, origin=session.origin, root=root)  # refused before anything is served
    serve_until_done(session, port=port, show=show, within_s=within_s)
    assert session.signed is not None
    return session.signed


def local_origin(port: int) -> str:
    return f"http://localhost:{port}"


def serve_until_done(
    page: LocalPage, *, port: int, show: Callable[[str], None], within_s: float = 600.0
) -> None:
    """Raises Refused(``signing.port_taken``, ``signing.nobody_signed``)."""
    done = threading.Event()
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, page, done))
    except OSError:
        raise Refused("signing.port_taken", port=port) from None
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            show(f"{page.origin}{page.path}")
            done.wait(within_s)
        finally:
            server.shutdown()
            thread.join()
    if not page.is_done:
        raise Refused("signing.nobody_signed", minutes=int(within_s // 60))


class _Handler(BaseHTTPRequestHandler):
    server_version, sys_version = "onggi", ""

    def __init__(self, page: LocalPage, done: threading.Event, *given: Any) -> None:
        self._page, self._done = page, done
        super().__init__(*given)

    def do_GET(self) -> None:
        name = self.path.removeprefix("/")
        if not self._is_local():
            self._answer(403, "")
        elif name in _ASSETS:
            content = (files("onggi.signing_page") / "static" / name).read_bytes()
            self._send(200, content, _ASSETS[name])
        elif secrets.compare_digest(self.path.encode(), self._page.path.encode()):
            self._answer(200, self._page.page())
        else:
            self._answer(404, "")

    def do_POST(self) -> None:
        known = secrets.compare_digest(self.path.encode(), self._page.path.encode())
        if not self._is_local() or not known or self.headers.get("Origin") != self._page.origin:
            self._answer(403, "")
            return
        form = self._read()
        try:
            status, page = (422, "") if form is None else self._page.take(form)
        except KeyError:
            status, page = 422, ""
        self._answer(status, page)
        if self._page.is_done:
            self._done.set()

    def _is_local(self) -> bool:
        return self.headers.get("Host") == self._page.origin.removeprefix("http://")

    def _read(self) -> dict[str, str] | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST_FORM:
            return None
        try:
            return dict(parse_qsl(self.rfile.read(int(length)).decode("ascii"), strict_parsing=True))
        except ValueError:
            return None

    def _answer(self, status: int, page: str) -> None:
        self._send(status, page.encode(), "text/html; charset=utf-8")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(content))),
            ("Content-Security-Policy", _POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing: the address is a secret."""
