"""The coordinator's own certificate authority: it names connections, and nothing else trusts it.

* A node's certificate lives for days and is bound to the site of a one-time token; its key never
  left the node.
* A token is spent by one key. The same key may ask again until the token expires, so that a lost
  answer does not cost the hospital a new token.
* A node that was off for months returns by signing a fresh challenge with the key of its expired,
  unrevoked certificate; the hospital's identity key is not used, because it signs statements only.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from coordinator.link.certificates import (
    make_authority,
    make_certificate,
    name_of,
    node_site,
    pem,
    public_key_sha256,
    read_request,
)
from onggi.errors import NotTrusted, Refused
from onggi.protocol.enrolment import EnrolToken, hash_secret, renewal_statement
from onggi.spec.ids import SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A one-time token as stored: hashed, bound to a site, and to the first key that used it."""

    secret_sha256: str
    site: SiteId
    expires: datetime
    key_sha256: str | None = None


class CertificateStore(Protocol):
    """What must outlive the process. Every method is atomic and durable when it returns."""

    def record_token(self, token: TokenRecord) -> None: ...

    def bind_token(self, secret_sha256: str, key_sha256: str) -> TokenRecord | None:
        """Bind the token to this key if it is bound to none; the token as it then is, or None."""
        ...

    def record_issued(self, serial: int, site: SiteId, expires: datetime) -> None: ...

    def find_serials(self, site: SiteId) -> Iterable[int]: ...

    def record_revoked(self, serial: int) -> None: ...

    def is_revoked(self, serial: int) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoritySettings:
    """How long things live."""

    node_days: float = 7
    server_days: float = 90
    token_hours: float = 72
    challenge_s: int = 120
    return_days: float = 400  # how long after its expiry a certificate may still come back


