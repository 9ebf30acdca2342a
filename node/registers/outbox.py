"""Everything on its way to the coordinator: what must survive a crash in the state, the rest in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session, sessionmaker

from node.registers.objects import ObjectStore
from node.state.tables import Outgoing, table_of
from onggi.protocol.messages import Attachment, pack, pack_raw
from onggi.protocol.parcels import MemoryOutbox, Parcel, ParcelKind
from onggi.spec.base import Frozen
from onggi.spec.ids import SiteId

Wake = Callable[[Parcel], None]
_OUTGOING = table_of(Outgoing)
_FIND = select(_OUTGOING.c.number).where(_OUTGOING.c.id == bindparam("wanted"))


class NodeOutbox:
    """Implements the link's outbox. `wake` hands a recorded parcel to the link at once."""

    def __init__(self, sessions: sessionmaker[Session], objects: ObjectStore, *, site: SiteId) -> None:
        self._sessions = sessions
        self._objects = objects
        self._site = site
        self._passing = MemoryOutbox()
        self._newest: Parcel | None = None
        """The parcel recorded last: what was just stored need not be read back to be sent."""
        self._acknowledged: set[str] = set()
        """Parcels that arrived, whose rows are deleted with the next `forget_acknowledged`."""
        self.wake: Wake = lambda _parcel: None

    def record(
        self,
        session: Session,
        *,
        id: str,
        kind: ParcelKind,
        about: str,
        header: Frozen,
        object_digest: str | None = None,
        content: Attachment | None = None,
    ) -> None:
        """Writes a parcel in the caller's transaction; call `send_recorded` after the commit.

        Args:
            object_digest: names the stored object that travels with the parcel.
            content: the object's bytes, where the caller has just stored them.
        """
        # Recorded again, it is to arrive again.
        self._acknowledged.discard(id)
        if session.scalar(_FIND, {"wanted": id}) is not None:
            return
        body = header.model_dump_json(by_alias=True, exclude_none=True).encode()
        row = {"id": id, "kind": str(kind), "about": about, "body": body, "object_digest": object_digest}
        session.execute(_OUTGOING.insert(), row)
        if object_digest is None or content is not None:
            whole = pack_raw(body, [] if content is None else [content])
            self._newest = Parcel(id=id, kind=kind, about=about, body=whole)

    def send_recorded(self, parcel_id: str) -> None:
        """Hands a committed parcel to the link; without this it goes with the next reconnect."""
        newest, self._newest = self._newest, None
        with self._sessions() as session:
            if newest is not None and newest.id == parcel_id:
                # A change that was rolled back left no row, and sends nothing.
                if session.scalar(_FIND, {"wanted": parcel_id}) is not None:
                    self.wake(newest)
                return
            row = session.scalar(select(Outgoing).where(Outgoing.id == parcel_id))
            if row is not None:
                self.wake(self._parcel(session, row))

    def pass_on(
        self,
        *,
        id: str,
        kind: ParcelKind,
        about: str,
        header: Frozen,
        attachments: Sequence[bytes | memoryview] = (),
    ) -> None:
        """Sends a parcel that may be lost with the process: progress, handshakes, cosignatures."""
        parcel = Parcel(id=id, kind=kind, about=about, body=pack(header, attachments))
        self._passing.record(self._site, parcel)
        self.wake(parcel)

    def pending(self, site: SiteId) -> Iterable[Parcel]:
        """See `Outbox`: durable parcels in order, then the passing ones."""
        with self._sessions() as session:
            for row in session.scalars(select(Outgoing).order_by(Outgoing.number)):
                if row.id not in self._acknowledged:
                    yield self._parcel(session, row)
        yield from self._passing.pending(site)

    def acknowledged(self, site: SiteId, parcel_id: str) -> None:
        """See `Outbox`. The row goes later: an arrived parcel sent again after a crash changes nothing."""
        if self._passing.holds(site, parcel_id):
            self._passing.acknowledged(site, parcel_id)
        else:
            self._acknowledged.add(parcel_id)

    def forget_acknowledged(self) -> None:
        """Deletes the rows of parcels that arrived, all in one change."""
        gone = list(self._acknowledged)
        if not gone:
            return
        with self._sessions.begin() as session:
            session.execute(delete(_OUTGOING).where(_OUTGOING.c.id.in_(gone)))
        self._acknowledged.difference_update(gone)

    def _parcel(self, session: Session, row: Outgoing) -> Parcel:
        attachments = [] if row.object_digest is None else [self._objects.get(session, row.object_digest)]
        body = pack_raw(row.body, attachments)
        return Parcel(id=row.id, kind=ParcelKind(row.kind), about=row.about, body=body)
