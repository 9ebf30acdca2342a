"""Signing in at another log-in, and an issuer that lies in every way the standard warns of."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from coordinator.accounts.oidc_links import ATTEMPT_LIFE
from coordinator.accounts.oidc_provider import OidcProvider, OidcSettings
from pages.visitors import SESSION
from tests.support import rogue_oidc
from tests.support.coordinator_house import PASSWORD, House, furnished_house
from tests.support.coordinator_records import audit_events, code_of
from tests.support.page_visitor import ADDRESS, Page, Visitor
from tests.support.rogue_oidc import CLIENT, SECRET, SUBJECT, RogueOidc
from tests.support.served_site import served

ME = "researcher-1"


@dataclass
class Room:
    """A coordinator whose other log-in is the rogue issuer."""

    house: House
    issuer: RogueOidc
    ca_file: Path

    def visitor(self) -> Visitor:
        return Visitor(self.house)

    def begin(self, visitor: Visitor, *, to: str = "") -> str:
        """Where the issuer is asked, as the browser is sent there."""
        asked = visitor.get("/en/sign-in", params={"to": to} if to else None)
        sent = visitor.send(asked.form("/en/sign-in/oidc"), follow=False)
        assert sent.status == 303, sent.words
        return str(sent.answer.headers["location"])

    def back(self, visitor: Visitor, address: str, **changes: str) -> Page:
        """The issuer's answer, brought back by the browser."""
        code = self.issuer.code_for(address)
        asked = self.issuer.asked[code]
        brought = {"code": code, "state": asked["state"], "iss": self.issuer.issuer} | changes
        return visitor.get(urlsplit(asked["redirect_uri"]).path, params=brought)

    def sign_in(self, visitor: Visitor | None = None, **changes: str) -> Page:
        visitor = visitor or self.visitor()
        return self.back(visitor, self.begin(visitor), **changes)


@pytest.fixture(scope="module")
def issuer_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str, Path]]:
    folder = tmp_path_factory.mktemp("issuer")
    now: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await now["app"](scope, receive, send)

    with served(app, folder) as address:
        yield now, address, folder / "page.pem"


@pytest.fixture
def room(tmp_path: Path, issuer_address: tuple[Any, str, Path]) -> Iterator[Room]:
    now, address, ca_file = issuer_address
    house = furnished_house(tmp_path)
    issuer = RogueOidc(house.clock, issuer=address)
    now["app"] = issuer.app()
    settings = OidcSettings(
        issuer=address, client_id=CLIENT, client_secret=SECRET, label="University log-in", ca_file=ca_file
    )
    provider = OidcProvider(settings=settings, clock=house.clock)
    house.services = replace(house.services, oidc=provider, web_origin=ADDRESS)
    house.services.oidc_links.link(ME, SUBJECT, by=ME)
    yield Room(house, issuer, ca_file)
    house.database.close()


