"""Starts Flower's own deployment on loopback, runs the echo job in it, and says how long each round took.

One SuperLink and one SuperNode per hospital, processes of their own, with Flower's defaults: a process per
message, no TLS (which only helps Flower here), state in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa

from infra.demo.processes import REPOSITORY, free_port
from onggi.protocol.canonical import canonical_json
from onggi.spec.job import JobSpec

_APP = Path(__file__).parent / "flower_app"
_PATIENCE_S = 400.0


def flower_round_times(spec: JobSpec, *, folder: Path) -> list[float]:
    """Seconds of each round of the spec's job, in order, in a deployment made for it."""
    data, times = folder / "data", folder / "times.json"
    data.mkdir(parents=True)
    (data / "spec.json").write_bytes(canonical_json(spec))
    with pa.OSFile(str(data / "table.arrow"), "wb") as sink, pa.ipc.new_file(sink, pa.schema([])):
        pass
    with _deployment(folder, nodes=len(spec.participants), data=data) as port:
        configured: dict[str, str | int] = {
            "data-path": str(data),
            "times": str(times),
            "nodes": len(spec.participants),
        }
        _start_run(port, configured)
        _wait_for(times)
    told = json.loads(times.read_text(encoding="utf-8"))
    if not told["answered"]:
        raise RuntimeError("the job failed in Flower's deployment")
    return [float(seconds) for seconds in told["rounds"]]


@contextmanager
def _deployment(folder: Path, *, nodes: int, data: Path) -> Iterator[int]:
    """SuperLink and SuperNodes until the block is left."""
    port = free_port()
    with ExitStack() as running:
        link = ("flower-superlink", "--insecure", "--port", str(port))
        running.enter_context(
            _process(folder, "superlink", *link, "--disable-runtime-dependency-installation")
        )
        _wait_for_port(port)
        for number in range(nodes):
            words = ("--superlink", f"127.0.0.1:{port}", "--port", str(free_port()))
            config = f'data-path="{data}"'
            running.enter_context(
                _process(
                    folder,
                    f"supernode-{number}",
                    "flower-supernode",
                    "--insecure",
                    *words,
                    "--node-config",
                    config,
                )
            )
        yield port


@contextmanager
def _process(folder: Path, name: str, program: str, *words: str) -> Iterator[None]:
    """One process in a group of its own; leaving the block ends the group, with what it started."""
    binaries = Path(sys.executable).parent
    environment = {
        "PATH": f"{binaries}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "HOME": str(folder),
        "FLWR_HOME": str(folder / f"home-{name}"),
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "PYTHONPATH": str(REPOSITORY),
    }
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(binaries / program), *words],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
    finally:
        _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    for number, patience in ((signal.SIGTERM, 8.0), (signal.SIGKILL, 8.0)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _start_run(port: int, configured: Mapping[str, str | int]) -> None:
    from flwr.cli.build import build_fab_from_disk
    from flwr.common.serde import fab_to_proto, user_config_to_proto
    from flwr.proto.control_pb2 import StartRunRequest
    from flwr.supercore.control.control_http_client import ControlHttpClient
    from flwr.supercore.fab import Fab

    client = ControlHttpClient.from_server_address(
        f"127.0.0.1:{port}", insecure=True, root_certificates=None, interceptors=()
    )
    bundle = build_fab_from_disk(_APP)
    fab = Fab(hashlib.sha256(bundle).hexdigest(), bundle, {})
    client.StartRun(
        StartRunRequest(fab=fab_to_proto(fab), override_config=user_config_to_proto(dict(configured)))
    )


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not (file.exists() and file.stat().st_size):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Flower's run gave no answer; its logs are in {file.parent}")
        time.sleep(0.2)


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 60.0
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 0.5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
