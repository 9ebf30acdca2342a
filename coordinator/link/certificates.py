"""Builds and reads the certificates of connections: P-256 only, one site and one usage each."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onggi.errors import NotTrusted, Refused
from onggi.spec.ids import SiteId

_CLOCK_SLACK = timedelta(minutes=5)  # a node whose clock is a little behind must not be shut out
_AUTHORITY_YEARS = 20
_CSR_BYTES = 4096


def pem(thing: ec.EllipticCurvePrivateKey | x509.Certificate) -> bytes:
    """A key or certificate as text."""
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM)
    return thing.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def name_of(name: x509.Name) -> str:
    """The common name, or nothing."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def public_key_sha256(key: PublicKeyTypes) -> str:
    """Fingerprint of a public key."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def read_request(csr: bytes, *, site: SiteId) -> x509.CertificateSigningRequest:
    """A signing request that is well formed, self-signed, P-256 and for this site. Raises Refused."""
    if len(csr) > _CSR_BYTES:
        raise Refused("enrol.bad_request")
    try:
        request = x509.load_der_x509_csr(csr)
        valid = request.is_signature_valid
        key = request.public_key()
    except (ValueError, TypeError):
        raise Refused("enrol.bad_request") from None
    if not valid:
        raise NotTrusted("enrol.bad_request")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("enrol.bad_key")
    names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [name.value for name in names] != [site]:
        raise Refused("enrol.wrong_site")
    return request


def node_site(certificate: x509.Certificate) -> SiteId:
    """Whose certificate it is. Raises NotTrusted for one that was not made for a node."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        raise NotTrusted("link.certificate_required") from None
    site = name_of(certificate.subject)
    if list(usage) != [ExtendedKeyUsageOID.CLIENT_AUTH] or not site:
        raise NotTrusted("link.certificate_required")
    return SiteId(site)


def make_authority(
    name: str, *, now: datetime, serial: int
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A self-signed authority that may sign leaves only."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        _dated(now, timedelta(days=365 * _AUTHORITY_YEARS))
        .serial_number(serial)
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return key, builder.sign(key, hashes.SHA256())


def make_certificate(
    public_key: ec.EllipticCurvePublicKey,
    *,
    issuer_key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate,
    subject: str,
    usage: x509.ObjectIdentifier,
    names: Iterable[str],
    serial: int,
    now: datetime,
    lifetime: timedelta,
) -> x509.Certificate:
    """A leaf certificate with one usage and the given host names or addresses."""
    builder = (
        _dated(now, lifetime)
        .serial_number(serial)
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer.subject)
        .public_key(public_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    alternatives = [_general_name(name) for name in names]
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _dated(now: datetime, lifetime: timedelta) -> x509.CertificateBuilder:
    return x509.CertificateBuilder().not_valid_before(now - _CLOCK_SLACK).not_valid_after(now + lifetime)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
