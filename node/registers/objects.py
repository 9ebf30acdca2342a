"""Keeps the exact bytes that left, by their digest, so that the hospital can read them again in full.

Small payloads lie in the state database and so share the commit that names them; large ones lie as files,
written durably before any row names them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from errno import ENOSPC
from pathlib import Path

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from node.state.tables import StoredObject, table_of
from onggi.errors import Refused
from onggi.protocol.messages import Attachment, pieces_of, size_of

SMALL = 256 * 1024
_OBJECTS = table_of(StoredObject)
_FIND = select(_OBJECTS.c.digest).where(_OBJECTS.c.digest == bindparam("wanted"))
_READ = select(_OBJECTS.c.content).where(_OBJECTS.c.digest == bindparam("wanted"))


class ObjectStore:
    """Immutable payloads named by SHA-256."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, digest: str) -> Path:
        """Where an object lies. `digest` is ``sha256:<hex>``."""
        name = digest.removeprefix("sha256:")
        return self._root / name[:2] / name

    def put(self, session: Session, data: Attachment) -> str:
        """Stores the bytes, whole or in pieces, and returns their digest; the same bytes are stored once."""
        pieces = pieces_of(data)
        hasher = hashlib.sha256()
        for piece in pieces:
            hasher.update(piece)
        digest = "sha256:" + hasher.hexdigest()
        if size_of(data) > SMALL:
            self._write_file(digest, pieces)
        elif session.scalar(_FIND, {"wanted": digest}) is None:
            session.execute(_OBJECTS.insert(), {"digest": digest, "content": b"".join(pieces)})
        return digest

    def _write_file(self, digest: str, pieces: Sequence[bytes | bytearray | memoryview]) -> None:
        target = self.path(digest)
        if target.exists():
            return
        target.parent.mkdir(exist_ok=True, mode=0o700)
        part = target.with_name(f"{target.name}.{os.getpid()}.{id(pieces):x}.part")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                for piece in pieces:
                    rest = memoryview(piece)
                    while rest:
                        rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            part.rename(target)
        except OSError as bad:
            part.unlink(missing_ok=True)
            raise Refused("node.disk_full" if bad.errno == ENOSPC else "node.disk_unwritable") from None

    def get(self, session: Session, digest: str) -> bytes:
        """The bytes. Raises Refused(``register.object_damaged``) when they are gone or altered."""
        kept = session.scalar(_READ, {"wanted": digest})
        try:
            data: bytes = kept if kept is not None else self.path(digest).read_bytes()
        except OSError:
            raise Refused("register.object_damaged", digest=digest) from None
        if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
            raise Refused("register.object_damaged", digest=digest)
        return data
