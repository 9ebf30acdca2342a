"""Tells a full or closed disk from a fault of the software, by error number alone and never by its text."""

from __future__ import annotations

import errno
import sqlite3

from onggi.errors import OnggiError, Refused

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_CLOSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
# The second is what a full disk says before the first write: the file beside a WAL cannot grow.
_SQLITE_FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")


def find_machine_fault(fault: BaseException) -> OnggiError | None:
    """What the disk said, wherever in the chain of causes it stands, or None."""
    seen: set[int] = set()
    link: BaseException | None = fault
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if isinstance(link, OSError) and link.errno in _FULL | _CLOSED:
            return _named(full=link.errno in _FULL, path=link.filename)
        if isinstance(link, sqlite3.Error):
            name = getattr(link, "sqlite_errorname", None) or ""
            if name.startswith((*_SQLITE_FULL, "SQLITE_READONLY")):
                return _named(full=name.startswith(_SQLITE_FULL), path=None)
        link = link.__cause__ or link.__context__
    return None


def _named(*, full: bool, path: object) -> OnggiError:
    place = {"path": path} if isinstance(path, str) else {}
    return Refused("node.disk_full" if full else "node.disk_unwritable", **place)
