"""One hospital in a process of its own, with one thread as in a sandbox.

It does what a node and its worker do between the letters of a masked sum, by the product's own code: verify
the record of the sum before, derive the question from it, read the staged table, answer, mask, judge the
pooled evidence. There is no link, no register and no store around it. Its words are: socket, site, table.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path

from analysis_jobs.kinds.contract import Kind, Summary
from analysis_jobs.kinds.registry import get_kind
from benchmarks.statistics.made_up_cohort import read_table
from benchmarks.statistics.words import FEDERATION, Answered, Begin, ClearReply, Failed, Message, Step, Told
from node.agent.derive_message import Pooled, check_same_ask, derive_ask, pooled_from_transcript
from node.agent.masked_exchange import ExchangeOf, MaskedExchange
from onggi.errors import OnggiError, Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.keys import FileKey, new_private_pem
from onggi.protocol.messages import SumStep
from onggi.spec.ids import RunId
from onggi.spec.job import JobSpec
from privacy.masks.context import Participant


@dataclass(slots=True)
class Run:
    """What a hospital keeps of a run."""

    spec: JobSpec
    name: str
    table: object
    kind: Kind
    digest: str
    history: list[Pooled] = field(default_factory=list)
    asked: Message | None = None
    exchange: MaskedExchange | None = None
    summary: Summary | None = None


@dataclass(slots=True)
class Hospital:
    """Answers the coordinator's words one after another."""

    site: str
    table: Path
    key: FileKey
    send: Callable[[Answered], None]
    participants: tuple[Participant, ...] = ()

    def begin(self, told: Begin) -> Run:
        spec = told.spec
        return Run(spec, told.run, read_table(self.table), get_kind(spec.kind), digest_of(spec))

    def ask(self, run: Run, message: Message) -> None:
        """Derives the question itself, compares, sends keys (or the clear answer), and computes."""
        if run.asked is not None and message.told.ordinal > run.asked.told.ordinal:
            run.history.append(self._verify(run, run.asked, message.transcript))
        derived = derive_ask(run.spec, run.kind, run.history)
        check_same_ask(message.told, derived)
        run.asked = Message(derived, message.attempt)
        if run.spec.privacy.masked:
            run.exchange = self._exchange(run, run.asked)
            self._send(run, "advertise", run.exchange.advertise())
        position = [str(site) for site in run.spec.participants].index(self.site)
        run.summary = run.kind.local(run.spec, run.table, replace(derived, position=position))
        if not run.spec.privacy.masked:
            run.kind.check_site(run.spec, derived, run.summary)
            arrays = run.summary.arrays
            signed = b"".join(arrays[name].tobytes() for name in sorted(arrays))
            self.send(ClearReply(arrays, self.key.sign(signed)))

    def take(self, run: Run, told: Step) -> None:
        """One phase after the first."""
        assert run.exchange is not None, "a message comes first"
        assert run.summary is not None, "and is answered at once"
        exchange, step = run.exchange, told.step
        letters = [memoryview(letter) for letter in told.letters]
        match step.phase:
            case "share":
                made = exchange.share(letters)
            case "mask":
                made = exchange.mask(letters, run.summary)
            case "confirm":
                made = exchange.confirm(letters)
            case "seal":
                made = exchange.seal(letters)
            case _:
                made = exchange.unmask(letters, sealed=len(step.senders))
        self._send(run, step.phase, made)

    def _exchange(self, run: Run, asked: Message) -> MaskedExchange:
        return MaskedExchange.begin(
            ExchangeOf(
                federation=FEDERATION,
                spec=run.spec,
                spec_digest=run.digest,
                run=run.name,
                ask=asked.told,
                attempt=asked.attempt,
                layout=run.kind.layout(run.spec, asked.told, participants=len(self.participants)),
                participants=self.participants,
            ),
            site=self.site,
            check_pooled=lambda evidence, _: run.kind.check_pooled(run.spec, asked.told, evidence),
            may_reveal=lambda _which, _survivors, _looks: None,
            sign=self.key.sign,
            random=os.urandom,
        )

    def _verify(self, run: Run, asked: Message, transcript: bytes) -> Pooled:
        return pooled_from_transcript(
            transcript,
            federation=FEDERATION,
            spec_digest=run.digest,
            run=run.name,
            ask=asked.told,
            attempt=asked.attempt,
            layout=run.kind.layout(run.spec, asked.told, participants=len(self.participants)),
            participants=self.participants,
            site=self.site,
        )

    def _send(self, run: Run, phase: str, letters: list[bytes]) -> None:
        assert run.asked is not None, "a phase belongs to a message"
        told = {"ordinal": run.asked.told.ordinal, "attempt": run.asked.attempt, "phase": phase}
        self.send(Step(SumStep.model_validate({"run": RunId(run.name), **told}), letters))


def main(words: list[str]) -> None:
    """Serves until the coordinator's end of the socket is closed."""
    connection: Connection = Connection(int(words[0]))
    key = FileKey.from_pem(new_private_pem())
    hospital = Hospital(site=words[1], table=Path(words[2]), key=key, send=connection.send)
    connection.send(key.public_key.pem)
    run: Run | None = None
    while True:
        try:
            told: Told = connection.recv()
        except (EOFError, ConnectionResetError):
            return
        try:
            if isinstance(told, tuple):
                hospital.participants = told
            elif isinstance(told, Begin):
                run = hospital.begin(told)
            elif run is None:
                raise Refused("run.not_active")
            elif isinstance(told, Message):
                hospital.ask(run, told)
            else:
                hospital.take(run, told)
        except OnggiError as error:
            connection.send(Failed(error.code, str(error.facts)))


if __name__ == "__main__":
    main(sys.argv[1:])
