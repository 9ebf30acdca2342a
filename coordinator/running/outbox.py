"""Parcels for the hospitals, kept until each has confirmed; handshakes that may be lost stay in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coordinator.database.running import OutgoingRow
from coordinator.database.sessions import Database
from onggi.protocol.messages import pack
from onggi.protocol.parcels import MemoryOutbox, Parcel, ParcelKind
from onggi.spec.base import Frozen
from onggi.spec.ids import SiteId

Wake = Callable[[SiteId, Parcel], None]


class SiteOutbox:
    """Implements the link's outbox. `wake` hands a parcel to the gateway at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passing = MemoryOutbox()
        self.wake: Wake = lambda _site, _parcel: None

    def record_within(
        self, session: Session, site: SiteId, *, id: str, kind: ParcelKind, about: str, body: bytes
    ) -> Parcel:
        """Writes a parcel as part of a larger change; hand the result to `send` after the commit."""
        known = select(OutgoingRow.number).where(OutgoingRow.site == site, OutgoingRow.id == id)
        if session.scalar(known) is None:
            session.add(OutgoingRow(site=site, id=id, kind=str(kind), about=about, body=body))
            session.flush()
        return Parcel(id=id, kind=kind, about=about, body=body)

    def send(self, site: SiteId, parcel: Parcel) -> None:
        """Hands a recorded parcel to the gateway; without this it goes with the next reconnect."""
        self.wake(site, parcel)

    def pass_on(
        self,
        site: SiteId,
        *,
        id: str,
        kind: ParcelKind,
        about: str,
        header: Frozen,
        attachments: Sequence[bytes | memoryview] = (),
    ) -> None:
        """Sends a parcel that may be lost with the process."""
        self.pass_raw(site, id=id, kind=kind, about=about, body=pack(header, attachments))

    def pass_raw(
        self, site: SiteId, *, id: str, kind: ParcelKind, about: str, body: bytes, sha256: bytes = b""
    ) -> None:
        """The same for a body that is already written; `sha256` of it where it is known."""
        parcel = Parcel(id=id, kind=kind, about=about, body=body, sha256=sha256)
        self._passing.record(site, parcel)
        self.wake(site, parcel)

    def forget(self, about: str, *, sites: Sequence[SiteId]) -> None:
        """Drops what is still under way for a run that ended, but for its end itself."""
        for site in sites:
            for parcel in self._passing.pending(site):
                if parcel.about == about:
                    self._passing.acknowledged(site, parcel.id)
        with self._database.writing() as session:
            session.execute(
                delete(OutgoingRow).where(
                    OutgoingRow.about == about, OutgoingRow.kind != str(ParcelKind.FINISH)
                )
            )

    def pending(self, site: SiteId) -> Iterable[Parcel]:
        """See `Outbox`."""
        wanted = select(OutgoingRow).where(OutgoingRow.site == site).order_by(OutgoingRow.number)
        with self._database.reading() as session:
            rows = list(session.scalars(wanted))
            parcels = [
                Parcel(id=row.id, kind=ParcelKind(row.kind), about=row.about, body=row.body) for row in rows
            ]
        yield from parcels
        yield from self._passing.pending(site)

    def acknowledged(self, site: SiteId, parcel_id: str) -> None:
        """See `Outbox`. Parcels that were never recorded need no transaction to be forgotten."""
        if self._passing.holds(site, parcel_id):
            self._passing.acknowledged(site, parcel_id)
            return
        with self._database.writing() as session:
            session.execute(delete(OutgoingRow).where(OutgoingRow.site == site, OutgoingRow.id == parcel_id))
