"""Recomputes the whole transparency log and compares it with its signed head and with what was seen before.

Needs no network: entries, head, federation root and the remembered view are given. Nothing that the log's
operator says is believed; the hospitals' signatures on the head are counted against the pinned root.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from onggi.errors import NotTrusted
from onggi.protocol.checkpoint import (
    SignedCheckpoint,
    VerifiedCheckpoint,
    Witnessed,
    check_fresh,
    verify_checkpoint,
)
from onggi.protocol.dsse import Envelope, read_payload
from onggi.protocol.log_view import LogView
from onggi.protocol.merkle import CompactTree, leaf_hash
from onggi.protocol.trust_root import TrustRoot


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFinding:
    """What a full check found.

    Attributes:
        size: number of entries, all of them recomputed.
        root: hash over them, hex.
        witnessed: hospitals that signed this head, and when (Unix seconds).
        continues_from: the size remembered from before, whose entries are unchanged; 0 at first.
        statements: how many entries of each statement type.
        view: what to remember for the next time.
    """

    size: int
    root: str
    witnessed: tuple[Witnessed, ...]
    continues_from: int
    statements: Mapping[str, int]
    view: LogView


def check_head(signed: SignedCheckpoint, *, root: TrustRoot, now: datetime | None) -> VerifiedCheckpoint:
    """The head, if the log and enough hospitals signed it.

    Args:
        now: where given, enough signatures must be under 24 hours old; None for a head kept in a file.
    """
    origin = signed.checkpoint.origin
    verified = verify_checkpoint(
        signed,
        origin=origin,
        log_key=root.log_key(origin),
        witnesses=root.witnesses(),
        quorum=root.witness_quorum,
    )
    if now is not None:
        check_fresh(verified, now=now)
    return verified


def check_entries(
    entries: Iterable[Envelope], *, verified: VerifiedCheckpoint, remembered: LogView | None
) -> LogFinding:
    """Raises NotTrusted unless the entries are exactly what the head says, and begin as remembered.

    Raises:
        NotTrusted: ``log.forked`` where an entry was changed, added or reordered; ``log.cut_short`` where
            entries or a head are missing that were there before.
    """
    head = verified.checkpoint
    before = remembered or LogView(origin=head.origin)
    if before.origin != head.origin:
        raise NotTrusted("log.wrong_origin", expected=before.origin)
    if head.size < before.size:
        raise NotTrusted("log.cut_short", known=before.size, offered=head.size)
    tree, statements = CompactTree(), Counter[str]()
    _check_remembered(tree, before, head_size=head.size)
    for entry in entries:
        if tree.size == head.size:
            raise NotTrusted("log.forked", known=head.size, offered=tree.size + 1)
        tree = tree.append(leaf_hash(entry.to_json()))
        statements[_type_of(entry)] += 1
        _check_remembered(tree, before, head_size=head.size)
    if tree.size < head.size:
        raise NotTrusted("log.cut_short", known=head.size, offered=tree.size)
    if tree.root != head.root:
        raise NotTrusted("log.forked", known=head.size, offered=tree.size)
    return LogFinding(
        size=head.size,
        root=head.root.hex(),
        witnessed=verified.witnessed,
        continues_from=before.size,
        statements=dict(sorted(statements.items())),
        view=LogView(origin=head.origin, size=head.size, root=head.root),
    )


def _check_remembered(tree: CompactTree, before: LogView, *, head_size: int) -> None:
    if tree.size == before.size and tree.root != before.root:
        raise NotTrusted("log.forked", known=before.size, offered=head_size)


def _type_of(entry: Envelope) -> str:
    value = read_payload(entry)
    kind = value.get("predicateType") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else "?"
