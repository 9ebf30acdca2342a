"""Recomputes the whole log from its entries and compares it with every signed head."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import select

from coordinator.database.ledger import CheckpointRow, LogLeafRow
from coordinator.database.sessions import Database
from onggi.errors import NotTrusted
from onggi.protocol.checkpoint import SignedCheckpoint, verify_checkpoint
from onggi.protocol.keys import PublicKey
from onggi.protocol.merkle import CompactTree, leaf_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFinding:
    """What a full check found."""

    size: int
    root: str
    checkpoints: int


def check_log(database: Database, *, origin: str, log_key: PublicKey) -> LogFinding:
    """Raises NotTrusted `log.forked` or `log.cut_short` where a signed head does not fit the entries."""
    with database.reading() as session:
        notes = {row.size: row.note for row in session.scalars(select(CheckpointRow))}
        tree, checked = CompactTree(), 0
        checked += _check_head(tree, notes, origin=origin, log_key=log_key)
        in_order = select(LogLeafRow.index, LogLeafRow.entry).order_by(LogLeafRow.index)
        with closing(session.execute(in_order.execution_options(yield_per=500))) as rows:
            for index, entry in rows:
                if index != tree.size:
                    raise NotTrusted("log.forked", known=tree.size, offered=index)
                tree = tree.append(leaf_hash(entry))
                checked += _check_head(tree, notes, origin=origin, log_key=log_key)
    if checked != len(notes):
        raise NotTrusted("log.cut_short", known=max(notes), offered=tree.size)
    return LogFinding(size=tree.size, root=tree.root.hex(), checkpoints=checked)


def _check_head(tree: CompactTree, notes: dict[int, str], *, origin: str, log_key: PublicKey) -> int:
    note = notes.get(tree.size)
    if note is None:
        return 0
    signed = SignedCheckpoint.parse(note.encode())
    verify_checkpoint(signed, origin=origin, log_key=log_key, witnesses=(), quorum=0)
    if (signed.checkpoint.size, signed.checkpoint.root) != (tree.size, tree.root):
        raise NotTrusted("log.forked", known=tree.size, offered=signed.checkpoint.size)
    return 1