def test_a_linked_person_signs_in(room: Room) -> None:
    visitor = room.visitor()
    address = room.begin(visitor, to="/en/jobs")
    asked = parse_qs(urlsplit(address).query)
    assert asked["scope"] == ["openid"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{ADDRESS}/en/oidc/back"]
    planted = dict(visitor.cookies)
    page = room.back(visitor, address)
    assert (page.status, page.path) == (200, "/en/jobs")
    assert ME in page.words
    assert visitor.cookies[SESSION] not in planted.values(), "a session of its own"
    assert audit_events(room.house, ME)[-1] == "person:login:succeed"


def test_rs256_is_taken_as_well(room: Room) -> None:
    room.issuer.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    room.issuer.algorithm = "RS256"
    assert room.sign_in().path == "/en/projects"


LIES: list[tuple[dict[str, Any], str]] = [
    ({"claims": {"nonce": "another"}}, "nonce"),
    ({"claims": {"nonce": None}}, "nonce"),
    ({"claims": {"nonce": 7}}, "nonce"),
    ({"claims": {"aud": "another-client"}}, "aud"),
    ({"claims": {"aud": [CLIENT, "another-client"]}}, "aud"),
    ({"claims": {"aud": None}}, "aud"),
    ({"claims": {"azp": "another-client"}}, "azp"),
    ({"claims": {"iss": "https://evil.example"}}, "iss"),
    ({"claims": {"iss": None}}, "iss"),
    ({"claims": {"exp": 1_000_000_000}}, "exp"),
    ({"claims": {"exp": None}}, "time"),
    ({"claims": {"exp": True}}, "time"),
    ({"claims": {"exp": "9999999999"}}, "time"),
    ({"claims": {"iat": 1_000_000_000}}, "iat"),
    ({"claims": {"iat": 9_999_999_999}}, "iat"),
    ({"claims": {"nbf": 9_999_999_999}}, "nbf"),
    ({"claims": {"sub": None}}, "sub"),
    ({"claims": {"sub": ""}}, "sub"),
    ({"claims": {"sub": "x" * 256}}, "sub"),
    ({"claims": {"sub": "a\u0000b"}}, "sub"),
    ({"header": {"kid": "key-2"}}, "kid"),
    ({"make_token": rogue_oidc.without_signature}, "alg"),
    ({"make_token": rogue_oidc.signed_with_the_public_key}, "alg"),
    ({"make_token": rogue_oidc.signed_by_another_key}, "signature"),
    ({"make_token": rogue_oidc.with_its_own_key_inside}, "signature"),
    ({"make_token": rogue_oidc.rsa_in_place_of_ec}, "key"),
    ({"make_token": lambda *_: "x.y.z"}, "shape"),
    ({"make_token": lambda *_: "x" * 20_000}, "missing"),
    ({"jwk": {"use": "enc"}}, "key"),
    ({"jwk": {"alg": "ES384"}}, "key"),
]


@pytest.mark.parametrize(("lie", "why"), LIES, ids=[f"{n}-{why}" for n, (_, why) in enumerate(LIES)])
def test_a_token_that_is_not_quite_right_lets_nobody_in(room: Room, lie: dict[str, Any], why: str) -> None:
    for name, value in lie.items():
        setattr(room.issuer, name, value)
    visitor = room.visitor()
    page = room.sign_in(visitor)
    assert page.status == 422
    assert f"Part: {why}." in page.words
    assert SESSION not in visitor.cookies
    assert audit_events(room.house, "oidc") == ["person:login:fail"]


def test_a_stranger_of_the_same_issuer_has_no_account_and_gets_none(room: Room) -> None:
    room.issuer.claims = {"sub": "subject-0002", "email": "researcher-1@university.example"}
    before = len(room.house.services.accounts.accounts(after="", limit=200))
    page = room.sign_in()
    assert "No account is linked" in page.words
    assert len(room.house.services.accounts.accounts(after="", limit=200)) == before
    room.house.services.accounts.close(ME, by="operator-1")
    room.issuer.claims = {}
    assert "No account is linked" in room.sign_in().words, "a closed account reads the same"


def test_a_way_is_good_once_for_its_own_browser_and_in_time(room: Room) -> None:
    mine, other = room.visitor(), room.visitor()
    address = room.begin(mine)
    room.begin(other)
    stolen = room.back(other, address)
    assert "not begun in this browser" in stolen.words, "an answer planted in another browser"
    assert room.issuer.redeemed == [], "not even the code is redeemed"
    assert "not begun in this browser" in room.back(mine, address).words, "a way is gone at its first return"
    late = room.begin(mine)
    room.house.clock.forward(seconds=ATTEMPT_LIFE.total_seconds())
    assert "not begun in this browser" in room.back(mine, late).words
    again = room.begin(mine)
    assert room.back(mine, again).path == "/en/projects"
    replayed = room.visitor()
    assert "not begun in this browser" in room.back(replayed, again).words


@pytest.mark.parametrize("state", ["", "x", "A" * 10_000, "\u202e<script>"])
def test_a_state_that_nobody_gave_out_leads_nowhere(room: Room, state: str) -> None:
    visitor = room.visitor()
    page = room.back(visitor, room.begin(visitor), state=state)
    assert "not begun in this browser" in page.words
    assert SESSION not in visitor.cookies


@pytest.mark.parametrize("issuer", ["", "https://evil.example"])
def test_an_answer_of_another_issuer_is_not_mixed_up_with_ours(room: Room, issuer: str) -> None:
    page = room.sign_in(iss=issuer)
    assert "another issuer" in page.words
    assert room.issuer.redeemed == []


def test_an_error_of_the_issuer_and_a_missing_code_are_said_so(room: Room) -> None:
    assert "did not say who you are" in room.sign_in(error="access_denied").words
    assert "did not say who you are" in room.sign_in(code="").words
    assert "against its standard" in room.sign_in(code="made-up").words


def test_the_code_is_worth_nothing_without_the_visitors_own_secret(room: Room) -> None:
    """Whoever reads code and state on their way cannot redeem the code: the verifier comes of the cookie."""
    visitor = room.visitor()
    address = room.begin(visitor)
    code = room.issuer.code_for(address)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{ADDRESS}/en/oidc/back",
        "code_verifier": room.issuer.asked[code]["state"],
    }
    trust = ssl.create_default_context(cafile=str(room.ca_file))
    answer = httpx.post(f"{room.issuer.issuer}/token", data=form, auth=(CLIENT, SECRET), verify=trust)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example/", "/ko//evil.example", "javascript:x", "/v1/me"]
)
def test_nobody_is_led_elsewhere_afterwards(room: Room, to: str) -> None:
    visitor = room.visitor()
    form = visitor.get("/en/sign-in").form("/en/sign-in/oidc")
    address = str(visitor.send(form, follow=False, to=to).answer.headers["location"])
    assert address.startswith(room.issuer.issuer + "/authorize?")
    assert room.back(visitor, address).path == "/en/projects"


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": "https://localhost:1/token"},
        {"token_endpoint": "https://["},
        {"jwks_uri": "http://localhost/keys"},
        {"jwks_uri": None},
    ],
    ids=str,
)
def test_a_description_that_leads_elsewhere_is_not_followed(room: Room, description: dict[str, Any]) -> None:
    room.issuer.description = description
    visitor = room.visitor()
    page = visitor.send(visitor.get("/en/sign-in").form("/en/sign-in/oidc"), follow=False)
    assert page.status == 422
    assert "against its standard" in page.words


