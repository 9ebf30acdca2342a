"""The coordinator's door for the nodes: one connection per hospital, each known by its certificate.

* Who speaks is decided by the client certificate alone: its subject is the site, and its serial is
  asked against the revocations on connecting and again every second.
* A site that connects twice keeps the newer connection: the older is usually a dead one.
* No memory here is truth. Parcels wait in the outbox; another coordinator process can take over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import grpc
import grpc.aio
from cryptography import x509

from coordinator.link.greeting import ServerStream, read_hello
from coordinator.link.settings import GatewaySettings
from coordinator.link.sightings import RecordSightings, Sighting, SightingsWatch
from onggi.errors import OnggiError
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.duplex import Duplex
from onggi.protocol.link_frames import choose_version, error_frame, hello_of, welcome_frame
from onggi.protocol.link_inbox import Inbox
from onggi.protocol.link_queue import SendQueue
from onggi.protocol.parcels import PROTOCOL_MAX, PROTOCOL_MIN, Hello, LinkLimits, Outbox, Parcel, Welcome
from onggi.spec.ids import SiteId

_log = logging.getLogger("onggi.link")

OnSiteParcel = Callable[[SiteId, Parcel], Awaitable[None]]
OnHello = Callable[[SiteId, Hello], Awaitable[None]]
OnSiteRefused = Callable[[SiteId, Parcel, str], None]


class Authority(Protocol):
    """What the gateway asks of the certificate authority."""

    @property
    def certificate_pem(self) -> bytes: ...
    def check_presented(self, certificate: x509.Certificate) -> SiteId: ...
    def is_revoked(self, serial: int) -> bool: ...
    def enroll(self, site: SiteId, *, secret: str, csr: bytes) -> bytes: ...
    def renew(self, certificate: x509.Certificate, *, csr: bytes) -> bytes: ...
    def renew_expired(
        self, certificate: bytes, *, csr: bytes, challenge: bytes, signature: bytes
    ) -> bytes: ...
    def new_challenge(self) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """What the operator's page shows of one connected site."""

    site: SiteId
    since: datetime
    serial: int
    certificate_expires: datetime
    hello: Hello
    round_trip_s: float | None
    bad_frames: int


@dataclass(slots=True, eq=False)
class _Connection:
    certificate: x509.Certificate
    duplex: Duplex
    hello: Hello
    since: datetime


@dataclass(slots=True)
class _Peer:
    """What outlives a site's single connections."""

    inbox: Inbox
    queue: SendQueue
    connection: _Connection | None = None
    last_seen: float = 0.0


