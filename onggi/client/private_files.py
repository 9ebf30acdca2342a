"""Reads and writes the small files that this person keeps: readable by nobody else, replaced in one step."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from onggi.errors import Refused

_LARGEST = 64 * 2**20


def read_file(path: Path, *, limit: int = _LARGEST) -> bytes:
    """An ordinary file that the person named.

    Raises:
        Refused: ``client.file_unreadable``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError:
        raise Refused("client.file_unreadable", path=str(path)) from None
    if len(data) > limit:
        raise Refused("client.file_unreadable", path=str(path))
    return data


def read_private_file(path: Path) -> bytes | None:
    """The file's content, or None where it does not exist.

    Raises:
        Refused: ``client.file_open_to_others`` where somebody else could read or change it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError:
        raise Refused("client.file_unreadable", path=str(path)) from None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid != os.geteuid():
            raise Refused("client.file_open_to_others", path=str(path))
        return file.read(_LARGEST)


def replace_file(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replaces the file in one step; a crash leaves the old one whole. `mode` is wider for public papers."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(beside, data, mode=mode)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise Refused("client.file_unwritable", path=str(path)) from None


def create_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """A new file; an existing one is never overwritten.

    Raises:
        Refused: ``client.file_exists``, ``client.file_unwritable``.
    """
    try:
        _write_new(path, data, mode=0o600 if private else 0o644)
    except FileExistsError:
        raise Refused("client.file_exists", path=str(path)) from None
    except OSError:
        raise Refused("client.file_unwritable", path=str(path)) from None


def _write_new(path: Path, data: bytes, *, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
