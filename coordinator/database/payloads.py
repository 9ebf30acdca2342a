"""Keeps large messages and replies of a run as files named by their digest, and small ones in their row.

A database writes a large value twice, page by page; a file is written once. A row that names a file is
written after the file is on the disk, so what a row names is always there.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from analysis_jobs.runner.wire_pieces import Buffer
from onggi.errors import Refused

SMALL = 256 * 1024
_MARK = b"file:sha256:"
"""No encoded record begins so: its first byte would name a field of a kind that does not exist."""


@dataclass(frozen=True, slots=True)
class Payloads:
    """What goes into a row for some bytes, and the bytes for what stands in a row.

    Without a folder everything stays in the rows.
    """

    folder: Path | None

    def keep(self, data: Buffer, *, sha256: str | None = None) -> bytes:
        """Stores large bytes durably; returns what the row holds. Equal bytes give equal rows.

        Args:
            data: what to keep.
            sha256: its digest in hex, where the caller has computed it.
        """
        if len(data) <= SMALL or self.folder is None:
            return bytes(data)
        name = sha256 or hashlib.sha256(data).hexdigest()
        target = _path(self.folder, name)
        if not target.exists():
            _write_durably(target, data)
        return _MARK + name.encode()

    def fetch(self, kept: bytes) -> bytes:
        """The bytes. Raises Refused(``run.not_resumable``) when a file is gone or altered."""
        if not kept.startswith(_MARK):
            return kept
        if self.folder is None:
            raise Refused("run.not_resumable")
        name = kept.removeprefix(_MARK).decode()
        try:
            data = _path(self.folder, name).read_bytes()
        except OSError:
            raise Refused("run.not_resumable") from None
        if hashlib.sha256(data).hexdigest() != name:
            raise Refused("run.not_resumable")
        return data


IN_ROWS: Final = Payloads(None)


def _path(folder: Path, name: str) -> Path:
    return folder / name[:2] / name


def _write_durably(target: Path, data: Buffer) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with part.open("wb", buffering=0) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        part.rename(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
