"""Five hospitals and the coordinator's own code that leads their sums, without the link between them.

The coordinator asks the kind for the next question, leads each masked sum with the product's `MaskedSum`, and
opens it. Hospitals are processes; letters travel as bytes over local sockets. Hospitals start before anything
is measured, as workers wait for their next job.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Kind
from analysis_jobs.kinds.registry import get_kind
from analysis_jobs.runner.bubblewrap import base_variables
from analysis_jobs.sums.vector import decode_sum
from benchmarks.statistics.words import FEDERATION, Answered, Begin, ClearReply, Failed, Message, Step, Told
from coordinator.running.masked_sum import MaskedSum, OpenedSum, SumOf
from onggi.errors import Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.keys import PublicKey
from onggi.protocol.messages import SumStep
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec
from privacy.masks.context import Participant

REPOSITORY = Path(__file__).resolve().parents[2]
_PATIENCE_S = 120.0
_END_S = 10.0


@dataclass(slots=True)
class Federation:
    """Answers jobs over the hospitals' tables, one at a time."""

    hospitals: Mapping[SiteId, Connection]
    keys: Mapping[SiteId, PublicKey]
    participants: tuple[Participant, ...]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, spec: JobSpec) -> Answer:
        """The released answer of a job. Raises what a hospital or the kind refuses with."""
        return asyncio.run(_Led(self, spec, f"run-{next(self._numbers)}").converse())


@dataclass(slots=True)
class _Led:
    """One run as the coordinator leads it."""

    federation: Federation
    spec: JobSpec
    name: str

    async def converse(self) -> Answer:
        kind = get_kind(self.spec.kind)
        kind.check_spec(self.spec)
        for hospital in self.federation.hospitals.values():
            _tell(hospital, Begin(self.name, self.spec))
        history: list[Arrays] = []
        transcript = b""
        while True:
            found = kind.next(self.spec, history, sites=len(self.federation.hospitals))
            if not isinstance(found, Ask):
                return kind.release(self.spec, found, exact=True)
            if not self.spec.privacy.masked:
                history.append(self._add_up(found))
                continue
            opened, sums = await self._sum(kind, found, transcript)
            transcript = opened.transcript
            history.append(sums)

    def _add_up(self, ask: Ask) -> Arrays:
        """The sum of clear replies; such a conversation has one round here."""
        hospitals = self.federation.hospitals
        for hospital in hospitals.values():
            _tell(hospital, Message(ask, 0))
        sums: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = {}
        for site, hospital in hospitals.items():
            reply = _hear(hospital)
            if isinstance(reply, Failed):
                raise RuntimeError(f"{site} refuses: {reply.code} {reply.facts}")
            assert isinstance(reply, ClearReply), "a clear question has clear answers"
            signed = b"".join(reply.arrays[name].tobytes() for name in sorted(reply.arrays))
            self.federation.keys[site].verify(reply.signature, signed)
            for name, array in reply.arrays.items():
                sums[name] = sums[name] + array if name in sums else array
        return sums

    async def _sum(self, kind: Kind, ask: Ask, transcript: bytes) -> tuple[OpenedSum, Arrays]:
        participants, hospitals = self.federation.participants, self.federation.hospitals
        layout = kind.layout(self.spec, ask, participants=len(participants))

        def send_step(site: SiteId, step: SumStep, letters: Sequence[bytes | memoryview]) -> None:
            _tell(hospitals[site], Step(step, [bytes(letter) for letter in letters]))

        def send_message(attempt: int) -> None:
            for hospital in hospitals.values():
                _tell(hospital, Message(ask, attempt, transcript))

        led = MaskedSum(
            of=SumOf(
                federation=FEDERATION,
                spec_digest=digest_of(self.spec),
                run=self.name,
                ordinal=ask.ordinal,
                participants=participants,
                layout=layout,
            ),
            sites=tuple(hospitals),
            fixed=ask.ordinal > 0,
            send_step=send_step,
            send_message=send_message,
            patience_s=_PATIENCE_S,
        )

        def take(site: SiteId) -> None:
            reply = _hear(hospitals[site])
            if isinstance(reply, Step):
                led.on_step(site, reply.step, [memoryview(letter) for letter in reply.letters])
            elif isinstance(reply, Failed):
                failed.append(f"{site}: {reply.code} {reply.facts}")
                led.on_message_failed("benchmark.failed")

        failed: list[str] = []
        loop = asyncio.get_running_loop()
        for site, hospital in hospitals.items():
            loop.add_reader(hospital.fileno(), take, site)
        try:
            opened = await led.run()
        except Refused:
            raise RuntimeError("; ".join(failed)) from None
        finally:
            for hospital in hospitals.values():
                loop.remove_reader(hospital.fileno())
        count = len(participants)
        sums = decode_sum(opened.total, layout.arrays, participants=count, contributors=len(opened.sites))
        return opened, sums


@contextmanager
def federation(tables: Mapping[str, Path]) -> Iterator[Federation]:
    """A process for each hospital, waiting for jobs, until the block is left."""
    with ExitStack() as running:
        hospitals = {
            SiteId(site): running.enter_context(_hospital(site, table)) for site, table in tables.items()
        }
        keys = {site: PublicKey.from_pem(hospital.recv()) for site, hospital in hospitals.items()}
        participants = tuple(
            Participant(str(site), f"entity of {site}", key.pem.encode()) for site, key in keys.items()
        )
        for hospital in hospitals.values():
            _tell(hospital, participants)
        yield Federation(hospitals, keys, participants)


@contextmanager
def _hospital(site: str, table: Path) -> Iterator[Connection]:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "benchmarks.statistics.hospital",
                *(str(theirs.fileno()), site, str(table)),
            ],
            env=dict(base_variables()) | {"PYTHONPATH": str(REPOSITORY)},
            pass_fds=(theirs.fileno(),),
            cwd=REPOSITORY,
        )
    connection = Connection(ours.detach())
    try:
        yield connection
    finally:
        connection.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _tell(hospital: Connection, told: Told) -> None:
    hospital.send(told)


def _hear(hospital: Connection) -> Answered:
    """What a hospital says next; a process that ended says that it failed, for ever."""
    try:
        heard: Answered = hospital.recv()
    except (EOFError, ConnectionResetError):
        return Failed("benchmark.hospital_ended", "its own message is on the standard error")
    return heard
