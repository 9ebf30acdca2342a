"""A coordinator's gateway and hospitals' nodes on loopback, over real TLS, with a clock that tests move."""

from __future__ import annotations

import asyncio
import functools
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from coordinator.link.authority import CertificateAuthority, load_authority
from coordinator.link.gateway import Gateway
from coordinator.link.settings import GatewaySettings
from coordinator.link.sightings import RecordSightings
from node.link.client import NodeLink
from node.link.diagnose import Finding, diagnose
from node.link.enrol import enrol
from node.link.settings import LinkSettings
from onggi.errors import OnggiError
from onggi.protocol.parcels import Hello, LinkLimits, MemoryOutbox, Parcel, ParcelKind
from onggi.spec.ids import SiteId
from tests.support.link_memory import MemoryCertificateStore

QUICK = LinkLimits(heartbeat_s=0.2, dead_after_s=2.0, retry_s=0.05, hello_s=5.0)


class MovableClock:
    """The present, shifted: certificates are checked by TLS against the real time."""

    def __init__(self) -> None:
        self.shift = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


def make_authority(
    clock: Callable[[], datetime], *, name: str = "test coordinator"
) -> tuple[CertificateAuthority, MemoryCertificateStore]:
    key_pem, certificate_pem = CertificateAuthority.create(name, now=clock(), random_bytes=os.urandom)
    key, certificate = load_authority(key_pem, certificate_pem)
    store = MemoryCertificateStore()
    return (
        CertificateAuthority(
            key=key, certificate=certificate, store=store, clock=clock, random_bytes=os.urandom
        ),
        store,
    )


@dataclass
class GatewayHouse:
    """The coordinator's side: start it, enrol sites, read what arrived."""

    limits: LinkLimits = QUICK
    clock: MovableClock = field(default_factory=MovableClock)
    names: tuple[str, ...] = ("127.0.0.1", "localhost")
    received: list[tuple[SiteId, Parcel]] = field(default_factory=list)
    refused: list[tuple[SiteId, str, str]] = field(default_factory=list)
    hellos: list[tuple[SiteId, Hello]] = field(default_factory=list)
    handler: Callable[[SiteId, Parcel], Awaitable[None]] | None = None
    record_sightings: RecordSightings | None = None
    sighting_s: float = 60.0

    def __post_init__(self) -> None:
        self.authority, self.store = make_authority(self.clock)
        self.outbox = MemoryOutbox()
        self.port = 0

    async def start(self, *, port: int = 0, enrol_port: int = 0) -> None:
        key, chain = self.authority.new_server_certificate(self.names)
        settings = GatewaySettings(
            listen=f"127.0.0.1:{port}",
            enrol_listen=f"127.0.0.1:{enrol_port}",
            server_key=key,
            server_chain=chain,
            limits=self.limits,
            certificate_check_s=0.05,
            sighting_s=self.sighting_s,
            stop_grace_s=0.2,
            software="test",
        )
        self.gateway = Gateway(
            settings,
            on_parcel=self._take,
            outbox=self.outbox,
            authority=self.authority,
            clock=self.clock,
            on_hello=self._greet,
            on_refused=lambda site, parcel, code: self.refused.append((site, parcel.id, code)),
            record_sightings=self.record_sightings,
        )
        self.port = await self.gateway.start()

    async def stop(self) -> None:
        await self.gateway.stop()

    async def _take(self, site: SiteId, parcel: Parcel) -> None:
        if self.handler is not None:
            await self.handler(site, parcel)
        self.received.append((site, parcel))

    async def _greet(self, site: SiteId, hello: Hello) -> None:
        self.hellos.append((site, hello))

    async def send(self, site: str, parcel: Parcel) -> None:
        self.outbox.record(SiteId(site), parcel)
        await self.gateway.send(SiteId(site), parcel)

    def settings(self, folder: Path, site: str, **overrides: object) -> LinkSettings:
        plain = LinkSettings(
            site=SiteId(site),
            host="127.0.0.1",
            port=self.port,
            enrol_port=self.gateway.enrol_port,
            folder=folder / site,
            limits=self.limits,
            reconnect_s=0.02,
            reconnect_max_s=0.1,
            step_s=3.0,
        )
        return replace(plain, **overrides)  # type: ignore[arg-type]  # overrides are field values by name

    async def enrol(self, folder: Path, site: str, **overrides: object) -> LinkSettings:
        settings = self.settings(folder, site, **overrides)
        token = self.authority.new_token(SiteId(site))
        await asyncio.to_thread(enrol, settings, str(token))
        return settings

    def connected(self, site: str) -> bool:
        return SiteId(site) in self.gateway.connected()


class NodeHouse:
    """A node's side: its link, running, and what it received."""

    def __init__(
        self,
        settings: LinkSettings,
        *,
        clock: Callable[[], datetime],
        handler: Callable[[Parcel], Awaitable[None]] | None = None,
    ) -> None:
        self.site = settings.site
        self.outbox = MemoryOutbox()
        self.received: list[Parcel] = []
        self.refused: list[tuple[str, str]] = []
        self.handler = handler
        self.link = NodeLink(
            settings,
            outbox=self.outbox,
            on_parcel=self._take,
            hello=lambda: Hello(software="test", root_version=1, log_size=7, orders=("order-1",)),
            clock=clock,
            random=Random(7),
            on_refused=lambda parcel, code: self.refused.append((parcel.id, code)),
        )
        self._task: asyncio.Task[None] | None = None

    async def _take(self, parcel: Parcel) -> None:
        if self.handler is not None:
            await self.handler(parcel)
        self.received.append(parcel)

    async def send(self, parcel: Parcel) -> None:
        self.outbox.record(self.site, parcel)
        await self.link.send(parcel)

    async def __aenter__(self) -> NodeHouse:
        self._task = asyncio.create_task(self.link.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self.link.stop()
        await asyncio.wait_for(self._task, 20)


async def until(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait for a condition; a test that waits in vain fails here."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an asynchronous test in a loop of its own."""

    @functools.wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        async def main() -> None:
            await test(*args, **kwargs)

        asyncio.run(main())

    return run


@asynccontextmanager
async def coordinator(limits: LinkLimits = QUICK) -> AsyncIterator[GatewayHouse]:
    """A gateway on loopback until the block is left."""
    house = GatewayHouse(limits=limits)
    await house.start()
    try:
        yield house
    finally:
        await house.stop()


def reply(number: int | str, body: bytes = b"body", about: str = "run-1") -> Parcel:
    """A hospital's reply as a parcel."""
    return Parcel(id=f"reply-{number}", kind=ParcelKind.REPLY, about=about, body=body)


async def findings(settings: LinkSettings, house: GatewayHouse) -> Finding:
    """The last step of the walk: the one that failed, or the clock."""
    return (await asyncio.to_thread(diagnose, settings, now=house.clock()))[-1]


async def enrol_fails(settings: LinkSettings, token: object) -> OnggiError:
    """Enrols in vain; returns why."""
    with pytest.raises(OnggiError) as caught:
        await asyncio.to_thread(enrol, settings, str(token))
    return caught.value


def closed_port() -> int:
    """A port on loopback at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
