"""What others need to know of dry runs: whom to ask, which cards are known, what to say where nobody can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from analysis_jobs.dry_run.findings import DryRun, Finding
from catalog.dataset_card import DatasetCard
from onggi.spec.job import JobSpec


@dataclass(frozen=True, slots=True)
class KnownCard:
    """A card by its digest; it is read only where its twin is not drawn yet."""

    digest: str
    load: Callable[[], DatasetCard]
    is_hospitals: bool


class DryRuns(Protocol):
    """Whoever can try a job on twins."""

    def try_out(self, spec: JobSpec, cards: Mapping[str, KnownCard]) -> DryRun:
        """What came of it. `cards` holds the cards that are known of the job's hospitals, by site."""
        ...


class NoDryRuns:
    """Where no closed room is kept: in commands, and in tests of other things. It stops no job and says
    so."""

    def try_out(self, spec: JobSpec, cards: Mapping[str, KnownCard]) -> DryRun:  # noqa: ARG002 - the protocol's names
        return unavailable("dry_run.no_room")


def unavailable(code: str) -> DryRun:
    """No dry run could be had, for this reason."""
    return DryRun(outcome="unavailable", findings=(Finding(severity="remark", stage="room", code=code),))
