"""What every store of tokens and revocations must do: one key per token, and no way back from revoked."""

from __future__ import annotations

from datetime import UTC, datetime

from coordinator.link.authority import CertificateStore, TokenRecord
from onggi.spec.ids import SiteId
from tests.support.link_memory import MemoryCertificateStore

SEOUL, BUSAN = SiteId("seoul"), SiteId("busan")
LATER = datetime(2030, 1, 1, tzinfo=UTC)
SERIAL = (1 << 151) + 7  # serials have 152 bits: no integer column holds them


class CertificateStoreContract:
    """Inherit it and say how an empty store is made."""

    def store(self) -> CertificateStore:
        raise NotImplementedError

    def test_the_first_key_binds_a_token_and_no_other_key_changes_that(self) -> None:
        store = self.store()
        store.record_token(TokenRecord(secret_sha256="aa", site=SEOUL, expires=LATER))
        first = store.bind_token("aa", "key-1")
        second = store.bind_token("aa", "key-2")
        again = store.bind_token("aa", "key-1")
        assert first == second == again
        assert first == TokenRecord(secret_sha256="aa", site=SEOUL, expires=LATER, key_sha256="key-1")

    def test_an_unknown_token_is_none(self) -> None:
        assert self.store().bind_token("nobody", "key-1") is None

    def test_a_revoked_serial_stays_revoked_and_others_do_not_become_so(self) -> None:
        store = self.store()
        store.record_issued(SERIAL, SEOUL, LATER)
        store.record_issued(SERIAL + 1, SEOUL, LATER)
        assert not store.is_revoked(SERIAL)
        store.record_revoked(SERIAL)
        store.record_revoked(SERIAL)
        assert store.is_revoked(SERIAL)
        assert not store.is_revoked(SERIAL + 1)

    def test_the_serials_of_a_site_are_its_own(self) -> None:
        store = self.store()
        store.record_issued(SERIAL, SEOUL, LATER)
        store.record_issued(SERIAL + 2, BUSAN, LATER)
        store.record_issued(SERIAL + 1, SEOUL, LATER)
        assert sorted(store.find_serials(SEOUL)) == [SERIAL, SERIAL + 1]
        assert list(store.find_serials(SiteId("jeju"))) == []


class TestMemoryCertificateStore(CertificateStoreContract):
    """The tests' own."""

    def store(self) -> CertificateStore:
        return MemoryCertificateStore()
