"""Where a hospital keeps the secret that unlocks its data key: a file, a passphrase, or systemd.

* A provider derives one wrapping key per purpose, so data key and pseudonym key never share one.
* A key file that others may read is refused before it is read.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from node.store.secret_bytes import SecretBytes
from onggi.errors import Refused

_SMALLEST_SECRET = 32
_SHORTEST_PASSPHRASE = 12
_LARGEST_FILE = 4096
# 32 MiB and about 0.1 s per guess; the next step up would not fit small nodes beside a load.
_SCRYPT_COST = 2**15


class KeyProvider(Protocol):
    """Derives the key that wraps another key."""

    @property
    def name(self) -> str:
        """Short name written beside the wrapped key, so that the right secret is asked for."""

    def derive(self, *, salt: bytes, purpose: str) -> SecretBytes:
        """32 bytes for this purpose. The same secret, salt and purpose give the same bytes."""


@dataclass(frozen=True, slots=True)
class FileKey:
    """A file of at least 32 random bytes that its owner alone may read."""

    path: Path

    @property
    def name(self) -> str:
        return "file"

    def derive(self, *, salt: bytes, purpose: str) -> SecretBytes:
        return _expand(_read_strict(self.path), salt=salt, purpose=purpose)


@dataclass(frozen=True, slots=True)
class SystemdCredential:
    """A credential that systemd decrypted for this service alone.

    Args:
        directory: the value of CREDENTIALS_DIRECTORY, read by whoever starts the service.
        credential: the name given in LoadCredentialEncrypted=.
    """

    directory: Path
    credential: str

    @property
    def name(self) -> str:
        return "systemd"

    def derive(self, *, salt: bytes, purpose: str) -> SecretBytes:
        return _expand(_read_strict(self.directory / self.credential), salt=salt, purpose=purpose)


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A sentence that somebody types at start-up."""

    secret: SecretBytes

    @property
    def name(self) -> str:
        return "passphrase"

    def derive(self, *, salt: bytes, purpose: str) -> SecretBytes:
        if len(self.secret.reveal().decode("utf-8", errors="replace")) < _SHORTEST_PASSPHRASE:
            raise Refused("store.passphrase_short", shortest=_SHORTEST_PASSPHRASE)
        stretched = Scrypt(salt=salt, length=32, n=_SCRYPT_COST, r=8, p=1).derive(self.secret.reveal())
        return _expand(stretched, salt=salt, purpose=purpose)


def create_key_file(path: Path, *, secret: SecretBytes) -> None:
    """Writes a new key file with mode 0600. Never overwrites: an old key may be the only one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise Refused("store.key_exists", path=str(path)) from None
    with os.fdopen(handle, "wb") as file:
        file.write(secret.reveal())
        file.flush()
        os.fsync(file.fileno())


def _read_strict(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise Refused("store.key_file_missing", path=str(path)) from None
    with os.fdopen(handle, "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_mode & 0o077 or state.st_uid not in (0, os.geteuid()):
            raise Refused("store.key_file_open", path=str(path), mode=f"{stat.S_IMODE(state.st_mode):04o}")
        secret = file.read(_LARGEST_FILE + 1)
    if not _SMALLEST_SECRET <= len(secret) <= _LARGEST_FILE:
        raise Refused("store.key_file_invalid", path=str(path))
    return secret


def _expand(secret: bytes, *, salt: bytes, purpose: str) -> SecretBytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=salt, info=f"onggi node key v1 {purpose}".encode())
    return SecretBytes(hkdf.derive(secret))
