"""One run's private folder: staged columns and the app's state, encrypted under a key of their own.

* The key is random per run, never written unwrapped, and dropped with the run; what then remains on the
  disk cannot be read by anybody, whatever a disk keeps of deleted files.
* Chunked AES-256-GCM: each chunk is bound to run, file, place and whether it is the last, so that chunks
  can be neither swapped nor cut off.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from node.store.durable_files import sync_file, sync_folder
from onggi.errors import Refused

_CHUNK = 4 * 2**20
_COMPLETE = "complete"
_LENGTH = struct.Struct("!I")


class Workspace:
    """An open workspace. Its key lives in this object alone."""

    def __init__(self, folder: Path, *, run: str, key: bytes) -> None:
        self.folder = folder
        self._run = run
        self._cipher = AESGCM(key)

    def __repr__(self) -> str:
        return f"Workspace({self._run})"

    @property
    def spill(self) -> Path:
        """Where the query engine may spill, encrypted by itself."""
        folder = self.folder / "spill"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @property
    def complete(self) -> bool:
        """Whether staging finished: a workspace that a crash interrupted is staged anew."""
        return (self.folder / _COMPLETE).exists()

    def mark_complete(self) -> None:
        (self.folder / _COMPLETE).touch()

    def mark_incomplete(self) -> None:
        (self.folder / _COMPLETE).unlink(missing_ok=True)

    def write(self, name: str, content: Iterable[bytes | memoryview]) -> None:
        """Writes one file, replacing it at once when whole."""
        part = self.folder / f"{name}.part"
        try:
            with part.open("wb") as file:
                waiting: bytes | None = None
                index = 0
                for piece in _rechunk(content):
                    if waiting is not None:
                        self._write_chunk(file.write, name, index, waiting, last=False)
                        index += 1
                    waiting = piece
                self._write_chunk(file.write, name, index, waiting or b"", last=True)
            part.rename(self.folder / f"{name}.enc")
        except OSError as bad:
            raise Refused("node.disk_full" if bad.errno == 28 else "node.disk_unwritable") from None

    def sync(self, name: str) -> None:
        """Waits until a file is on the disk, so that it outlives a power cut and not only this process."""
        sync_file(self.folder / f"{name}.enc")
        sync_folder(self.folder)

    def _write_chunk(
        self, write: Callable[[bytes], object], name: str, index: int, data: bytes, *, last: bool
    ) -> None:
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, data, self._bound(name, index, last=last))
        write(_LENGTH.pack(len(sealed)) + bytes([last]) + nonce + sealed)

    def read(self, name: str) -> Iterator[bytes]:
        """The file's content. Raises Refused(``run.workspace_damaged``) for any altered byte."""
        last, index = False, 0
        try:
            with (self.folder / f"{name}.enc").open("rb") as file:
                while not last:
                    head = file.read(_LENGTH.size + 13)
                    (length,) = _LENGTH.unpack_from(head)
                    last, nonce = bool(head[_LENGTH.size]), head[_LENGTH.size + 1 :]
                    if length > _CHUNK + 16:
                        raise Refused("run.workspace_damaged")
                    sealed = file.read(length)
                    if len(sealed) != length or (last and file.read(1)):
                        raise Refused("run.workspace_damaged")
                    yield self._cipher.decrypt(nonce, sealed, self._bound(name, index, last=last))
                    index += 1
        except (InvalidTag, struct.error, OSError, IndexError, ValueError):
            raise Refused("run.workspace_damaged") from None

    def find(self, name: str) -> bytes | None:
        """A small file whole, or None where there is none."""
        if not (self.folder / f"{name}.enc").exists():
            return None
        return b"".join(self.read(name))

    def _bound(self, name: str, index: int, *, last: bool) -> bytes:
        return f"{self._run}\n{name}\n{index}\n{int(last)}".encode()


def _rechunk(content: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    for piece in content:
        view = memoryview(piece)
        for start in range(0, len(view), _CHUNK):
            yield bytes(view[start : start + _CHUNK])


def create_workspace(root: Path, *, run: str, key: bytes) -> Workspace:
    """A new, empty workspace; anything left of an interrupted one is removed first."""
    folder = root / run
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return Workspace(folder, run=run, key=key)


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in a workspace: a digest over every file's name, size and bytes, and the bytes in all."""

    digest: str
    size: int


def measure_workspace(root: Path, *, run: str) -> Contents:
    """What a deletion record will name. Needs no key, so that any process can say it before it removes."""
    folder, digest, total = root / run, hashlib.sha256(), 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder)}\0{size}\0".encode())
        with path.open("rb") as file:
            while part := file.read(_CHUNK):
                digest.update(part)
        total += size
    return Contents(f"sha256:{digest.hexdigest()}", total)


def destroy_workspace(root: Path, *, run: str) -> None:
    """Removes the folder. The caller drops the wrapped key."""
    shutil.rmtree(root / run, ignore_errors=True)
