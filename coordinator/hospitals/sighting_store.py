"""Remembers when each hospital's node was last heard, and what it said of itself then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from coordinator.database.operating import NodeSightingRow
from coordinator.database.sessions import Database
from coordinator.decisions.attention import Seen
from coordinator.link.sightings import Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingStore:
    """One line a site. Housekeeping, not an act: no audit event tells of it."""

    database: Database

    def record(self, sightings: Sequence[Sighting]) -> None:
        """An older sighting never replaces a newer one."""
        with self.database.writing() as session:
            for each in sightings:
                row = session.get(NodeSightingRow, each.site)
                if row is None:
                    row = NodeSightingRow(site=each.site, greeted=each.greeted, last_seen=each.seen)
                    session.add(row)
                elif each.greeted < row.greeted:
                    continue
                row.greeted, row.last_seen = each.greeted, max(row.last_seen, each.seen)
                row.software = each.hello.software
                row.protocol_min, row.protocol_max = each.hello.version_min, each.hello.version_max
                row.clock_difference = each.clock_difference
                session.flush()

    def all(self) -> Mapping[str, Seen]:
        """What is known, by site."""
        with self.database.reading() as session:
            return {
                row.site: Seen(
                    greeted=row.greeted,
                    last_seen=row.last_seen,
                    software=row.software,
                    protocol=(row.protocol_min, row.protocol_max),
                    clock_difference=row.clock_difference,
                )
                for row in session.scalars(select(NodeSightingRow)).all()
            }
