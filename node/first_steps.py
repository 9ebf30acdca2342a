"""Sets up a hospital's node: its folder, its keys, its settings file and its empty state.

Keys appear all at once or not at all, and are never replaced: repeating the set-up changes nothing. The
federation is trusted in a second step (`node.trust_federation`), because its first root can only be made
once every hospital has sent its identity key.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from node.settings import FILE_NAME, NodeSettings, check_settings, read_settings
from node.settings_file import Entry, write_settings
from node.sources import RandomBytes
from node.state.engine import open_state
from node.store.durable_files import sync_folder, write_durably
from node.store.generations import Store
from node.store.key_providers import create_key_file
from node.store.keys import create_keys
from node.store.secret_bytes import SecretBytes
from node.unlocking import DATA_SECRET, PSEUDONYM_SECRET, Unlocking, data_provider, pseudonym_provider
from onggi.errors import Refused
from onggi.protocol.keys import FileKey, PublicKey, new_private_pem


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """A node's folder, and the identity key that goes into the federation root."""

    settings: NodeSettings
    public_key: PublicKey
    created: bool


def init_home(
    home: Path,
    *,
    entries: dict[str, Entry],
    identity: Path | None,
    unlocking: Unlocking,
    random: RandomBytes,
) -> Initialised:
    """Makes folder, keys, settings and state. Repeating it with the same entries changes nothing.

    Raises:
        Refused: ``node.settings_differ`` where another site, coordinator or dataset is set up there;
            ``node.identity_differs`` where another identity key is.
    """
    home = home.expanduser().absolute()
    planned = check_settings(home, entries)
    created = not (home / FILE_NAME).exists()
    if not created:
        _check_same(read_settings(home), entries)
    _make_private_folder(home)
    if not planned.keys_folder.exists():
        _make_keys(planned, identity=identity, unlocking=unlocking, random=random)
    key = _check_identity(planned, identity)
    settings = write_settings(home, entries) if created else read_settings(home)
    Store(settings.store).create()
    open_state(settings.database).dispose()
    return Initialised(settings=settings, public_key=key, created=created)


def _check_same(settings: NodeSettings, entries: dict[str, Entry]) -> None:
    for name, value in entries.items():
        if getattr(settings, name) != value:
            raise Refused("node.settings_differ", entry=name, path=str(settings.file))


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except (PermissionError, NotADirectoryError, FileExistsError):
        raise Refused("node.home_closed", path=str(folder)) from None


def _make_keys(
    settings: NodeSettings, *, identity: Path | None, unlocking: Unlocking, random: RandomBytes
) -> None:
    """All keys in a folder beside, then one rename: a crash leaves no half set of keys."""
    made = settings.home / "keys.partial"
    shutil.rmtree(made, ignore_errors=True)  # of a set-up that was cut short: nothing was locked with these
    _make_private_folder(made)
    pem = new_private_pem()
    if identity is not None:
        FileKey.read(identity)
        pem = identity.read_bytes()
    write_durably(made / settings.identity_key.name, pem)
    if settings.key_provider == "file":
        for name in (DATA_SECRET, PSEUDONYM_SECRET):
            create_key_file(made / name, secret=SecretBytes(random(32)))
    create_keys(
        made,
        data_provider=data_provider(settings, unlocking, folder=made),
        pseudonym_provider=pseudonym_provider(settings, unlocking, folder=made),
        random_bytes=random,
        store_root=settings.store,
    )
    os.rename(made, settings.keys_folder)
    sync_folder(settings.home)


def _check_identity(settings: NodeSettings, given: Path | None) -> PublicKey:
    here = FileKey.read(settings.identity_key).public_key
    if given is not None and FileKey.read(given).public_key != here:
        raise Refused("node.identity_differs", path=str(settings.identity_key))
    return here
