"""Tries every submitted job on twins of its hospitals first: what would fail everywhere bothers nobody.

* A dry run that cannot be had (a busy machine, no closed room) stops no job.
* A hospital whose card is not known is stood in for by a twin of the built-in card, and the answer says so.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from analysis_jobs.dry_run.findings import DryRun, Finding, outcome_of
from catalog.dataset_card import DatasetCard
from catalog.generic_card import generic_card
from coordinator.dry_runs.closed_room import ClosedRoom
from coordinator.dry_runs.trying import KnownCard, unavailable
from coordinator.dry_runs.twin_shelf import TwinShelf
from onggi.errors import OnggiError, Unreachable
from onggi.spec.job import JobSpec

MOST_TWINS: Final = 8
"""More hospitals than these are stood in for by these: the conversation is the same."""
_USUAL_HOSPITALS: Final = 4
_LONGEST_WAIT_S: Final = 10.0


@dataclass(slots=True)
class DryRunDesk:
    """One dry run after the other: they are short, and a researcher's machine is shared."""

    shelf: TwinShelf
    room: ClosedRoom = field(default_factory=ClosedRoom)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def try_out(self, spec: JobSpec, cards: Mapping[str, KnownCard]) -> DryRun:
        if not self._turn.acquire(timeout=_LONGEST_WAIT_S):
            return unavailable("dry_run.busy")
        try:
            return self._try_out(spec, cards)
        finally:
            self._turn.release()

    def _try_out(self, spec: JobSpec, cards: Mapping[str, KnownCard]) -> DryRun:
        from analysis_jobs.dry_run.twin_file import PERSONS

        chosen = _choose(spec.participants[:MOST_TWINS], cards)
        twins = [self.shelf.get(card, seed=seed) for card, seed in chosen]
        began = time.monotonic()
        try:
            findings = self.room.try_job(spec, twins)
        except Unreachable as error:
            return unavailable(error.code)
        except OnggiError as error:
            if error.code.startswith("sandbox."):
                return unavailable("dry_run.no_room")
            findings = (Finding(severity="failure", stage="room", code=error.code, facts=error.facts),)
        finally:
            self._warm()
        return DryRun(
            outcome=outcome_of(findings),
            twins=len(twins),
            persons_each=PERSONS,
            own_cards=sum(card.is_hospitals for card, _ in chosen),
            milliseconds=int((time.monotonic() - began) * 1000),
            findings=findings,
        )

    @contextmanager
    def beside(self, _services: object) -> Iterator[None]:
        """A companion of `serve`: the first room and the built-in twins are ready before the first job."""
        preparing = threading.Thread(target=self._prepare, name="dry-runs", daemon=True)
        preparing.start()
        try:
            yield
        finally:
            preparing.join()
            self.room.close()

    def _prepare(self) -> None:
        self._warm()
        for seed in range(_USUAL_HOSPITALS):
            self.shelf.get(BUILT_IN, seed=seed)

    def _warm(self) -> None:
        try:
            self.room.warm()
        except OnggiError:
            return  # whoever needs the room next is told why there is none


def _built_in() -> DatasetCard:
    return generic_card()


BUILT_IN: Final = KnownCard(generic_card().digest, _built_in, is_hospitals=False)


def _choose(sites: Sequence[str], cards: Mapping[str, KnownCard]) -> list[tuple[KnownCard, int]]:
    """For each hospital a card and a seed: two that share a card get different people."""
    used: Counter[str] = Counter()
    chosen = []
    for site in sites:
        card = cards.get(site, BUILT_IN)
        chosen.append((card, used[card.digest]))
        used[card.digest] += 1
    return chosen
