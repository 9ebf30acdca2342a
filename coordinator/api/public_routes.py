"""What anybody may read: the transparency log, its proofs, the federation root, and whether we are up."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from coordinator.api.access import Asking, Wired
from coordinator.api.errors import ErrorBody
from coordinator.api.parts import Index, Limit, new_router
from onggi.protocol.dsse import Envelope
from onggi.protocol.trust_root import root_fingerprint
from onggi.spec.base import Frozen

router = new_router("public")


class Health(Frozen):
    status: str = "ok"


class PublishedCheckpoint(Frozen):
    """The newest head that enough hospitals cosigned, as C2SP note text."""

    origin: str
    size: int
    checkpoint: str


class LogEntry(Frozen):
    index: int
    envelope: Envelope


class LogEntries(Frozen):
    entries: tuple[LogEntry, ...]


class Proof(Frozen):
    """Hashes in hex, lowest first."""

    hashes: tuple[str, ...]


class RootVersions(Frozen):
    """Versions in order. A hospital pins the first by `fingerprint`, received another way."""

    fingerprint: str | None
    roots: tuple[Envelope, ...]


@router.get("/health", name="health")
def health(services: Wired) -> Health:
    """Whether the records can be read."""
    services.log.size()
    return Health()


@router.get("/log/checkpoint", name="log_checkpoint", responses={503: {"model": ErrorBody}})
def log_checkpoint(services: Wired) -> PublishedCheckpoint:
    """503 until enough hospitals cosigned a first head."""
    signed = services.log.latest_cosigned()
    return PublishedCheckpoint(
        origin=signed.checkpoint.origin,
        size=signed.checkpoint.size,
        checkpoint=signed.render().decode(),
    )


@router.get("/log/entries", name="log_entries")
def log_entries(services: Wired, start: Index = 0, limit: Limit = 50) -> LogEntries:
    found = services.log.entries(start=start, limit=limit)
    return LogEntries(
        entries=tuple(LogEntry(index=at, envelope=Envelope.from_json(entry)) for at, entry in found)
    )


@router.get("/log/inclusion", name="log_inclusion")
def log_inclusion(services: Wired, index: Index, size: Index) -> Proof:
    return Proof(hashes=tuple(each.hex() for each in services.log.inclusion(index, size)))


@router.get("/log/consistency", name="log_consistency")
def log_consistency(services: Wired, old: Index, new: Index) -> Proof:
    return Proof(hashes=tuple(each.hex() for each in services.log.consistency(old, new)))


@router.get("/federation/roots", name="federation_roots")
def federation_roots(
    services: Wired, after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0, limit: Limit = 50
) -> RootVersions:
    """Versions after the given one."""
    first = services.roots.envelopes(after=0, limit=1)
    return RootVersions(
        fingerprint=root_fingerprint(first[0]) if first else None,
        roots=tuple(services.roots.envelopes(after=after, limit=limit)),
    )


@router.post("/federation/roots", name="federation_root_advance", status_code=201)
def federation_root_advance(envelope: Envelope, services: Wired, caller: Asking) -> RootVersions:
    """Installs the next version, signed by quorums of the old and the new. The first is pinned by command."""
    installed = services.roots.advance(envelope, by=caller.account)
    return federation_roots(services, after=installed.version - 1)
