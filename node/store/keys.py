"""The two keys of a hospital: one encrypts the store, the other makes pseudonyms.

* Each is 32 random bytes and lies on disk only wrapped (AES-256-GCM) by a key-encryption key.
* The key folder must not lie inside the store: a copy of the store alone opens nothing.
* The pseudonym key has a file and, where the hospital wishes, a provider of its own.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from node.store.durable_files import sync_folder, write_durably
from node.store.key_providers import KeyProvider
from node.store.secret_bytes import SecretBytes
from onggi.errors import Refused

Purpose = Literal["data", "pseudonym"]
RandomBytes = Callable[[int], bytes]

_KEY_BYTES = 32
_FILES: dict[Purpose, str] = {"data": "data-key.json", "pseudonym": "pseudonym-key.json"}


@dataclass(frozen=True, slots=True)
class DataKey:
    """Encrypts the store. `key_id` names it without telling anything about it."""

    secret: SecretBytes

    @property
    def key_id(self) -> str:
        return _key_id(self.secret, "data")


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """Turns identifiers into pseudonyms. Job runs never get it."""

    secret: SecretBytes

    @property
    def key_id(self) -> str:
        return _key_id(self.secret, "pseudonym")


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """Both keys, for loading data. Reading needs the data key alone."""

    data: DataKey
    pseudonym: PseudonymKey


def create_keys(
    folder: Path,
    *,
    data_provider: KeyProvider,
    pseudonym_provider: KeyProvider,
    random_bytes: RandomBytes,
    store_root: Path | None = None,
) -> StoreKeys:
    """Makes both keys and writes them wrapped. Refuses to replace a key that exists."""
    if store_root is not None and folder.resolve().is_relative_to(store_root.resolve()):
        raise Refused("store.keys_inside_store", path=str(folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _FILES.values():
        if (folder / name).exists():
            raise Refused("store.key_exists", path=str(folder / name))
    data = SecretBytes(random_bytes(_KEY_BYTES))
    pseudonym = SecretBytes(random_bytes(_KEY_BYTES))
    _write_wrapped(folder, data, purpose="data", provider=data_provider, random_bytes=random_bytes)
    _write_wrapped(
        folder, pseudonym, purpose="pseudonym", provider=pseudonym_provider, random_bytes=random_bytes
    )
    return StoreKeys(DataKey(data), PseudonymKey(pseudonym))


def unlock_data_key(folder: Path, *, provider: KeyProvider) -> DataKey:
    """The data key. Raises Refused with store.wrong_key where the provider's secret does not fit."""
    return DataKey(_read_wrapped(folder, purpose="data", provider=provider))


def unlock_pseudonym_key(folder: Path, *, provider: KeyProvider) -> PseudonymKey:
    """The pseudonym key, needed while loading and for pseudonyms of a permit, never by a job."""
    return PseudonymKey(_read_wrapped(folder, purpose="pseudonym", provider=provider))


def rewrap_data_key(
    folder: Path, *, old: KeyProvider, new: KeyProvider, random_bytes: RandomBytes
) -> DataKey:
    """Changes the secret that unlocks the data key; the store itself is not rewritten."""
    key = unlock_data_key(folder, provider=old)
    _write_wrapped(folder, key.secret, purpose="data", provider=new, random_bytes=random_bytes)
    return key


def _write_wrapped(
    folder: Path, secret: SecretBytes, *, purpose: Purpose, provider: KeyProvider, random_bytes: RandomBytes
) -> None:
    salt, nonce = random_bytes(16), random_bytes(12)
    wrapping = provider.derive(salt=salt, purpose=purpose)
    wrapped = AESGCM(wrapping.reveal()).encrypt(nonce, secret.reveal(), _bound_to(purpose))
    fields = {
        "version": 1,
        "purpose": purpose,
        "provider": provider.name,
        "salt": _to_text(salt),
        "nonce": _to_text(nonce),
        "wrapped": _to_text(wrapped),
    }
    path = folder / _FILES[purpose]
    write_durably(path, json.dumps(fields, indent=1, sort_keys=True).encode())
    os.chmod(path, 0o600)
    sync_folder(folder)


def _read_wrapped(folder: Path, *, purpose: Purpose, provider: KeyProvider) -> SecretBytes:
    path = folder / _FILES[purpose]
    try:
        fields = json.loads(path.read_bytes())
        salt, nonce, wrapped = (base64.b64decode(fields[name]) for name in ("salt", "nonce", "wrapped"))
        wanted = str(fields["provider"])
    except FileNotFoundError:
        raise Refused("store.key_file_missing", path=str(path)) from None
    except (ValueError, KeyError, TypeError):
        raise Refused("store.key_file_invalid", path=str(path)) from None
    if wanted != provider.name:
        raise Refused("store.key_provider", path=str(path), wanted=wanted[:20], given=provider.name)
    try:
        secret = AESGCM(provider.derive(salt=salt, purpose=purpose).reveal()).decrypt(
            nonce, wrapped, _bound_to(purpose)
        )
    except (InvalidTag, ValueError):
        raise Refused("store.wrong_key", path=str(path)) from None
    return SecretBytes(secret)


def _bound_to(purpose: Purpose) -> bytes:
    return f"onggi wrapped key v1 {purpose}".encode()


def _key_id(secret: SecretBytes, purpose: Purpose) -> str:
    return hmac.digest(secret.reveal(), f"onggi key id v1 {purpose}".encode(), "sha256")[:8].hex()


def _to_text(value: bytes) -> str:
    return base64.b64encode(value).decode()
