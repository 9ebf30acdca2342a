"""The link over real TLS: enrolling, talking, breaking, renewing, revoking, and being lied to in between."""

from __future__ import annotations

import asyncio
import datetime
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from coordinator.link.certificates import make_authority as make_raw_authority
from coordinator.link.certificates import make_certificate, pem
from node.link.channel import open_link_channel
from node.link.diagnose import Finding, diagnose
from node.link.enrol import enrol
from node.link.identity import AUTHORITY, CERTIFICATE, KEY, load_identity, write_file
from node.link.renewal import renew
from node.link.settings import LinkSettings, Proxy
from onggi.errors import NotTrusted, OnggiError, Refused, Unreachable
from onggi.protocol.link_frames import hello_frame
from onggi.protocol.parcels import MIB, Hello, LinkLimits, Parcel, ParcelKind
from onggi.spec.ids import SiteId
from tests.support.connect_proxy import ConnectProxy
from tests.support.link_house import QUICK, GatewayHouse, MovableClock, NodeHouse, in_loop, until

pytestmark = pytest.mark.federation
SITE = "seoul"


@asynccontextmanager
async def coordinator(limits: LinkLimits = QUICK) -> AsyncIterator[GatewayHouse]:
    house = GatewayHouse(limits=limits)
    await house.start()
    try:
        yield house
    finally:
        await house.stop()


def reply(number: int | str, body: bytes = b"body", about: str = "run-1") -> Parcel:
    return Parcel(id=f"reply-{number}", kind=ParcelKind.REPLY, about=about, body=body)


async def findings(settings: LinkSettings, house: GatewayHouse) -> Finding:
    """The last step of the walk: the one that failed, or the clock."""
    return (await asyncio.to_thread(diagnose, settings, now=house.clock()))[-1]


async def enrol_fails(settings: LinkSettings, token: object) -> OnggiError:
    with pytest.raises(OnggiError) as caught:
        await asyncio.to_thread(enrol, settings, str(token))
    return caught.value


@in_loop
async def test_a_node_enrols_connects_and_parcels_go_both_ways(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        assert ((settings.folder / KEY).stat().st_mode & 0o777) == 0o600
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply(1))
            await house.send(SITE, Parcel(id="order-1", kind=ParcelKind.ORDER, about="run-1", body=b"do"))
            await until(lambda: len(house.received) == len(node.received) == 1)
            assert house.received == [(SiteId(SITE), reply(1))]
            assert node.received[0].kind is ParcelKind.ORDER
            await until(lambda: not node.outbox.pending(SiteId(SITE)))
            await until(lambda: not house.outbox.pending(SiteId(SITE)))
            await until(lambda: node.link.status.round_trip_s is not None)
            assert node.link.status.last_error is None
            assert abs(node.link.status.clock_difference_s or 0) < 5
            assert house.hellos[0][1].orders == ("order-1",)
            assert house.gateway.connected()[SiteId(SITE)].hello.log_size == 7


@in_loop
async def test_every_step_of_a_healthy_way_is_passed(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        walk = await asyncio.to_thread(diagnose, settings, now=house.clock())
        assert [(found.step, found.code) for found in walk] == [
            (step, None) for step in ("identity", "dns", "tcp", "tls", "h2", "clock")
        ]


@in_loop
async def test_parcels_of_two_sites_never_mix(tmp_path: Path) -> None:
    async with coordinator() as house:
        first = await house.enrol(tmp_path, "seoul")
        second = await house.enrol(tmp_path, "busan")
        async with NodeHouse(first, clock=house.clock) as one, NodeHouse(second, clock=house.clock) as two:
            await one.send(reply("s"))
            await two.send(reply("b"))
            await house.send("busan", Parcel(id="for-busan", kind=ParcelKind.ORDER))
            await until(lambda: len(house.received) == 2 and bool(two.received))
            assert set(house.received) == {(SiteId("seoul"), reply("s")), (SiteId("busan"), reply("b"))}
            assert not one.received


@in_loop
async def test_forty_megabytes_arrive_whole_in_both_directions(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        up, down = os.urandom(40 * MIB + 17), os.urandom(8 * MIB)
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply("big", up))
            await node.send(reply("after"))
            await house.send(SITE, Parcel(id="model", kind=ParcelKind.MESSAGE, about="run-1", body=down))
            await until(lambda: len(house.received) == 2 and len(node.received) == 1)
        # the small parcel about the same run was sent later and is handled later
        assert [parcel.id for _, parcel in house.received] == ["reply-big", "reply-after"]
        assert house.received[0][1].body == up
        assert node.received[0].body == down


@in_loop
async def test_a_broken_transfer_goes_on_from_where_it_stopped(tmp_path: Path) -> None:
    body = os.urandom(40 * MIB)
    async with coordinator() as house, ConnectProxy() as proxy:
        settings = await house.enrol(tmp_path, SITE)
        settings = replace(settings, proxy=Proxy(host="127.0.0.1", port=proxy.port))
        proxy.cut_after = 24 * MIB
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply("big", body))
            await until(lambda: len(house.received) == 1)
            assert house.received[0][1].body == body
            await until(lambda: not node.outbox.pending(SiteId(SITE)))
        carried = [size for size in proxy.tunnels if size > MIB]
        assert len(carried) == 2
        assert carried[0] > 24 * MIB
        assert carried[1] < 34 * MIB  # not from the beginning


