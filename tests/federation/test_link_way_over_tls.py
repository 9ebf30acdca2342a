"""The way to the coordinator over real TLS: proxies, interception, wrong clocks; every fault is named."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from coordinator.link.certificates import make_authority as make_raw_authority
from coordinator.link.certificates import make_certificate, pem
from node.link.diagnose import diagnose
from node.link.enrol import enrol
from node.link.identity import KEY
from node.link.settings import LinkSettings, Proxy
from onggi.errors import Unreachable
from onggi.spec.ids import SiteId
from tests.support.connect_proxy import ConnectProxy
from tests.support.link_house import (
    NodeHouse,
    closed_port,
    coordinator,
    enrol_fails,
    findings,
    in_loop,
    reply,
    until,
)

pytestmark = pytest.mark.federation
SITE = "seoul"


@in_loop
async def test_every_step_of_a_healthy_way_is_passed(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        walk = await asyncio.to_thread(diagnose, settings, now=house.clock())
        assert [(found.step, found.code) for found in walk] == [
            (step, None) for step in ("identity", "dns", "tcp", "tls", "h2", "clock")
        ]


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
        gone = replace(settings, proxy=Proxy(host="127.0.0.1", port=closed_port()))
        assert (await findings(gone, house)).code == "link.proxy_unreachable"


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
async def test_faults_on_the_way_are_named(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)

        async def named(**changed: object) -> str | None:
            return (await findings(replace(settings, **changed), house)).code  # type: ignore[arg-type]  # fields by name

        assert await named(host="no-such-host.invalid") == "link.dns"
        assert await named(port=closed_port()) == "link.port_closed"
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


def test_a_call_to_a_dead_address_is_unreachable(tmp_path: Path) -> None:
    settings = LinkSettings(
        site=SiteId(SITE), host="127.0.0.1", port=1, enrol_port=closed_port(), folder=tmp_path
    )
    token = f"onggi-enrol-1.{SITE}.{'A' * 43}.{'0' * 64}"
    with pytest.raises(Unreachable) as caught:
        enrol(settings, token)
    assert caught.value.code == "link.port_closed"
