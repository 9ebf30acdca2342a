"""Shows new heads of the log to the hospitals, collects co-signatures, and knows how far each saw."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from sqlalchemy import select

from coordinator.database.running import SiteRow
from coordinator.database.sessions import Database
from coordinator.failpoints import CoordinatorPoint, Failpoint, no_failpoint
from coordinator.running.outbox import SiteOutbox
from coordinator.sources import Clock
from coordinator.transparency.log_service import LogService
from onggi.errors import OnggiError, Unreachable
from onggi.protocol.checkpoint import SignedCheckpoint
from onggi.protocol.messages import CheckpointOffer, Cosignature
from onggi.protocol.parcels import Hello, ParcelKind
from onggi.spec.ids import SiteId


@dataclass(slots=True)
class Witnesses:
    """The hospitals as witnesses of this coordinator's log."""

    database: Database
    log: LogService
    outbox: SiteOutbox
    clock: Clock
    connected: Callable[[], Collection[SiteId]]
    failpoint: Failpoint = no_failpoint
    _seen: dict[SiteId, int] = field(default_factory=dict)
    """How far each hospital has seen the log, as it last said."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _offers: int = 0

    def on_hello(self, site: SiteId, hello: Hello) -> None:
        """Notes what a node says of itself when it connects."""
        self._seen[site] = hello.log_size
        self._changed.set()
        with self.database.writing() as session:
            row = session.get(SiteRow, site)
            if row is None:
                row = SiteRow(site=site, register_entries=0, budget_entries=0, log_size=0)
                session.add(row)
            row.last_seen, row.log_size = self.clock(), hello.log_size
            row.root_version, row.software = hello.root_version, hello.software[:80]

    def seen_by(self, site: SiteId) -> int:
        """The log size that the hospital last said it saw."""
        if site not in self._seen:
            with self.database.reading() as session:
                row = session.scalar(select(SiteRow).where(SiteRow.site == site))
            self._seen[site] = row.log_size if row is not None else 0
        return self._seen[site]

    def root_version_of(self, site: SiteId) -> int:
        """The federation root version that the hospital said it has."""
        with self.database.reading() as session:
            row = session.scalar(select(SiteRow).where(SiteRow.site == site))
        return row.root_version if row is not None else 0

    def on_cosignature(self, site: SiteId, cosignature: Cosignature) -> None:
        """Keeps a hospital's line, after checking it; without a line, only how far it saw the log."""
        if cosignature.line is not None:
            self.log.add_cosignature(cosignature.line, size=cosignature.size)
            self.failpoint(CoordinatorPoint.COSIGNATURE_RECORDED)
        self._seen[site] = max(cosignature.size, self._seen.get(site, 0))
        self._changed.set()

    async def witnessed_head(self, *, holding: int, patience_s: float) -> SignedCheckpoint:
        """A head that holds the entry at that index and that a node would accept now.

        Args:
            holding: an index; also one less than the largest size that an addressed node saw already.

        Raises:
            Unreachable: ``log.too_few_witnesses_connected`` when not enough hospitals answered in time.
        """
        found = self._find_acceptable(holding)
        if found is not None:
            return found
        published = self.log.publish_checkpoint()
        self.failpoint(CoordinatorPoint.CHECKPOINT_PUBLISHED)
        deadline = asyncio.get_running_loop().time() + patience_s
        while (found := self._find_acceptable(holding)) is None:
            # Again and again: a hospital may have connected only now, or lost the first offer.
            self._offer(published, sites=self.connected())
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise Unreachable("log.too_few_witnesses_connected")
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), min(left, 1.0))
            except TimeoutError:
                continue
        return found

    def keep_current(self) -> None:
        """Publishes a new head where the log has grown, and offers it to whoever has not seen it yet."""
        published = self.log.latest_published()
        if published is None or published.checkpoint.size < self.log.size():
            published = self.log.publish_checkpoint()
            self.failpoint(CoordinatorPoint.CHECKPOINT_PUBLISHED)
        size = published.checkpoint.size
        self._offer(published, sites=[site for site in self.connected() if self.seen_by(site) < size])

    def _find_acceptable(self, holding: int) -> SignedCheckpoint | None:
        try:
            signed = self.log.latest_cosigned()
        except OnggiError:
            return None
        return signed if signed.checkpoint.size > holding else None

    def _offer(self, signed: SignedCheckpoint, *, sites: Collection[SiteId]) -> None:
        size = signed.checkpoint.size
        for site in sites:
            seen = self.seen_by(site)
            if seen > size:
                continue
            steps = self.log.consistency(seen, size) if seen else ()
            self._offers += 1
            self.outbox.pass_on(
                site,
                id=f"checkpoint:{size}:{seen}:{int(self.clock().timestamp())}:{self._offers}",
                kind=ParcelKind.CHECKPOINT,
                about="log",
                header=CheckpointOffer(
                    checkpoint=signed.render().decode(),
                    from_size=seen,
                    consistency=tuple(step.hex() for step in steps),
                ),
            )
