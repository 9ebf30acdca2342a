"""Seals what a register holds of single persons: nobody reads it without the data key.

AES-256-GCM under a key of its own, derived from the data key; each content is bound to what it is about, so
that two rows cannot change places.
"""

from __future__ import annotations

import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from node.sources import RandomBytes
from node.store.keys import DataKey
from onggi.errors import NotTrusted

_NONCE = 12


class RowSeal:
    """Closes and opens the sealed column of a register's rows."""

    def __init__(self, key: DataKey, random: RandomBytes) -> None:
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"onggi released persons v1")
        self._cipher = AESGCM(derive.derive(key.secret.reveal()))
        self._random = random

    def __repr__(self) -> str:
        return "RowSeal()"

    def close(self, about: str, content: bytes) -> bytes:
        """The sealed bytes, compressed first."""
        nonce = self._random(_NONCE)
        return nonce + self._cipher.encrypt(nonce, zlib.compress(content, 1), about.encode())

    def open(self, about: str, sealed: bytes) -> bytes:
        """The bytes again. Raises NotTrusted(``differencing.register_damaged``) for any other ones."""
        try:
            return zlib.decompress(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode()))
        except (InvalidTag, ValueError, zlib.error):
            raise NotTrusted("differencing.register_damaged") from None
