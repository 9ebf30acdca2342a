"""Keeps the federation root that this person trusts, from the fingerprint that came another way than it.

Every reading checks the whole chain again, from the pinned fingerprint on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from onggi.client.private_files import read_private_file, replace_file
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json, parse_strict_json
from onggi.protocol.dsse import Envelope
from onggi.protocol.trust_root import TrustRoot
from onggi.protocol.trusted_roots import TrustedRoots

_LARGEST = 64 * 2**20


@dataclass(frozen=True, slots=True)
class PinnedRoots:
    """The chain of roots in one file."""

    path: Path

    def save(self, trusted: TrustedRoots) -> None:
        """Keeps the chain with its fingerprint."""
        chain = parse_strict_json(trusted.to_json(), _LARGEST)
        replace_file(self.path, canonical_json({"fingerprint": trusted.fingerprint, "chain": chain}))

    def load(self) -> TrustedRoots:
        """The chain, checked. Raises Refused `client.root_not_pinned` where nothing was pinned yet."""
        data = read_private_file(self.path)
        if data is None:
            raise Refused("client.root_not_pinned")
        kept = parse_strict_json(data, _LARGEST)
        fingerprint = kept.get("fingerprint") if isinstance(kept, dict) else None
        if not isinstance(kept, dict) or not isinstance(fingerprint, str):
            raise Refused("client.file_malformed", path=str(self.path), place="fingerprint")
        return TrustedRoots.from_json(canonical_json(kept.get("chain")), fingerprint=fingerprint)

    def get_current(self, *, now: datetime) -> TrustRoot:
        """The latest root, in force now."""
        return self.load().get_current(now=now)


def read_roots(data: bytes, *, path: str) -> tuple[Envelope, ...]:
    """The envelopes in a file that holds one root, or a whole chain, oldest first."""
    try:
        value = parse_strict_json(data, _LARGEST)
    except Refused as bad:
        raise Refused("client.file_malformed", path=path, place=bad.code) from None
    several = value.get("envelopes") if isinstance(value, dict) else None
    if isinstance(several, list):
        return tuple(Envelope.from_json(canonical_json(one)) for one in several)
    return (Envelope.from_json(data),)
