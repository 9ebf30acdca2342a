"""Requests for accounts on SQLite and PostgreSQL: asked, vouched for, opened, and the first password."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from coordinator.accounts.account_store import Organisation
from coordinator.accounts.request_store import WantedAccount
from coordinator.accounts.setup_store import LIFE, IssuedSetup
from coordinator.database.ledger import AuditRow
from coordinator.database.operating import AccountSetupRow
from coordinator.roles import ALL_SCOPES, Caller, Role
from coordinator.states import AccountRequestState
from tests.support.coordinator_house import House
from tests.support.coordinator_passkeys import keep_passkey
from tests.support.coordinator_records import BACKENDS, audit_events, code_of, sound_house, together

PASSWORD = "the person's own long password"


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        body = Organisation(id="operating-body", name="Body", kind="operating_body", country="KR")
        built.services.accounts.add_organisation(body, by="operator-1")
        for name in ("operator-2", "operator-3"):
            built.callers[name] = add_operator(built, name)
        yield built


def add_operator(house: House, name: str) -> Caller:
    house.services.accounts.add(
        name,
        organisation="operating-body",
        roles={Role.OPERATOR},
        password=None,
        country_of_access="KR",
        pledged=None,
        member=None,
        site=None,
        by="operator-1",
    )
    issued = house.services.tokens.issue(
        name, kind="api", scopes=ALL_SCOPES, label="test", life=timedelta(days=300), by=name
    )
    found = house.services.tokens.find_caller(issued.secret)
    assert found is not None
    return found


def wanted(account: str = "newcomer", **changes: object) -> WantedAccount:
    fields: dict[str, object] = {
        "account": account,
        "organisation": "university-1",
        "roles": frozenset({Role.RESEARCHER}),
        "country_of_access": "KR",
    }
    return WantedAccount(**fields | changes)  # type: ignore[arg-type]  # fields by name


def opened(house: House, account: str = "newcomer") -> IssuedSetup:
    requests = house.services.account_requests
    made = requests.ask(wanted(account), by=house.caller("researcher-1"))
    requests.vouch(made.id, reason=None, by=house.caller("researcher-2"))
    return requests.open(made.id, by=house.caller("operator-2"))


def test_from_the_asking_to_the_first_sign_in(house: House) -> None:
    issued = opened(house)
    account = house.services.accounts.get("newcomer")
    assert (account.organisation, account.roles) == ("university-1", {Role.RESEARCHER})
    assert code_of(lambda: house.services.login.login("newcomer", PASSWORD)) == "login.refused"
    house.services.setups.use("newcomer", secret=issued.secret, password=PASSWORD)
    assert house.services.login.login("newcomer", PASSWORD).secret
    [request] = house.services.account_requests.requests(organisation="university-1", after="", limit=9)
    assert request.state is AccountRequestState.OPENED
    assert (request.requested_by, request.vouched_by, request.decided_by) == (
        "researcher-1",
        "researcher-2",
        "operator-2",
    )
    assert audit_events(house, request.id) == [
        "person:account_request:create",
        "person:account_request:vouch",
        "person:account_request:open",
    ]
    assert audit_events(house, "newcomer") == [
        "person:account:add",
        "person:account:issue_setup",
        "person:account:change_password",
        "person:login:succeed",
    ]


def test_no_account_opens_unvouched_nor_by_whoever_stands_behind_it(house: House) -> None:
    requests = house.services.account_requests
    made = requests.ask(wanted(), by=house.caller("operator-2"))
    assert code_of(lambda: requests.open(made.id, by=house.caller("operator-3"))) == "state.not_possible"
    requests.vouch(made.id, reason=None, by=house.caller("researcher-1"))
    code = code_of(lambda: requests.open(made.id, by=house.caller("operator-2")))
    assert code == "account_request.third_person_needed"
    assert code_of(lambda: house.services.accounts.get("newcomer")) == "account.not_found"
    assert requests.open(made.id, by=house.caller("operator-3")).account == "newcomer"
    assert code_of(lambda: requests.open(made.id, by=house.caller("operator-3"))) == (
        "account_request.opened_before"
    )


def test_an_operator_vouches_only_where_nobody_of_the_organisation_could(house: House) -> None:
    requests, services = house.services.account_requests, house.services
    hospital = Organisation(id="new-hospital", name="New", kind="hospital", country="KR")
    services.accounts.add_organisation(hospital, by="operator-1")
    first = requests.ask(wanted(organisation="new-hospital"), by=house.caller("operator-2"))
    no_reason = code_of(lambda: requests.vouch(first.id, reason=None, by=house.caller("operator-2")))
    assert no_reason == "account_request.reason_missing"
    vouched = requests.vouch(first.id, reason="Called the dean back", by=house.caller("operator-2"))
    assert vouched.vouch_reason == "Called the dean back"
    requests.open(first.id, by=house.caller("operator-3"))
    second = requests.ask(wanted("second", organisation="new-hospital"), by=house.caller("operator-2"))
    code = code_of(lambda: requests.vouch(second.id, reason="Again", by=house.caller("operator-2")))
    assert code == "account_request.organisation_vouches"
    services.accounts.close("newcomer", by="operator-1")
    assert requests.vouch(second.id, reason="Nobody left", by=house.caller("operator-2")).vouched_by


def test_an_auditor_of_the_organisation_does_not_count_as_a_voucher(house: House) -> None:
    made = house.services.account_requests.ask(wanted(), by=house.caller("researcher-1"))
    code = code_of(
        lambda: house.services.account_requests.vouch(made.id, reason=None, by=house.caller("auditor-1"))
    )
    assert code == "account_request.own_voucher"


def test_the_same_again_changes_nothing_and_another_is_told(house: House) -> None:
    requests = house.services.account_requests
    made = requests.ask(wanted(), by=house.caller("researcher-1"))
    assert requests.ask(wanted(), by=house.caller("researcher-1")).id == made.id
    assert (
        code_of(lambda: requests.ask(wanted(), by=house.caller("researcher-2"))) == "account_request.exists"
    )
    other = wanted(roles=frozenset({Role.OPERATOR}))
    assert code_of(lambda: requests.ask(other, by=house.caller("researcher-1"))) == "account_request.exists"
    for _ in range(2):
        requests.vouch(made.id, reason=None, by=house.caller("researcher-2"))
    assert audit_events(house, made.id).count("person:account_request:vouch") == 1
    again = code_of(lambda: requests.vouch(made.id, reason=None, by=house.caller("committee-1")))
    assert again == "state.not_possible"


def test_names_and_members_that_are_taken_are_refused_at_once_and_at_opening(house: House) -> None:
    requests, asker = house.services.account_requests, house.caller("researcher-1")
    assert code_of(lambda: requests.ask(wanted("researcher-2"), by=asker)) == "account.exists"
    taken = wanted(roles=frozenset({Role.COMMITTEE}), member="committee-1")
    assert code_of(lambda: requests.ask(taken, by=asker)) == "account.member_taken"
    lacking = wanted(roles=frozenset({Role.HOSPITAL}))
    assert code_of(lambda: requests.ask(lacking, by=asker)) == "account.site_missing"
    elsewhere = wanted(organisation="operating-body")
    assert code_of(lambda: requests.ask(elsewhere, by=asker)) == "account_request.other_organisation"
    missing = wanted(organisation="no-such-body")
    assert code_of(lambda: requests.ask(missing, by=house.caller("operator-2"))) == "organisation.not_found"


def test_refused_and_withdrawn_requests_are_over(house: House) -> None:
    requests = house.services.account_requests
    one = requests.ask(wanted("one"), by=house.caller("researcher-1"))
    refused = requests.refuse(one.id, reason="Nobody of that name", by=house.caller("operator-2"))
    assert (refused.state, refused.refusal_reason) == (AccountRequestState.REFUSED, "Nobody of that name")
    assert code_of(lambda: requests.withdraw(one.id, by=house.caller("researcher-1"))) == "state.not_possible"
    two = requests.ask(wanted("two"), by=house.caller("researcher-1"))
    not_theirs = code_of(lambda: requests.withdraw(two.id, by=house.caller("researcher-2")))
    assert not_theirs == "account_request.not_yours"
    for _ in range(2):
        requests.withdraw(two.id, by=house.caller("researcher-1"))
    assert requests.ask(wanted("two"), by=house.caller("researcher-2")).id != two.id
    assert code_of(lambda: requests.get("request-none")) == "account_request.not_found"


def test_two_operators_at_the_same_moment_open_one_account(house: House) -> None:
    requests = house.services.account_requests
    made = requests.ask(wanted(), by=house.caller("researcher-1"))
    requests.vouch(made.id, reason=None, by=house.caller("researcher-2"))
    done = together(
        *[
            lambda who=who: requests.open(made.id, by=house.caller(who))
            for who in ("operator-2", "operator-3")
        ]  # type: ignore[misc]
    )
    assert sorted(isinstance(each, IssuedSetup) for each in done) == [False, True]
    assert "account_request.opened_before" in done


# the first password


def test_only_the_hash_of_a_set_up_secret_is_kept(house: House) -> None:
    issued = opened(house)
    with house.database.reading() as session:
        row = session.get_one(AccountSetupRow, "newcomer")
        kept = " ".join(str(getattr(row, column.name)) for column in AccountSetupRow.__table__.columns)
        trail = " ".join(session.scalars(select(AuditRow.facts)).all())
    assert issued.secret not in kept + trail


@pytest.mark.parametrize("account", ["newcomer", "researcher-1", "nobody-of-that-name"])
@pytest.mark.parametrize("secret", ["", "setup_x", "x" * 10_000])
def test_a_wrong_name_or_secret_reads_the_same(house: House, account: str, secret: str) -> None:
    opened(house)
    use = house.services.setups.use
    assert code_of(lambda: use(account, secret=secret, password=PASSWORD)) == "setup.refused"


def test_a_set_up_secret_serves_once_in_time_and_for_its_account(house: House) -> None:
    use, issued, other = house.services.setups.use, opened(house), opened(house, "another")
    assert code_of(lambda: use("newcomer", secret=other.secret, password=PASSWORD)) == "setup.refused"
    assert code_of(lambda: use("newcomer", secret=issued.secret, password="short")) == "password.length"
    use("newcomer", secret=issued.secret, password=PASSWORD)
    assert code_of(lambda: use("newcomer", secret=issued.secret, password=PASSWORD)) == "setup.refused"
    house.clock.forward(seconds=LIFE.total_seconds())
    assert code_of(lambda: use("another", secret=other.secret, password=PASSWORD)) == "setup.refused"
    fresh = house.services.setups.issue("another", by="operator-1")
    assert code_of(lambda: use("another", secret=other.secret, password=PASSWORD)) == "setup.refused"
    use("another", secret=fresh.secret, password=PASSWORD)


def test_nobody_takes_an_account_over_with_a_set_up_secret(house: House) -> None:
    issued = opened(house)
    house.services.accounts.set_password("newcomer", PASSWORD, by="newcomer")
    use, issue = house.services.setups.use, house.services.setups.issue
    stolen = code_of(lambda: use("newcomer", secret=issued.secret, password="another password"))
    assert stolen == "setup.refused"
    assert code_of(lambda: issue("newcomer", by="operator-1")) == "setup.has_password"
    assert code_of(lambda: issue("researcher-1", by="operator-1")) == "setup.has_password"
    house.services.accounts.close("newcomer", by="operator-1")
    assert code_of(lambda: issue("newcomer", by="operator-1")) == "account.not_found"


def test_one_operator_takes_no_account_over_that_signs_in_with_a_passkey(house: House) -> None:
    """Its password is missing because its person never set one: that is no reason to hand out a secret."""
    for name in ("newcomer", "second"):
        house.services.accounts.add(
            name,
            organisation="university-1",
            roles={Role.RESEARCHER},
            password=None,
            country_of_access="KR",
            pledged=None,
            member=None,
            site=None,
            by="operator-1",
        )
    setups = house.services.setups
    keep_passkey(house, "newcomer")
    assert code_of(lambda: setups.issue("newcomer", by="operator-1")) == "setup.has_password"
    early = setups.issue("second", by="operator-1")
    keep_passkey(house, "second")
    assert code_of(lambda: setups.use("second", secret=early.secret, password=PASSWORD)) == "setup.refused"
    assert not setups.is_open_for("second")


def test_two_tabs_set_one_password(house: House) -> None:
    issued, use = opened(house), house.services.setups.use
    done = together(
        *[
            lambda number=number: use("newcomer", secret=issued.secret, password=f"password number {number}")  # type: ignore[misc]
            for number in range(2)
        ]
    )
    assert sorted(str(each) for each in done) == ["None", "setup.refused"]


def test_the_api_does_the_same(house: House) -> None:
    body = {"account": "newcomer", "organisation": "university-1", "roles": ["researcher"]}
    asked = house.ask("researcher-1", "POST", "/v1/account-requests", json=body | {"country_of_access": "KR"})
    assert (asked.status_code, asked.json()["state"]) == (201, "requested")
    path = f"/v1/account-requests/{asked.json()['id']}"
    own = house.ask("researcher-1", "POST", f"{path}/vouch", json={})
    assert (own.status_code, own.json()["code"]) == (403, "account_request.own_voucher")
    assert house.ask("researcher-2", "POST", f"{path}/vouch", json={}).status_code == 200
    made = house.ask("operator-1", "POST", f"{path}/open")
    assert (made.status_code, made.json()["account"]) == (201, "newcomer")
    used = {"account": "newcomer", "secret": made.json()["secret"], "password": PASSWORD}
    assert house.ask(None, "POST", "/v1/account-setups", json=used).json() == {"done": True}
    signed_in = house.ask(None, "POST", "/v1/login", json={"account": "newcomer", "password": PASSWORD})
    assert signed_in.status_code == 200
    listed = house.ask("researcher-2", "GET", "/v1/account-requests").json()["items"]
    assert [each["state"] for each in listed] == ["opened"]
    assert house.ask("hospital-9", "GET", path).status_code == 200, "of the same organisation"
