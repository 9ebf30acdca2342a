"""The coordinator's accounts, tokens and certificates: one suite on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from coordinator.accounts.tokens import digest_of_secret
from coordinator.database.people import TokenRow
from coordinator.hospitals.certificate_store import StoredCertificates
from coordinator.link.authority import TokenRecord
from coordinator.roles import Scope
from onggi.spec.ids import SiteId
from tests.support.coordinator_house import PASSWORD, House
from tests.support.coordinator_records import BACKENDS, audit_events, code_of, sound_house, together
from tests.support.federation_root import NOW


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


# accounts


def test_login_gives_a_token_that_ends(house: House) -> None:
    issued = house.services.login.login("researcher-1", PASSWORD)
    found = house.services.tokens.find_caller(issued.secret)
    assert found is not None
    assert found.account == "researcher-1"
    house.clock.forward(hours=9)
    assert house.services.tokens.find_caller(issued.secret) is None


def test_only_the_hash_of_a_token_is_kept(house: House) -> None:
    issued = house.services.login.login("researcher-1", PASSWORD)
    with house.database.reading() as session:
        rows = session.scalars(select(TokenRow)).all()
        kept = " ".join(str(getattr(row, c.name)) for row in rows for c in TokenRow.__table__.columns)
    assert issued.secret not in kept
    assert digest_of_secret(issued.secret) in kept


def test_the_sixth_guess_is_not_even_looked_at(house: House) -> None:
    login = house.services.login
    for _ in range(5):
        assert code_of(lambda: login.login("researcher-1", "wrong password")) == "login.refused"
    assert code_of(lambda: login.login("researcher-1", PASSWORD)) == "login.too_many_attempts"
    assert login.login("researcher-2", PASSWORD).secret
    house.clock.forward(minutes=16)
    assert login.login("researcher-1", PASSWORD).secret


def test_guesses_made_at_the_same_time_count_one_by_one(house: House) -> None:
    guess = lambda: house.services.login.login("researcher-1", "wrong password")  # noqa: E731 - eight equal acts
    answers = together(*[guess] * 8)
    assert sorted(answers) == ["login.refused"] * 5 + ["login.too_many_attempts"] * 3


def test_an_unknown_name_is_refused_like_a_wrong_password(house: House) -> None:
    login = house.services.login
    codes = [code_of(lambda: login.login("nobody-here", PASSWORD)) for _ in range(6)]
    assert codes == ["login.refused"] * 5 + ["login.too_many_attempts"]


def test_closing_an_account_ends_its_tokens(house: House) -> None:
    token = house.tokens["researcher-2"]
    house.services.accounts.close("researcher-2", by="operator-1")
    assert house.services.tokens.find_caller(token) is None
    assert code_of(lambda: house.services.login.login("researcher-2", PASSWORD)) == "login.refused"


def test_changing_the_password_needs_the_old_one_and_ends_sessions(house: House) -> None:
    login, token = house.services.login, house.tokens["researcher-1"]
    new = "another long password"
    assert code_of(lambda: login.change_password("researcher-1", old="wrong", new=new)) == "login.refused"
    assert house.services.tokens.find_caller(token) is not None
    login.change_password("researcher-1", old=PASSWORD, new=new)
    assert house.services.tokens.find_caller(token) is None
    assert login.login("researcher-1", new).secret


def test_a_revoked_token_opens_nothing(house: House) -> None:
    issued = house.services.tokens.issue(
        "researcher-1", kind="api", scopes={Scope.READ}, label="x", life=timedelta(days=1), by="researcher-1"
    )
    house.services.tokens.revoke(issued.id, by="researcher-1")
    assert house.services.tokens.find_caller(issued.secret) is None


# hospitals


def test_an_enrolment_token_is_spent_by_one_key(house: House) -> None:
    store: StoredCertificates = house.services.certificates
    token = TokenRecord(secret_sha256="a" * 64, site=SiteId("cleveland"), expires=NOW + timedelta(hours=1))
    store.record_token(token)
    bound = together(*[lambda n=n: store.bind_token("a" * 64, f"{n}" * 64) for n in range(4)])
    assert len({one.key_sha256 for one in bound}) == 1
    assert store.bind_token("b" * 64, "0" * 64) is None


def test_a_certificate_that_is_unknown_counts_as_revoked(house: House) -> None:
    store = house.services.certificates
    serial = 2**150 + 5
    assert store.is_revoked(serial)
    store.record_issued(serial, SiteId("cleveland"), NOW + timedelta(days=7))
    assert not store.is_revoked(serial)
    assert store.find_serials(SiteId("cleveland")) == (serial,)
    store.record_revoked(serial)
    store.record_revoked(serial)
    assert store.is_revoked(serial)
    assert audit_events(house, "cleveland").count("person:certificate:revoke") == 1
