"""How long one round of a thousand numbers takes, beside Flower's own deployment of the same two apps."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.federation.echo_job import NUMBERS_1K, echo_job
from benchmarks.federation.running import running_federation
from benchmarks.harness import Benchmark, Measured, at_least
from benchmarks.peers.flower import flower_round_times
from infra.demo.study import SITES
from onggi.spec.ids import PermitId, ProjectId

_ROUNDS, _FLOWER_ROUNDS = 60, 3


def measure() -> Measured:
    with running_federation(kinds="echo") as federation:
        # A first, shorter job warms up caches that a running federation has warm.
        for rounds in (10, _ROUNDS):
            federation.run_echo(numbers=NUMBERS_1K, rounds=rounds)
        ours = federation.rounds()[-_ROUNDS:]
    spec = echo_job(
        numbers=NUMBERS_1K,
        rounds=_FLOWER_ROUNDS,
        sites=SITES,
        project=ProjectId("project"),
        permit=PermitId("permit"),
        now=datetime.now(UTC),
    )
    with tempfile.TemporaryDirectory(prefix="onggi-flower-") as place:
        peer = flower_round_times(spec, folder=Path(place))
    return Measured(ours, peer)


BENCHMARK = Benchmark(
    name="round_latency_1k",
    unit="s",
    mark=at_least(20),
    how=(
        "Median seconds from a server app's messages to all replies, 4 nodes, 1,000 numbers each way, the "
        "same ClientApp and ServerApp: our coordinator and nodes as processes over mTLS, sandboxed and "
        "recorded; Flower's SuperLink and 4 SuperNodes on loopback with their defaults, without TLS."
    ),
    measure=measure,
)
