"""Keeps the dataset cards that hospitals gave: one for each dataset and hospital, the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from catalog.dataset_card import DatasetCard, read_card
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.cards import DatasetCardRow
from coordinator.database.payloads import Payloads
from coordinator.database.sessions import Database
from coordinator.dry_runs.trying import KnownCard
from coordinator.federation.root_store import RootStore
from coordinator.sources import Clock
from onggi.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStore:
    """All cards."""

    database: Database
    clock: Clock
    roots: RootStore
    payloads: Payloads

    def add(self, content: bytes, *, by: str) -> tuple[DatasetCard, str | None]:
        """Takes a card in place of an earlier one. Returns it, and the digest of the one it replaced.

        Raises:
            Refused: ``card.unreadable``, ``card.wrong_site``.
        """
        card = read_card(content)
        if card.site not in {hospital.site for hospital in self.roots.get_current().hospitals}:
            raise Refused("card.wrong_site", site=card.site)
        kept = self.payloads.keep(card.to_json(), sha256=card.digest.removeprefix("sha256:"))
        now = self.clock()
        with self.database.writing() as session:
            row = session.get(DatasetCardRow, (card.site, card.dataset))
            before = None if row is None else row.digest
            if before == card.digest:
                return card, None
            if row is None:
                row = DatasetCardRow(site=card.site, dataset=card.dataset)
                session.add(row)
            row.digest, row.card, row.added, row.added_by = card.digest, kept, now, by
            row.persons = str(card.persons)
            facts = {"card": card.digest, "dataset": card.dataset}
            record_event(
                session,
                Audit(event=AuditEvent.CARD_ADDED, actor=by, subject=str(card.site), facts=facts),
                at=now,
            )
        return card, before

    def find(self, dataset: str, sites: Sequence[str]) -> dict[str, KnownCard]:
        """The cards that are known of these hospitals' dataset, by site."""
        wanted = select(DatasetCardRow.site, DatasetCardRow.digest).where(
            DatasetCardRow.dataset == dataset, DatasetCardRow.site.in_(list(sites))
        )
        with self.database.reading() as session:
            return {
                site: KnownCard(digest, partial(self._load, site, dataset), is_hospitals=True)
                for site, digest in session.execute(wanted)
            }

    def persons_bands(self, dataset: str, sites: Sequence[str]) -> dict[str, str]:
        """How many persons each hospital's card tells for its whole dataset, by site."""
        wanted = select(DatasetCardRow.site, DatasetCardRow.persons).where(
            DatasetCardRow.dataset == dataset,
            DatasetCardRow.site.in_(list(sites)),
            DatasetCardRow.persons.is_not(None),
        )
        with self.database.reading() as session:
            return {
                site: persons or "" for site, persons in session.execute(wanted.order_by(DatasetCardRow.site))
            }

    def names(self, *, limit: int) -> set[tuple[str, str]]:
        """(site, data set) of the first cards, in order of their names."""
        order = (DatasetCardRow.site, DatasetCardRow.dataset)
        with self.database.reading() as session:
            found = session.execute(select(*order).order_by(*order).limit(limit))
            return {(site, dataset) for site, dataset in found}

    def _load(self, site: str, dataset: str) -> DatasetCard:
        with self.database.reading() as session:
            row = session.get(DatasetCardRow, (site, dataset))
            if row is None:
                raise Refused("card.unreadable", field="row")
            return read_card(self.payloads.fetch(row.card))
