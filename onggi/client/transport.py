"""Asks the coordinator over HTTPS: always verified, bounded, and repeated only where that is harmless.

* The certificate is verified with a given CA file or the system's; plain HTTP is for this machine alone.
* No redirect is followed: a token is shown to nobody but the address that it was given for.
* An answer that is larger than expected, or of another form, is not believed.
"""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from onggi import __version__
from onggi.client.told_errors import error_in
from onggi.errors import NotTrusted, Refused, Unreachable
from onggi.protocol.canonical import canonical_json

T = TypeVar("T")
LARGEST_ANSWER = 64 * 2**20
_ATTEMPTS = 4
_FIRST_PAUSE = 0.2
_WORTH_REPEATING = frozenset({502, 503, 504})
_GIVEN_UP = (httpx.TimeoutException, httpx.TransportError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """One connection pool to one coordinator. `http` carries the token; nothing here shows it."""

    url: str
    http: httpx.Client = field(repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def ask(
        self,
        method: str,
        path: str,
        reply: type[T] | TypeAdapter[T],
        *,
        body: BaseModel | Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        may_repeat: bool | None = None,
    ) -> T:
        """The typed answer.

        Args:
            path: below ``/v1``, e.g. ``"/jobs"``; names in it were checked by the caller.
            may_repeat: whether asking twice does the same as asking once; by default for GET alone.

        Raises:
            Refused, NotTrusted: with the coordinator's code, or ``client.*``.
            Unreachable: ``client.*`` after the last attempt.
        """
        repeat = method == "GET" if may_repeat is None else may_repeat
        status, content = self._tried(
            method, path, body=body, query=query, headers=headers, attempts=_ATTEMPTS if repeat else 1
        )
        return _read(reply, status=status, content=content)

    def fetch(self, path: str) -> bytes:
        """A file as it is. Raises as `ask` does."""
        status, content = self._tried("GET", path, body=None, query=None, headers=None, attempts=_ATTEMPTS)
        if not httpx.codes.is_success(status):
            raise error_in(status, content)
        return content

    def _tried(
        self,
        method: str,
        path: str,
        *,
        body: BaseModel | Mapping[str, Any] | None,
        query: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        attempts: int,
    ) -> tuple[int, bytes]:
        for attempt in range(attempts):
            try:
                status, content = self._once(method, path, body=body, query=query, headers=headers)
            except Unreachable:
                if attempt + 1 == attempts:
                    raise
            else:
                if status not in _WORTH_REPEATING or attempt + 1 == attempts:
                    return status, content
            self.sleep(_FIRST_PAUSE * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _once(
        self,
        method: str,
        path: str,
        *,
        body: BaseModel | Mapping[str, Any] | None,
        query: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
    ) -> tuple[int, bytes]:
        sent = dict(headers or {})
        content = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            content = canonical_json(body)
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            with self.http.stream(
                method, f"{self.url}/v1{path}", content=content, params=asked, headers=sent
            ) as answer:
                return answer.status_code, _bounded(answer)
        except _GIVEN_UP as bad:
            raise _network_error(bad, host=httpx.URL(self.url).host) from None

    def close(self) -> None:
        self.http.close()


def _bounded(answer: httpx.Response) -> bytes:
    content = bytearray()
    for part in answer.iter_bytes():
        content += part
        if len(content) > LARGEST_ANSWER:
            raise NotTrusted("client.answer_too_large", limit=LARGEST_ANSWER)
    return bytes(content)


def _read(reply: type[T] | TypeAdapter[T], *, status: int, content: bytes) -> T:
    if not httpx.codes.is_success(status):
        raise error_in(status, content)
    adapter: TypeAdapter[T] = reply if isinstance(reply, TypeAdapter) else TypeAdapter(reply)
    try:
        return adapter.validate_json(content)
    except ValidationError:
        raise NotTrusted("client.answer_malformed", status=status) from None


def _network_error(bad: Exception, *, host: str) -> Unreachable | NotTrusted:
    reason: BaseException | None = bad
    while reason is not None:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return NotTrusted("client.certificate_not_trusted", host=host, reason=reason.verify_message)
        reason = reason.__cause__ or reason.__context__
    if isinstance(bad, httpx.TimeoutException):
        return Unreachable("client.timed_out", host=host)
    if isinstance(bad, httpx.ConnectError | httpx.ProxyError):
        return Unreachable("client.no_connection", host=host)
    return Unreachable("client.connection_broken", host=host)


def open_transport(
    url: str,
    *,
    token: str | None,
    ca_file: Path | None = None,
    timeout: float = 30.0,
    over: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Transport:
    """A transport to this address. Nothing is sent yet.

    Args:
        token: sent as a bearer token; None for what anybody may read, and for signing in.
        ca_file: PEM of the authorities that are believed instead of the system's.
        timeout: seconds for each step of one request.
        over: what carries the requests instead of the network, e.g. an application in this process.
    """
    base = _checked_url(url)
    headers = {"User-Agent": f"onggi/{__version__}", "Accept": "application/json"}
    if token is not None:
        if not token.isascii() or not token.isprintable() or not token:
            raise Refused("client.token_missing")
        headers["Authorization"] = f"Bearer {token}"
    http = httpx.Client(
        headers=headers,
        timeout=timeout,
        transport=over,
        verify=verifying_context(ca_file),
        follow_redirects=False,
    )
    return Transport(url=base, http=http, sleep=sleep)


def _checked_url(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise Refused("client.url_malformed") from None
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo or parsed.query:
        raise Refused("client.url_malformed")
    if parsed.scheme == "http" and not is_this_machine(parsed.host):
        raise Refused("client.url_not_https", host=parsed.host)
    return str(parsed).rstrip("/").removesuffix("/v1")


def is_this_machine(host: str) -> bool:
    """Whether a name or address means the machine that this runs on."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def verifying_context(ca_file: Path | None) -> ssl.SSLContext:
    """Certificates are verified, with the system's authorities or those of a file."""
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError):
        raise Refused("client.file_unreadable", path=str(ca_file)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
