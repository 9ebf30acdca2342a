"""Lists the files of a folder or a .zip archive and opens them as streams; nothing is unpacked to a disk.

* Rows in clear stay where the hospital put them: a member of an archive is inflated in memory, piece by
  piece, on its way into the engine. Nothing is extracted.
* An archive that is encrypted, that points outside itself, that names a file twice or that swells beyond
  measure is refused before its first row.
"""

from __future__ import annotations

import gzip
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from onggi.errors import Refused

_MOST_MEMBERS = 10_000
_MOST_SWELLING = 300
"""CSV packs to a tenth, at the very best to a hundredth; a bomb to a thousandth and beyond."""
_SMALL = 16 << 20
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
# What a desktop adds to an archive by itself.
_LITTER = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")
UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a source.

    Attributes:
        name: as it is told to a person.
        place: the file itself, or the archive.
        inside: its name in the archive; None in a folder.
        size: bytes of the stream that `open_packed` gives; what progress is counted in.
        packed: bytes on the disk; what swelling is measured against.
        identity: changes where the content does: modification time, or the archive's checksum.
    """

    name: str
    place: Path
    inside: str | None
    size: int
    packed: int
    identity: str

    @property
    def gzipped(self) -> bool:
        return self.name.lower().endswith(".gz")

    @contextmanager
    def open_packed(self) -> Iterator[IO[bytes]]:
        """The bytes as they lie in the folder or, inflated, in the archive."""
        if self.inside is None:
            with self.place.open("rb") as file:
                yield file
            return
        with zipfile.ZipFile(self.place) as archive, archive.open(self.inside) as member:
            yield member

    @contextmanager
    def open(self) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """(the content, the packed stream that it is read from)."""
        with self.open_packed() as packed:
            if not self.gzipped:
                yield packed, packed
                return
            with gzip.GzipFile(fileobj=packed, mode="rb") as content:
                yield cast(IO[bytes], content), packed

    def check_swelling(self, unpacked: int) -> None:
        """Raises Refused where so many bytes came out that no honest file packs like that."""
        if unpacked > _SMALL + _MOST_SWELLING * self.packed:
            raise Refused("load.archive_bomb", file=self.name)


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """A folder or an archive, and the files in it that may be tables."""

    path: Path
    members: tuple[Member, ...]


def open_place(path: Path) -> SourcePlace:
    """What lies in a folder or an archive.

    Raises:
        Refused: ``load.no_folder`` where there is neither; ``load.archive_*`` for an archive that is broken
            or not to be trusted.
    """
    if path.is_dir():
        return SourcePlace(path, tuple(_folder_members(path)))
    if not path.is_file():
        raise Refused("load.no_folder", folder=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        raise Refused("load.archive_broken", file=path.name) from None
    files = [info for info in infos if not info.is_dir() and not _is_litter(info.filename)]
    _check_archive(path, infos, files)
    return SourcePlace(path, tuple(_archive_members(path, files)))


def _folder_members(folder: Path) -> Iterator[Member]:
    for path in sorted(folder.iterdir()):
        if path.is_file():
            found = path.stat()
            yield Member(path.name, path, None, found.st_size, found.st_size, str(found.st_mtime_ns))


def _archive_members(path: Path, files: Iterable[zipfile.ZipInfo]) -> Iterator[Member]:
    for info in sorted(files, key=lambda info: info.filename):
        name = info.filename.rsplit("/", 1)[-1]
        identity = f"{info.CRC:08x}"
        yield Member(name, path, info.filename, info.file_size, info.compress_size, identity)


def _is_litter(name: str) -> bool:
    parts = name.lower().split("/")
    return parts[0] == _LITTER[0] or parts[-1] in _LITTER


def _check_archive(path: Path, infos: list[zipfile.ZipInfo], files: list[zipfile.ZipInfo]) -> None:
    if len(infos) > _MOST_MEMBERS or sum(info.compress_size for info in infos) > path.stat().st_size:
        raise Refused("load.archive_bomb", file=path.name)  # members that overlap are read again and again
    seen: set[str] = set()
    for info in infos:
        _check_name(info)
    for info in files:
        name = info.filename.rsplit("/", 1)[-1]
        if info.filename.lower() in seen:
            raise Refused("load.archive_duplicate", file=name)
        seen.add(info.filename.lower())
        if info.flag_bits & 0x1:
            raise Refused("load.archive_encrypted", file=name)
        if info.compress_type not in _METHODS:
            raise Refused("load.archive_method", file=name)
        if info.file_size > _SMALL + _MOST_SWELLING * info.compress_size:
            raise Refused("load.archive_bomb", file=name)


def _check_name(info: zipfile.ZipInfo) -> None:
    """Nothing is extracted, so that no name can do harm; a name that tries says what the archive is."""
    name = info.orig_filename
    parts = name.replace("\\", "/").split("/")
    outside = name.startswith(("/", "\\")) or ".." in parts or "\x00" in name or ":" in parts[0]
    if outside or stat.S_ISLNK(info.external_attr >> 16):
        raise Refused("load.archive_unsafe", file=parts[-1].replace("\x00", "")[:80] or "..")
