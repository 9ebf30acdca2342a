"""A submitted job in the researcher's hands: wait for it, ask whose turn it is, read its answer."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from onggi.client.answers import AnyAnswer, read_answer
from onggi.client.explanation import Explanation
from onggi.client.language import plain_line
from onggi.client.names import checked_name
from onggi.client.replies import ENDED, ExplanationReply, JobRecord, ResultReply
from onggi.client.transport import Transport
from onggi.client.waiting import Shown, default_display
from onggi.errors import NotTrusted, Refused, Unreachable
from onggi.protocol.canonical import digest_of
from onggi.report.provenance import Provenance, RuleSaid
from onggi.spec.job import JobSpec
from onggi.words.catalogue import Language

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0


@dataclass(slots=True)
class Job:
    """Made by `Client.submit` and `Client.job`. `record` is what the coordinator last said."""

    record: JobRecord
    transport: Transport = field(repr=False)
    language: Language = field(default="en", repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def state(self) -> str:
        """One of our short names, e.g. ``"running"``, as last heard."""
        return self.record.state

    @property
    def since(self) -> datetime:
        return self.record.state_since

    @property
    def digest(self) -> str:
        """What a committee approves and a hospital runs: the digest of `spec`."""
        return self.record.digest

    @property
    def spec(self) -> JobSpec:
        return self.record.spec

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def refresh(self) -> Job:
        """Asks the coordinator for the present state."""
        record = self.transport.ask("GET", f"/jobs/{checked_name(self.id)}", JobRecord)
        if (record.id, record.digest) != (self.id, self.digest):
            raise NotTrusted("client.job_differs", job=self.id)
        self.record = record
        return self

    def explain(self) -> Explanation:
        """Whose turn it is, since when, and why."""
        path = f"/jobs/{checked_name(self.id)}/explain"
        return Explanation.of(self.transport.ask("GET", path, ExplanationReply), language=self.language)

    def wait(
        self, *, timeout: float | None = None, progress: bool = True, display: Shown | None = None
    ) -> Job:
        """Returns once the job has ended, with or without an answer; `result()` tells which.

        Args:
            timeout: seconds; None waits as long as it takes. People may have to decide.
            progress: shows whose turn it is, in place where the terminal or notebook can.

        Raises:
            Unreachable: ``client.wait_timed_out``. The job itself goes on.
        """
        ends = None if timeout is None else self.clock() + timeout
        pause, told = _FIRST_PAUSE, None
        with display or default_display(progress) as shown:
            while True:
                self.refresh()
                if progress and told != self.state:
                    said = self.explain()
                    told = said.state
                    shown.show(told, str(said).split("\n")[0])
                if self.has_ended:
                    return self
                left = pause if ends is None else ends - self.clock()
                if left <= 0:
                    raise Unreachable("client.wait_timed_out", job=self.id, state=plain_line(self.state))
                self.sleep(min(pause, left))
                pause = min(pause * 1.5, _LONGEST_PAUSE)

    def cancel(self) -> Job:
        """Takes the job back before its result exists. Cancelling again changes nothing."""
        path = f"/jobs/{checked_name(self.id)}/cancel"
        self.record = self.transport.ask("POST", path, JobRecord, may_repeat=True)
        return self

    def result(self) -> AnyAnswer:
        """The released answer: a `CountTable`, `ModelFit`, ... with ways to read it.

        Raises:
            Refused: the job's own code where it ended without an answer (for example
                ``glm.separable``), ``client.job_ended`` where it has none, ``result.not_released``
                while it has not ended.
            NotTrusted: ``client.result_altered``.
        """
        if not self.has_ended:
            self.refresh()
        if self.has_ended and self.state != "released":
            if self.record.code is not None:
                raise Refused(plain_line(self.record.code))
            raise Refused("client.job_ended", job=self.id, state=plain_line(self.state))
        reply = self.transport.ask("GET", f"/jobs/{checked_name(self.id)}/result", ResultReply)
        if reply.job != self.id or digest_of(reply.result) != reply.digest:
            raise NotTrusted("client.result_altered", job=self.id)
        told = tuple(RuleSaid(rule.rule, rule.cells) for rule in reply.verdict.rules)
        provenance = Provenance(
            job=self.id, spec=self.spec, result=reply.digest, released=reply.created, rules=told
        )
        return read_answer(reply.result, language=self.language, provenance=provenance)

    def crate(self) -> bytes:
        """The evidence pack of a released job, a packed Five Safes RO-Crate: what was asked, approved, run,
        checked and released, with the result's files. Raises Refused ``result.not_released`` before."""
        return self.transport.fetch(f"/jobs/{checked_name(self.id)}/crate")

    def _repr_html_(self) -> str:
        rows = {"job": self.id, "title": self.spec.title, "state": self.state, "since": f"{self.since:%F %R}"}
        cells = "".join(
            f"<tr><th>{name}</th><td>{html.escape(plain_line(value))}</td></tr>"
            for name, value in rows.items()
        )
        return f"<table>{cells}</table>"
