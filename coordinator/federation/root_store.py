"""Keeps every version of the federation root and accepts the next one only as a hospital would.

The coordinator checks roots for its own decisions and its users' sake; nodes check them again for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.ledger import FederationRootRow
from coordinator.database.sessions import Database
from coordinator.sources import Clock
from coordinator.transparency.tree_store import append_entry
from onggi.errors import NotTrusted, Refused
from onggi.protocol.dsse import Envelope
from onggi.protocol.trust_root import TrustRoot, read_root, root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots


@dataclass(frozen=True, slots=True, kw_only=True)
class RootStore:
    """All versions, oldest first."""

    database: Database
    clock: Clock

    def pin(self, envelope: Envelope, *, fingerprint: str, by: str) -> TrustRoot:
        """Version 1, against a fingerprint that came another way. The same again changes nothing."""
        trusted = TrustedRoots.pin(envelope, fingerprint=fingerprint)
        with self.database.writing() as session:
            kept = session.get(FederationRootRow, 1)
            if kept is None:
                self._keep(session, envelope, root=trusted.latest, by=by)
            elif root_fingerprint(Envelope.from_json(kept.envelope.encode())) != fingerprint:
                raise Refused("federation.other_root_pinned")
        return trusted.latest

    def advance(self, envelope: Envelope, *, by: str) -> TrustRoot:
        """The next version, signed by quorums of the old and the new. The latest again changes nothing."""
        with self.database.writing() as session:
            known = _chain(session)
            if not known:
                raise Refused("federation.no_root")
            trusted = TrustedRoots.pin(known[0], fingerprint=root_fingerprint(known[0]))
            for version in known[1:]:
                trusted = trusted.advance(version)
            following = trusted.advance(envelope)
            if len(following.roots) > len(known):
                self._keep(session, envelope, root=following.latest, by=by)
            return following.latest

    def envelopes(self, *, after: int = 0, limit: int = 1000) -> list[Envelope]:
        """Versions after a given one, in order."""
        with self.database.reading() as session:
            return _chain(session, after=after, limit=limit)

    def find_current(self) -> TrustRoot | None:
        """The latest version, or None before the first was installed."""
        with self.database.reading() as session:
            return _find_latest(session)

    def get_current(self) -> TrustRoot:
        """The latest version, in force now. Raises `federation.no_root` or `root.expired`."""
        root = self.find_current()
        if root is None:
            raise Refused("federation.no_root")
        if self.clock() >= root.expires:
            raise NotTrusted("root.expired", version=root.version, expired=root.expires.isoformat())
        return root

    def _keep(self, session: Session, envelope: Envelope, *, root: TrustRoot, by: str) -> None:
        now = self.clock()
        text = envelope.to_json()
        session.add(FederationRootRow(version=root.version, envelope=text.decode(), received=now))
        index = append_entry(session, text, at=now)
        audit = Audit(
            event=AuditEvent.ROOT_RECEIVED,
            actor=by,
            subject=f"trust-root-v{root.version}",
            facts={"fingerprint": root_fingerprint(envelope), "log_index": index},
        )
        record_event(session, audit, at=now)


def _chain(session: Session, *, after: int = 0, limit: int = 1000) -> list[Envelope]:
    wanted = select(FederationRootRow.envelope).where(FederationRootRow.version > after)
    stored = session.scalars(wanted.order_by(FederationRootRow.version).limit(limit)).all()
    return [Envelope.from_json(text.encode()) for text in stored]


def _find_latest(session: Session) -> TrustRoot | None:
    newest = session.scalar(
        select(FederationRootRow.envelope).order_by(FederationRootRow.version.desc()).limit(1)
    )
    return None if newest is None else _parse(newest)


@lru_cache(maxsize=4)
def _parse(envelope: str) -> TrustRoot:
    """A version by its very text. Its signatures were checked before it was kept."""
    return read_root(Envelope.from_json(envelope.encode()))
