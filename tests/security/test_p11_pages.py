"""P11 for pages: every role opens and sends every page about its own, a foreign and a missing object.

The cases come from the routers and the rules, so a new page is tested as soon as it exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from fastapi import APIRouter

from coordinator.pages.access import GATE, check_every_page_has_a_rule
from coordinator.pages.site import ROUTERS
from coordinator.permissions import PERMISSIONS, Rule, Thing
from coordinator.roles import Role
from pages.gate import routes_of
from tests.support.coordinator_house import House, foreign_account_request, furnished_house, permit_fields
from tests.support.coordinator_passkeys import keep_passkey
from tests.support.page_visitor import Form, Page, Visitor

PEOPLE = {
    Role.RESEARCHER: "researcher-1",
    Role.COMMITTEE: "committee-1",
    Role.CHECKER: "checker-1",
    Role.HOSPITAL: "hospital-1",
    Role.OPERATOR: "operator-1",
    Role.AUDITOR: "auditor-1",
}
MISSING = "nothing-of-that-name"
PAGES = list(routes_of(ROUTERS))
ENDING = frozenset({"page_sign_out", "page_sessions_end"})
"""It would end the session that the other cases stand on; signing in and out has tests of its own."""


@dataclass
class Things:
    """One object of each kind that belongs to nobody who asks; everybody is signed in."""

    house: House
    names: dict[str, str]
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, who: str | None) -> Visitor:
        if who is None:
            return Visitor(self.house)
        if who not in self.visitors:
            self.visitors[who] = Visitor(self.house)
            self.visitors[who].sign_in(who)
        return self.visitors[who]

    def ask(self, who: str | None, method: str, path: str, **names: str) -> Page:
        visitor = self.visitor(who)
        filled = re.sub(r"\{(\w+)\}", lambda found: (self.names | names).get(found[1], "x"), path)
        if method == "GET":
            return visitor.get(filled, follow_redirects=False)
        token = dict(visitor.get("/en/parts").forms[-1].fields).get("form_token", "")
        return visitor.send(Form("post", filled, [("form_token", token)]))


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    house = furnished_house(tmp_path_factory.mktemp("p11"))
    project = house.project(by="researcher-2")
    permit = house.permit(project, people=["researcher-2"])
    job = house.submit(project, permit, by="researcher-2", participants=["budapest", "longbeach", "zurich"])
    draft = house.services.statements.draft(
        "project-permit", permit_fields(project), by=house.caller("committee-5")
    )
    names = {
        "language": "en",
        Thing.ACCOUNT.value: "researcher-2",
        Thing.PROJECT.value: project,
        Thing.PERMIT.value: permit,
        Thing.STATEMENT.value: draft.id,
        Thing.JOB.value: job.id,
        Thing.SITE.value: "zurich",
        Thing.ACCOUNT_REQUEST.value: foreign_account_request(house),
        Thing.TOKEN.value: house.caller("researcher-2").token,
        Thing.PASSKEY.value: keep_passkey(house, "researcher-2"),
    }
    yield Things(house, names)
    house.database.close()


def _rule(name: str) -> Rule:
    rule = GATE.find_rule(name)
    assert rule is not None
    return rule


CLOSED = [(method, path, name) for method, path, name in PAGES if not _rule(name).public]


@pytest.mark.parametrize(("method", "path", "name"), CLOSED)
def test_nobody_sees_a_closed_page_without_signing_in(
    things: Things, method: str, path: str, name: str
) -> None:
    answer = things.ask(None, method, path)
    if method == "GET":
        assert (answer.status, answer.answer.headers["location"][:11]) == (303, "/en/sign-in")
    else:
        assert answer.status == 401


@pytest.mark.parametrize(
    ("method", "path", "name", "role"),
    [(*page, role) for page in CLOSED if page[2] not in ENDING for role in Role],
)
def test_only_the_roles_of_the_rule_get_an_answer(
    things: Things, method: str, path: str, name: str, role: Role
) -> None:
    answer = things.ask(PEOPLE[role], method, path)
    if role in _rule(name).roles:
        assert "access.role_needed" not in answer.html
        assert answer.status < 500
    else:
        assert answer.status == 403
        assert "access.role_needed" in answer.html
        missing = things.ask(PEOPLE[role], method, path, **{thing.value: MISSING for thing in Thing})
        assert missing.words == answer.words, "what exists must not show"


@pytest.mark.parametrize(
    ("method", "path", "name", "role"),
    [(*page, role) for page in CLOSED for role in sorted(_rule(page[2]).must_own)],
)
def test_a_foreign_object_looks_like_a_missing_one(
    things: Things, method: str, path: str, name: str, role: Role
) -> None:
    thing = _rule(name).thing
    assert thing is not None
    foreign = things.ask(PEOPLE[role], method, path)
    missing = things.ask(PEOPLE[role], method, path, **{thing.value: MISSING})
    assert foreign.status == missing.status == 404
    assert foreign.words == missing.words
    assert f"{thing.value}.not_found" in foreign.words


def test_a_page_that_shares_the_apis_name_shares_its_rule() -> None:
    shared = [name for _, _, name in PAGES if name.removeprefix("page_") in PERMISSIONS]
    assert {"page_job_get", "page_export_get", "page_statement_get", "page_permit_get"} <= set(shared)
    for name in shared:
        if name not in ("page_sign_in", "page_sign_out"):
            assert GATE.find_rule(name) is PERMISSIONS[name.removeprefix("page_")]


def test_lists_show_only_what_single_pages_would(things: Things) -> None:
    for page, title in (("projects", "Heart"), ("permits", "Heart"), ("jobs", "How many")):
        assert title not in things.ask("researcher-1", "GET", f"/en/{page}").words
        assert title in things.ask("auditor-1", "GET", f"/en/{page}").words


def test_a_page_without_a_rule_stops_the_start() -> None:
    router = APIRouter()
    router.get("/{language}/backdoor", name="page_backdoor")(lambda: "open")
    with pytest.raises(RuntimeError, match="backdoor"):
        check_every_page_has_a_rule((*ROUTERS, router))
    with pytest.raises(RuntimeError, match="page_desk"):
        check_every_page_has_a_rule(())
