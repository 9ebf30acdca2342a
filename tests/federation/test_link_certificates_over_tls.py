"""Certificates and tokens over real TLS: enrolling, renewing, revoking, coming back; nobody else gets in."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from node.link.channel import open_link_channel
from node.link.enrol import enrol
from node.link.identity import AUTHORITY, CERTIFICATE, KEY, load_identity, write_file
from node.link.renewal import renew
from onggi.errors import NotTrusted, Refused
from onggi.protocol.link_frames import hello_frame
from onggi.protocol.parcels import Hello
from onggi.spec.ids import SiteId
from tests.support.link_house import (
    MovableClock,
    NodeHouse,
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
async def test_another_coordinators_authority_is_not_trusted_on_first_use(tmp_path: Path) -> None:
    async with coordinator() as house, coordinator() as other:
        token = other.authority.new_token(SiteId(SITE))
        assert (await enrol_fails(house.settings(tmp_path, SITE), token)).code == "link.wrong_ca"
        settings = await house.enrol(tmp_path, "busan")
        elsewhere = replace(settings, port=other.port)
        assert (await findings(elsewhere, house)).code == "link.wrong_ca"


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
