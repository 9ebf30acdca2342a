"""Signing in to a hospital's console: in and out, guesses, foreign forms, and sessions that end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.console.accounts import ConsoleRole, record_account, record_closing, record_password
from node.console.sessions import IDLE, LIFE, digest_of_secret
from node.console.signing_in import WINDOW
from node.state.tables import ConsoleSession
from onggi.errors import Refused
from pages.visitors import SESSION, VISITOR
from tests.support.console_house import ADDRESS, PASSWORD, ConsoleHouse, console_house
from tests.support.page_visitor import Form


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = console_house(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("who", ["it-1", "auditor-1"])
def test_everybody_arrives_at_the_first_page(house: ConsoleHouse, who: str) -> None:
    page = house.visitor().sign_in(who)
    assert (page.status, page.path) == (200, "/en/home")
    assert who in page.words


def test_one_is_led_back_to_the_page_that_was_asked_for(house: ConsoleHouse) -> None:
    visitor = house.visitor()
    asked = visitor.get("/en/releases?text=heart")
    page = visitor.send(asked.form("/en/sign-in"), account="it-1", password=PASSWORD)
    assert (page.path, page.answer.url.query) == ("/en/releases", b"text=heart")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/ko//evil.example"])
def test_nobody_is_led_elsewhere_after_signing_in(house: ConsoleHouse, elsewhere: str) -> None:
    visitor = house.visitor()
    form = visitor.get("/en/sign-in").form("/en/sign-in")
    assert visitor.send(form, account="it-1", password=PASSWORD, to=elsewhere).path == "/en/home"


def test_signing_out_ends_the_session_itself(house: ConsoleHouse) -> None:
    visitor = house.visitor()
    page = visitor.sign_in("it-1")
    secret = visitor.cookies[SESSION]
    visitor.send(page.form("/en/sign-out"))
    assert SESSION not in visitor.cookies
    again = house.visitor()
    again.cookies.set(SESSION, secret, domain="console.example")
    assert again.get("/en/home").path == "/en/sign-in", "a copied cookie is worth nothing afterwards"
    assert house.events()[-2:] == ["hospital:session:begin", "hospital:session:end"]


def test_each_sign_in_has_a_secret_of_its_own_of_which_the_hash_is_kept(house: ConsoleHouse) -> None:
    visitor, other = house.visitor(), house.visitor()
    visitor.sign_in("it-1")
    other.sign_in("it-1")
    secret = visitor.cookies[SESSION]
    assert VISITOR not in visitor.cookies
    assert other.cookies[SESSION] != secret
    with house.desk.state() as session:
        assert session.get(ConsoleSession, digest_of_secret(secret)) is not None
    for file in house.desk.home.glob("state.sqlite*"):
        assert secret.encode() not in file.read_bytes()
        assert PASSWORD.encode() not in file.read_bytes()


def test_ending_ones_session_leaves_another_persons_alone(house: ConsoleHouse) -> None:
    mine, theirs = house.visitor(), house.visitor()
    page = mine.sign_in("it-1")
    theirs.sign_in("it-2")
    mine.send(page.form("/en/sign-out"))
    assert theirs.get("/en/home").path == "/en/home"


def test_cookies_leave_over_tls_alone_and_no_script_reads_them(house: ConsoleHouse) -> None:
    visitor = house.visitor()
    form = visitor.get("/en/sign-in").form("/en/sign-in")
    fields = {**dict(form.fields), "account": "it-1", "password": PASSWORD}
    answer = visitor.raw_post("/en/sign-in", data=fields, follow_redirects=False).answer
    [line] = [each for each in answer.headers.get_list("set-cookie") if each.startswith(SESSION)]
    parts = {each.strip().lower() for each in line.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
    assert not any(each.startswith("domain") for each in parts)


def test_wrong_words_say_the_same_and_keep_the_name(house: ConsoleHouse) -> None:
    with house.desk.state() as session:
        record_closing(session, "it-2", now=house.clock())
    texts = []
    for account in ("it-1", "it-2", "nobody-of-that-name", "<script>alert(1)</script>"):
        page = house.visitor().sign_in(account, password="not the right password")
        assert page.status == 422
        assert dict(page.form("/en/sign-in").fields)["account"] == account
        texts.append(page.words)
    texts.append(house.visitor().sign_in("it-2").words)
    assert len(set(texts)) == 1
    assert "<script>alert(1)</script>" not in page.html
    assert "not the right" not in str(house.events())
    assert house.events()[-5:] == ["node:session:refuse"] * 5


def test_guesses_are_slowed_down_and_said_so(house: ConsoleHouse) -> None:
    visitor = house.visitor()
    for _ in range(5):
        visitor.sign_in("it-1", password="not the right password")
    page = visitor.sign_in("it-1")
    assert "console.too_many_attempts" not in page.words
    assert "15" in page.words
    assert SESSION not in visitor.cookies
    assert house.visitor().sign_in("it-2").status == 200, "one name's guesses lock no other"
    house.clock.forward(seconds=WINDOW.total_seconds())
    assert visitor.sign_in("it-1").path == "/en/home"


def test_a_right_password_forgets_the_guesses_before(house: ConsoleHouse) -> None:
    for _ in range(3):
        visitor = house.visitor()
        for _ in range(4):
            visitor.sign_in("it-1", password="not the right password")
        assert visitor.sign_in("it-1").path == "/en/home"


@pytest.mark.parametrize(
    ("headers", "token", "code"),
    [
        ({"origin": "https://evil.example"}, None, "page.other_site"),
        ({"sec-fetch-site": "cross-site"}, None, "page.other_site"),
        ({"sec-fetch-site": "same-site"}, None, "page.other_site"),
        ({"origin": "null"}, None, "page.other_site"),
        ({}, "", "page.form_too_old"),
        ({}, "0" * 64, "page.form_too_old"),
        ({"origin": ADDRESS, "sec-fetch-site": "same-origin"}, None, None),
    ],
)
def test_another_sites_form_changes_nothing(
    house: ConsoleHouse, headers: dict[str, str], token: str | None, code: str | None
) -> None:
    visitor = house.visitor()
    visitor.sign_in("it-1")
    form = visitor.get("/en/pause").form("/en/pause")
    changes = {} if token is None else {"form_token": token}
    answer = visitor.send(form, headers=headers, **changes)
    if code is None:
        assert answer.path == "/en/home"
        assert house.events()[-1] == "hospital:node:pause"
    else:
        assert answer.status == 403
        assert code in answer.words
        assert house.events()[-1] == "hospital:session:begin", "nothing was paused"


def test_a_form_of_another_visitor_counts_for_nothing(house: ConsoleHouse) -> None:
    mine, other = house.visitor(), house.visitor()
    other.sign_in("it-2")
    theirs = other.get("/en/pause").form("/en/pause")
    mine.sign_in("it-1")
    assert mine.send(theirs).status == 403


def test_an_unused_session_ends_by_itself(house: ConsoleHouse) -> None:
    visitor = house.visitor()
    visitor.sign_in("it-1")
    house.clock.forward(seconds=IDLE.total_seconds() - 60)
    assert visitor.get("/en/home").path == "/en/home"
    house.clock.forward(seconds=IDLE.total_seconds() - 60)
    assert visitor.get("/en/home").path == "/en/home", "looking at a page counts as use"
    house.clock.forward(seconds=IDLE.total_seconds() + 1)
    assert visitor.get("/en/home").path == "/en/sign-in"


def test_a_used_session_ends_after_a_working_day(house: ConsoleHouse) -> None:
    visitor = house.visitor()
    visitor.sign_in("it-1")
    begun, step = house.clock(), IDLE.total_seconds() / 2
    while house.clock() - begun < LIFE:
        assert visitor.get("/en/home").path == "/en/home"
        house.clock.forward(seconds=step)
    assert visitor.get("/en/home").path == "/en/sign-in"


def test_a_new_password_and_closing_end_every_session(house: ConsoleHouse) -> None:
    first, second, other = house.visitor(), house.visitor(), house.visitor()
    for visitor in (first, second):
        visitor.sign_in("it-1")
    other.sign_in("it-2")
    with house.desk.state() as session:
        record_password(
            session,
            "it-1",
            password="another long password",
            passwords=house.services.passwords,
            now=house.clock(),
        )
    assert first.get("/en/home").path == second.get("/en/home").path == "/en/sign-in"
    assert other.get("/en/home").path == "/en/home"
    assert first.sign_in("it-1", password="another long password").path == "/en/home"
    with house.desk.state() as session:
        assert record_closing(session, "it-1", now=house.clock())
        assert not record_closing(session, "it-1", now=house.clock()), "closed once"
    assert first.get("/en/home").path == "/en/sign-in"
    assert house.events()[-1] == "hospital:account:close"


_FOREIGN = [
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "null"},
    {"sec-fetch-site": "same-site"},
]


@pytest.mark.parametrize("headers", _FOREIGN)
def test_what_another_site_filled_in_is_not_kept_for_signing_in(
    house: ConsoleHouse, headers: dict[str, str]
) -> None:
    """Browsers leave the cookie out of such a form: it looks like one of a session that has ended."""
    foreign = Form("post", "/en/resume", [("note", "filled in elsewhere")])
    page = house.visitor().send(foreign, headers=headers)
    assert page.status == 403
    assert "page.other_site" in page.words
    assert "filled in elsewhere" not in page.html


def test_what_was_to_be_sent_outlives_the_session(house: ConsoleHouse) -> None:
    visitor = house.visitor()
    visitor.sign_in("it-1")
    form = visitor.get("/en/pause").form("/en/pause")
    house.clock.forward(seconds=IDLE.total_seconds() + 1)
    asked = visitor.send(form, note="typed before <b>")
    assert asked.status == 401
    again = visitor.send(asked.form("/en/sign-in"), account="it-1", password=PASSWORD)
    assert "typed before <b>" in again.words
    assert "hospital:node:pause" not in house.events(), "nothing is sent by itself"
    assert visitor.send(again.form("/en/pause")).path == "/en/home"
    assert house.events()[-1] == "hospital:node:pause"


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("it-1", PASSWORD, "console.account_exists"),
        ("IT-3", PASSWORD, "console.account_name"),
        ("a" * 41, PASSWORD, "console.account_name"),
        ("it-3", "x" * 11, "password.length"),
        ("it-3", "x" * 201, "password.length"),
    ],
)
def test_an_account_that_cannot_be_is_not_made(
    house: ConsoleHouse, name: str, password: str, code: str
) -> None:
    before = house.events()
    with pytest.raises(Refused) as caught, house.desk.state() as session:
        record_account(
            session,
            name,
            role=ConsoleRole.IT,
            password=password,
            passwords=house.services.passwords,
            now=house.clock(),
        )
    assert caught.value.code == code
    assert house.events() == before


@pytest.mark.parametrize("path", ["/xx/home", "/ko/nothing", "/ko/releases/0", "/ko/held/x", "/.env"])
def test_addresses_without_a_page_say_so(house: ConsoleHouse, path: str) -> None:
    visitor = house.visitor()
    visitor.sign_in("it-1")
    page = visitor.get(path)
    assert page.status == 404
    assert "page.no_such_page" in page.words


def test_the_first_page_speaks_the_browsers_language(house: ConsoleHouse) -> None:
    def language(asked: str) -> str:
        return str(house.visitor().get("/", headers={"accept-language": asked}).path)

    assert language("ko-KR,ko;q=0.9,en;q=0.8") == "/ko/"
    assert language("en-GB,en;q=0.9,ko;q=0.1") == "/en/"
    assert language("fr") == language("") == "/ko/"


def test_every_answer_has_the_strict_headers(house: ConsoleHouse) -> None:
    visitor = house.visitor()
    for path in ("/ko/", "/ko/nothing"):
        headers = visitor.get(path).answer.headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
    style = visitor.get("/ko/").html.split('rel="stylesheet" href="')[1].split('"')[0]
    assert visitor.get(style).status == 200


def test_a_request_too_large_is_not_read(house: ConsoleHouse) -> None:
    page = house.visitor().raw_post("/ko/sign-in", content=b"x" * (2**20 + 1))
    assert page.status == 413
