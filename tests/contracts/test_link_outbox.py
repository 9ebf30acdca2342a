"""What every outbox must do: keep order, keep sites apart, forget only what was confirmed."""

from __future__ import annotations

from onggi.protocol.parcels import MemoryOutbox, Outbox, Parcel, ParcelKind
from onggi.spec.ids import SiteId

SEOUL, BUSAN = SiteId("seoul"), SiteId("busan")


def parcel(number: int, body: bytes = b"body") -> Parcel:
    return Parcel(id=f"p-{number}", kind=ParcelKind.REPLY, about="run-1", body=body)


class OutboxContract:
    """Inherit it and say how an empty outbox is made and a parcel recorded."""

    def outbox(self) -> Outbox:
        raise NotImplementedError

    def record(self, outbox: Outbox, site: SiteId, parcel: Parcel) -> None:
        raise NotImplementedError

    def test_parcels_come_oldest_first_and_byte_equal(self) -> None:
        outbox = self.outbox()
        sent = [parcel(number, bytes([number]) * number) for number in range(12)]
        for each in sent:
            self.record(outbox, SEOUL, each)
        assert list(outbox.pending(SEOUL)) == sent
        assert list(outbox.pending(SEOUL)) == sent  # reading takes nothing away

    def test_what_is_confirmed_is_gone_and_the_rest_keeps_its_order(self) -> None:
        outbox = self.outbox()
        for number in range(4):
            self.record(outbox, SEOUL, parcel(number))
        outbox.acknowledged(SEOUL, "p-1")
        assert [each.id for each in outbox.pending(SEOUL)] == ["p-0", "p-2", "p-3"]

    def test_confirming_twice_or_something_unknown_is_harmless(self) -> None:
        outbox = self.outbox()
        self.record(outbox, SEOUL, parcel(1))
        for parcel_id in ("p-1", "p-1", "never-seen"):
            outbox.acknowledged(SEOUL, parcel_id)
        assert not list(outbox.pending(SEOUL))

    def test_recording_the_same_parcel_twice_sends_it_once(self) -> None:
        outbox = self.outbox()
        self.record(outbox, SEOUL, parcel(1))
        self.record(outbox, SEOUL, parcel(1))
        assert [each.id for each in outbox.pending(SEOUL)] == ["p-1"]

    def test_sites_are_kept_apart(self) -> None:
        outbox = self.outbox()
        self.record(outbox, SEOUL, parcel(1))
        self.record(outbox, BUSAN, parcel(2))
        outbox.acknowledged(BUSAN, "p-1")
        assert [each.id for each in outbox.pending(SEOUL)] == ["p-1"]
        assert [each.id for each in outbox.pending(BUSAN)] == ["p-2"]

    def test_it_may_be_confirmed_while_it_is_read(self) -> None:
        outbox = self.outbox()
        for number in range(3):
            self.record(outbox, SEOUL, parcel(number))
        for each in outbox.pending(SEOUL):
            outbox.acknowledged(SEOUL, each.id)
        assert not list(outbox.pending(SEOUL))


class TestMemoryOutbox(OutboxContract):
    """The one for what may be lost with the process."""

    def outbox(self) -> Outbox:
        return MemoryOutbox()

    def record(self, outbox: Outbox, site: SiteId, parcel: Parcel) -> None:
        assert isinstance(outbox, MemoryOutbox)
        outbox.record(site, parcel)
