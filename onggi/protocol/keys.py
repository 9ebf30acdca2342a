"""Signs and checks signatures with one kind of key, so that there is nothing to choose or to confuse.

* ECDSA on P-256 with SHA-256 only: what passkeys produce and what Korean validation lists.
* A key has one name, its fingerprint: the hash of its one public encoding (uncompressed point, DER).
  Other encodings of the same key are refused, so one key can never pass for two.
* A signature has one encoding (DER). Its mirror image (r, n-s) is also valid by the standard and passkeys
  produce both, so nothing may be identified by the bytes of a signature.
* Signing and checking go through small protocols: a hospital may plug in a validated module or a token.
"""

from __future__ import annotations

import binascii
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import decode_base64, sha256_hex

_CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SPKI_LENGTH = 91  # of every uncompressed P-256 key
_LARGEST_KEY_FILE = 16_384
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END PUBLIC KEY-----\n?")


class SignatureProvider(Protocol):
    """Checks keys and signatures. The seam where a validated cryptographic module is plugged in."""

    def is_key(self, spki_der: bytes) -> bool:
        """Whether the bytes are a P-256 public key whose point lies on the curve."""

    def is_signed(self, spki_der: bytes, signature: bytes, data: bytes) -> bool:
        """Whether the canonical DER signature over the data was made by that key."""


class OpenSsl:
    """The default provider: the OpenSSL that `cryptography` carries."""

    def is_key(self, spki_der: bytes) -> bool:
        return self._find_key(spki_der) is not None

    def is_signed(self, spki_der: bytes, signature: bytes, data: bytes) -> bool:
        key = self._find_key(spki_der)
        if key is None:
            return False
        try:
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def _find_key(self, spki_der: bytes) -> ec.EllipticCurvePublicKey | None:
        try:
            key = serialization.load_der_public_key(spki_der)
        except (ValueError, UnsupportedAlgorithm):
            return None
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            return None
        return key if _spki(key) == spki_der else None


OPENSSL: SignatureProvider = OpenSsl()


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A P-256 public key, known by its fingerprint."""

    spki_der: bytes
    provider: SignatureProvider = field(default=OPENSSL, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.spki_der) != _SPKI_LENGTH or not self.provider.is_key(self.spki_der):
            raise NotTrusted("key.not_p256")

    @classmethod
    def from_pem(cls, pem: str, *, provider: SignatureProvider = OPENSSL) -> PublicKey:
        """Reads one PEM block and nothing around it."""
        match = _PEM.fullmatch(pem.replace("\r\n", "\n"))
        if match is None:
            raise NotTrusted("key.malformed")
        try:
            return cls(decode_base64(match.group(1).replace("\n", "")), provider)
        except Refused:
            raise NotTrusted("key.malformed") from None

    @property
    def pem(self) -> str:
        lines = re.findall(".{1,64}", binascii.b2a_base64(self.spki_der, newline=False).decode("ascii"))
        return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])

    @property
    def fingerprint(self) -> str:
        return f"sha256:{sha256_hex(self.spki_der)}"

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises NotTrusted `signature.invalid` unless this key signed exactly these bytes."""
        if not is_canonical_der(signature) or not self.provider.is_signed(self.spki_der, signature, data):
            raise NotTrusted("signature.invalid", key=self.fingerprint)


def is_canonical_der(signature: bytes) -> bool:
    """Whether an ECDSA signature is in its one DER form, with both numbers in range."""
    try:
        # Reads strict DER alone: long lengths, padded numbers and trailing bytes raise.
        r, s = decode_dss_signature(signature)
    except ValueError:
        return False
    return 0 < r < _CURVE_ORDER and 0 < s < _CURVE_ORDER


class SigningKey(Protocol):
    """Whatever can sign for a person or hospital: a file, a token, a remote signing module."""

    @property
    def public_key(self) -> PublicKey: ...

    def sign(self, data: bytes) -> bytes:
        """The DER signature over the data."""


@dataclass(frozen=True, slots=True)
class FileKey:
    """A private key from a PEM file that only its owner can read."""

    _private: ec.EllipticCurvePrivateKey = field(repr=False)
    public_key: PublicKey

    @classmethod
    def read(cls, path: Path, *, passphrase: bytes | None = None) -> FileKey:
        """Reads the file. Refused when others could read it, or when it is not what it says."""
        return cls.from_pem(_read_private_file(path), passphrase=passphrase)

    @classmethod
    def from_pem(cls, pem: bytes, *, passphrase: bytes | None = None) -> FileKey:
        try:
            key = serialization.load_pem_private_key(pem, passphrase or None)
        except TypeError:  # encrypted without passphrase, or the reverse
            raise Refused("key.passphrase_needed" if passphrase is None else "key.not_encrypted") from None
        except (ValueError, UnsupportedAlgorithm):
            raise Refused("key.unreadable" if passphrase is None else "key.wrong_passphrase") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Refused("key.not_p256")
        return cls(key, PublicKey(_spki(key.public_key())))

    def sign(self, data: bytes) -> bytes:
        # Deterministic nonces (RFC 6979): a weak random source at a hospital can never leak the key.
        return self._private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def new_private_pem(*, passphrase: bytes | None = None) -> bytes:
    """A new private key as PEM. Its randomness is the system's alone: a key must not be reproducible."""
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        protection = serialization.BestAvailableEncryption(passphrase)
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    )


def _spki(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _read_private_file(path: Path) -> bytes:
    try:
        # O_NONBLOCK: a named pipe in the file's place must not hang the service.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as bad:
        raise Refused("key.file_missing", path=str(path), reason=os.strerror(bad.errno or 0)) from None
    try:
        # Asked of the open file, not of its name: the name could point elsewhere a moment later.
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST_KEY_FILE:
            raise Refused("key.unreadable")
        if found.st_mode & 0o177 or found.st_uid not in (os.geteuid(), 0):
            raise Refused("key.file_open_to_others", path=str(path), mode=f"{found.st_mode & 0o7777:04o}")
        return os.read(handle, _LARGEST_KEY_FILE)
    finally:
        os.close(handle)
