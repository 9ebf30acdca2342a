"""Reads the signed statements that a run's workspace and its key are gone, and checks who signed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from node.settings import NodeSettings
from node.state.tables import DeletionRecord
from onggi.errors import NotTrusted
from onggi.protocol.dsse import Envelope, TrustedKey, read_payload, verified_signers
from onggi.protocol.keys import FileKey


def read_deletions(
    settings: NodeSettings, rows: Iterable[tuple[DeletionRecord, int | None]]
) -> list[dict[str, object]]:
    """Each statement's content, and whether this hospital's own key signed it.

    Args:
        rows: with how many bytes lay in the run's workspace, which the statement keeps from others.
    """
    key = FileKey.read(settings.identity_key).public_key
    trusted = {key.fingerprint: TrustedKey(public_key=key, holder=settings.site)}
    return [_read(row, trusted) | {"bytes_destroyed": size} for row, size in rows]


def _read(row: DeletionRecord, trusted: Mapping[str, TrustedKey]) -> dict[str, object]:
    envelope = Envelope.from_json(row.envelope.encode())
    statement = read_payload(envelope)
    assert isinstance(statement, dict)
    predicate = statement["predicate"]
    assert isinstance(predicate, dict)
    return {
        "run": row.run,
        "id": predicate["id"],
        "at": predicate["issued"],
        "outcome": predicate["outcome"],
        "workspace": predicate["workspace"],
        "verified": _verified(envelope, trusted),
    }


def _verified(envelope: Envelope, trusted: Mapping[str, TrustedKey]) -> bool:
    try:
        return bool(verified_signers(envelope, trusted))
    except NotTrusted:
        return False
