"""How long the server takes for each page of the coordinator with many jobs and datasets on record."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from benchmarks.harness import Benchmark, Measured, at_most
from coordinator.database.cards import DatasetCardRow
from coordinator.database.work import JobRow, PermitRow, ProjectMemberRow, ProjectRow, ResultRow, StatementRow
from coordinator.pages.access import pages_of
from coordinator.pages.site import ROUTERS
from coordinator.states import JobState, StatementState
from onggi.protocol.canonical import digest_of
from onggi.spec.job import JobSpec
from tests.support.coordinator_house import House, furnished_house, permit_fields
from tests.support.federation_root import NOW
from tests.support.page_visitor import Visitor

_BUDGET_MS = 200.0
_JOBS, _DATASETS, _PROJECTS, _DRAFTS = 10_000, 1_000, 500, 500
_TURNS = 20
_PEOPLE = ("committee-2", "checker-1", "researcher-1", "auditor-1")


def measure(jobs: int = _JOBS, *, turns: int = _TURNS) -> Measured:
    with _full_house(jobs) as (house, names):
        slowest: dict[str, float] = {}
        for person in _PEOPLE:
            visitor = Visitor(house)
            visitor.sign_in(person)
            for name, path in _pages(names):
                taken = [_asked(visitor, path) for _ in range(turns)]
                if all(answered for answered, _ in taken):
                    p95 = sorted(ms for _, ms in taken)[math.ceil(0.95 * turns) - 1]
                    slowest[name] = max(slowest.get(name, 0.0), p95)
    worst = max(slowest, key=lambda name: slowest[name])
    return Measured(
        [slowest[worst]],
        [_BUDGET_MS],
        notes=(f"The slowest page is {worst}.",),
        detail={"pages": len(slowest), "jobs": jobs, "datasets": _DATASETS},
    )


def _asked(visitor: Visitor, path: str) -> tuple[bool, float]:
    begun = time.perf_counter()
    page = visitor.get(path, follow_redirects=False)
    return page.status == 200, (time.perf_counter() - begun) * 1000


def _pages(names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for method, path, name in pages_of(ROUTERS):
        if method == "GET" and "{digest}" not in path:
            yield name, path.format(language="ko", **names)


@contextmanager
def _full_house(jobs: int) -> Iterator[tuple[House, dict[str, str]]]:
    """Real objects of every kind, one of each made by the real services, the rest as their copies."""
    with tempfile.TemporaryDirectory(prefix="onggi-pages-") as folder:
        house = furnished_house(Path(folder), backend="postgresql")
        project = house.project()
        permit = house.permit(project)
        job = house.held(project, permit)
        draft = house.services.statements.draft(
            "project-permit", permit_fields(project), by=house.caller("committee-1")
        )
        _copy(house, project, permit, str(job.id), draft.id, jobs=jobs)
        names = {"project": project, "permit": permit, "job": str(job.id), "statement": draft.id}
        yield house, names
        house.database.close()


def _copy(house: House, project: str, permit: str, job: str, draft: str, *, jobs: int) -> None:
    with house.database.writing() as session:

        def row(table: Any, key: str) -> dict[str, Any]:
            found = session.execute(select(table.__table__).where(table.id == key)).mappings().one()
            return dict(found)

        projects = [f"project-x{number:06d}" for number in range(_PROJECTS)]
        first = row(ProjectRow, project)
        session.execute(insert(ProjectRow), [first | {"id": each} for each in projects])
        session.execute(
            insert(ProjectMemberRow), [{"project": each, "account": "researcher-1"} for each in projects]
        )
        first = row(PermitRow, permit)
        permits = [first | {"id": f"permit-x{at:06d}", "project": each} for at, each in enumerate(projects)]
        session.execute(insert(PermitRow), permits)
        first = row(StatementRow, draft)
        states = cycle([StatementState.OPEN, StatementState.COMPLETE, StatementState.EXPIRED])
        session.execute(
            insert(StatementRow),
            [
                first | {"id": f"permit-y{number:06d}", "state": state.value}
                for number, state in zip(range(_DRAFTS), states, strict=False)
            ],
        )
        _copy_jobs(session, row(JobRow, job), permits, jobs=jobs)
        band = {"digest": "sha256:" + "0" * 64, "persons": "1,000-1,999", "card": b"", "added_by": "x"}
        session.execute(
            insert(DatasetCardRow),
            [
                band | {"site": f"site-{at % 10}", "dataset": f"dataset-{at}", "added": NOW}
                for at in range(_DATASETS)
            ],
        )


def _copy_jobs(session: Any, first: dict[str, Any], permits: list[dict[str, Any]], *, jobs: int) -> None:
    spec = JobSpec.model_validate_json(first["spec"])
    rows = []
    for number, state, permit in zip(range(jobs), cycle(JobState), cycle(permits), strict=False):
        own = spec.model_copy(update={"title": f"Question {number}"})
        told = {"title": own.title, "spec": own.model_dump_json(), "digest": digest_of(own)}
        since = {"state": state.value, "state_since": NOW - timedelta(minutes=number)}
        of = {"project": permit["project"], "permit": permit["id"]}
        rows.append(first | told | since | of | {"id": f"job-x{number:07d}"})
    session.execute(insert(JobRow), rows)
    result = session.execute(select(ResultRow.__table__)).mappings().first()
    held = [each["id"] for each in rows if each["state"] in ("held", "released")]
    session.execute(insert(ResultRow), [dict(result) | {"job": each} for each in held])


BENCHMARK = Benchmark(
    name="page_p95_ms",
    unit="ms",
    mark=at_most(1),
    how=(
        "Server time (application and PostgreSQL, no network) of the coordinator's slowest page, the 95th "
        "percentile of 20 for each of four roles; 10,000 jobs, 1,000 datasets, 500 projects, permits and "
        "drafts; against a budget of 200 ms."
    ),
    measure=measure,
)
