"""Finds the secrets that unlock a hospital's keys: two files, two systemd credentials, or a typed sentence.

* Store and pseudonyms are unlocked by different secrets, so that one of them alone opens one of them alone.
* Nothing here reads a key; it only says where its secret comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from node.settings import NodeSettings
from node.store.key_providers import FileKey, KeyProvider, Passphrase, SystemdCredential
from node.store.secret_bytes import SecretBytes
from onggi.errors import Refused

DATA_SECRET = "data-unlock.key"  # noqa: S105 -- the name of a file, not a secret
PSEUDONYM_SECRET = "pseudonym-unlock.key"  # noqa: S105 -- the name of a file, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocking:
    """What the process was given to unlock keys with.

    Args:
        credentials: systemd's CREDENTIALS_DIRECTORY, where there is one.
        ask: asks the person at the terminal for the sentence; called at most where it is needed.
    """

    credentials: Path | None
    ask: Callable[[], SecretBytes]


def data_provider(settings: NodeSettings, unlocking: Unlocking, *, folder: Path | None = None) -> KeyProvider:
    """What unlocks the store. Raises Refused(``node.no_credentials``)."""
    return _provider(settings, unlocking, folder=folder, file=DATA_SECRET, credential="onggi-data")


def pseudonym_provider(
    settings: NodeSettings, unlocking: Unlocking, *, folder: Path | None = None
) -> KeyProvider:
    """What unlocks pseudonyms; a running node never asks for it."""
    return _provider(settings, unlocking, folder=folder, file=PSEUDONYM_SECRET, credential="onggi-pseudonym")


def _provider(
    settings: NodeSettings, unlocking: Unlocking, *, folder: Path | None, file: str, credential: str
) -> KeyProvider:
    match settings.key_provider:
        case "file":
            return FileKey((folder or settings.keys_folder) / file)
        case "passphrase":
            return Passphrase(unlocking.ask())
        case "systemd":
            if unlocking.credentials is None:
                raise Refused("node.no_credentials", credential=credential)
            return SystemdCredential(unlocking.credentials, credential)