@in_loop
async def test_a_parcel_that_is_sent_again_is_handled_once(tmp_path: Path) -> None:
    async with coordinator() as house, ConnectProxy() as proxy:
        settings = await house.enrol(tmp_path, SITE)
        settings = replace(settings, proxy=Proxy(host="127.0.0.1", port=proxy.port))

        async def cut_before_the_ack(_site: SiteId, _parcel: Parcel) -> None:
            proxy.cut()

        house.handler = cut_before_the_ack
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply(1))
            await until(lambda: not node.outbox.pending(SiteId(SITE)))
        assert len(house.hellos) >= 2
        assert house.received == [(SiteId(SITE), reply(1))]


@in_loop
async def test_unconfirmed_parcels_survive_a_restart_of_the_coordinator_in_order(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        async with NodeHouse(settings, clock=house.clock) as node:
            await until(lambda: house.connected(SITE))
            port, enrol_port = house.port, house.gateway.enrol_port
            await house.stop()
            await until(lambda: node.link.status.connected_since is None)
            for number in range(20):
                await node.send(reply(number))
                house.outbox.record(SiteId(SITE), Parcel(id=f"o-{number}", kind=ParcelKind.ORDER))
            await house.start(port=port, enrol_port=enrol_port)
            await until(lambda: len(house.received) == len(node.received) == 20)
        assert [parcel.id for _, parcel in house.received] == [f"reply-{n}" for n in range(20)]
        assert [parcel.id for parcel in node.received] == [f"o-{n}" for n in range(20)]


@in_loop
async def test_a_refusal_by_a_handler_reaches_the_sender_as_a_code_and_is_final(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        tries = 0

        async def refuse(_site: SiteId, parcel: Parcel) -> None:
            nonlocal tries
            tries += 1
            if parcel.id == "reply-1":
                raise Refused("link.parcel_too_large", limit=1)
            if tries < 4:
                raise RuntimeError("patient 4711")

        house.handler = refuse
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply(1))
            await node.send(reply(2))
            await until(lambda: bool(house.received) and bool(node.refused))
            assert node.refused == [("reply-1", "link.parcel_too_large")]
            assert house.received == [(SiteId(SITE), reply(2))]  # came again after it failed
            assert tries == 4
            assert node.link.status.last_error in ("link.parcel_too_large", "link.handler_failed")


@in_loop
async def test_a_certificate_is_renewed_while_connected(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE, renew_check_s=0.05)
        before = load_identity(settings.folder)
        house.clock.shift = datetime.timedelta(days=-6)  # six of its seven days were over
        old = await asyncio.to_thread(renew, settings, now=house.clock())
        house.clock.shift = datetime.timedelta(0)
        assert old.certificate.serial_number != before.certificate.serial_number
        async with NodeHouse(settings, clock=house.clock) as node:
            await until(lambda: house.connected(SITE))
            await until(
                lambda: (
                    load_identity(settings.folder).certificate.serial_number != old.certificate.serial_number
                )
            )
            fresh = load_identity(settings.folder).certificate.serial_number
            await until(
                lambda: (
                    (facts := house.gateway.connected().get(SiteId(SITE))) is not None
                    and facts.serial == fresh
                )
            )
            await node.send(reply(1))
            await until(lambda: len(house.received) == 1)


@in_loop
async def test_revocation_closes_the_stream_and_keeps_it_closed(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        async with NodeHouse(settings, clock=house.clock) as node:
            await until(lambda: house.connected(SITE))
            house.authority.revoke_site(SiteId(SITE))
            await until(lambda: not house.connected(SITE))
            await until(lambda: node.link.status.attempts >= 2)
            assert node.link.status.last_error == "link.certificate_revoked"
            assert not house.connected(SITE)
        with pytest.raises(Refused) as caught:
            await asyncio.to_thread(renew, settings, now=house.clock())
        assert caught.value.code == "link.certificate_revoked"


@in_loop
async def test_a_stopped_node_is_told_that_its_certificate_was_revoked(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        assert (await findings(settings, house)).ok
        house.authority.revoke_site(SiteId(SITE))
        assert (await findings(settings, house)).code == "link.certificate_revoked"
        await house.enrol(tmp_path, SITE)
        assert (await findings(settings, house)).ok


@in_loop
async def test_a_certificate_that_runs_out_while_connected_ends_the_stream(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        async with NodeHouse(settings, clock=MovableClock()) as node:
            await until(lambda: house.connected(SITE))
            house.clock.shift = datetime.timedelta(days=8)
            await until(lambda: node.link.status.last_error == "link.certificate_expired")
            await until(lambda: not house.connected(SITE))


@in_loop
async def test_a_node_that_was_off_for_months_comes_back(tmp_path: Path) -> None:
    async with coordinator() as house:
        house.clock.shift = datetime.timedelta(days=-200)
        settings = await house.enrol(tmp_path, SITE)
        house.clock.shift = datetime.timedelta(0)
        old = load_identity(settings.folder)
        assert old.expired(house.clock())
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply(1))
            await until(lambda: len(house.received) == 1)
        fresh = load_identity(settings.folder)
        assert not fresh.expired(house.clock())
        assert fresh.key.public_key() == old.key.public_key()


@in_loop
async def test_neither_a_revoked_nor_a_forgotten_nor_a_foreign_key_comes_back(tmp_path: Path) -> None:
    async with coordinator() as house:
        house.clock.shift = datetime.timedelta(days=-200)
        settings = await house.enrol(tmp_path, SITE)
        other = await house.enrol(tmp_path, "busan")
        house.clock.shift = datetime.timedelta(days=-500)
        forgotten = await house.enrol(tmp_path, "daegu")
        house.clock.shift = datetime.timedelta(0)
        house.authority.revoke_site(SiteId(SITE))
        for tried, code in ((settings, "link.certificate_revoked"), (forgotten, "enrol.away_too_long")):
            with pytest.raises(Refused) as caught:
                await asyncio.to_thread(renew, tried, now=house.clock())
            assert caught.value.code == code
        held = load_identity(other.folder)
        der = ssl.PEM_cert_to_DER_cert(held.certificate_pem.decode())
        challenge = house.authority.new_challenge()
        for shown, signature in ((challenge, b"x" * 70), (b"y" * 56, b"x" * 70), (b"", b"")):
            with pytest.raises(NotTrusted) as untrusted:
                house.authority.renew_expired(der, csr=b"", challenge=shown, signature=signature)
            assert untrusted.value.code == "enrol.renewal_not_proved"


@pytest.mark.parametrize("login", ["", "node:p@ss:wörd"])
@in_loop
async def test_the_link_passes_a_proxy_with_and_without_login(tmp_path: Path, login: str) -> None:
    async with coordinator() as house, ConnectProxy(login=login) as proxy:
        user, _, password = login.partition(":")
        through = Proxy(host="127.0.0.1", port=proxy.port, user=user, password=password)
        settings = await house.enrol(tmp_path, SITE, proxy=through)
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply(1))
            await until(lambda: len(house.received) == 1)
        assert proxy.targets
        assert set(proxy.targets) <= {f"127.0.0.1:{house.port}", f"127.0.0.1:{house.gateway.enrol_port}"}
        assert (await findings(settings, house)).ok


@in_loop
async def test_a_proxy_that_refuses_is_named(tmp_path: Path) -> None:
    async with coordinator() as house, ConnectProxy(login="a:b") as wants, ConnectProxy(answer=403) as no:
        settings = await house.enrol(tmp_path, SITE)
        for proxy, status in ((wants, 407), (no, 403)):
            blocked = replace(settings, proxy=Proxy(host="127.0.0.1", port=proxy.port))
            found = await findings(blocked, house)
            assert (found.step, found.code, found.facts["status"]) == ("tcp", "link.proxy_refused", status)
        async with NodeHouse(blocked, clock=house.clock) as node:
            await until(lambda: node.link.status.last_error is not None)
            assert node.link.status.last_error == "link.proxy_refused"
        gone = replace(settings, proxy=Proxy(host="127.0.0.1", port=_closed_port()))
        assert (await findings(gone, house)).code == "link.proxy_unreachable"


def _closed_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def interceptor(tmp_path: Path, *, issuer: str) -> AsyncIterator[int]:
    """A device that answers TLS with a certificate of its own authority."""
    now = datetime.datetime.now(datetime.UTC)
    key, authority = make_raw_authority(issuer, now=now, serial=5)
    leaf = make_certificate(
        key.public_key(),
        issuer_key=key,
        issuer=authority,
        subject="127.0.0.1",
        usage=ExtendedKeyUsageOID.SERVER_AUTH,
        names=("127.0.0.1",),
        serial=6,
        now=now,
        lifetime=datetime.timedelta(days=1),
    )
    (tmp_path / "mitm.pem").write_bytes(pem(key) + pem(leaf) + pem(authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "mitm.pem")
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.extend(await reader.read(65536))
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
    assert b"onggi" not in heard  # no token, no hello


@in_loop
async def test_interception_is_named_with_its_issuer_and_learns_nothing(tmp_path: Path) -> None:
    async with coordinator() as house, interceptor(tmp_path, issuer="Hospital TLS Inspection CA") as port:
        settings = await house.enrol(tmp_path, SITE)
        caught = replace(settings, port=port, enrol_port=port)
        found = await findings(caught, house)
        assert (found.step, found.code) == ("tls", "link.tls_intercepted")
        assert found.facts["issuer"] == "Hospital TLS Inspection CA"
        async with NodeHouse(caught, clock=house.clock) as node:
            await until(lambda: node.link.status.attempts >= 2)
            assert node.link.status.last_error == "link.tls_intercepted"
        token = house.authority.new_token(SiteId("busan"))
        newcomer = replace(caught, site=SiteId("busan"), folder=tmp_path / "busan")
        assert (await enrol_fails(newcomer, token)).code == "link.tls_intercepted"
        assert not (newcomer.folder / KEY).exists()


@in_loop
async def test_another_coordinators_authority_is_not_trusted_on_first_use(tmp_path: Path) -> None:
    async with coordinator() as house, coordinator() as other:
        token = other.authority.new_token(SiteId(SITE))
        assert (await enrol_fails(house.settings(tmp_path, SITE), token)).code == "link.wrong_ca"
        settings = await house.enrol(tmp_path, "busan")
        elsewhere = replace(settings, port=other.port)
        assert (await findings(elsewhere, house)).code == "link.wrong_ca"


@in_loop
async def test_tokens_are_bound_to_site_time_and_first_key(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = house.settings(tmp_path, SITE)
        token = house.authority.new_token(SiteId(SITE))
        wrong = replace(token, secret="A" * 43)
        assert (await enrol_fails(settings, wrong)).code == "enrol.token_unknown"
        assert (await enrol_fails(settings, str(token)[:-1])).code == "enrol.token_malformed"
        elsewhere = house.settings(tmp_path, "busan")
        assert (await enrol_fails(elsewhere, token)).code == "enrol.token_for_other_site"
        first = await asyncio.to_thread(enrol, settings, str(token))
        again = await asyncio.to_thread(enrol, settings, str(token))  # an answer that got lost
        assert again.key.public_key() == first.key.public_key()
        thief = replace(settings, folder=tmp_path / "thief")
        assert (await enrol_fails(thief, token)).code == "enrol.token_used"
        late = house.authority.new_token(SiteId("busan"))
        house.clock.shift = datetime.timedelta(days=4)
        assert (await enrol_fails(elsewhere, late)).code == "enrol.token_expired"


@in_loop
async def test_only_a_nodes_certificate_opens_the_stream(tmp_path: Path) -> None:
    async with coordinator() as house, coordinator() as other:
        settings = await house.enrol(tmp_path, SITE)
        good = load_identity(settings.folder)
        server_key, server_chain = house.authority.new_server_certificate(("127.0.0.1",))
        foreign = load_identity((await other.enrol(tmp_path / "other", SITE)).folder)
        write_file(tmp_path / KEY, server_key, mode=0o600)
        write_file(tmp_path / CERTIFICATE, server_chain, mode=0o644)
        write_file(tmp_path / AUTHORITY, good.authority_pem, mode=0o644)
        posing = load_identity(tmp_path)
        for identity in (posing, replace(foreign, authority=good.authority)):
            channel = open_link_channel(settings, identity)
            call = channel.stream_stream("/onggi.v1.NodeService/Connect")()
            answer: object = b""
            try:
                await call.write(hello_frame(Hello(), window=1 << 20))
                answer = await call.read()
            except grpc.RpcError as error:
                answer = error.code()
            finally:
                call.cancel()
                await channel.close()
            refused = isinstance(answer, bytes) and b"link.certificate_required" in answer
            assert refused or answer is grpc.StatusCode.UNAVAILABLE
        assert not house.gateway.connected()
        assert not house.hellos


@in_loop
async def test_faults_on_the_way_are_named(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)

        async def named(**changed: object) -> str | None:
            return (await findings(replace(settings, **changed), house)).code  # type: ignore[arg-type]  # fields by name

        assert await named(host="no-such-host.invalid") == "link.dns"
        assert await named(port=_closed_port()) == "link.port_closed"
        assert await named(server_name="elsewhere.example") == "link.wrong_name"
        assert await named(folder=tmp_path / "empty") == "enrol.not_enrolled"

        async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"SSH-2.0-x\r\n")
            await reader.read(1)
            writer.transport.abort()

        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        assert await named(port=server.sockets[0].getsockname()[1]) == "link.tls_failed"
        server.close()
        await server.wait_closed()
        (settings.folder / KEY).chmod(0o644)
        assert await named() == "enrol.key_open_to_others"
        (settings.folder / KEY).chmod(0o600)
        ahead = house.clock() + datetime.timedelta(hours=1)
        behind = house.clock() - datetime.timedelta(hours=1)
        for moment in (ahead, behind):
            last = (await asyncio.to_thread(diagnose, settings, now=moment))[-1]
            assert last.code == "link.clock_off"
            assert 3200 < abs(int(last.facts["seconds"] or 0)) < 3700


@in_loop
async def test_a_clock_that_is_off_shows_in_the_status(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        ahead = lambda: house.clock() + datetime.timedelta(hours=1)  # noqa: E731  # one line says it
        async with NodeHouse(settings, clock=ahead) as node:
            await until(lambda: node.link.status.connected_since is not None)
            assert node.link.status.last_error == "link.clock_off"
            assert 3590 < (node.link.status.clock_difference_s or 0) < 3610


@in_loop
async def test_a_frozen_way_is_noticed_by_both_sides_and_left(tmp_path: Path) -> None:
    limits = replace(QUICK, heartbeat_s=0.1, dead_after_s=0.5)
    async with coordinator(limits) as house, ConnectProxy() as proxy:
        settings = await house.enrol(tmp_path, SITE)
        settings = replace(settings, proxy=Proxy(host="127.0.0.1", port=proxy.port), step_s=0.3)
        async with NodeHouse(settings, clock=house.clock) as node:
            await until(lambda: house.connected(SITE))
            proxy.frozen = True
            await until(lambda: not house.connected(SITE))
            await until(lambda: node.link.status.connected_since is None)
            assert node.link.status.last_error is not None
            proxy.frozen = False
            await until(lambda: node.link.status.connected_since is not None)
            await node.send(reply(1))
            await until(lambda: len(house.received) == 1)


@in_loop
async def test_the_newer_connection_of_a_site_wins(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        slow = replace(settings, reconnect_s=30.0, reconnect_max_s=30.0)
        async with NodeHouse(slow, clock=house.clock) as old:
            await until(lambda: house.connected(SITE))
            async with NodeHouse(settings, clock=house.clock) as new:
                await until(lambda: old.link.status.last_error == "link.superseded")
                await house.send(SITE, Parcel(id="o-1", kind=ParcelKind.ORDER))
                await until(lambda: len(new.received) == 1)
                assert not old.received


@in_loop
async def test_an_outbox_that_fails_breaks_the_connection_but_not_the_node(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        node = NodeHouse(settings, clock=house.clock)
        forget, seen = node.outbox.acknowledged, []

        def fail_once(site: SiteId, parcel_id: str) -> None:
            seen.append(parcel_id)
            if len(seen) == 1:
                raise OSError("disk full")
            forget(site, parcel_id)

        node.outbox.acknowledged = fail_once  # type: ignore[method-assign]  # a disk that is full once
        async with node:
            await node.send(reply(1))
            await until(lambda: node.link.status.last_error == "link.fault")
            await until(lambda: not node.outbox.pending(SiteId(SITE)))
        assert house.received == [(SiteId(SITE), reply(1))]


@in_loop
async def test_a_node_from_the_future_is_told_that_no_version_fits(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        node = NodeHouse(settings, clock=house.clock)
        node.link._hello = lambda: Hello(version_min=7, version_max=9)
        async with node:
            await until(lambda: node.link.status.attempts >= 1)
            assert node.link.status.last_error == "link.version_unknown"
        assert not house.connected(SITE)


def test_a_call_to_a_dead_address_is_unreachable(tmp_path: Path) -> None:
    settings = LinkSettings(
        site=SiteId(SITE), host="127.0.0.1", port=1, enrol_port=_closed_port(), folder=tmp_path
    )
    token = f"onggi-enrol-1.{SITE}.{'A' * 43}.{'0' * 64}"
    with pytest.raises(Unreachable) as caught:
        enrol(settings, token)
    assert caught.value.code == "link.port_closed"