def test_a_redirect_of_the_description_is_not_followed(room: Room) -> None:
    room.issuer.elsewhere = True
    page = room.visitor()
    answer = page.send(page.get("/en/sign-in").form("/en/sign-in/oidc"), follow=False)
    assert "status 307" in answer.words


def test_an_issuer_whose_certificate_nobody_vouches_for_is_not_spoken_with(room: Room) -> None:
    settings = replace(room.house.services.oidc.settings, ca_file=None)  # type: ignore[union-attr]
    provider = OidcProvider(settings=settings, clock=room.house.clock)
    assert code_of(provider.describe) == "oidc.unreachable"


def test_a_person_links_it_only_after_showing_who_they_are(room: Room) -> None:
    visitor, links = room.visitor(), room.house.services.oidc_links
    page = visitor.sign_in("researcher-2")
    link = visitor.get("/en/account").form("/en/account/oidc/link")
    assert visitor.send(link, follow=False).answer.headers["location"].startswith("/en/account/confirm")
    visitor.send(visitor.get("/en/account/confirm").form("/en/account/confirm"), password=PASSWORD)
    secret = visitor.cookies[SESSION]
    room.issuer.claims = {"sub": "subject-0002"}
    address = str(visitor.send(link, follow=False).answer.headers["location"])
    page = room.back(visitor, address)
    assert "is linked" in page.words
    assert visitor.cookies[SESSION] != secret
    assert links.find_account("subject-0002") == "researcher-2"
    room.issuer.claims = {}
    again = room.visitor()
    again.sign_in("committee-1")
    again.send(again.get("/en/account/confirm").form("/en/account/confirm"), password=PASSWORD)
    link = again.get("/en/account").form("/en/account/oidc/link")
    page = room.back(again, str(again.send(link, follow=False).answer.headers["location"]))
    assert "oidc.linked_already" in page.words, "one subject is one account"


def test_an_attackers_own_way_links_nobody_else(room: Room) -> None:
    """The attacker begins to link and lets the victim's browser bring the answer back."""
    attacker, victim = room.visitor(), room.visitor()
    attacker.sign_in("researcher-2")
    attacker.send(attacker.get("/en/account/confirm").form("/en/account/confirm"), password=PASSWORD)
    link = attacker.get("/en/account").form("/en/account/oidc/link")
    address = str(attacker.send(link, follow=False).answer.headers["location"])
    victim.sign_in("committee-1")
    room.issuer.claims = {"sub": "subject-0002"}
    assert "oidc.way_unknown" in room.back(victim, address).words
    assert room.house.services.oidc_links.find_link("committee-1") is None


def test_an_operator_links_only_who_has_no_way_in_yet(room: Room) -> None:
    links = room.house.services.oidc_links
    refused = code_of(lambda: links.link("researcher-2", "subject-0009", by="operator-1", only_if_new=True))
    assert refused == "oidc.account_has_ways"


def test_without_one_nothing_of_it_is_offered_or_possible(tmp_path: Path) -> None:
    house = furnished_house(tmp_path)
    visitor = Visitor(house)
    page = visitor.get("/en/sign-in")
    assert all("oidc" not in form.action for form in page.forms)
    assert "oidc" not in visitor.sign_in(ME).html
    assert visitor.get("/en/oidc/back?state=x&code=y").status == 409
    house.database.close()


def test_pages_lead_forms_to_the_issuer_and_nowhere_else(room: Room) -> None:
    policy = room.visitor().get("/en/sign-in").answer.headers["content-security-policy"]
    assert f"form-action 'self' {room.issuer.issuer}" in policy
    assert policy.count("http") == 1
