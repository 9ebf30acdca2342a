"""Stores the log's entries and the tree over them; nothing stored is ever changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.database.ledger import LogLeafRow, LogNodeRow
from onggi.errors import Refused
from onggi.protocol.canonical import sha256_hex
from onggi.protocol.merkle import CompactTree, NodeLookup, consistency_proof, inclusion_proof, leaf_hash


def log_size(session: Session) -> int:
    """How many entries the log holds."""
    last = session.scalar(select(func.max(LogLeafRow.index)))
    return 0 if last is None else last + 1


def tree_of(session: Session, *, size: int) -> CompactTree:
    """The tree over the first `size` entries."""
    lookup = _lookup_in(session)
    peaks, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            peaks.append(lookup(level, start >> level))
            start += 1 << level
    return CompactTree(size, tuple(peaks))


def append_entry(session: Session, entry: bytes, *, at: datetime) -> int:
    """The entry's place. The same bytes again get the same place. Only inside `Database.writing`."""
    digest = f"sha256:{sha256_hex(entry)}"
    known = session.scalar(select(LogLeafRow.index).where(LogLeafRow.digest == digest))
    if known is not None:
        return known
    index = log_size(session)
    leaf = leaf_hash(entry)
    completed = tree_of(session, size=index).nodes_completed_by(leaf)
    session.add(LogLeafRow(index=index, entry=entry, digest=digest, logged=at))
    session.add_all(LogNodeRow(level=node.level, position=node.index, hash=node.hash) for node in completed)
    session.flush()
    return index


def find_inclusion(session: Session, *, index: int, size: int) -> tuple[bytes, ...]:
    """The proof. Refused `log.no_such_entry` where the log has no such entry or is not that large."""
    if not 0 <= index < size <= log_size(session):
        raise Refused("log.no_such_entry")
    return inclusion_proof(index, size=size, lookup=_lookup_in(session))


def find_consistency(session: Session, *, old: int, new: int) -> tuple[bytes, ...]:
    """The proof; empty from the empty log, which every log continues."""
    if not 0 <= old <= new <= log_size(session):
        raise Refused("log.no_such_entry")
    return () if old == 0 else consistency_proof(old, new=new, lookup=_lookup_in(session))


def _lookup_in(session: Session) -> NodeLookup:
    def lookup(level: int, index: int) -> bytes:
        found = session.scalar(
            select(LogNodeRow.hash).where(LogNodeRow.level == level, LogNodeRow.position == index)
        )
        if found is None:
            raise RuntimeError("the log's stored tree has a hole")
        return found

    return lookup
