"""The console as its command starts it: it answers over plain text here and over TLS, and stops when told."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.demo.processes import free_port
from tests.support.node_desk import NodeDesk, ready_node
from tests.support.served_site import certificate_files

pytestmark = pytest.mark.federation
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def desk(tmp_path: Path) -> NodeDesk:
    return ready_node(tmp_path)


@contextmanager
def _console(desk: NodeDesk, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    words = ["console", "serve", *options, "--json", "--home", str(desk.home)]
    started = subprocess.Popen(
        [sys.executable, "-m", "node", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    try:
        text = ""
        while not text.rstrip().endswith("}"):
            line = started.stdout.readline()
            assert line, started.stderr.read() if started.stderr else ""
            text += line
        yield json.loads(text)["address"], started
    finally:
        started.kill()
        started.communicate()


def test_it_answers_on_this_computer_and_stops_when_told(desk: NodeDesk) -> None:
    port = str(free_port())
    with _console(desk, "--port", port) as (address, started):
        assert address == f"http://localhost:{port}/"
        answer = httpx.get(f"http://127.0.0.1:{port}/ko/home", follow_redirects=True)
        assert (answer.status_code, answer.url.path) == (200, "/ko/sign-in")
        foreign = httpx.get(f"http://127.0.0.1:{port}/ko/", headers={"host": "evil.example"})
        assert foreign.status_code == 400, "another name for this computer is none of ours"
        started.send_signal(signal.SIGINT)
        _, told = started.communicate(timeout=30)
        assert (started.returncode, told) == (0, ""), "a quiet end: nothing went wrong"


def test_it_answers_over_tls(desk: NodeDesk, tmp_path: Path) -> None:
    certificate, key = certificate_files(tmp_path)
    trusting = ssl.create_default_context(cafile=certificate)
    options = ("--port", str(free_port()), "--certificate", certificate, "--key", key)
    with _console(desk, "--host", "127.0.0.1", *options) as (address, _):
        assert address.startswith("https://127.0.0.1:")
        assert httpx.get(f"{address}ko/", verify=trusting).status_code == 200
