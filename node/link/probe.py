"""Walks to the coordinator step by step (name, port, proxy, TLS), so that a failing step can be named."""

from __future__ import annotations

import base64
import socket
import ssl
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from node.link.settings import LinkSettings, Proxy
from onggi.errors import NotTrusted, OnggiError, Unreachable

AUTHORITY_MARK = "Onggi "
"""How our coordinators' authorities are named: anything else in between is an interceptor."""


def open_tcp(settings: LinkSettings, *, port: int) -> socket.socket:
    """A connected socket to the coordinator, tunnelled if a proxy is set. Raises Unreachable."""
    proxy = settings.proxy
    host, to_port = (proxy.host, proxy.port) if proxy is not None else (settings.host, port)
    try:
        found = socket.getaddrinfo(host, to_port, type=socket.SOCK_STREAM)
    except OSError:
        raise Unreachable("link.dns", host=host) from None
    try:
        raw = _connect_any(found, settings.step_s)
    except OSError as error:
        code = "link.port_closed" if proxy is None else "link.proxy_unreachable"
        raise Unreachable(code, host=host, port=to_port, cause=type(error).__name__) from None
    if proxy is not None:
        try:
            _ask_tunnel(raw, proxy, f"{settings.host}:{port}")
        except BaseException:
            raw.close()
            raise
    return raw


def _connect_any(found: list[Any], patience_s: float) -> socket.socket:
    last: OSError = ConnectionRefusedError()
    for family, kind, protocol, _, address in found:
        raw = socket.socket(family, kind, protocol)
        raw.settimeout(patience_s)
        try:
            raw.connect(address)
        except OSError as error:
            raw.close()
            last = error
        else:
            return raw
    raise last


def _ask_tunnel(raw: socket.socket, proxy: Proxy, target: str) -> None:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.user:
        login = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    answer = b""
    try:
        raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in answer and len(answer) < 65536:
            piece = raw.recv(4096)
            if not piece:
                break
            answer += piece
    except OSError:
        raise Unreachable("link.proxy_refused", proxy=proxy.host, status=0) from None
    words = answer.split(b"\r\n", 1)[0].split()
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    if status != 200:
        raise Unreachable("link.proxy_refused", proxy=proxy.host, status=status)


def open_tls(settings: LinkSettings, raw: socket.socket, *, context: ssl.SSLContext) -> ssl.SSLSocket:
    """TLS over a connected socket. Raises Unreachable where the other side speaks no TLS."""
    context.set_alpn_protocols(["h2"])
    try:
        return context.wrap_socket(raw, server_hostname=settings.expected_name)
    except (OSError, ValueError):
        raw.close()
        raise Unreachable("link.tls_failed", host=settings.host) from None


def fetch_chain(settings: LinkSettings, *, port: int) -> list[x509.Certificate]:
    """The certificates that the other side shows, leaf first, not yet believed."""
    with open_tls(settings, open_tcp(settings, port=port), context=_curious_context()) as stream:
        return [x509.load_der_x509_certificate(der) for der in _unverified_chain(stream)]


def _curious_context() -> ssl.SSLContext:
    # It only looks: nothing secret is ever sent over this connection.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _unverified_chain(stream: Any) -> list[bytes]:
    if hasattr(stream, "get_unverified_chain"):  # public since Python 3.13
        return list(stream.get_unverified_chain())
    # 3.11 and 3.12 have the same method one level down; a test with a real server watches over it.
    return [ssl.PEM_cert_to_DER_cert(entry.public_bytes()) for entry in stream._sslobj.get_unverified_chain()]


def not_ours(chain: list[x509.Certificate]) -> OnggiError:
    """Somebody else's certificate: another coordinator's authority, or a device that opens TLS."""
    issuer = issuer_name(chain[0]) if chain else ""
    if issuer.startswith(AUTHORITY_MARK):
        return NotTrusted("link.wrong_ca", issuer=issuer)
    return NotTrusted("link.tls_intercepted", issuer=issuer)


def issuer_name(certificate: x509.Certificate) -> str:
    """Who signed it, in one short printable line."""
    parts = [
        str(part.value)
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for part in certificate.issuer.get_attributes_for_oid(oid)
    ]
    line = ", ".join(parts) or certificate.issuer.rfc4514_string()
    return "".join(letter for letter in line if letter.isprintable())[:120]
