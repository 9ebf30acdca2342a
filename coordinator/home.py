"""Makes a coordinator's home folder with its keys and records, and opens it again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import OperationalError

from coordinator.accounts.oidc_provider import OidcProvider, OidcSettings
from coordinator.database.migrate import check_migrated, migrate
from coordinator.database.payloads import Payloads
from coordinator.database.sessions import Database, open_database
from coordinator.dry_runs.trying import DryRuns, NoDryRuns
from coordinator.jobs.spec_checks import SpecChecks
from coordinator.link.authority import CertificateAuthority, load_authority
from coordinator.services import LinkAuthority, Services, nobody_connected
from coordinator.settings import CoordinatorSettings
from coordinator.sources import Clock, system_clock
from coordinator.transparency.log_key import create_log_key, read_log_key
from onggi.errors import Refused, Unreachable

_AUTHORITY_NAME = "onggi-coordinator"


def make_home(settings: CoordinatorSettings, *, clock: Clock = system_clock) -> None:
    """Creates what is missing and leaves what is there: a key once made is never replaced."""
    for folder in (settings.home, settings.objects):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.log_key.exists():
        create_log_key(settings.log_key)
    if not settings.authority_key.exists():
        key, certificate = CertificateAuthority.create(
            _AUTHORITY_NAME, now=clock(), random_bytes=secrets.token_bytes
        )
        _write_private(settings.authority_certificate, certificate)
        _write_private(settings.authority_key, key)
    database = open_database(settings.database_url)
    try:
        migrate(database)
    finally:
        database.close()


def open_services(
    settings: CoordinatorSettings,
    *,
    checks: SpecChecks,
    connected: Callable[[], frozenset[str]] = nobody_connected,
    dry_runs: DryRuns | None = None,
) -> Services:
    """The parts over an existing home. Raises Refused `coordinator.no_home` where `init` was never run."""
    if not settings.log_key.exists() or not settings.authority_key.exists():
        raise Refused("coordinator.no_home", home=str(settings.home))
    database = open_database(settings.database_url)
    _check_reachable(database)
    check_migrated(database)
    key, certificate = load_authority(
        settings.authority_key.read_bytes(), settings.authority_certificate.read_bytes()
    )
    return Services(
        database=database,
        origin=settings.origin,
        log_key=read_log_key(settings.log_key),
        link_authority=LinkAuthority(key=key, certificate=certificate),
        checks=checks,
        connected=connected,
        dry_runs=dry_runs or NoDryRuns(),
        payloads=Payloads(settings.objects),
        pledge_and_training_required=settings.pledge_and_training_required,
        web_origin=settings.seen_at,
        proxies=frozenset(settings.trusted_proxies),
        oidc=_other_log_in(settings),
    )


def _other_log_in(settings: CoordinatorSettings) -> OidcProvider | None:
    if settings.oidc_secret_file is None:
        return None
    try:
        secret = settings.oidc_secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Refused("coordinator.file_unreadable", file=str(settings.oidc_secret_file)) from None
    given = OidcSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret,
        label=settings.oidc_label,
        ca_file=settings.oidc_ca_file,
    )
    return OidcProvider(settings=given, clock=system_clock)


def _check_reachable(database: Database) -> None:
    try:
        with database.engine.connect():
            return
    except OperationalError:
        # The driver's text may quote the address with its password.
        raise Unreachable("coordinator.database_unreachable") from None


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
