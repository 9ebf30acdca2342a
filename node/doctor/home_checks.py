"""Looks at a node's folder: who may read it, whether its keys open, disk, clock, state and trust."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from node.decisions.judge_order import CLOCK_TOLERANCE
from node.doctor.findings import Finding, ask
from node.settings import NodeSettings
from node.state.memory import is_paused, latest_time, load_roots
from node.store.keys import unlock_data_key, unlock_pseudonym_key
from node.unlocking import Unlocking, data_provider, pseudonym_provider
from onggi.errors import Fact
from onggi.protocol.keys import FileKey

SMALLEST_FREE = 2 * 2**30


def check_modes(folders: Iterable[Path], *, owner: int) -> list[Finding]:
    """Whether anybody but the node's user may look into its folders."""
    for folder in folders:
        try:
            found = folder.stat()
        except OSError:
            continue
        if found.st_mode & 0o077:
            mode = f"{stat.S_IMODE(found.st_mode):04o}"
            return [Finding("node.folder_open", {"path": str(folder), "mode": mode})]
        if found.st_uid != owner == 0:
            # An administrator looks at a service's node: giving it to root would break the service.
            return [Finding("node.run_as_owner", {"path": str(folder), "uid": found.st_uid})]
        if found.st_uid != owner:
            return [Finding("node.folder_owner", {"path": str(folder), "uid": owner})]
    return []


def check_identity(settings: NodeSettings) -> list[Finding]:
    """Whether the hospital's identity key is there, private and readable."""
    return ask(lambda: FileKey.read(settings.identity_key))


def check_data_key(settings: NodeSettings, unlocking: Unlocking) -> list[Finding]:
    """Whether the store's key opens with the secret that was given."""
    return ask(lambda: unlock_data_key(settings.keys_folder, provider=data_provider(settings, unlocking)))


def check_pseudonym_key(settings: NodeSettings, unlocking: Unlocking) -> list[Finding]:
    """Whether the pseudonym key opens; without it no further data can be loaded."""
    return ask(
        lambda: unlock_pseudonym_key(settings.keys_folder, provider=pseudonym_provider(settings, unlocking))
    )


def check_disk(folder: Path, *, smallest_free: int = SMALLEST_FREE) -> list[Finding]:
    """Whether the disk takes new files and has room for a run."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return [Finding("node.disk_unwritable", {"path": str(folder)})]
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    if free < smallest_free:
        facts: dict[str, Fact] = {
            "path": str(folder),
            "free_mib": free // 2**20,
            "needed_mib": smallest_free // 2**20,
        }
        return [Finding("node.disk_low", facts)]
    return []


def check_state_pages(session: Session, *, place: Mapping[str, Fact]) -> list[Finding]:
    """Whether the state database is whole. SQLite checks its pages; a server does so by itself."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    try:
        answer = session.execute(text("PRAGMA quick_check(1)")).scalar()
    except DatabaseError:
        answer = None
    return [] if answer == "ok" else [Finding("node.state_damaged", place)]


def check_clock(session: Session, *, now: datetime) -> list[Finding]:
    """Whether the clock stands behind the last moment that this node wrote down."""
    latest = latest_time(session)
    if latest - now > CLOCK_TOLERANCE:
        return [Finding("clock.runs_backwards", {"behind_s": int((latest - now).total_seconds())})]
    return []


def check_trust(session: Session, settings: NodeSettings, *, now: datetime) -> list[Finding]:
    """Whether a federation is pinned, its root in force, and this node's key in it."""
    found = ask(
        lambda: (
            load_roots(session, fingerprint=settings.root_fingerprint)
            .get_current(now=now)
            .log_key(settings.log_origin)
        )
    )
    if found:
        return found
    root = load_roots(session, fingerprint=settings.root_fingerprint).latest
    key = root.site_keys().get(FileKey.read(settings.identity_key).public_key.fingerprint)
    if key is None or key.holder != settings.site:
        return [Finding("node.not_in_root", {"site": settings.site, "version": root.version})]
    return []


def note_paused(session: Session) -> list[Finding]:
    """A paused node is not ill, but it does nothing."""
    return [Finding("node.paused", {}, blocks=False)] if is_paused(session) else []