class CertificateAuthority:
    """Issues, renews and revokes; keeps what must last in its store."""

    def __init__(
        self,
        *,
        key: ec.EllipticCurvePrivateKey,
        certificate: x509.Certificate,
        store: CertificateStore,
        clock: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
        settings: AuthoritySettings | None = None,
    ) -> None:
        self._key = key
        self.certificate = certificate
        self._store = store
        self._clock = clock
        self._random_bytes = random_bytes
        self._settings = settings or AuthoritySettings()
        # Derived, so that any coordinator process can check another one's challenge.
        secret = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._challenge_key = hmac.digest(secret, b"onggi-renewal-challenge", "sha256")

    @staticmethod
    def create(name: str, *, now: datetime, random_bytes: Callable[[int], bytes]) -> tuple[bytes, bytes]:
        """A new authority: (private key PEM, certificate PEM).

        The prefix lets a node tell another coordinator from a device that opens TLS.
        """
        key, certificate = make_authority(f"Onggi {name}", now=now, serial=_serial(random_bytes))
        return pem(key), pem(certificate)

    @property
    def certificate_pem(self) -> bytes:
        """What nodes check the coordinator against."""
        return pem(self.certificate)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate, as it stands in tokens."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def new_server_certificate(self, names: Iterable[str]) -> tuple[bytes, bytes]:
        """(private key PEM, chain PEM) for the coordinator's own ports."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = tuple(names)
        certificate = make_certificate(
            key.public_key(),
            issuer_key=self._key,
            issuer=self.certificate,
            subject=names[0],
            usage=ExtendedKeyUsageOID.SERVER_AUTH,
            names=names,
            serial=_serial(self._random_bytes),
            now=self._clock(),
            lifetime=timedelta(days=self._settings.server_days),
        )
        return pem(key), pem(certificate) + self.certificate_pem

    def new_token(self, site: SiteId) -> EnrolToken:
        """A one-time token for a site; only its hash is kept."""
        secret = _base64(self._random_bytes(32))
        expires = self._clock() + timedelta(hours=self._settings.token_hours)
        self._store.record_token(TokenRecord(secret_sha256=hash_secret(secret), site=site, expires=expires))
        return EnrolToken(site=site, secret=secret, authority_sha256=self.fingerprint)

    def enroll(self, site: SiteId, *, secret: str, csr: bytes) -> bytes:
        """Spend a token on a request; the certificate PEM. Raises Refused."""
        request = read_request(csr, site=site)
        key_sha256 = public_key_sha256(request.public_key())
        token = self._store.bind_token(hash_secret(secret), key_sha256)
        if token is None or token.site != site:
            raise Refused("enrol.token_unknown")
        if token.expires <= self._clock():
            raise Refused("enrol.token_expired")
        if token.key_sha256 != key_sha256:
            raise Refused("enrol.token_used")
        return self._issue(request, site)

    def renew(self, certificate: x509.Certificate, *, csr: bytes) -> bytes:
        """A new certificate for the holder of a valid one; the connection proved the holding."""
        site = self.check_presented(certificate)
        return self._issue(read_request(csr, site=site), site)

    def renew_expired(self, certificate: bytes, *, csr: bytes, challenge: bytes, signature: bytes) -> bytes:
        """A new certificate for the holder of an expired one, proved by its key over a challenge."""
        self._check_challenge(challenge)
        try:
            held = x509.load_der_x509_certificate(certificate)
            held.verify_directly_issued_by(self.certificate)
            key = held.public_key()
            assert isinstance(key, ec.EllipticCurvePublicKey)  # we issue no others
            statement = renewal_statement(challenge=challenge, csr=csr, certificate=certificate)
            key.verify(signature, statement, ec.ECDSA(hashes.SHA256()))
        except (ValueError, TypeError, InvalidSignature):
            raise NotTrusted("enrol.renewal_not_proved") from None
        site = node_site(held)
        if self.is_revoked(held.serial_number):
            raise Refused("link.certificate_revoked")
        if self._clock() > held.not_valid_after_utc + timedelta(days=self._settings.return_days):
            raise Refused("enrol.away_too_long", days=int(self._settings.return_days))
        return self._issue(read_request(csr, site=site), site)

    def check_presented(self, certificate: x509.Certificate) -> SiteId:
        """The site of a certificate presented on a connection. Raises Refused or NotTrusted."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            raise NotTrusted("link.certificate_required") from None
        site = node_site(certificate)
        if self.is_revoked(certificate.serial_number):
            raise Refused("link.certificate_revoked")
        if certificate.not_valid_after_utc <= self._clock():
            raise Refused("link.certificate_expired")
        return site

    def is_revoked(self, serial: int) -> bool:
        """Asked on every connect and again while connected."""
        return self._store.is_revoked(serial)

    def revoke(self, serial: int) -> None:
        """That certificate opens nothing any more."""
        self._store.record_revoked(serial)

    def revoke_site(self, site: SiteId) -> None:
        """None of the site's certificates opens anything any more."""
        for serial in tuple(self._store.find_serials(site)):
            self._store.record_revoked(serial)

    def new_challenge(self) -> bytes:
        """Random bytes, an expiry and a seal; nothing is stored."""
        expires = int(self._clock().timestamp()) + self._settings.challenge_s
        body = self._random_bytes(16) + expires.to_bytes(8, "big")
        return body + hmac.digest(self._challenge_key, body, "sha256")

    def _check_challenge(self, challenge: bytes) -> None:
        body, seal = challenge[:24], challenge[24:]
        if not hmac.compare_digest(hmac.digest(self._challenge_key, body, "sha256"), seal):
            raise NotTrusted("enrol.renewal_not_proved")
        if int.from_bytes(body[16:], "big") < self._clock().timestamp():
            raise Refused("enrol.challenge_expired")

    def _issue(self, request: x509.CertificateSigningRequest, site: SiteId) -> bytes:
        public_key = request.public_key()
        assert isinstance(public_key, ec.EllipticCurvePublicKey)  # read_request checked it
        now, serial = self._clock(), _serial(self._random_bytes)
        certificate = make_certificate(
            public_key,
            issuer_key=self._key,
            issuer=self.certificate,
            subject=site,
            usage=ExtendedKeyUsageOID.CLIENT_AUTH,
            names=(),
            serial=serial,
            now=now,
            lifetime=timedelta(days=self._settings.node_days),
        )
        self._store.record_issued(serial, site, certificate.not_valid_after_utc)
        return pem(certificate)


def load_authority(
    key_pem: bytes, certificate_pem: bytes
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """The stored authority. Raises Refused where the two do not belong together."""
    key = serialization.load_pem_private_key(key_pem, password=None)
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise Refused("link.authority_mismatch", name=name_of(certificate.subject))
    return key, certificate


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


def _serial(random_bytes: Callable[[int], bytes]) -> int:
    return int.from_bytes(random_bytes(19), "big") | 1


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
