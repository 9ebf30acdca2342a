"""Finds out why the coordinator cannot be reached: one step after another, naming the first that fails."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from node.link.channel import SERVICE, blocking_channel, error_from_call
from node.link.identity import CERTIFICATE, KEY, NodeIdentity, load_identity
from node.link.probe import fetch_chain, not_ours, open_tcp, open_tls
from node.link.settings import LinkSettings
from onggi.errors import Fact, NotTrusted, OnggiError, Refused, Unreachable
from onggi.protocol import node_service_pb2 as pb

_H2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
_H2_SETTINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One step of the way. `code` is None where the step is passed."""

    step: str
    code: str | None = None
    facts: dict[str, Fact] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the step is passed."""
        return self.code is None


def diagnose(settings: LinkSettings, *, now: datetime) -> list[Finding]:
    """Walk the whole way; stops behind the first step that fails."""
    walk = _Walk(settings, now)
    steps: list[tuple[str, Callable[[], None]]] = [
        ("identity", walk.check_identity),
        ("dns", walk.check_name),
        ("tcp", walk.check_port),
        ("tls", walk.check_tls),
        ("h2", walk.check_h2),
        ("clock", walk.check_clock),
    ]
    findings = []
    for step, check in steps:
        try:
            check()
        except OnggiError as error:
            findings.append(Finding(step=step, code=error.code, facts=error.facts))
            break
        findings.append(Finding(step=step))
    return findings


def find_cause(settings: LinkSettings, *, now: datetime) -> str | None:
    """The code of the first step that fails, or None where every step is passed."""
    last = diagnose(settings, now=now)[-1]
    return last.code


class _Walk:
    """The steps, in order; each may rely on those before it."""

    def __init__(self, settings: LinkSettings, now: datetime) -> None:
        self._settings = settings
        self._now = now
        self._identity: NodeIdentity | None = None

    def check_identity(self) -> None:
        self._identity = load_identity(self._settings.folder)

    @property
    def identity(self) -> NodeIdentity:
        assert self._identity is not None  # check_identity is the first step
        return self._identity

    def check_name(self) -> None:
        proxy = self._settings.proxy
        host = proxy.host if proxy is not None else self._settings.host
        try:
            socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError:
            raise Unreachable("link.dns", host=host) from None

    def check_port(self) -> None:
        open_tcp(self._settings, port=self._settings.port).close()

    def check_tls(self) -> None:
        chain = fetch_chain(self._settings, port=self._settings.port)
        if not chain:
            raise Unreachable("link.tls_failed", host=self._settings.host)
        leaf, authority = chain[0], self.identity.authority
        try:
            leaf.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature):
            raise not_ours(chain) from None
        for certificate in (leaf, authority, self.identity.certificate):
            _check_begun(certificate, self._now)
        if leaf.not_valid_after_utc <= self._now:
            raise Unreachable("link.server_certificate_expired", host=self._settings.host)
        if self._settings.expected_name not in _names(leaf):
            raise NotTrusted("link.wrong_name", name=self._settings.expected_name)

    def check_h2(self) -> None:
        settings, folder = self._settings, self._settings.folder
        if self.identity.expired(self._now):
            raise Refused("link.certificate_expired")
        raw = open_tcp(settings, port=settings.port)
        with open_tls(settings, raw, context=_context(folder, self.identity)) as stream:
            try:
                stream.sendall(_H2_PREFACE)
                head = _read_exactly(stream, 9)
            except ssl.SSLError:
                raise Refused("link.certificate_refused") from None
            except OSError:
                raise Unreachable("link.no_h2", host=settings.host) from None
            if stream.selected_alpn_protocol() != "h2" or head[3:4] != struct.pack("B", _H2_SETTINGS):
                raise Unreachable("link.no_h2", host=settings.host)

    def check_clock(self) -> None:
        """The first answered call; a revoked certificate is refused here, and the refusal says so."""
        settings = self._settings
        with blocking_channel(
            settings,
            port=settings.port,
            authority_pem=self.identity.authority_pem,
            identity=self.identity,
        ) as channel:
            call = channel.unary_unary(
                SERVICE + "Renew",
                request_serializer=pb.RenewRequest.SerializeToString,
                response_deserializer=pb.RenewAnswer.FromString,
            )
            try:
                answer = call(pb.RenewRequest(), timeout=settings.step_s)
            except grpc.RpcError as error:
                raise error_from_call(error) from None
        difference = self._now.timestamp() - answer.server_time_ms / 1000
        if abs(difference) > settings.clock_tolerance_s:
            raise Refused("link.clock_off", seconds=round(difference))


def _check_begun(certificate: x509.Certificate, now: datetime) -> None:
    # A certificate from the future: our clock is behind the one that signed it.
    if now < certificate.not_valid_before_utc:
        behind = (certificate.not_valid_before_utc - now).total_seconds()
        raise Refused("link.clock_off", seconds=-round(behind))


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return names.get_values_for_type(x509.DNSName) + addresses


def _context(folder: Path, identity: NodeIdentity) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=identity.authority_pem.decode())
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    return context


def _read_exactly(stream: ssl.SSLSocket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = stream.recv(count - len(data))
        if not piece:
            raise ConnectionResetError
        data += piece
    return data
