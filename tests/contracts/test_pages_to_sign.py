"""From a paper's page to the signing host that the federation root names, with a ticket, and back signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from onggi.protocol.dsse import add_passkey_signature
from onggi.protocol.papers import read_whole_paper
from tests.support.coordinator_house import CHECKERS, House, furnished_house, permit_fields
from tests.support.federation_root import COMMITTEE, make_root, member, signed_root
from tests.support.page_visitor import Page, Visitor
from tests.support.software_authenticator import SCOPE, SoftwareAuthenticator

SIGNERS = ("committee-5", "checker-1")
"""Those who sign with a passkey; none of them keeps the root."""


@pytest.fixture
def passkeys() -> dict[str, SoftwareAuthenticator]:
    return {name: SoftwareAuthenticator() for name in SIGNERS}


@pytest.fixture
def house(tmp_path: Path, passkeys: dict[str, SoftwareAuthenticator]) -> Iterator[House]:
    made = furnished_house(tmp_path)
    members = [member(name, external=name in COMMITTEE[3:]) for name in COMMITTEE]
    members += [member(name, role="output_checker", external=name == "checker-3") for name in CHECKERS]
    scope = SCOPE.model_dump()
    for each in members:
        if (passkey := passkeys.get(each["id"])) is not None:
            each["keys"] = [{"public_key": passkey.key.public_key.pem, "passkey": scope}]
    made.services.roots.advance(signed_root(make_root(members=members, version=2)), by="operator-1")
    yield made
    made.database.close()


def draft(house: House) -> str:
    fields = permit_fields(house.project())
    return house.services.statements.draft("project-permit", fields, by=house.caller("committee-1")).id


def ticket_in(page: Page) -> str:
    """The ticket in the one link that leads to the signing host."""
    [address] = [
        each.split('"')[0] for each in page.html.split('href="')[1:] if each.startswith(SCOPE.origin)
    ]
    parts = urlsplit(address)
    assert (f"{parts.scheme}://{parts.netloc}", parts.path) == (SCOPE.origin, "/en/sign")
    [secret] = parse_qs(parts.query)["ticket"]
    return secret


def sign_elsewhere(house: House, ticket: str, passkey: SoftwareAuthenticator) -> Any:
    """As the signing host does it: fetch, read, sign, hand in."""
    told = house.services.signing_tickets.read(ticket)
    root = house.services.roots.get_current()
    paper = read_whole_paper(told.envelope, root=root, named=told.named)
    signature, proof = passkey.assert_over(paper.unsigned.signed_bytes)
    signed = add_passkey_signature(
        paper.unsigned, fingerprint=passkey.fingerprint, signature=signature, proof=proof
    )
    headers = {"content-type": "application/json"}
    return house.web.post(f"/v1/signing/{ticket}", content=signed.to_json(), headers=headers)


def test_a_member_signs_within_four_activations(
    house: House, passkeys: dict[str, SoftwareAuthenticator]
) -> None:
    """Entry in the queue, the host, the link, and the button of the signing page."""
    statement = draft(house)
    visitor = Visitor(house)
    desk = visitor.sign_in("committee-5")
    assert f'href="/en/statements/{statement}"' in desk.html
    page = visitor.get(f"/en/statements/{statement}")
    way = visitor.send(page.form(f"/en/statements/{statement}/ticket"))
    assert (way.status, SCOPE.origin in way.words) == (200, True)
    answer = sign_elsewhere(house, ticket_in(way), passkeys["committee-5"])
    assert answer.json() == {"what": "statement", "subject": statement}
    after = visitor.get(f"/en/statements/{statement}")
    assert "You have signed." in after.words
    assert f'href="/en/statements/{statement}"' not in visitor.get("/en/desk").html


def test_who_has_no_passkey_there_is_not_led_there(house: House) -> None:
    statement = draft(house)
    visitor = Visitor(house)
    visitor.sign_in("committee-2")
    page = visitor.get(f"/en/statements/{statement}")
    address = f"/en/statements/{statement}/ticket"
    assert address not in [form.action for form in page.forms]
    sign_out = page.form("/en/sign-out")
    for origin in (SCOPE.origin, "https://evil.example", ""):
        sign_out.action = address
        refused = visitor.send(sign_out, origin=origin)
        assert refused.status == 409
        assert "signing.no_passkey_here" in refused.words


def test_a_checker_votes_through_the_signing_host(
    house: House, passkeys: dict[str, SoftwareAuthenticator]
) -> None:
    project = house.project()
    job = house.held(project, house.permit(project)).id
    visitor = Visitor(house)
    visitor.sign_in("checker-1")
    page = visitor.get(f"/en/exports/{job}")
    assert page.words.index("Evidence") < page.words.index("Your verdict")
    form = page.form(f"/en/exports/{job}/ticket")
    way = visitor.send(form, verdict="refuse", reason="one cell too small", origin=SCOPE.origin)
    answer = sign_elsewhere(house, ticket_in(way), passkeys["checker-1"])
    assert answer.json() == {"what": "ballot", "subject": job}
    after = visitor.get(f"/en/exports/{job}")
    assert "You voted: Refuse" in after.words
    assert "one cell too small" in after.words


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ({"verdict": "", "reason": "kept <words>"}, "Nothing is chosen."),
        ({"verdict": "refuse", "reason": ""}, "One line is needed."),
        ({"verdict": "approve", "reason": "two\nlines"}, "One line is needed."),
        ({"verdict": "approve", "reason": "x" * 301}, "One line is needed."),
    ],
)
def test_a_vote_that_is_not_whole_is_said_and_kept(house: House, entries: dict[str, str], wrong: str) -> None:
    project = house.project()
    job = house.held(project, house.permit(project)).id
    visitor = Visitor(house)
    visitor.sign_in("checker-1")
    form = visitor.get(f"/en/exports/{job}").form(f"/en/exports/{job}/ticket")
    page = visitor.send(form, origin=SCOPE.origin, **entries)
    assert page.status == 422
    assert page.html.count(wrong) == 2, "above the form and beside the field"
    assert "<title>Error:" in page.html
    assert dict(page.form(f"/en/exports/{job}/ticket").fields)["reason"] == entries["reason"]
