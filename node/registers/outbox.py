"""Everything on its way to the coordinator: what must survive a crash in the state, the rest in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from node.registers.objects import ObjectStore
from node.state.tables import Outgoing
from onggi.protocol.messages import Attachment, pack, pack_raw
from onggi.protocol.parcels import MemoryOutbox, Parcel, ParcelKind
from onggi.spec.base import Frozen
from onggi.spec.ids import SiteId

Wake = Callable[[Parcel], None]


class NodeOutbox:
    """Implements the link's outbox. `wake` hands a recorded parcel to the link at once."""

    def __init__(self, sessions: sessionmaker[Session], objects: ObjectStore, *, site: SiteId) -> None:
        self._sessions = sessions
        self._objects = objects
        self._site = site
        self._passing = MemoryOutbox()
        self._newest: tuple[str, Attachment] | None = None
        """Digest and bytes of the object recorded last: what was just stored need not be read back."""
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
        if object_digest is not None and content is not None:
            self._newest = (object_digest, content)
        if session.scalar(select(Outgoing.number).where(Outgoing.id == id)) is None:
            body = header.model_dump_json(by_alias=True, exclude_none=True).encode()
            row = Outgoing(id=id, kind=str(kind), about=about, body=body, object_digest=object_digest)
            session.add(row)
            session.flush()

    def send_recorded(self, parcel_id: str) -> None:
        """Hands a committed parcel to the link; without this it goes with the next reconnect."""
        with self._sessions() as session:
            row = session.scalar(select(Outgoing).where(Outgoing.id == parcel_id))
            if row is not None:
                self.wake(self._parcel(session, row))
        self._newest = None

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
                yield self._parcel(session, row)
        yield from self._passing.pending(site)

    def acknowledged(self, site: SiteId, parcel_id: str) -> None:
        """See `Outbox`. Parcels that were never recorded need no transaction to be forgotten."""
        if any(parcel.id == parcel_id for parcel in self._passing.pending(site)):
            self._passing.acknowledged(site, parcel_id)
            return
        with self._sessions.begin() as session:
            session.execute(delete(Outgoing).where(Outgoing.id == parcel_id))

    def _parcel(self, session: Session, row: Outgoing) -> Parcel:
        attachments = [] if row.object_digest is None else [self._content(session, row.object_digest)]
        body = pack_raw(row.body, attachments)
        return Parcel(id=row.id, kind=ParcelKind(row.kind), about=row.about, body=body)

    def _content(self, session: Session, digest: str) -> Attachment:
        if self._newest is not None and self._newest[0] == digest:
            return self._newest[1]
        return self._objects.get(session, digest)
