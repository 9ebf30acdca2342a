"""A small federation for tests: five committee members, four hospitals, one log, and the keys of them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from onggi.protocol.checkpoint import Checkpoint, SignedCheckpoint, cosign_checkpoint, sign_checkpoint
from onggi.protocol.dsse import Envelope, add_signature
from onggi.protocol.keys import FileKey, new_private_pem
from onggi.protocol.merkle import CompactTree, leaf_hash
from onggi.protocol.trust_root import TrustRoot, draft_root

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
ORIGIN = "log.federation.example/main"
SITES = ("cleveland", "budapest", "zurich", "longbeach")


@cache
def key(name: str) -> FileKey:
    """The key of this name: one per test process, so that two tests mean the same by it."""
    return FileKey.from_pem(new_private_pem())


def pem(name: str) -> str:
    return key(name).public_key.pem


def fingerprint(name: str) -> str:
    return key(name).public_key.fingerprint


def member(name: str, *, keys: tuple[str, ...] = (), **overrides: Any) -> dict[str, Any]:
    fields = {"id": name, "role": "committee", "affiliation": "hospital-a", "external": False}
    return fields | {"keys": [{"public_key": pem(each)} for each in keys or (name,)]} | overrides


def hospital(site: str, **overrides: Any) -> dict[str, Any]:
    fields = {"site": site, "name": f"{site} hospital", "legal_entity": f"{site} foundation"}
    return fields | {"identity_key": pem(site)} | overrides


COMMITTEE = ("committee-1", "committee-2", "committee-3", "committee-4", "committee-5")


def root_fields(**overrides: Any) -> dict[str, Any]:
    """A valid version 1; three of the five committee members' keys sign roots, two of them suffice."""
    fields: dict[str, Any] = {
        "version": 1,
        "federation": "heart-federation",
        "federation_name": "Heart federation",
        "issued": NOW - timedelta(days=1),
        "expires": NOW + timedelta(days=365),
        "members": [member(name, external=name in COMMITTEE[3:]) for name in COMMITTEE],
        "hospitals": [hospital(site) for site in SITES],
        "logs": [{"origin": ORIGIN, "public_key": pem("log")}],
        "witness_quorum": 2,
        "committee_rule": {"threshold": 3, "minimum_external": 1},
        "root_rule": {"threshold": 2, "keys": [fingerprint(name) for name in COMMITTEE[:3]]},
    }
    return fields | overrides


def make_root(**overrides: Any) -> TrustRoot:
    return TrustRoot.model_validate(root_fields(**overrides))


def signed_root(root: TrustRoot, *, by: tuple[str, ...] = COMMITTEE[:2]) -> Envelope:
    envelope = draft_root(root)
    for name in by:
        envelope = add_signature(envelope, key=key(name))
    return envelope


@dataclass
class RogueLog:
    """A log that can be grown, and asked for heads and proofs; two of them with other entries are a fork."""

    entries: list[bytes] = field(default_factory=list)

    def node(self, level: int, index: int) -> bytes:
        tree = CompactTree()
        for entry in self.entries[index << level : (index + 1) << level]:
            tree = tree.append(leaf_hash(entry))
        return tree.root

    def head(self, size: int | None = None) -> Checkpoint:
        upto = len(self.entries) if size is None else size
        tree = CompactTree()
        for entry in self.entries[:upto]:
            tree = tree.append(leaf_hash(entry))
        return Checkpoint(origin=ORIGIN, size=upto, root=tree.root)

    def signed(
        self, size: int | None = None, *, by: tuple[str, ...] = SITES[:2], at: datetime = NOW
    ) -> SignedCheckpoint:
        signed = sign_checkpoint(self.head(size), key=key("log"))
        for site in by:
            signed = cosign_checkpoint(signed, name=site, key=key(site), at=at)
        return signed
