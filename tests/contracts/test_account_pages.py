"""A person's own account in a browser without scripts: password, sessions, recovery, and guesses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coordinator.accounts.page_sessions import FRESH, GRACE, RENEW_AFTER
from coordinator.accounts.source_limits import MOST_FAILURES
from coordinator.accounts.tokens import PAGE_IDLE
from coordinator.roles import Role
from coordinator.settings import CoordinatorSettings
from onggi.errors import Refused
from pages.visitors import SESSION, VISITOR
from tests.support.coordinator_house import PASSWORD, House, furnished_house
from tests.support.coordinator_passkeys import keep_passkey
from tests.support.page_visitor import Form, Page, Visitor

ME, NEW = "researcher-1", "another long password"
WHOLE = dict.fromkeys(("oidc_issuer", "oidc_client_id", "oidc_secret_file", "oidc_label"), "x")
CHANGE = {"password_old": PASSWORD, "password_new": NEW, "password_again": NEW}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path)
    yield made
    made.database.close()


def person(house: House, name: str = ME) -> Visitor:
    visitor = Visitor(house)
    visitor.sign_in(name)
    return visitor


def confirm(visitor: Visitor, *, password: str = PASSWORD, to: str = "") -> Page:
    form = visitor.get("/en/account/confirm", params={"to": to}).form("/en/account/confirm")
    return visitor.send(form, password=password)


def test_a_changed_password_changes_the_secret_and_ends_the_others(house: House) -> None:
    mine, other = person(house), person(house)
    before = mine.cookies[SESSION]
    page = mine.send(mine.get("/en/account/password").form("/en/account/password"), **CHANGE)
    assert "The password is changed" in page.words
    assert mine.cookies[SESSION] != before
    assert other.get("/en/account").path == "/en/sign-in"
    copied = Visitor(house)
    copied.cookies.set(SESSION, before, domain="coordinator.example")
    assert copied.get("/en/account").path == "/en/sign-in", "a copied cookie ends with the act"
    assert Visitor(house).sign_in(ME).status == 422
    assert Visitor(house).sign_in(ME, password=NEW).status == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password_old": "not the right password"}, "name or password is wrong"),
        ({"password_again": "something else again"}, "The two passwords differ"),
        ({"password_new": "short", "password_again": "short"}, "12"),
        ({"password_new": "x" * 201, "password_again": "x" * 201}, "200"),
        ({"password_new": "", "password_again": ""}, "12"),
    ],
)
def test_a_password_that_cannot_be_changes_nothing(house: House, changes: dict[str, str], code: str) -> None:
    visitor = person(house)
    form = visitor.get("/en/account/password").form("/en/account/password")
    page = visitor.send(form, **CHANGE | changes)
    assert page.status == 422
    assert code in page.words
    assert NEW not in page.html, "no password stands in a page"
    assert Visitor(house).sign_in(ME).status == 200


def test_a_password_typed_into_an_ended_session_is_not_kept_in_the_page(house: House) -> None:
    visitor = person(house)
    form = visitor.get("/en/account/password").form("/en/account/password")
    house.clock.forward(seconds=PAGE_IDLE.total_seconds() + 1)
    page = visitor.send(form, **CHANGE)
    assert page.status == 401
    assert PASSWORD not in page.html
    assert NEW not in page.html


def test_a_planted_secret_is_not_the_sessions(house: House) -> None:
    """Fixation: what an attacker put into the browser before is worth nothing after signing in."""
    visitor = Visitor(house)
    for name in (SESSION, VISITOR):
        visitor.cookies.set(name, "planted-secret-planted-secret", domain="coordinator.example")
    visitor.sign_in(ME)
    assert visitor.cookies[SESSION] != "planted-secret-planted-secret"
    attacker = Visitor(house)
    attacker.cookies.set(SESSION, "planted-secret-planted-secret", domain="coordinator.example")
    assert attacker.get("/en/account").path == "/en/sign-in"


def test_signing_in_again_ends_the_session_before(house: House) -> None:
    visitor = person(house)
    before = visitor.cookies[SESSION]
    form = Form("post", "/en/sign-in", visitor.get("/en/account").form("/en/sign-out").fields)
    visitor.send(form, account="researcher-2", password=PASSWORD)
    assert house.services.page_sessions.find(before) is None


def test_the_secret_changes_with_a_page_and_open_forms_stay_good(house: House) -> None:
    visitor = person(house)
    form, before = visitor.get("/en/account").form("/en/account/sessions/end"), visitor.cookies[SESSION]
    ends = house.clock.now + RENEW_AFTER
    while house.clock.now < ends:
        house.clock.now = min(ends, house.clock.now + PAGE_IDLE / 2)
        assert visitor.get("/en/jobs").status == 200
    after = visitor.cookies[SESSION]
    assert after != before
    style = visitor.get("/en/jobs").html.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "set-cookie" not in visitor.get(style).answer.headers
    slow = Visitor(house)
    slow.cookies.set(SESSION, before, domain="coordinator.example")
    assert slow.get("/en/jobs").status == 200, "what is under way arrives"
    house.clock.forward(seconds=GRACE.total_seconds())
    assert slow.get("/en/jobs").path == "/en/sign-in"
    assert visitor.send(form).path == "/en/sign-in", "the form from before counted, and signed out"
    assert house.services.page_sessions.find(after) is None


def test_one_session_can_be_ended_from_another(house: House) -> None:
    mine, other = person(house), person(house)
    found = house.services.page_sessions.find(other.cookies[SESSION])
    assert found is not None
    token = found.caller.token
    page = mine.send(mine.get("/en/account").form(f"/en/account/sessions/{token}/end"))
    assert "That session has ended" in page.words
    assert other.get("/en/account").path == "/en/sign-in"
    assert mine.get("/en/account").status == 200


def test_a_way_in_is_changed_only_by_who_showed_who_they_are(house: House) -> None:
    visitor, kept = person(house), keep_passkey(house, ME)
    gated = ("/en/account/passkeys/new", f"/en/account/passkeys/{kept}/remove", "/en/account/oidc/unlink")
    token = visitor.get("/en/account").form("/en/sign-out").fields
    for path in gated:
        assert visitor.get(path).path == "/en/account/confirm"
        assert visitor.send(Form("post", path, token)).path == "/en/account/confirm"
    assert visitor.send(Form("post", "/en/account/passkeys", token)).path == "/en/account/confirm"
    assert len(house.services.passkeys.of_account(ME)) == 1
    assert confirm(visitor, password="not the right password").status == 422
    assert visitor.get(gated[0]).path == "/en/account/confirm"
    assert confirm(visitor, to=gated[0]).path == gated[0]
    house.clock.forward(seconds=FRESH.total_seconds())
    assert visitor.get(gated[0]).path == "/en/account/confirm"
    assert confirm(visitor, to="https://evil.example/").path == "/en/account"


def test_a_passkey_without_a_script_says_what_to_do(house: House) -> None:
    visitor = Visitor(house)
    page = visitor.send(visitor.get("/en/sign-in").form("/en/sign-in/passkey"))
    assert page.status == 200
    page = visitor.send(page.form("/en/sign-in/passkey/answer"))
    assert page.status == 422
    assert "sign in with your password" in page.words
    assert SESSION not in visitor.cookies


def test_two_operators_recover_a_person_who_then_reads_of_it(house: House) -> None:
    house.services.accounts.add(
        "operator-2",
        organisation="university-1",
        roles={Role.OPERATOR},
        password=PASSWORD,
        country_of_access="KR",
        pledged=None,
        member=None,
        site=None,
        by="operator-1",
    )
    first, second = person(house, "operator-1"), person(house, "operator-2")
    form = first.get("/en/recoveries").form("/en/recoveries")
    assert first.send(form, account=ME, reason="").status == 422
    assert "Account not found" in first.send(form, account="nobody-here", reason="x").words
    opened = first.send(form, account=ME, reason="Lost the telephone <b>")
    assert "cannot confirm" in opened.words
    assert not [each for each in opened.forms if each.action.endswith("/confirm")]
    told = person(house)
    assert "Stop the recovery" in told.get("/en/account").words
    assert "news about a recovery" in told.get("/en/jobs").html
    shown = second.send(second.get(opened.path).form(f"{opened.path}/confirm"))
    secret = shown.html.split('<code class="digest">')[1].split("<")[0]
    assert secret not in second.get(opened.path).html, "shown once"
    visitor = Visitor(house)
    form = visitor.get("/en/recover").form("/en/recover")
    assert (
        visitor.send(form, password_secret="x" * 10_000, password_new=NEW, password_again=NEW).status == 422
    )
    done = visitor.send(form, password_secret=secret, password_new=NEW, password_again=NEW)
    assert done.path == "/en/sign-in"
    assert told.get("/en/account").path == "/en/sign-in"
    me = Visitor(house)
    me.sign_in(ME, password=NEW)
    account = me.get("/en/account")
    assert "operator-1" in account.words
    assert "operator-2" in account.words
    assert "Lost the telephone <b>" in account.words
    read = me.send(account.form("/en/account/recoveries/seen"))
    assert "operator-2" not in read.words
    assert "news about a recovery" not in read.html


def test_guesses_with_recovery_secrets_are_slowed_down(house: House) -> None:
    visitor = Visitor(house)
    form = visitor.get("/en/recover").form("/en/recover")
    guess = {"password_secret": "guess", "password_new": NEW, "password_again": NEW}
    for _ in range(MOST_FAILURES):
        visitor.send(form, **guess)
    assert "came from this network" in visitor.send(form, **guess).words


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"oidc_issuer": "https://login.example"}, "oidc_client_id"),
        ({"oidc_label": "x"}, "oidc_issuer"),
        ({"web_origin": "http://coordinator.example"}, "web_origin"),
        ({"web_origin": "https://coordinator.example/x"}, "web_origin"),
        (WHOLE | {"oidc_issuer": "http://login.example"}, "oidc_issuer"),
    ],
)
def test_half_a_setting_stops_the_start(tmp_path: Path, given: dict[str, str], wrong: str) -> None:
    with pytest.raises(Refused) as refused:
        CoordinatorSettings.from_mapping(given, home=tmp_path)
    assert refused.value.facts == {"name": wrong}


def test_the_pages_are_seen_where_the_settings_say(tmp_path: Path) -> None:
    plain = CoordinatorSettings.from_mapping({"public_names": "coordinator.example"}, home=tmp_path)
    assert plain.seen_at == "https://coordinator.example:8400"
    assert CoordinatorSettings.from_mapping({"web_origin": "https://a.example"}, home=tmp_path).seen_at == (
        "https://a.example"
    )
