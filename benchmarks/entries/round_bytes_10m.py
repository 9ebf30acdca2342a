"""How long a round with the bytes of ten million float32 parameters takes, beside bare gRPC transfer."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from benchmarks.federation.running import RunningFederation, running_federation
from benchmarks.harness import Benchmark, Measured, at_most
from benchmarks.peers.raw_grpc import Load, raw_federation
from infra.demo.study import SITES

_PARAMETERS = 10_000_000
_BYTES = 4 * _PARAMETERS
_NUMBERS = _BYTES // 8
"""Statistics travel as 64-bit numbers: half as many for the same bytes."""
_TURNS = 3


def measure() -> Measured:
    with (
        tempfile.TemporaryDirectory(prefix="onggi-floor-") as place,
        running_federation(kinds="echo") as federation,
    ):
        return asyncio.run(_take_turns(federation, Path(place)))


async def _take_turns(federation: RunningFederation, folder: Path) -> Measured:
    ours: list[float] = []
    floor: list[float] = []
    async with raw_federation(folder, nodes=len(SITES), load=Load(down=_BYTES, up=_BYTES)) as raw:
        for turn in range(-1, _TURNS):
            # One round a job: later rounds of a statistic carry every hospital's last reply as well.
            await asyncio.to_thread(federation.run_echo, numbers=_NUMBERS, rounds=1)
            took = await raw.round()
            if turn >= 0:
                ours += federation.rounds()[-1:]
                floor.append(took)
    return Measured(ours, floor)


BENCHMARK = Benchmark(
    name="round_bytes_10m",
    unit="s",
    mark=at_most(1.5),
    how=(
        "Median seconds of a round that carries the bytes of 10,000,000 float32 parameters (40 MB, as "
        "5,000,000 64-bit numbers, which is what statistics travel as) to each of 4 nodes and back, through "
        "gate, sandbox, register and journal, against the same bytes over bare grpc.aio streams with mTLS in "
        "2 MiB pieces, in turns."
    ),
    measure=measure,
)
