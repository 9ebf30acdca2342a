"""A whole federation of the product's own processes: set up once, then asked and measured again and again."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from rich.console import Console
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.federation.echo_job import echo_job
from benchmarks.federation.timeline import read_timeline
from coordinator.database.running import OrderRow, RunRow
from coordinator.database.sessions import open_database
from coordinator.database.work import ResultRow
from coordinator.jobs.result_store import get_result
from infra.demo.houses import Houses
from infra.demo.people import RESEARCHER
from infra.demo.processes import Servers, hand_over, user_of
from infra.demo.story import Story
from infra.demo.study import SITES, granted_concepts
from onggi.spec.ids import PermitId, ProjectId
from onggi.spec.job import CodeDigests, JobSpec
from onggi.spec.results import Result

Kinds = Literal["product", "echo"]


class MakeSpec(Protocol):
    """A job of the benchmark's project."""

    def __call__(
        self, *, project: ProjectId, permit: PermitId, code: CodeDigests, now: datetime
    ) -> JobSpec: ...


_PATIENCE_S = 300.0
_LOOK_S = 0.5
"""Rarely: every look costs the coordinator some milliseconds that a measured round would miss."""


@dataclass(slots=True)
class TimedHouses(Houses):
    """The demo's coordinator and nodes, started by entry points that note times."""

    kinds: Kinds = "product"

    def timeline(self, name: str) -> Path:
        return self.folder / "times" / f"{name}.jsonl"

    def start_coordinator(self) -> None:
        words = [self.kinds, str(self._own("coordinator", 0))]
        words += ["--home", str(self.coordinator_home), "serve"]
        log = self.folder / "logs" / "coordinator.log"
        server = self.servers.start(
            "coordinator", "benchmarks.federation.timed_coordinator", words, log=log, user=user_of(0)
        )
        server.wait_for_port(self.link_port)
        server.wait_for_port(self.api_port)

    def start_node(self, site: str) -> None:
        number = 1 + [str(one) for one in SITES].index(site)
        words = [self.kinds, str(self._own(site, number)), "--home", str(self.node_home(site)), "run"]
        log = self.folder / "logs" / f"{site}.log"
        self.servers.start(site, "benchmarks.federation.timed_node", words, log=log, user=user_of(number))

    def _own(self, name: str, number: int) -> Path:
        file = self.timeline(name)
        file.touch()
        hand_over(file, user_of(number))
        return file


@dataclass(slots=True)
class RunningFederation:
    """Answers jobs of the researcher."""

    story: Story
    houses: TimedHouses

    def run(self, make: MakeSpec) -> str:
        """Submits a job, waits until its result is held, and returns its id."""
        permit = self.story.permit
        assert permit is not None, "the permit comes first"
        with self.story.client(RESEARCHER) as researcher:
            spec = make(
                project=ProjectId(self.story.project),
                permit=PermitId(permit.id),
                code=researcher.code(),
                now=datetime.now(UTC),
            )
            job = researcher.submit(spec)
            deadline = time.monotonic() + _PATIENCE_S
            while job.state in ("submitted", "ready", "running"):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the job is still {job.state}:\n{job.explain()}")
                time.sleep(_LOOK_S)
                job.refresh()
            if job.state != "held":
                raise RuntimeError(f"the job ended as {job.state} ({self._codes(job.id)}):\n{job.explain()}")
        return job.id

    def run_echo(self, *, numbers: int, rounds: int) -> None:
        """Runs one job of the echo kind. Each call is another job: the same one would not run twice."""

        def make(*, project: ProjectId, permit: PermitId, code: CodeDigests, now: datetime) -> JobSpec:
            del code  # that of the product, which the echo's spec names itself
            return echo_job(
                numbers=numbers, rounds=rounds, sites=SITES, project=project, permit=permit, now=now
            )

        self.run(make)

    def rounds(self) -> list[float]:
        """Seconds from each push of the server app to its replies, for every round so far."""
        taken, begun = [], 0.0
        for line in read_timeline(self.houses.timeline("coordinator")):
            if line["what"] == "push":
                begun = float(line["at"])
            elif line["what"] == "pulled":
                taken.append(float(line["at"]) - begun)
        return taken

    def _codes(self, job: str) -> str:
        """Why hospitals did not take part, for whoever has to mend the benchmark."""
        with self._records() as session:
            codes = session.scalars(select(OrderRow.code).join(RunRow).where(RunRow.job == job)).all()
        return ", ".join(sorted({code for code in codes if code}))

    def seconds_to_held(self, job: str) -> float:
        """From the first order of a job to its stored result, as the coordinator wrote both times down."""
        with self._records() as session:
            started = session.scalars(select(RunRow.started).where(RunRow.job == job)).one()
            created = session.get_one(ResultRow, job).created
        return (created - started).total_seconds()

    def held_result(self, job: str) -> Result:
        """The pooled answer before its export, read from the coordinator's records."""
        with self._records() as session:
            found = get_result(session, job)
        return found.result

    @contextlib.contextmanager
    def _records(self) -> Iterator[Session]:
        database = open_database(f"sqlite:///{self.houses.coordinator_home / 'coordinator.db'}")
        try:
            with database.reading() as session:
                yield session
        finally:
            database.close()

    def job_start(self, site: str) -> float:
        """Seconds at one node from its newest order to the first reply that it sent for it."""
        lines = list(read_timeline(self.houses.timeline(site)))
        about = [line["about"] for line in lines if line["what"] == "in" and line["kind"] == "order"][-1]
        own = [line for line in lines if line["about"] == about]
        came = next(line for line in own if line["kind"] == "order")
        answered = next(line for line in own if line["what"] == "out" and line["kind"] == "reply")
        return float(answered["at"]) - float(came["at"])


@contextlib.contextmanager
def running_federation(
    *,
    kinds: Kinds = "product",
    houses: type[TimedHouses] = TimedHouses,
    concepts: tuple[int, ...] | None = None,
) -> Iterator[RunningFederation]:
    """Coordinator and four nodes over mTLS, with a permit, until the block is left."""
    # World-readable on the way down: every server has a user of its own.
    with tempfile.TemporaryDirectory(prefix="onggi-bench-") as place, Servers().until_done() as servers:
        folder = Path(place)
        folder.chmod(0o711)
        for name in ("logs", "times"):
            (folder / name).mkdir(mode=0o711)
        made = houses(folder, servers, kinds=kinds)
        story = Story(made, Console(quiet=True))
        story.set_up()
        story.grant_permit(
            title="Benchmarks",
            purpose="Measuring",
            concepts=concepts or granted_concepts(),
            maximum_jobs=1000,  # room for many measurements
        )
        yield RunningFederation(story, made)
