"""Runs one coordinator process until it is told to stop.

Where the rest plugs in: `serve` opens the services, then enters every `Companion` before the API answers and
leaves them in reverse order when it stops. The link gateway and the runner are companions; whichever of
them knows the connected sites hands `connected` to `open_services`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from coordinator.dry_runs.dry_run_desk import DryRunDesk
from coordinator.dry_runs.twin_shelf import TwinShelf
from coordinator.home import open_services
from coordinator.jobs.default_checks import default_checks
from coordinator.pages.site import create_site
from coordinator.services import Services, nobody_connected
from coordinator.settings import CoordinatorSettings

Companion: TypeAlias = Callable[[Services], AbstractContextManager[object]]
"""Something that runs beside the API: entered at start, left at the end."""

_LOG = logging.getLogger("coordinator.serve")
_SWEEP_SECONDS = 60.0


def serve(
    settings: CoordinatorSettings,
    *,
    companions: Sequence[Companion] = (),
    connected: Callable[[], frozenset[str]] = nobody_connected,
) -> None:
    """The API, the companions and the sweep of what ran out, until SIGINT or SIGTERM."""
    dry_runs = DryRunDesk(TwinShelf(settings.home / "twins"))
    services = open_services(settings, checks=default_checks(), connected=connected, dry_runs=dry_runs)
    with ExitStack() as running:
        running.callback(services.database.close)
        running.enter_context(sweeping(services))
        running.enter_context(dry_runs.beside(services))
        for companion in companions:
            running.enter_context(companion(services))
        certificate, key = web_files(settings, services)
        uvicorn.run(
            create_site(services, largest_request=settings.largest_request),
            host=settings.api_host,
            port=settings.api_port,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            log_level="warning",
            server_header=False,
            # Who sent a request is found out by ourselves: uvicorn would believe any peer on this machine.
            proxy_headers=False,
            ws="none",
        )


def web_files(settings: CoordinatorSettings, services: Services) -> tuple[Path, Path]:
    """The API's certificate and key: those given, or new ones from the coordinator's own authority.

    There is no way to serve without TLS: tokens travel over this connection.
    """
    if settings.web_certificate is not None and settings.web_key is not None:
        return settings.web_certificate, settings.web_key
    key, chain = services.authority().new_server_certificate(settings.public_names)
    certificate_file, key_file = settings.home / "web.pem", settings.home / "web.key"
    for path, content in ((certificate_file, chain), (key_file, key)):
        path.touch(mode=0o600)
        path.write_bytes(content)
    return certificate_file, key_file


@contextmanager
def sweeping(services: Services, *, every_seconds: float = _SWEEP_SECONDS) -> Iterator[None]:
    """Ends what ran out, now and then once a minute."""
    stopped = threading.Event()

    def sweep() -> None:
        while True:
            try:
                services.expiry.end_what_ran_out()
            except SQLAlchemyError as fault:
                # The records may be busy or away for a while: the next minute tries again.
                _LOG.warning("sweep put off: %s", type(fault).__name__)
            if stopped.wait(every_seconds):
                return

    thread = threading.Thread(target=sweep, name="expiry", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
