"""How a hospital's node proves itself: a one-time token handed over out of band, later its own key.

* The token carries the fingerprint of the coordinator's certificate authority: a node never trusts
  an authority on first sight.
* A node whose certificate expired signs the coordinator's challenge together with its request.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from onggi.errors import Refused
from onggi.spec.ids import SiteId

_TOKEN = re.compile(r"onggi-enrol-1\.([a-z][a-z0-9-]{0,62})\.([A-Za-z0-9_-]{43})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolToken:
    """What the hospital's person types in. The secret is worth a certificate: it is never shown."""

    site: SiteId
    secret: str = field(repr=False)
    authority_sha256: str

    def __str__(self) -> str:
        return f"onggi-enrol-1.{self.site}.{self.secret}.{self.authority_sha256}"

    @classmethod
    def parse(cls, text: str) -> EnrolToken:
        """Raises Refused where it is not a token, e.g. cut short by a line break."""
        found = _TOKEN.fullmatch(text.strip())
        if found is None:
            raise Refused("enrol.token_malformed")
        return cls(site=SiteId(found[1]), secret=found[2], authority_sha256=found[3])


def hash_secret(secret: str) -> str:
    """What the coordinator stores. The secret has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(b"onggi-enrol-1\x00" + secret.encode()).hexdigest()


def renewal_statement(*, challenge: bytes, csr: bytes, certificate: bytes) -> bytes:
    """The bytes that the expired certificate's key signs."""
    parts = (challenge, csr, certificate)
    return b"onggi-renew-1\x00" + b"".join(hashlib.sha256(part).digest() for part in parts)
