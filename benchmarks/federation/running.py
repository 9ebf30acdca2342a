"""A whole federation of the product's own processes, for measuring: set up once, then asked again and again."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from benchmarks.federation.timeline import read_timeline
from infra.demo.houses import Houses
from infra.demo.people import COMMITTEE, RESEARCHER
from infra.demo.processes import Servers, hand_over, user_of
from infra.demo.story import Story
from infra.demo.study import DATASET, SITES, granted_concepts
from onggi.protocol.statements import ProjectPermit
from onggi.spec.base import as_instant
from onggi.spec.ids import PermitId, ProjectId
from onggi.spec.job import JobSpec

Kinds = Literal["product", "echo"]
MakeSpec = Callable[[ProjectId, PermitId, datetime], JobSpec]
_PATIENCE_S = 300.0


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
        self.servers.start(
            site, "benchmarks.federation.timed_node", words, log=log, user=user_of(number)
        )

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
    _done: dict[str, datetime] = field(default_factory=dict)

    def run(self, make: MakeSpec) -> str:
        """Submits a job, waits until its result is held, and returns its id."""
        permit = self.story.permit
        assert permit is not None, "the permit comes first"
        spec = make(ProjectId(self.story.project), PermitId(permit.id), datetime.now(UTC))
        with self.story.client(RESEARCHER) as researcher:
            job = researcher.submit(spec)
            deadline = time.monotonic() + _PATIENCE_S
            while job.state in ("submitted", "ready", "running"):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the job is still {job.state}:\n{job.explain()}")
                time.sleep(0.1)
                job.refresh()
            if job.state != "held":
                raise RuntimeError(f"the job ended as {job.state}:\n{job.explain()}")
        return job.id

    def rounds(self) -> list[float]:
        """Seconds from each push of the server app to its replies, for every round so far."""
        taken, begun = [], 0.0
        for line in read_timeline(self.houses.timeline("coordinator")):
            if line["what"] == "push":
                begun = float(line["at"])
            elif line["what"] == "pulled":
                taken.append(float(line["at"]) - begun)
        return taken

    def pushes(self) -> list[float]:
        """When the server app pushed, for every round so far."""
        lines = read_timeline(self.houses.timeline("coordinator"))
        return [float(line["at"]) for line in lines if line["what"] == "push"]

    def node_lines(self, site: str) -> list[Mapping[str, Any]]:
        """A node's parcels so far."""
        return list(read_timeline(self.houses.timeline(site)))


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
        _get_permit(story, concepts or granted_concepts())
        yield RunningFederation(story, made)


def _get_permit(story: Story, concepts: tuple[int, ...]) -> None:
    """A project, and a permit with room for many measurements."""
    with story.client(RESEARCHER) as researcher:
        story.project = researcher.create_project(title="Benchmarks", purpose="Measuring").id
    grants = [
        {
            "site": site,
            "dataset": DATASET,
            "concepts": list(concepts),
            "whole_domains": ["observation_period"],
            "demographics": ["age", "sex"],
        }
        for site in SITES
    ]
    fields: dict[str, Any] = {
        "project": story.project,
        "title": "Benchmarks",
        "purpose": "Measuring",
        "organisation": "University",
        "people": [RESEARCHER],
        "datasets": grants,
        "bounds": {
            "kinds": ["count", "glm"],
            "minimum_persons": 10,
            "minimum_sites": 3,
            "maximum_jobs": 1000,
            "results": ["count_table", "model_fit"],
        },
        "exact_counts": True,
        "expires": as_instant(datetime.now(UTC) + timedelta(days=20)),
    }
    with story.client(COMMITTEE[0]) as member:
        statement = member.review.draft("project-permit", fields).reply.id
    for name in COMMITTEE[2:]:
        with story.client(name) as member:
            desk = member.review
            page = desk.read(statement)
            desk.sign(page, key=story.get_people().keys[name])
    assert isinstance(page.paper.predicate, ProjectPermit)
    story.permit = page.paper.predicate
