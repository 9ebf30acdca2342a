"""`python -m node run` as a service would start it: connects, says how it stands, and stops when told."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from onggi.spec.ids import SiteId
from tests.support.link_house import GatewayHouse, in_loop, until
from tests.support.node_desk import SITE, NodeDesk

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.federation
@in_loop
async def test_a_node_runs_shows_its_link_and_stops(tmp_path: Path) -> None:
    house = GatewayHouse()
    await house.start()
    desk = NodeDesk(tmp_path / "node", now=house.clock(), coordinator=f"127.0.0.1:{house.port}")
    assert desk.init("--enrol-port", str(house.gateway.enrol_port)).code == 0
    # The process goes by the real clock: so must the root's dates.
    day = timedelta(days=1)
    assert desk.trust(desk.root(issued=desk.now - day, expires=desk.now + day)).code == 0
    token = str(house.authority.new_token(SiteId(SITE)))
    assert (await asyncio.to_thread(desk.type, "enrol", token, "--json")).code == 0
    file = desk.home / "node.toml"
    file.write_text(file.read_text() + "warm_workers = 0\n")
    node = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "node",
        "run",
        "--home",
        str(desk.home),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await until(lambda: house.connected(SITE), seconds=60)
        await until(lambda: _link(desk, house)["connected"] is True, seconds=30)
        assert house.hellos[0][1].root_version == 1
        second = await asyncio.to_thread(desk.type, "run", "--json")
        assert second.json["error"]["code"] == "node.already_running"
        node.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(node.communicate(), 60)
    finally:
        if node.returncode is None:
            node.kill()
            await node.wait()
        await house.stop()
    assert (node.returncode, out) == (0, b""), err
    assert b"Traceback" not in err
    assert _link(desk, house) == {"running": False, "connected": False}


def _link(desk: NodeDesk, house: GatewayHouse) -> dict[str, object]:
    desk.now = house.clock()
    link: dict[str, object] = desk.type("status", "--json").json["link"]
    return link
