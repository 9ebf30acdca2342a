"""The node's key and certificate for its connection, kept in one folder; the key never leaves it.

* The key file is created readable by its owner alone, and a folder that others may read is refused.
* A renewal keeps the key: certificate and key can then never disagree after a power cut.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from onggi.errors import NotTrusted, Refused
from onggi.spec.ids import SiteId

KEY, CERTIFICATE, AUTHORITY = "node.key", "node.crt", "authority.crt"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeIdentity:
    """What the node presents, and what it checks the coordinator against."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    authority: x509.Certificate

    @property
    def key_pem(self) -> bytes:
        """For the TLS library."""
        return _key_pem(self.key)

    @property
    def certificate_pem(self) -> bytes:
        """For the TLS library."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def authority_pem(self) -> bytes:
        """For the TLS library."""
        return self.authority.public_bytes(serialization.Encoding.PEM)

    def expired(self, now: datetime) -> bool:
        """Whether the certificate no longer opens the connection."""
        return self.certificate.not_valid_after_utc <= now

    def renewal_due(self, now: datetime) -> bool:
        """In the last third of its life, so that a coordinator may be away for days."""
        begin, end = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        return now >= end - (end - begin) / 3


def load_identity(folder: Path) -> NodeIdentity:
    """Raises Refused where the node is not enrolled or its key lies open."""
    try:
        key = _load_key(folder)
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        authority = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
    except FileNotFoundError:
        raise Refused("enrol.not_enrolled", folder=str(folder)) from None
    except (ValueError, OSError):
        raise Refused("enrol.files_damaged", folder=str(folder)) from None
    if certificate.public_key() != key.public_key():
        raise Refused("enrol.files_damaged", folder=str(folder))
    return NodeIdentity(key=key, certificate=certificate, authority=authority)


def get_or_make_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """The node's key, made on first use: an enrolment that was cut short goes on with the same key."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return _load_key(folder)
    except FileNotFoundError:
        key = ec.generate_private_key(ec.SECP256R1())
        write_file(folder / KEY, _key_pem(key), mode=0o600)
        return key
    except ValueError:
        raise Refused("enrol.files_damaged", folder=str(folder)) from None


def _load_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    path = folder / KEY
    if path.stat().st_mode & 0o077:
        raise Refused("enrol.key_open_to_others", path=str(path))
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Refused("enrol.files_damaged", folder=str(folder))
    return key


def make_request(key: ec.EllipticCurvePrivateKey, site: SiteId) -> bytes:
    """A signing request for this site, DER."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, site)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.DER)


def record_certificate(
    folder: Path, certificate_pem: bytes, *, authority: x509.Certificate, site: SiteId
) -> NodeIdentity:
    """Check an issued certificate against key, site and authority, then keep it. Raises NotTrusted."""
    key = _load_key(folder)
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        raise NotTrusted("enrol.wrong_certificate") from None
    names = [name.value for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if certificate.public_key() != key.public_key() or names != [site]:
        raise NotTrusted("enrol.wrong_certificate")
    write_file(folder / AUTHORITY, authority.public_bytes(serialization.Encoding.PEM), mode=0o644)
    write_file(folder / CERTIFICATE, certificate_pem, mode=0o644)
    return NodeIdentity(key=key, certificate=certificate, authority=authority)


def write_file(path: Path, content: bytes, *, mode: int) -> None:
    """Whole or not at all, and on disk when this returns."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
