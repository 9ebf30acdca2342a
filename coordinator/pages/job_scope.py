"""What a job reads and what its permit grants, for the job's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from coordinator.decisions.compare_scope import Scope, ScopeLine, compare_scope
from coordinator.jobs.job_store import Job
from coordinator.pages.access import Visit
from coordinator.pages.concept_names import concept_names
from onggi.errors import OnggiError
from onggi.protocol.statements import ProjectPermit

_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownScope:
    """The first things of each side with the names that are known, and how many more there are."""

    scope: Scope
    read: list[ScopeLine]
    beyond: list[ScopeLine]
    names: Mapping[int, str]


def scope_of(visit: Visit, job: Job, permit: ProjectPermit) -> ShownScope | None:
    """None where the definition cannot be read any more: nobody can say then what it would read."""
    spec = job.spec
    try:
        reads = visit.services.checks.find_reads(spec)
    except OnggiError:
        return None
    scope = compare_scope(reads, permit.datasets, sites=spec.participants, dataset=spec.dataset)
    read, beyond = list(islice(scope.read, _MOST)), list(islice(scope.beyond, _MOST))
    concepts = _concepts((*read, *beyond))
    names = concept_names(visit, concepts, dataset=spec.dataset, sites=spec.participants)
    return ShownScope(scope=scope, read=read, beyond=beyond, names=names)


def _concepts(lines: Iterable[ScopeLine]) -> list[int]:
    return [line.name for line in lines if isinstance(line.name, int)]
