"""How a hospital's idea of the federation may change: only step by step, agreed by the old and the new.

* The first root is pinned by a fingerprint that came another way than the root itself.
* Each next version is signed by a quorum under the old rules and by a quorum under its own rules.
* Versions follow one another without a gap, and a key once revoked stays revoked.
* A version that has run out may still be stepped over on the way to the current one, which may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import canonical_json, parse_strict_json
from onggi.protocol.dsse import LARGEST_ENVELOPE, Envelope, TrustedKey, verified_signers
from onggi.protocol.keys import OPENSSL, SignatureProvider
from onggi.protocol.trust_root import TrustRoot, read_root, root_fingerprint

LARGEST_SKEW = timedelta(minutes=5)
_MOST_VERSIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedRoots:
    """The chain of roots from the pinned one to the latest. Made by `pin`, `advance`, `from_json` alone."""

    envelopes: tuple[Envelope, ...]
    roots: tuple[TrustRoot, ...]
    provider: SignatureProvider = field(default=OPENSSL, repr=False, compare=False)

    @classmethod
    def pin(
        cls, envelope: Envelope, *, fingerprint: str, provider: SignatureProvider = OPENSSL
    ) -> TrustedRoots:
        """Starts to trust a federation. `fingerprint` was received out of band."""
        if root_fingerprint(envelope) != fingerprint:
            raise NotTrusted("root.wrong_fingerprint", found=root_fingerprint(envelope))
        root = read_root(envelope)
        if root.version != 1:
            raise NotTrusted("root.not_first", version=root.version)
        _check_signed(envelope, by=root, code="root.quorum_missing", provider=provider)
        return cls(envelopes=(envelope,), roots=(root,), provider=provider)

    @property
    def latest(self) -> TrustRoot:
        """The latest root, whatever its dates. Decisions use `get_current`."""
        return self.roots[-1]

    @property
    def fingerprint(self) -> str:
        return root_fingerprint(self.envelopes[0])

    def advance(self, envelope: Envelope) -> TrustedRoots:
        """The chain with the next version. The latest one again changes nothing."""
        old, new = self.latest, read_root(envelope)
        if new == old:
            return self
        _check_follows(old, new)
        _check_signed(envelope, by=old, code="root.old_quorum_missing", provider=self.provider)
        _check_signed(envelope, by=new, code="root.new_quorum_missing", provider=self.provider)
        return replace(self, envelopes=(*self.envelopes, envelope), roots=(*self.roots, new))

    def get_current(self, *, now: datetime) -> TrustRoot:
        """The latest root. Raises where it has run out, or is dated ahead of this hospital's clock."""
        root = self.latest
        if now >= root.expires:
            raise NotTrusted("root.expired", version=root.version, expired=root.expires.isoformat())
        if root.issued - now > LARGEST_SKEW:
            raise NotTrusted("root.from_the_future", version=root.version, issued=root.issued.isoformat())
        return root

    def to_json(self) -> bytes:
        """The whole chain, as a node stores it."""
        return canonical_json({"envelopes": list(self.envelopes)})

    @classmethod
    def from_json(
        cls, data: bytes, *, fingerprint: str, provider: SignatureProvider = OPENSSL
    ) -> TrustedRoots:
        """Reads a stored chain and checks every step of it again, from the pinned fingerprint on."""
        first, *following = _read_chain(data)
        trusted = cls.pin(first, fingerprint=fingerprint, provider=provider)
        for envelope in following:
            trusted = trusted.advance(envelope)
        return trusted


def _read_chain(data: bytes) -> list[Envelope]:
    try:
        stored = parse_strict_json(data, LARGEST_ENVELOPE * 16)
    except Refused as bad:
        raise NotTrusted("root.malformed", why=bad.code) from None
    envelopes = stored.get("envelopes") if isinstance(stored, Mapping) else None
    if not isinstance(envelopes, list) or not 1 <= len(envelopes) <= _MOST_VERSIONS:
        raise NotTrusted("root.malformed", why="envelopes")
    return [Envelope.from_json(canonical_json(envelope)) for envelope in envelopes]


def _check_follows(old: TrustRoot, new: TrustRoot) -> None:
    if new.federation != old.federation:
        raise NotTrusted("root.other_federation", expected=old.federation)
    if new.version == old.version:
        raise NotTrusted("root.forked", version=new.version)
    if new.version < old.version:
        raise NotTrusted("root.rolled_back", known=old.version, offered=new.version)
    if new.version != old.version + 1:
        raise NotTrusted("root.version_skipped", known=old.version, offered=new.version)
    if new.issued < old.issued:
        raise NotTrusted("root.issued_backwards", version=new.version)
    if not set(old.revoked_keys) <= set(new.revoked_keys):
        raise NotTrusted("root.revocation_dropped", version=new.version)


def _check_signed(envelope: Envelope, *, by: TrustRoot, code: str, provider: SignatureProvider) -> None:
    keys: dict[str, TrustedKey] = by.root_keys(provider=provider)
    people = {key.holder for key in verified_signers(envelope, keys)}
    if len(people) < by.root_rule.threshold:
        raise NotTrusted(code, have=len(people), need=by.root_rule.threshold)
