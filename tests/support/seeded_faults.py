"""A healthy node beside a real gateway, to be broken in one place, and mended as its output says."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from coordinator.link.certificates import make_authority, make_certificate, pem
from onggi.spec.ids import SiteId
from tests.support.cdm_folders import MEASUREMENT, OBSERVATION, PERSON, write_hospital, write_table
from tests.support.connect_proxy import ConnectProxy
from tests.support.link_house import GatewayHouse
from tests.support.node_desk import SITE, Answer, NodeDesk

T = TypeVar("T")
CANARY = "CANARY-91823-7746"
"""Stands in the patients' data and in a password; no output of any command may hold it."""
CANARY_NUMBER = "900101-1234567"
DAY = "2020-03-01"
_PROGRAMS = "onggi-node|chmod|sudo|df|nc|getent|iconv|ls|pip|timedatectl"


class LiveGateway:
    """A coordinator's gateway and its neighbours on loopback, in a loop of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.house = GatewayHouse()
        self.do(self.house.start())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def stop(self) -> None:
        self.do(self.house.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.house.port}"

    def token(self, site: str = SITE) -> str:
        return str(self.house.authority.new_token(SiteId(site)))

    def old(self, age: timedelta, make: Callable[[], T]) -> T:
        """What the gateway makes, as if it had been made that long ago."""
        self.house.clock.shift = -age
        try:
            return make()
        finally:
            self.house.clock.shift = timedelta(0)


@dataclass
class Ward:
    """One copy of the healthy node, its source folder, and what stands around it."""

    folder: Path
    gateway: LiveGateway
    patch: pytest.MonkeyPatch
    desk: NodeDesk
    closing: list[Callable[[], object]] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    """What a fault's seed keeps for its place and its cure."""

    @property
    def home(self) -> Path:
        return self.desk.home

    @property
    def cdm(self) -> Path:
        return self.folder / "cdm"

    @property
    def fingerprint(self) -> str:
        """Of the federation root, as the hospital received it another way."""
        return NodeDesk(self.folder / "healthy").settings.root_fingerprint

    def proxy(self, **how: Any) -> ConnectProxy:
        found = ConnectProxy(**how)
        self.gateway.do(found.__aenter__())
        self.closing.append(lambda: self.gateway.do(found.__aexit__(None, None, None)))
        return found

    def settings(self, old: str, new: str) -> None:
        """One entry of node.toml, changed by hand."""
        file = self.home / "node.toml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def add_setting(self, line: str) -> None:
        file = self.home / "node.toml"
        file.write_text(f"{line}\n{file.read_text()}")

    def way(self, address: str) -> None:
        """Another address of the coordinator."""
        self.settings(f'"{self.gateway.address}"', f'"{address}"')

    def leave(self) -> None:
        """As before the enrolment."""
        shutil.rmtree(self.home / "link")


def prepare(folder: Path, gateway: LiveGateway) -> NodeDesk:
    """A node that is set up, trusted, enrolled and loaded; beside it `bare`, which is only set up."""
    ports = ("--enrol-port", str(gateway.house.gateway.enrol_port))
    now, day = datetime.now(UTC), timedelta(days=1)
    desk = NodeDesk(folder / "node", now=now, coordinator=gateway.address)
    assert desk.init(*ports).code == 0
    shutil.copytree(desk.home, folder / "bare")
    root = desk.root(issued=now - day, expires=now + 365 * day)
    (folder / "root.json").write_bytes(root.to_json())
    assert desk.trust(root).code == 0
    assert desk.type("enrol", gateway.token()).code == 0
    cdm = write_source(folder / "cdm")
    assert desk.type("load-omop", str(cdm)).code == 0
    return desk


def write_source(folder: Path) -> Path:
    """Three persons whose source values are canaries."""
    write_hospital(folder)
    rows = [(person, 8507, 1970, 0, 0, CANARY) for person in (1, 2, 3)]
    write_table(folder, "person.csv", (*PERSON, "person_source_value"), rows)
    return folder


def write_measurements(ward: Ward, *, day: str = DAY, concept: object = 3004249) -> None:
    good = (1, 1, 3004249, DAY, 0, 120.5, 1)
    write_table(ward.cdm, "measurement.csv", MEASUREMENT, [good, (2, 2, concept, day, 0, 118.0, 2)])


def write_observations(ward: Ward) -> None:
    rows = [(1, 1, 4, DAY, 0, "calm"), (2, 2, 4, DAY, 0, f"id {CANARY_NUMBER}")]
    write_table(ward.cdm, "observation.csv", OBSERVATION, rows)


def intercept(ward: Ward, *, issuer: str) -> int:
    """A device in between that shows a certificate of its own authority. Returns its port."""
    now = datetime.now(UTC)
    key, authority = make_authority(issuer, now=now, serial=5)
    leaf = make_certificate(
        key.public_key(),
        issuer_key=key,
        issuer=authority,
        subject="127.0.0.1",
        usage=ExtendedKeyUsageOID.SERVER_AUTH,
        names=("127.0.0.1",),
        serial=6,
        now=now,
        lifetime=timedelta(days=1),
    )
    file = ward.folder / "device.pem"
    file.write_bytes(pem(key) + pem(leaf) + pem(authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)

    async def stop(server: asyncio.Server) -> None:
        server.close()
        await server.wait_closed()

    server = ward.gateway.do(start())
    ward.closing.append(lambda: ward.gateway.do(stop(server)))
    return int(server.sockets[0].getsockname()[1])


# --- what an output tells ------------------------------------------------------------------------------


def commands_in(advice: str) -> list[str]:
    """The command lines in a sentence: between backticks, or from a program's name on."""
    quoted: list[str] = re.findall(r"`([^`]+)`", advice)
    if quoted:
        return quoted
    starts = [found.start() for found in re.finditer(rf"(?<![\w/.-])(?:{_PROGRAMS}) ", advice)]
    return [advice[start:].split(" 명령")[0] for start in starts]


def run_advice(ward: Ward, command: str, **filled: str) -> Answer:
    """Runs a command line as the output gave it, with what stands in <angle brackets> filled in."""
    for name, value in filled.items():
        assert f"<{name}>" in command
        command = command.replace(f"<{name}>", value)
    assert "<" not in command
    words = shlex.split(command)
    if words[0] == "onggi-node":
        assert words[1:3] == ["--home", str(ward.home)]
        return ward.desk.type(*words[3:])
    assert words[0] in ("chmod", "iconv"), "nothing else is run outside the node"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def first_found(words: Sequence[str], answer: Answer) -> dict[str, Any]:
    """The problem of a command, or the first finding of an examination."""
    if words[0] != "doctor":
        error: dict[str, Any] = answer.json["error"]
        return error
    findings: list[dict[str, Any]] = [one for group in answer.json["groups"] for one in group["findings"]]
    assert findings, "the examination found nothing"
    return findings[0]