class Gateway:
    """Serves the nodes. `start` opens the ports, `stop` says goodbye to everyone."""

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        on_parcel: OnSiteParcel,
        outbox: Outbox,
        authority: Authority,
        clock: Callable[[], datetime],
        on_hello: OnHello | None = None,
        on_refused: OnSiteRefused | None = None,
        record_sightings: RecordSightings | None = None,
    ) -> None:
        self._settings = settings
        self._on_parcel = on_parcel
        self._sightings = SightingsWatch(record_sightings, every_s=settings.sighting_s)
        self._outbox = outbox
        self._authority = authority
        self._clock = clock
        self._on_hello = on_hello
        self._on_refused = on_refused
        self._peers: dict[SiteId, _Peer] = {}
        self._server: Any = None
        self._checking: asyncio.Task[None] | None = None
        self.enrol_port = 0

    async def start(self) -> int:
        """Open both ports; returns the one for connected nodes (`enrol_port` is the other)."""
        limits = self._settings.limits
        self._server = grpc.aio.server(options=channel_options(limits))
        self._server.add_generic_rpc_handlers((self._handlers(),))
        pair = [(self._settings.server_key, self._settings.server_chain)]
        open_to_nodes = grpc.ssl_server_credentials(
            pair, root_certificates=self._authority.certificate_pem, require_client_auth=True
        )
        port: int = self._server.add_secure_port(self._settings.listen, open_to_nodes)
        self.enrol_port = self._server.add_secure_port(
            self._settings.enrol_listen, grpc.ssl_server_credentials(pair)
        )
        await self._server.start()
        self._checking = asyncio.create_task(self._check_certificates())
        self._sightings.start(self._heard)
        return port

    async def stop(self) -> None:
        """End every connection with `link.stopping`; unconfirmed parcels stay in the outboxes."""
        if self._checking is not None:
            self._checking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._checking
        await self._sightings.stop()
        for peer in self._peers.values():
            if peer.connection is not None:
                peer.connection.duplex.close("link.stopping")
        if self._server is not None:
            await self._server.stop(self._settings.stop_grace_s)
        for peer in self._peers.values():
            await peer.inbox.close()

    async def send(self, site: SiteId, parcel: Parcel) -> None:
        """Queue a parcel that the outbox already holds. Returns when queued."""
        self._peer(site).queue.put(parcel)

    def look_again(self, site: SiteId) -> None:
        """Read the site's outbox again: another process may have put something there."""
        self._peer(site).queue.look_again()

    def disconnect(self, site: SiteId, code: str) -> None:
        """Close the site's connection, if there is one, with a reason."""
        peer = self._peers.get(site)
        if peer is not None and peer.connection is not None:
            peer.connection.duplex.close(code)

    def connected(self) -> Mapping[SiteId, ConnectionFacts]:
        """Who is connected to this process."""
        return {
            site: ConnectionFacts(
                site=site,
                since=live.since,
                serial=live.certificate.serial_number,
                certificate_expires=live.certificate.not_valid_after_utc,
                hello=live.hello,
                round_trip_s=live.duplex.round_trip_s,
                bad_frames=live.duplex.bad_frames,
            )
            for site, peer in self._peers.items()
            if (live := peer.connection) is not None
        }

    def _heard(self) -> list[Sighting]:
        """Every site with a live connection, and when its last frame came."""
        now = self._clock()
        return [
            _sighting(site, live, seen=now - timedelta(seconds=live.duplex.silent_s))
            for site, peer in self._peers.items()
            if (live := peer.connection) is not None
        ]

    # -- the three calls ---------------------------------------------------------------------

    def _handlers(self) -> Any:
        # Connect passes raw bytes: a frame that gRPC could not decode would end the stream.
        return grpc.method_handlers_generic_handler(
            "onggi.v1.NodeService",
            {
                "Enroll": grpc.unary_unary_rpc_method_handler(
                    self._enroll, pb.EnrollRequest.FromString, pb.Certificate.SerializeToString
                ),
                "Renew": grpc.unary_unary_rpc_method_handler(
                    self._renew, pb.RenewRequest.FromString, pb.RenewAnswer.SerializeToString
                ),
                "Connect": grpc.stream_stream_rpc_method_handler(self._connect),
            },
        )

    async def _enroll(self, request: pb.EnrollRequest, context: Any) -> pb.Certificate:
        try:
            certificate = self._authority.enroll(SiteId(request.site), secret=request.secret, csr=request.csr)
        except OnggiError as no:
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, no.code)
        return pb.Certificate(certificate=certificate, authority=self._authority.certificate_pem)

    async def _renew(self, request: pb.RenewRequest, context: Any) -> pb.RenewAnswer:
        answer = pb.RenewAnswer(server_time_ms=round(self._clock().timestamp() * 1000))
        held = _presented(context)
        try:
            if not request.csr:
                if held is not None:  # a node that asks how it stands: its doctor, for one
                    self._authority.check_presented(held)
                answer.challenge = self._authority.new_challenge()
                return answer
            if held is not None:
                certificate = self._authority.renew(held, csr=request.csr)
            else:
                certificate = self._authority.renew_expired(
                    request.expired_certificate,
                    csr=request.csr,
                    challenge=request.challenge,
                    signature=request.signature,
                )
        except OnggiError as no:
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, no.code)
        answer.certificate.certificate = certificate
        answer.certificate.authority = self._authority.certificate_pem
        return answer

    async def _connect(self, _frames: Any, context: Any) -> None:
        stream = ServerStream(context)
        certificate = _presented(context)
        if certificate is None:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "link.certificate_required")
            raise AssertionError("abort raises")
        try:
            async with asyncio.timeout(self._settings.limits.hello_s):
                message = await read_hello(stream, limits=self._settings.limits)
            # Judged after the greeting: a stream that ends before it loses the reason on its way.
            site = self._authority.check_presented(certificate)
            hello = hello_of(message)
            version = choose_version(hello, lowest=PROTOCOL_MIN, highest=PROTOCOL_MAX)
            if self._on_hello is not None:
                await self._on_hello(site, hello)
        except TimeoutError:
            await stream.write(error_frame(pb.FromCoordinator, "link.no_greeting"))
            return
        except OnggiError as no:
            await stream.write(error_frame(pb.FromCoordinator, no.code))
            return
        await stream.write(self._welcome(version))
        await self._serve(site, certificate, hello, their_window=message.window, stream=stream)

    def _welcome(self, version: int) -> bytes:
        welcome = Welcome(
            version=version,
            server_time_ms=round(self._clock().timestamp() * 1000),
            heartbeat_s=self._settings.limits.heartbeat_s,
            software=self._settings.software,
        )
        return welcome_frame(welcome, window=self._settings.limits.window)

    async def _serve(
        self,
        site: SiteId,
        certificate: x509.Certificate,
        hello: Hello,
        *,
        their_window: int,
        stream: ServerStream,
    ) -> None:
        peer = self._peer(site)
        duplex = Duplex(
            stream,
            frame_type=pb.FromCoordinator,
            inbox=peer.inbox,
            queue=peer.queue,
            limits=self._settings.limits,
            their_window=their_window,
            heartbeat_s=self._settings.limits.heartbeat_s,
            on_error=lambda code: _log.warning("site %s reports %s", site, code),
        )
        if peer.connection is not None:
            peer.connection.duplex.close("link.superseded")
        mine = _Connection(certificate=certificate, duplex=duplex, hello=hello, since=self._clock())
        peer.connection = mine
        self._sightings.greeted(_sighting(site, mine, seen=mine.since))
        reason = "link.closed"
        try:
            reason = await duplex.run()
        finally:
            _log.info("site %s disconnected: %s", site, reason)
            peer.last_seen = asyncio.get_running_loop().time()
            if peer.connection is mine:
                peer.connection = None

    # -- what is kept per site ---------------------------------------------------------------

    def _peer(self, site: SiteId) -> _Peer:
        peer = self._peers.get(site)
        if peer is None:
            limits, loop = self._settings.limits, asyncio.get_running_loop()

            async def on_parcel(parcel: Parcel) -> None:
                await self._on_parcel(site, parcel)

            def on_refused(parcel: Parcel, code: str) -> None:
                assert self._on_refused is not None
                self._on_refused(site, parcel, code)

            peer = self._peers[site] = _Peer(
                inbox=Inbox(on_parcel=on_parcel, limits=limits, now=loop.time),
                queue=SendQueue(
                    self._outbox,
                    site=site,
                    limits=limits,
                    on_refused=on_refused if self._on_refused is not None else None,
                ),
                last_seen=loop.time(),
            )
        return peer

    async def _check_certificates(self) -> None:
        while True:
            await asyncio.sleep(self._settings.certificate_check_s)
            now, forget = self._clock(), asyncio.get_running_loop().time() - self._settings.forget_site_s
            for site, peer in list(self._peers.items()):
                live = peer.connection
                if live is None:
                    if peer.last_seen < forget and not len(peer.queue) and not peer.inbox.held_bytes:
                        del self._peers[site]
                elif self._authority.is_revoked(live.certificate.serial_number):
                    live.duplex.close("link.certificate_revoked")
                elif live.certificate.not_valid_after_utc <= now:
                    live.duplex.close("link.certificate_expired")


def _sighting(site: SiteId, live: _Connection, *, seen: datetime) -> Sighting:
    return Sighting(site=site, hello=live.hello, greeted=live.since, seen=max(seen, live.since))


def _presented(context: Any) -> x509.Certificate | None:
    shown = context.auth_context().get("x509_pem_cert")
    return x509.load_pem_x509_certificate(shown[0]) if shown else None


def channel_options(limits: LinkLimits) -> list[tuple[str, int]]:
    """gRPC refuses what is twice over our own limit; in between, the connection survives our refusal."""
    return [
        ("grpc.max_receive_message_length", 2 * limits.frame),
        ("grpc.max_send_message_length", 2 * limits.frame),
        ("grpc.so_reuseport", 0),  # a second server on the same port is an error, not a coin toss
    ]
