"""Hands Flower the very apps that our own nodes and server run, and notes when each round began.

Flower gives a server app no data path of its own, so it comes with the run's configuration.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path

from flwr.app import Context, Message
from flwr.serverapp import Grid, ServerApp

from benchmarks.federation.echo_kind import load_client_app, load_server_app

client = load_client_app("count")
server = ServerApp()


class _TimedGrid:
    """Flower's grid, with the duration of every exchange."""

    def __init__(self, grid: Grid, *, nodes: int) -> None:
        self._grid = grid
        self._nodes = nodes
        self.rounds: list[float] = []

    def get_node_ids(self) -> Iterable[int]:
        while len(found := list(self._grid.get_node_ids())) < self._nodes:
            time.sleep(0.2)
        return found

    def send_and_receive(self, messages: Iterable[Message]) -> Iterable[Message]:
        begun = time.perf_counter()
        replies = list(self._grid.send_and_receive(messages))
        self.rounds.append(time.perf_counter() - begun)
        return replies


@server.main()  # type: ignore[untyped-decorator]  # Flower publishes no types
def main(grid: Grid, context: Context) -> None:
    """The echo conversation; its round times go to the file that the run's configuration names."""
    context.node_config["data-path"] = str(context.run_config["data-path"])
    timed = _TimedGrid(grid, nodes=int(context.run_config["nodes"]))
    load_server_app("count")(timed, context)
    times = {"rounds": timed.rounds, "answered": "result" in context.state}
    Path(str(context.run_config["times"])).write_text(json.dumps(times), encoding="utf-8")
