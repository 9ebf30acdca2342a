"""Runs the link gateway and the job runner beside the API, in an event loop and thread of their own.

The API's requests and the hospitals' rounds then never wait for one another's turn in one loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from coordinator.database.payloads import Payloads
from coordinator.link.gateway import Gateway
from coordinator.link.settings import GatewaySettings
from coordinator.running.outbox import SiteOutbox
from coordinator.running.run_job import Patience
from coordinator.running.runner import Runner
from coordinator.services import Services
from coordinator.settings import CoordinatorSettings
from onggi import __version__
from onggi.protocol.parcels import Parcel
from onggi.spec.ids import SiteId


@dataclass(slots=True)
class Federation:
    """The hospitals' side of one coordinator process. `beside` is a companion of `serve`."""

    settings: CoordinatorSettings
    _gateway: Gateway | None = None

    def connected(self) -> frozenset[str]:
        """Sites whose nodes are connected to this process now."""
        return frozenset(self._gateway.connected()) if self._gateway is not None else frozenset()

    @contextmanager
    def beside(self, services: Services) -> Iterator[None]:
        """Gateway and runner, from entering until leaving. A port that is taken raises here."""
        started: threading.Event = threading.Event()
        failed: list[BaseException] = []
        loop = asyncio.new_event_loop()
        stopping = asyncio.Event()

        def work() -> None:
            asyncio.set_event_loop(loop)
            try:
                loop.run_until_complete(self._serve(services, started, stopping))
            except BaseException as error:
                failed.append(error)
            finally:
                started.set()
                loop.close()

        thread = threading.Thread(target=work, name="federation")
        thread.start()
        started.wait()
        if failed:
            thread.join()
            raise failed[0]
        try:
            yield
        finally:
            if not loop.is_closed():
                loop.call_soon_threadsafe(stopping.set)
            thread.join()

    async def _serve(self, services: Services, started: threading.Event, stopping: asyncio.Event) -> None:
        authority = services.authority()
        key, chain = authority.new_server_certificate(self.settings.public_names)
        outbox = SiteOutbox(services.database)
        runner = Runner(
            services=services,
            outbox=outbox,
            connected=lambda: [SiteId(site) for site in self.connected()],
            patience=Patience(absent=float(self.settings.absent_seconds)),
            payloads=Payloads(self.settings.objects),
            keep_room=True,
        )
        host = self.settings.link_host
        gateway = Gateway(
            GatewaySettings(
                listen=f"{host}:{self.settings.link_port}",
                enrol_listen=f"{host}:{self.settings.enrol_port}",
                server_key=key,
                server_chain=chain,
                software=__version__,
            ),
            on_parcel=runner.on_parcel,
            outbox=outbox,
            authority=authority,
            clock=services.clock,
            on_hello=runner.on_hello,
            record_sightings=services.sightings.record,
        )
        self._gateway = gateway
        loop = asyncio.get_running_loop()
        sending: set[asyncio.Task[None]] = set()

        def wake(site: SiteId, parcel: Parcel) -> None:
            task = loop.create_task(gateway.send(site, parcel))
            sending.add(task)
            task.add_done_callback(sending.discard)

        outbox.wake = wake
        await gateway.start()
        leading = asyncio.create_task(runner.serve())
        started.set()
        try:
            await stopping.wait()
        finally:
            leading.cancel()
            await asyncio.gather(leading, return_exceptions=True)
            await gateway.stop()
