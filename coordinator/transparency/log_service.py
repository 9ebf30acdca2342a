"""Runs the public log: takes entries, signs its heads, collects the hospitals' cosignatures, proves.

* An entry is the canonical JSON of a signed envelope. Entry and audit event are one change.
* Any process of the coordinator may serve the log: nothing is remembered outside the records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.database.ledger import CheckpointRow, CosignatureRow, LogLeafRow
from coordinator.database.sessions import Database
from coordinator.sources import Clock
from coordinator.transparency.tree_store import (
    append_entry,
    find_consistency,
    find_inclusion,
    log_size,
    tree_of,
)
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import sha256_hex
from onggi.protocol.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    Witnessed,
    check_fresh,
    cosign_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import SigningKey
from onggi.protocol.trust_root import TrustRoot

_LOOK_BACK = 50
"""Heads looked at when searching for one with enough cosignatures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogService:
    """The log under one origin and one key. `find_root` gives the current federation root, if any yet."""

    database: Database
    origin: str
    key: SigningKey
    clock: Clock
    find_root: Callable[[], TrustRoot | None]

    def append(self, envelope: Envelope, *, audit: Audit) -> int:
        """The envelope's place in the log; the same envelope again gets the same place."""
        with self.database.writing() as session:
            index = self.append_within(session, envelope)
            record_event(session, audit, at=self.clock())
            return index

    def append_within(self, session: Session, envelope: Envelope) -> int:
        """As part of a larger change, whose own audit event tells of it."""
        return append_entry(session, envelope.to_json(), at=self.clock())

    def size(self) -> int:
        with self.database.reading() as session:
            return log_size(session)

    def entries(self, *, start: int, limit: int) -> list[tuple[int, bytes]]:
        """(index, entry) in order from `start`."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(LogLeafRow).where(LogLeafRow.index >= start).order_by(LogLeafRow.index).limit(limit)
            )
            return [(row.index, row.entry) for row in rows]

    def find_index(self, envelope: Envelope) -> int | None:
        """Where the very envelope stands, or None."""
        digest = f"sha256:{sha256_hex(envelope.to_json())}"
        with self.database.reading() as session:
            return session.scalar(select(LogLeafRow.index).where(LogLeafRow.digest == digest))

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        with self.database.reading() as session:
            return find_inclusion(session, index=index, size=size)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        with self.database.reading() as session:
            return find_consistency(session, old=old, new=new)

    def publish_checkpoint(self) -> SignedCheckpoint:
        """Signs and dates the present head. The same head again is dated anew; cosignatures stay."""
        now = self.clock()
        with self.database.writing() as session:
            size = log_size(session)
            head = Checkpoint(origin=self.origin, size=size, root=tree_of(session, size=size).root)
            signed = cosign_checkpoint(
                sign_checkpoint(head, key=self.key), name=self.origin, key=self.key, at=now
            )
            session.merge(CheckpointRow(size=size, note=signed.render().decode(), published=now))
            record_event(
                session,
                Audit(
                    event=AuditEvent.CHECKPOINT_PUBLISHED,
                    actor=COORDINATOR,
                    subject=f"checkpoint-{size}",
                    facts={"root": head.root.hex()},
                ),
                at=now,
            )
            session.flush()
            return _with_lines(session, size)

    def latest_published(self) -> SignedCheckpoint | None:
        """The newest head, with whatever cosignatures it has by now."""
        with self.database.reading() as session:
            size = session.scalar(select(CheckpointRow.size).order_by(CheckpointRow.size.desc()).limit(1))
            return None if size is None else _with_lines(session, size)

    def add_cosignature(self, line: str, *, size: int) -> None:
        """Keeps one witness's newest line under the head of that size, after checking it.

        Raises:
            NotTrusted: the line is no valid signature of a hospital of the root under this very head.
            Refused: ``log.no_such_entry`` where no head of that size was published.
        """
        now = self.clock()
        root = self._get_root()
        with self.database.writing() as session:
            stored = session.get(CheckpointRow, size)
            if stored is None:
                raise Refused("log.no_such_entry")
            seen = self._check_line(stored.note, line, root=root)
            kept = session.get(CosignatureRow, (size, seen.name))
            if kept is not None and self._check_line(stored.note, kept.line, root=root).at >= seen.at:
                return
            session.merge(CosignatureRow(size=size, witness=seen.name, line=line.rstrip("\n"), received=now))
            audit = Audit(event=AuditEvent.CHECKPOINT_COSIGNED, actor=seen.name, subject=f"checkpoint-{size}")
            record_event(session, audit, at=now)

    def latest_cosigned(self) -> SignedCheckpoint:
        """The largest head that a node would accept now: enough cosignatures, and fresh.

        Raises:
            Refused: ``log.no_cosigned_checkpoint`` where there is none among the newest heads.
        """
        root = self._get_root()
        with self.database.reading() as session:
            newest = select(CheckpointRow.size).order_by(CheckpointRow.size.desc()).limit(_LOOK_BACK)
            for size in session.scalars(newest).all():
                signed = _with_lines(session, size)
                if self._is_acceptable(signed, root=root):
                    return signed
        raise Refused("log.no_cosigned_checkpoint", need=root.witness_quorum)

    def _is_acceptable(self, signed: SignedCheckpoint, *, root: TrustRoot) -> bool:
        try:
            verified = verify_checkpoint(
                signed,
                origin=self.origin,
                log_key=root.log_key(self.origin),
                witnesses=root.witnesses(),
                quorum=root.witness_quorum,
            )
            check_fresh(verified, now=self.clock())
        except OnggiError:
            return False
        return True

    def _check_line(self, note: str, line: str, *, root: TrustRoot) -> Witnessed:
        """Who cosigned in this one line, and when."""
        signed = SignedCheckpoint.parse(f"{note}{line.rstrip()}\n".encode())
        verified = verify_checkpoint(
            signed,
            origin=self.origin,
            log_key=self.key.public_key,
            witnesses=root.witnesses(),
            quorum=0,
        )
        own = len(SignedCheckpoint.parse(note.encode()).signatures)
        if len(signed.signatures) != own + 1 or len(verified.witnessed) != 1:
            raise NotTrusted("log.cosignature_unknown")
        return verified.witnessed[0]

    def _get_root(self) -> TrustRoot:
        root = self.find_root()
        if root is None:
            raise Refused("federation.no_root")
        return root


def _with_lines(session: Session, size: int) -> SignedCheckpoint:
    row = session.get_one(CheckpointRow, size)
    lines = session.scalars(
        select(CosignatureRow.line).where(CosignatureRow.size == size).order_by(CosignatureRow.witness)
    )
    return SignedCheckpoint.parse((row.note + "".join(f"{line}\n" for line in lines)).encode())
