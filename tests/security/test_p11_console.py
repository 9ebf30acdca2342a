"""P11 for the hospital's console: every role opens and sends every page, and an auditor changes nothing.

The cases come from the routers and the table, so a new page is tested as soon as it exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from fastapi import APIRouter
from sqlalchemy import select

from node.console.access import check_every_page_has_a_rule
from node.console.accounts import ConsoleRole
from node.console.permissions import PERMISSIONS
from node.console.site import ROUTERS
from node.state.memory import get_fact
from node.state.tables import (
    AuditEvent,
    BudgetEntry,
    HeldReply,
    Outgoing,
    PolicyVersion,
    Release,
    Run,
    RunStop,
)
from pages.gate import routes_of
from tests.support.console_house import ConsoleHouse, ConsoleVisitor, furnished_console
from tests.support.page_visitor import Form, Page

PEOPLE = {ConsoleRole.IT: "it-1", ConsoleRole.AUDITOR: "auditor-1"}
PAGES = list(routes_of(ROUTERS))
CLOSED = [page for page in PAGES if not PERMISSIONS[page[2]].public]
ENDING = frozenset({"console_sign_out"})
"""It would end the session that the other cases stand on; signing in and out has tests of its own."""
THERE = {
    "language": "en",
    "entry": "1",
    "number": "1",
    "run": "run-asked",
    "week": "2026-W47",
    "population": "hospital",
    "act": "assign",
}
MISSING = {
    "language": "en",
    "entry": "999",
    "number": "999",
    "run": "no-such-run",
    "week": "1999-W01",
    "population": "nobody",
    "act": "assign",
}
ANSWERS = {"number": ("approve", "refuse"), "run": ("give", "refuse")}


@dataclass
class Things:
    """A console of a node that has been at work, and one browser for each person."""

    house: ConsoleHouse
    visitors: dict[str, ConsoleVisitor] = field(default_factory=dict)

    def visitor(self, who: str | None) -> ConsoleVisitor:
        if who is None:
            return self.house.visitor()
        if who not in self.visitors:
            self.visitors[who] = self.house.visitor()
            self.visitors[who].sign_in(who)
        return self.visitors[who]

    def ask(self, who: str | None, method: str, address: str) -> Page:
        visitor = self.visitor(who)
        if method == "GET":
            return visitor.get(address, follow_redirects=False)
        shown = visitor.get("/en/home" if who else "/en/sign-in")
        token = dict(shown.forms[0].fields).get("form_token", "")
        return visitor.send(Form("post", address, [("form_token", token)]))

    def state(self) -> list[object]:
        """Everything that a hospital decides, and the length of its audit trail."""
        with self.house.desk.state() as session:
            return [
                get_fact(session, "paused"),
                list(session.execute(select(Run.run, Run.state, Run.code).order_by(Run.run))),
                list(session.execute(select(HeldReply.id, HeldReply.decision).order_by(HeldReply.id))),
                list(session.scalars(select(Release.hash))),
                list(session.scalars(select(Outgoing.id))),
                list(session.scalars(select(RunStop.run))),
                list(session.scalars(select(PolicyVersion.digest))),
                list(session.scalars(select(BudgetEntry.hash))),
                list(session.scalars(select(AuditEvent.hash))),
            ]


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    house = furnished_console(tmp_path_factory.mktemp("p11"))
    house.spend()
    house.clock.forward(days=2)
    house.write_letter("2026-W47")
    yield Things(house)
    house.close()


@pytest.fixture
def own_things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    house = furnished_console(tmp_path_factory.mktemp("p11"))
    house.spend()
    house.clock.forward(days=2)
    house.write_letter("2026-W47")
    yield Things(house)
    house.close()


def _addresses(path: str, names: dict[str, str]) -> list[str]:
    """The path with these names, once for every answer that it takes."""
    answers = next((given for name, given in ANSWERS.items() if f"{{{name}}}" in path), ("x",))
    filled = re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), path)
    return sorted({filled.replace("{answer}", answer) for answer in answers})


@pytest.mark.parametrize(("method", "path", "name"), CLOSED)
def test_nobody_sees_a_closed_page_without_signing_in(
    things: Things, method: str, path: str, name: str
) -> None:
    before = things.state()
    for names in (THERE, MISSING):
        for address in _addresses(path, names):
            answer = things.ask(None, method, address)
            if method == "GET":
                assert (answer.status, answer.answer.headers["location"][:11]) == (303, "/en/sign-in")
            else:
                assert answer.status == 401
    assert things.state() == before


@pytest.mark.parametrize(("method", "path", "name"), [page for page in CLOSED if page[2] not in ENDING])
def test_an_auditor_sees_everything_and_changes_nothing(
    things: Things, method: str, path: str, name: str
) -> None:
    things.visitor("auditor-1")
    before = things.state()
    for address in _addresses(path, THERE):
        answer = things.ask("auditor-1", method, address)
        if ConsoleRole.AUDITOR in PERMISSIONS[name].roles:
            assert answer.status < 400, "what an auditor may open is there"
        else:
            assert answer.status == 403
            assert "console.role_needed" in answer.html
    for address in _addresses(path, MISSING):
        answer = things.ask("auditor-1", method, address)
        if ConsoleRole.AUDITOR not in PERMISSIONS[name].roles:
            assert (answer.status, "console.role_needed" in answer.html) == (403, True), "no hint what exists"
    assert things.state() == before


@pytest.mark.parametrize(("method", "path", "name"), [page for page in CLOSED if page[2] not in ENDING])
def test_it_staff_reach_every_page(own_things: Things, method: str, path: str, name: str) -> None:
    for address in _addresses(path, THERE)[:1]:
        answer = own_things.ask("it-1", method, address)
        assert "console.role_needed" not in answer.html
        is_form = answer.status == 422 and "error-summary" in answer.html
        assert answer.status < 400 or is_form, "an empty form is shown again"
    for address in _addresses(path, MISSING):
        if "{" in path.replace("{language}", ""):
            assert own_things.ask("it-1", method, address).status == 404


def test_an_auditors_pages_offer_no_act(things: Things) -> None:
    visitor = things.visitor("auditor-1")
    for address in ("home", "held/1", "consents/run-asked", "budget", "budget/hospital"):
        page = visitor.get(f"/en/{address}")
        assert "This account may look and change nothing." in page.words
        assert [form.action for form in page.forms] == ["/en/sign-out"]
        for act in ("/pause", "/resume", "/approve", "/refuse", "/give"):
            assert f'{act}"' not in page.html


def test_only_acts_of_deciding_are_kept_from_auditors() -> None:
    kept = {name for name, rule in PERMISSIONS.items() if rule.roles == {ConsoleRole.IT}}
    sending = {name for method, _, name in PAGES if method == "POST"}
    # Verifying says what is so, and changes nothing. Members sign with a ticket, without any account here.
    open_to_all = {"console_sign_in_send", "console_sign_out", "console_verify", "console_release_verify"}
    open_to_all |= {"console_sign_paper_send", "console_passkey_prove", "console_passkey_done"}
    assert sending - kept == open_to_all
    assert {name for name, rule in PERMISSIONS.items() if rule.public} == {
        "console_start",
        "console_start_in_language",
        "console_asset",
        "console_sign_in",
        "console_sign_in_send",
        "console_sign_paper",
        "console_sign_paper_send",
        "console_passkey_new",
        "console_passkey_prove",
        "console_passkey_done",
    }


def test_no_page_changes_anything_by_being_looked_at(things: Things) -> None:
    things.visitor("it-1")
    before = things.state()
    for method, path, _ in CLOSED:
        if method == "GET":
            for address in _addresses(path, THERE):
                things.ask("it-1", method, address)
    assert things.state() == before


def test_a_page_without_a_rule_stops_the_start() -> None:
    router = APIRouter()
    router.get("/{language}/backdoor", name="console_backdoor")(lambda: "open")
    with pytest.raises(RuntimeError, match="backdoor"):
        check_every_page_has_a_rule((*ROUTERS, router))
    with pytest.raises(RuntimeError, match="console_home"):
        check_every_page_has_a_rule(())
