"""How long one round of a thousand numbers takes, beside the same bytes over bare gRPC streams."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from benchmarks.federation.echo_job import NUMBERS_1K
from benchmarks.federation.running import RunningFederation, running_federation
from benchmarks.harness import Benchmark, Measured, at_most
from benchmarks.peers.raw_grpc import Load, raw_federation
from infra.demo.study import SITES

_TURNS, _ROUNDS = 4, 50
_FRAME = 300
"""Names, lengths and a signature around an array, about."""
_ARRAY = 8 * NUMBERS_1K + _FRAME


def measure() -> Measured:
    # From the second round on a message brings the replies of the round before, so that nodes can check it.
    load = Load(down=_ARRAY * (1 + len(SITES)), up=_ARRAY)
    with (
        tempfile.TemporaryDirectory(prefix="onggi-floor-") as place,
        running_federation(kinds="echo") as federation,
    ):
        return asyncio.run(_take_turns(federation, Path(place), load))


async def _take_turns(federation: RunningFederation, folder: Path, load: Load) -> Measured:
    ours: list[float] = []
    floor: list[float] = []
    await asyncio.to_thread(federation.run_echo, numbers=NUMBERS_1K, rounds=10)
    async with raw_federation(folder, nodes=len(SITES), load=load) as raw:
        for _ in range(_ROUNDS):
            await raw.round()
        for _ in range(_TURNS):
            await asyncio.to_thread(federation.run_echo, numbers=NUMBERS_1K, rounds=_ROUNDS)
            ours += federation.rounds()[-_ROUNDS + 1 :]
            floor += [await raw.round() for _ in range(_ROUNDS)]
    return Measured(ours, floor)


BENCHMARK = Benchmark(
    name="round_floor_1k",
    unit="s",
    mark=at_most(3),
    how=(
        "Median seconds of a round with 4 nodes and 1,000 numbers: ours from the server app's messages to "
        "all replies (sandboxes, gate, registers and journal on disk), against the same bytes over bare "
        "grpc.aio bidirectional streams with mTLS between one process and 4 others, in turns of 50 rounds."
    ),
    measure=measure,
)
