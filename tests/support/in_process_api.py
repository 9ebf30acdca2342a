"""Carries the SDK's requests to the real application in this process, and lets a test alter the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from coordinator.api.app import create_app
from onggi.client.connection import Client, connect
from onggi.client.home import Home
from onggi.errors import Refused
from onggi.protocol.checkpoint import cosign_checkpoint
from onggi.protocol.trust_root import root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots
from tests.support.coordinator_house import House, house_root
from tests.support.federation_root import SITES, key, signed_root

URL = "https://coordinator.example"
Alter = Callable[[str, Any], Any]
Open = Callable[..., Client]


@dataclass
class AppTransport(httpx.BaseTransport):
    """`alter(path, answer)` returns what a coordinator that lies would answer instead."""

    house: House
    alter: Alter | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path))
        status, headers, body = anyio.run(partial(self._answer, request, request.read()))
        if self.alter is not None and status < 300:
            body = json.dumps(self.alter(request.url.path, json.loads(body))).encode()
            headers = httpx.Headers({"content-type": "application/json"})
        return httpx.Response(status, headers=headers, content=body)

    async def _answer(self, request: httpx.Request, content: bytes) -> tuple[int, httpx.Headers, bytes]:
        app = _application(self.house)
        inner = httpx.ASGITransport(app, raise_app_exceptions=False)
        carried = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        answer = await inner.handle_async_request(carried)
        return answer.status_code, answer.headers, await answer.aread()


_APPS: list[Any] = []


def _application(house: House) -> Any:
    """One application for all houses of this process: describing every route anew costs half a second."""
    if not _APPS:
        _APPS.append(create_app(house.services))
    _APPS[0].state.services = house.services
    return _APPS[0]


def pin_house_root(home: Home) -> None:
    """As `onggi root pin` does, with the house's federation root."""
    envelope = signed_root(house_root())
    home.pinned.save(TrustedRoots.pin(envelope, fingerprint=root_fingerprint(envelope)))


def client_of(house: House, who: str, *, home: Path, alter: Alter | None = None) -> Client:
    """The SDK as this person uses it, with the house's root pinned."""
    pin_house_root(Home(home))
    transport = AppTransport(house, alter)
    return connect(URL, token=house.tokens[who], home=home, over=transport, language="en", environment={})


def as_anybody(house: House, *, home: Path) -> Open:
    """Opens the SDK as a person, with that person's own home; answers may be altered on the way."""
    return lambda who, alter=None: client_of(house, who, home=home / who, alter=alter)


def publish_head(house: House) -> None:
    """A head of the log that two hospitals signed."""
    signed = house.services.log.publish_checkpoint()
    for site in SITES[:2]:
        cosigned = cosign_checkpoint(signed, name=site, key=key(site), at=house.clock())
        line = cosigned.render().decode().splitlines()[-1]
        house.services.log.add_cosignature(line, size=signed.checkpoint.size)


def refused(act: Callable[[], object], *, kind: type[Exception] = Refused) -> str:
    """The code with which an act is refused."""
    with pytest.raises(kind) as caught:
        act()
    code: str = caught.value.code  # type: ignore[attr-defined]  # every kind asked for here is one of ours
    return code
