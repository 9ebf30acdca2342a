"""A real browser with a virtual authenticator signs on a hospital's console, and makes its passkey there.

The coordinator is the real one behind TLS; the console knows it by its address and its certificate alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from coordinator.pages.site import create_site
from coordinator.states import StatementState
from infra.demo.processes import free_port
from node.console.services import ConsoleServices, open_console
from node.console.site import create_console
from node.settings import SigningPage
from node.state.memory import save_roots
from node.state.tables import RootVersion
from onggi.protocol.dsse import Envelope, add_signature, verified_signers
from onggi.protocol.keys import new_private_pem
from onggi.protocol.passkey import PasskeyScope
from onggi.protocol.passkey_registration import Vouched, check_vouched
from onggi.protocol.root_changes import change_keys
from onggi.protocol.trust_root import MemberKey, TrustRoot, root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots
from tests.browser.test_passkey_signing import Signer, give_authenticator, give_passkey
from tests.support.console_house import HASHER
from tests.support.coordinator_house import House, furnished_house, permit_fields
from tests.support.federation_root import COMMITTEE, key, signed_root
from tests.support.node_desk import ready_node
from tests.support.served_site import browser, served

SIGNER = COMMITTEE[0]


@dataclass(frozen=True)
class Hospital:
    """A console that serves a signing page, and the coordinator that it fetches papers from."""

    house: House
    root: TrustRoot
    services: ConsoleServices
    address: str

    def ticket(self, statement: str) -> str:
        return self.house.services.signing_tickets.for_statement(statement, by=self.house.caller(SIGNER))

    def draft(self) -> str:
        house = self.house
        fields = permit_fields(house.project())
        return house.services.statements.draft("project-permit", fields, by=house.caller(COMMITTEE[1])).id


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(ignore_https_errors=True, accept_downloads=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def signer() -> Signer:
    return Signer(new_private_pem(), free_port())


@pytest.fixture
def hospital(tmp_path: Path, signer: Signer) -> Iterator[Hospital]:
    (tmp_path / "coordinator").mkdir()
    house = furnished_house(tmp_path / "coordinator")
    scope = PasskeyScope(origin=f"http://localhost:{signer.port}", rp_id="localhost")
    own = MemberKey(public_key=signer.key.public_key.pem, passkey=scope)
    known = house.services.roots.get_current()
    following = change_keys(known, add=[Vouched(member=SIGNER, key=own, vouched_by=())], now=house.clock())
    house.services.roots.advance(signed_root(following), by="operator-1")
    first, second = house.services.roots.envelopes()
    chain = TrustedRoots.pin(first, fingerprint=root_fingerprint(first)).advance(second)
    (tmp_path / "web").mkdir()
    with served(create_site(house.services), tmp_path / "web") as coordinator:
        desk = ready_node(tmp_path)
        with desk.state() as session:
            session.execute(delete(RootVersion))
            save_roots(session, chain)
        settings = desk.settings.model_copy(
            update={
                "pinned_root": chain.fingerprint,
                "signing": SigningPage(
                    coordinator=coordinator,
                    ca=tmp_path / "web" / "page.pem",
                    origin=f"http://localhost:{signer.port}",
                ),
            }
        )
        services = open_console(settings, clock=house.clock, hasher=HASHER)
        with served(create_console(services), tmp_path, tls=False, port=signer.port) as address:
            yield Hospital(house, following, services, address)
        services.sessions.kw["bind"].dispose()
    house.database.close()


@pytest.mark.parametrize(
    ("language", "act", "done"),
    [("en", "Sign with a passkey", "Signed"), ("ko", "패스키로 서명", "서명했습니다")],
)
def test_a_member_signs_on_the_hospitals_page(
    page: Any, hospital: Hospital, signer: Signer, language: str, act: str, done: str
) -> None:
    give_passkey(page, signer.private_pem)
    statement = hospital.draft()
    page.goto(f"{hospital.address}/{language}/sign?ticket={hospital.ticket(statement)}")
    told = page.locator("main").inner_text()
    assert "Chest pain" in told
    assert "가명처리 적정성 검토" in told, "the reviews that the permit rests on lie beside it"
    page.get_by_role("button", name=act).click()
    page.get_by_role("heading", name=done, exact=True).wait_for()
    view = hospital.house.services.statements.get(statement)
    assert view.signed_by == (SIGNER,)
    assert view.state is StatementState.OPEN
    [found] = verified_signers(view.envelope, hospital.root.keys_of("committee"))
    assert found.passkey is not None


def test_without_a_ticket_or_with_another_nothing_is_shown(page: Any, hospital: Hospital) -> None:
    for ticket in ("", "x" * 43, "..%2F..%2Fv1%2Fjobs"):
        page.goto(f"{hospital.address}/en/sign?ticket={ticket}")
        assert "This request to sign is unknown or has run out." in page.locator("main").inner_text()


def test_a_coordinator_that_asks_for_another_paper_hands_nothing_in(
    page: Any, hospital: Hospital, signer: Signer
) -> None:
    """It shows one paper and has another one under the same ticket when the signature comes back."""
    give_passkey(page, signer.private_pem)
    first, second = hospital.draft(), hospital.draft()
    tickets = hospital.house.services.signing_tickets
    ticket = hospital.ticket(first)
    page.goto(f"{hospital.address}/en/sign?ticket={ticket}")
    honest = type(tickets).read
    swapped = honest(tickets, hospital.ticket(second))
    try:
        type(tickets).read = lambda self, secret: swapped  # type: ignore[method-assign,assignment]
        page.get_by_role("button", name="Sign with a passkey").click()
        page.locator(".error-summary").wait_for()
    finally:
        type(tickets).read = honest  # type: ignore[method-assign]
    assert hospital.house.services.statements.get(first).signed_by == ()
    assert hospital.house.services.statements.get(second).signed_by == ()


def test_a_passkey_is_made_there_vouched_for_and_taken_into_the_root(
    page: Any, hospital: Hospital, tmp_path: Path
) -> None:
    give_authenticator(page)
    page.goto(f"{hospital.address}/en/sign/register")
    page.get_by_label("Member, as the federation root names it").fill("nobody")
    page.get_by_role("button", name="Make the passkey").click()
    page.locator(".error-summary").wait_for()
    page.get_by_label("Member, as the federation root names it").fill(COMMITTEE[2])
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="The new passkey signs its registration").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Sign and get the file").click()
    file = tmp_path / "registration.json"
    download.value.save_as(file)
    now = hospital.house.clock()
    envelope = add_signature(Envelope.from_json(file.read_bytes()), key=key(COMMITTEE[1]))
    vouched = check_vouched(envelope, root=hospital.root, now=now)
    assert (vouched.member, vouched.vouched_by) == (COMMITTEE[2], (COMMITTEE[1],))
    assert vouched.key.passkey is not None
    assert vouched.key.passkey.origin == hospital.services.papers_to_sign.page.origin
