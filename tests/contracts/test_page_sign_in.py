"""Signing in with a browser: in and out, guesses, foreign forms, and an ended session that loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coordinator.accounts.tokens import PAGE_IDLE
from pages.visitors import SESSION, VISITOR
from tests.support.coordinator_house import House, furnished_house, permit_fields
from tests.support.page_visitor import ADDRESS, Form, Visitor


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path)
    yield made
    made.database.close()


@pytest.mark.parametrize(
    ("who", "first"),
    [
        ("committee-1", "/en/desk"),
        ("checker-1", "/en/desk"),
        ("researcher-1", "/en/projects"),
        ("operator-1", "/en/operator"),
        ("auditor-1", "/en/meetings"),
        ("hospital-1", "/en/projects"),
    ],
)
def test_each_role_arrives_where_its_work_begins(house: House, who: str, first: str) -> None:
    page = Visitor(house).sign_in(who)
    assert (page.status, page.path) == (200, first)
    assert who in page.words


def test_one_is_led_back_to_the_page_that_was_asked_for(house: House) -> None:
    visitor = Visitor(house)
    asked = visitor.get("/en/jobs?state=running")
    page = visitor.send(asked.form("/en/sign-in"), account="committee-1", password="a long enough password")
    assert (page.path, page.answer.url.query) == ("/en/jobs", b"state=running")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/ko//evil.example",
        "/\\evil.example",
        "/v1/me",
        "javascript:x",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(house: House, elsewhere: str) -> None:
    visitor = Visitor(house)
    form = visitor.get("/en/sign-in").form("/en/sign-in")
    page = visitor.send(form, account="committee-1", password="a long enough password", to=elsewhere)
    assert page.path == "/en/desk"


def test_signing_out_ends_the_session_itself(house: House) -> None:
    visitor = Visitor(house)
    page = visitor.sign_in("committee-1")
    secret = visitor.cookies[SESSION]
    visitor.send(page.form("/en/sign-out"))
    assert SESSION not in visitor.cookies
    again = Visitor(house)
    again.cookies.set(SESSION, secret, domain="coordinator.example")
    assert again.get("/en/desk").path == "/en/sign-in", "a copied cookie is worth nothing afterwards"


def test_each_sign_in_has_a_secret_of_its_own(house: House) -> None:
    visitor = Visitor(house)
    visitor.get("/en/sign-in")
    planted = visitor.cookies[VISITOR]
    visitor.sign_in("committee-1")
    assert visitor.cookies[SESSION] != planted
    assert VISITOR not in visitor.cookies
    other = Visitor(house)
    other.sign_in("committee-1")
    assert other.cookies[SESSION] != visitor.cookies[SESSION]


def test_cookies_leave_over_tls_alone_and_no_script_reads_them(house: House) -> None:
    visitor = Visitor(house)
    form = visitor.get("/en/sign-in").form("/en/sign-in")
    fields = {**dict(form.fields), "account": "committee-1", "password": "a long enough password"}
    answer = visitor.raw_post("/en/sign-in", data=fields, follow_redirects=False).answer
    [line] = [each for each in answer.headers.get_list("set-cookie") if each.startswith(SESSION)]
    parts = {each.strip().lower() for each in line.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
    assert not any(each.startswith("domain") for each in parts)


def test_wrong_words_say_the_same_and_keep_the_name(house: House) -> None:
    texts = []
    for account in ("committee-1", "nobody-of-that-name", "<script>alert(1)</script>"):
        page = Visitor(house).sign_in(account, password="not the right password")
        assert page.status == 422
        assert dict(page.form("/en/sign-in").fields)["account"] == account
        texts.append(page.words)
    assert len(set(texts)) == 1
    assert "<script>alert(1)</script>" not in page.html


def test_guesses_are_slowed_down_and_said_so(house: House) -> None:
    visitor = Visitor(house)
    for _ in range(5):
        visitor.sign_in("committee-1", password="not the right password")
    page = visitor.sign_in("committee-1")
    assert page.status != 200
    assert "15" in page.words
    assert SESSION not in visitor.cookies


@pytest.mark.parametrize(
    ("headers", "token", "code"),
    [
        ({"origin": "https://evil.example"}, None, "page.other_site"),
        ({"sec-fetch-site": "cross-site"}, None, "page.other_site"),
        ({"sec-fetch-site": "same-site"}, None, "page.other_site"),
        ({"origin": "null"}, None, "page.other_site"),
        ({"origin": "https://["}, None, "page.other_site"),
        ({"origin": ""}, None, "page.other_site"),
        ({}, "", "page.form_too_old"),
        ({}, "0" * 64, "page.form_too_old"),
        ({"origin": ADDRESS, "sec-fetch-site": "same-origin"}, None, None),
    ],
)
def test_another_sites_form_changes_nothing(
    house: House, headers: dict[str, str], token: str | None, code: str | None
) -> None:
    visitor = Visitor(house)
    page = visitor.sign_in("committee-1")
    changes = {} if token is None else {"form_token": token}
    answer = visitor.send(page.form("/en/sign-out"), headers=headers, **changes)
    if code is None:
        assert answer.path == "/en/sign-in"
    else:
        assert answer.status == 403
        assert code in answer.words
        assert visitor.get("/en/desk").status == 200, "still signed in"


def test_a_form_of_another_visitor_counts_for_nothing(house: House) -> None:
    mine, other = Visitor(house), Visitor(house)
    theirs = other.sign_in("committee-2").form("/en/sign-out")
    mine.sign_in("committee-1")
    assert mine.send(theirs).status == 403


def test_a_bearer_token_is_no_cookie_and_a_cookie_no_bearer_token(house: House) -> None:
    visitor = Visitor(house)
    visitor.sign_in("committee-1")
    asked = {"Authorization": f"Bearer {visitor.cookies[SESSION]}"}
    assert house.web.get("/v1/me", headers=asked).status_code == 401
    stranger = Visitor(house)
    stranger.cookies.set(SESSION, house.tokens["committee-1"], domain="coordinator.example")
    assert stranger.get("/en/desk").path == "/en/sign-in"


def test_an_unused_session_ends_by_itself(house: House) -> None:
    visitor = Visitor(house)
    visitor.sign_in("committee-1")
    house.clock.forward(seconds=PAGE_IDLE.total_seconds() - 60)
    assert visitor.get("/en/desk").status == 200
    house.clock.forward(seconds=PAGE_IDLE.total_seconds() - 60)
    assert visitor.get("/en/desk").path == "/en/desk", "looking at a page counts as use"
    house.clock.forward(seconds=PAGE_IDLE.total_seconds() + 1)
    assert visitor.get("/en/desk").path == "/en/sign-in"


_FOREIGN = [
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "null"},
    {"sec-fetch-site": "same-site"},
]


@pytest.mark.parametrize("headers", _FOREIGN)
def test_what_another_site_filled_in_is_not_kept_for_signing_in(
    house: House, headers: dict[str, str]
) -> None:
    """Browsers leave the cookie out of such a form: it looks like one of a session that has ended."""
    visitor = Visitor(house)
    foreign = Form("post", "/en/statements/permit-0001/withdraw", [("note", "filled in elsewhere")])
    page = visitor.send(foreign, headers=headers)
    assert page.status == 403
    assert "page.other_site" in page.words
    assert "filled in elsewhere" not in page.html


def test_what_was_to_be_sent_outlives_the_session(house: House) -> None:
    drafted = house.services.statements.draft(
        "project-permit", permit_fields(house.project()), by=house.caller("committee-1")
    )
    visitor = Visitor(house)
    visitor.sign_in("committee-1")
    address = f"/en/statements/{drafted.id}/withdraw"
    form = visitor.get(address).form(address)
    house.clock.forward(seconds=PAGE_IDLE.total_seconds() + 1)
    asked = visitor.send(form, note="typed before <b>")
    assert asked.status == 401
    assert house.services.statements.get(drafted.id).state == "open"
    again = visitor.send(asked.form("/en/sign-in"), account="committee-1", password="a long enough password")
    assert "typed before <b>" in again.words
    assert house.services.statements.get(drafted.id).state == "open", "nothing is sent by itself"
    done = visitor.send(again.form(address))
    assert (done.status, done.path) == (200, f"/en/statements/{drafted.id}")
    assert house.services.statements.get(drafted.id).state == "withdrawn"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a=%00", "application/x-www-form-urlencoded"),
        (b"a=%ff%fe", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % each for each in range(600)), "application/x-www-form-urlencoded"),
        (b"a=" + b"x" * 200_000, "application/x-www-form-urlencoded"),
        (b'{"a": 1}', "application/json"),
        (b"a=1", "text/plain"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    ],
)
def test_what_is_no_form_is_refused_in_words(house: House, body: bytes, kind: str) -> None:
    visitor = Visitor(house)
    visitor.get("/en/sign-in")
    page = visitor.raw_post("/en/sign-in", content=body, headers={"content-type": kind})
    assert page.status == 422
    assert "page.not_a_form" in page.words


@pytest.mark.parametrize("path", ["/xx/desk", "/ko/nothing", "/ko/jobs/NOT-A-NAME", "/ko/jobs/%00", "/.env"])
def test_addresses_without_a_page_say_so(house: House, path: str) -> None:
    visitor = Visitor(house)
    visitor.sign_in("committee-1")
    page = visitor.get(path)
    assert page.status == 404
    assert "page.no_such_page" in page.words


def test_the_first_page_speaks_the_browsers_language(house: House) -> None:
    def language(asked: str) -> str:
        return str(Visitor(house).get("/", headers={"accept-language": asked}).answer.url.path)

    assert language("ko-KR,ko;q=0.9,en;q=0.8") == "/ko/"
    assert language("en-GB,en;q=0.9,ko;q=0.1") == "/en/"
    assert language("fr") == language("") == "/ko/"


def test_every_answer_has_the_strict_headers(house: House) -> None:
    visitor = Visitor(house)
    for path in ("/ko/", "/ko/nothing", "/ko/parts"):
        headers = visitor.get(path).answer.headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    style = visitor.get("/ko/").html.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = visitor.get(style).answer
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in answer.headers["cache-control"]
    assert visitor.get(style.replace("onggi.css", "../access.py")).status == 404
