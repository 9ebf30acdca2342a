"""Lets two hospitals agree on keys that the coordinator between them cannot know.

* P-256 key agreement between fresh keys that identity keys signed.
* A key is bound to the sum, the purpose, the direction and both public keys; an envelope's key also to
  the exact list of advertised keys, so hospitals that were shown different lists cannot read each other.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from onggi.errors import NotTrusted
from privacy.masks.context import digest_of
from privacy.masks.keystream import derive_key
from privacy.masks.wire import to_text

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# A key seals exactly one message, so its nonce is fixed.
_NONCE = bytes(12)

PrivateKey = ec.EllipticCurvePrivateKey


def private_key_from(random: bytes) -> PrivateKey:
    """A private key out of at least 48 random bytes (the spare bits make the bias negligible)."""
    if len(random) < 48:
        raise RuntimeError("a private key needs 48 random bytes")
    return ec.derive_private_key(int.from_bytes(random, "big") % (_ORDER - 1) + 1, _CURVE)


def private_key_of(scalar: bytes) -> PrivateKey | None:
    """The private key with this 32-byte scalar; None where the number is no key."""
    number = int.from_bytes(scalar, "big")
    return ec.derive_private_key(number, _CURVE) if 0 < number < _ORDER else None


def scalar_of(key: PrivateKey) -> bytes:
    """The private scalar as 32 bytes: what is shared out."""
    return key.private_numbers().private_value.to_bytes(32, "big")


def point_of(key: PrivateKey) -> bytes:
    """The public key as an uncompressed point."""
    form = serialization.PublicFormat.UncompressedPoint
    return key.public_key().public_bytes(serialization.Encoding.X962, form)


def check_point(point: bytes, *, site: str) -> None:
    """NotTrusted unless these bytes are an uncompressed point on the curve."""
    _read_point(point, site=site)


def pair_mask_key(
    own: PrivateKey, *, peer_point: bytes, peer: str, context: bytes, pair: tuple[str, str]
) -> bytes:
    """The key of the mask between two sites; both ends compute the same (pair in the order of sites)."""
    points = sorted((point_of(own), peer_point))
    binding = digest_of(
        {"context": to_text(context), "pair": list(pair), "points": [to_text(point) for point in points]}
    )
    secret = own.exchange(ec.ECDH(), _read_point(peer_point, site=peer))
    return derive_key(secret, purpose="pair-mask", binding=binding)


class Envelopes:
    """Seals for one peer and opens from it, for one purpose of one sum."""

    __slots__ = ("_key", "_own_point", "_purpose", "_scope")

    def __init__(self, key: PrivateKey, *, purpose: str, scope: bytes) -> None:
        """`scope` is the digest of everything that both ends must agree on beforehand."""
        self._key = key
        self._own_point = point_of(key)
        self._purpose = purpose
        self._scope = scope

    def seal(self, plain: bytes, *, sender: str, receiver: str, peer_point: bytes) -> bytes:
        """Encrypts to the receiver."""
        binding = self._binding(sender, receiver, points=(self._own_point, peer_point))
        key = self._agree(peer_point, site=receiver, binding=binding)
        return AESGCM(key).encrypt(_NONCE, plain, self._scope)

    def open(self, sealed: bytes, *, sender: str, receiver: str, peer_point: bytes) -> bytes:
        """Decrypts what the sender sealed, or raises NotTrusted."""
        binding = self._binding(sender, receiver, points=(peer_point, self._own_point))
        key = self._agree(peer_point, site=sender, binding=binding)
        try:
            return AESGCM(key).decrypt(_NONCE, sealed, self._scope)
        except InvalidTag as error:
            raise NotTrusted("masks.share_unreadable", site=sender) from error

    def _binding(self, sender: str, receiver: str, *, points: tuple[bytes, bytes]) -> bytes:
        return digest_of(
            {
                "scope": to_text(self._scope),
                "sender": sender,
                "receiver": receiver,
                "points": [to_text(point) for point in points],
            }
        )

    def _agree(self, peer_point: bytes, *, site: str, binding: bytes) -> bytes:
        secret = self._key.exchange(ec.ECDH(), _read_point(peer_point, site=site))
        return derive_key(secret, purpose=self._purpose, binding=binding)


def _read_point(point: bytes, *, site: str) -> ec.EllipticCurvePublicKey:
    try:
        if point[:1] != b"\x04":
            raise ValueError("not an uncompressed point")
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as error:
        raise NotTrusted("masks.key_wrong", site=site) from error
