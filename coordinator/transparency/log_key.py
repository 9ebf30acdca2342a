"""Makes and reads the key with which the coordinator signs the log's heads."""

from __future__ import annotations

import os
from pathlib import Path

from onggi.errors import Refused
from onggi.protocol.keys import FileKey, new_private_pem


def create_log_key(path: Path) -> FileKey:
    """A new key in a file that only its owner may read. Refused where a file already stands."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Refused("coordinator.key_exists", path=str(path)) from None
    with os.fdopen(handle, "wb") as file:
        file.write(new_private_pem())
        file.flush()
        os.fsync(file.fileno())
    return FileKey.read(path)


def read_log_key(path: Path) -> FileKey:
    """The key. Refused where it is missing or others could read it."""
    return FileKey.read(path)
