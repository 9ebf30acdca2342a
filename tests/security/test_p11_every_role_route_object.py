"""P11: every role asks every route about its own, a foreign and a missing object; only the table decides.

The cases come from the OpenAPI description and from the permission table, so a new route is tested as soon
as it exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from coordinator.api.access import check_every_route_has_a_rule
from coordinator.api.app import ROUTERS, create_app
from coordinator.permissions import PERMISSIONS, Thing
from coordinator.roles import ALL_SCOPES, Role, Scope
from pages.gate import routes_of
from tests.support.coordinator_house import House, foreign_account_request, furnished_house, permit_fields

PEOPLE = {
    Role.RESEARCHER: "researcher-1",
    Role.COMMITTEE: "committee-1",
    Role.CHECKER: "checker-1",
    Role.HOSPITAL: "hospital-1",
    Role.OPERATOR: "operator-1",
    Role.AUDITOR: "auditor-1",
}
MISSING = "nothing-of-that-name"


@dataclass(frozen=True)
class Things:
    """One object of each kind that belongs to nobody who asks, and the tokens of all."""

    house: House
    names: dict[Thing, str]


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    house = furnished_house(tmp_path_factory.mktemp("p11"))
    project = house.project(by="researcher-2")
    permit = house.permit(project, people=["researcher-2"])
    job = house.submit(project, permit, by="researcher-2", participants=["budapest", "longbeach", "zurich"])
    held = house.services.statements.draft(
        "project-permit", permit_fields(project), by=house.caller("committee-5")
    )
    names = {
        Thing.ACCOUNT: "researcher-2",
        Thing.TOKEN: house.caller("researcher-2").token,
        Thing.PROJECT: project,
        Thing.PERMIT: permit,
        Thing.STATEMENT: held.id,
        Thing.JOB: job.id,
        Thing.SITE: "zurich",
        Thing.ACCOUNT_REQUEST: foreign_account_request(house),
    }
    yield Things(house, names)
    house.database.close()


def all_routes() -> list[tuple[str, str, str]]:
    class NoServices:
        pass

    described = create_app(NoServices()).openapi()["paths"]  # type: ignore[arg-type]  # described, never asked
    return [
        (method.upper(), path, operation["operationId"])
        for path, methods in described.items()
        for method, operation in methods.items()
    ]


ROUTES = all_routes()


def fill(path: str, names: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "researcher-1"), path)


def ask(things: Things, who: str | None, method: str, path: str, **names: str) -> Any:
    body: dict[str, Any] = {"json": {}} if method in ("POST", "PUT") else {}
    known = {thing.value: name for thing, name in things.names.items()} | names
    return things.house.ask(who, method, fill(path, known), **body)


@pytest.mark.parametrize(("method", "path", "name"), ROUTES)
def test_without_a_token_only_public_routes_answer(things: Things, method: str, path: str, name: str) -> None:
    answer = ask(things, None, method, path)
    if PERMISSIONS[name].public:
        assert answer.status_code not in (401, 403)
    else:
        assert answer.status_code == 401
        assert answer.json()["code"] == "access.token_missing"


# They would end what the other cases stand on, so those who may are left to the tests below.
ENDING = ("logout", "account_close", "token_revoke")
CASES = [
    (*route, role)
    for route in ROUTES
    for role in Role
    if route[2] not in ENDING or role not in PERMISSIONS[route[2]].roles
]


@pytest.mark.parametrize(("method", "path", "name", "role"), CASES)
def test_a_role_that_is_not_in_the_table_gets_no_answer(
    things: Things, method: str, path: str, name: str, role: Role
) -> None:
    rule = PERMISSIONS[name]
    refused = not rule.public and role not in rule.roles
    answer = ask(things, PEOPLE[role], method, path)
    if refused:
        assert (answer.status_code, answer.json()["code"]) == (403, "access.role_needed")
        missing = ask(things, PEOPLE[role], method, path, **{thing.value: MISSING for thing in Thing})
        assert missing.json() == answer.json()
    else:
        assert answer.json().get("code") != "access.role_needed"


OWNED = [(*route, role) for route in ROUTES for role in sorted(PERMISSIONS[route[2]].must_own)]


@pytest.mark.parametrize(("method", "path", "name", "role"), OWNED)
def test_a_foreign_object_answers_like_a_missing_one(
    things: Things, method: str, path: str, name: str, role: Role
) -> None:
    rule = PERMISSIONS[name]
    assert rule.thing is not None
    foreign = ask(things, PEOPLE[role], method, path)
    missing = ask(things, PEOPLE[role], method, path, **{rule.thing.value: MISSING})
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    assert foreign.json()["code"] == f"{rule.thing.value}.not_found"


@pytest.mark.parametrize("scope", Scope)
def test_a_token_reaches_no_further_than_its_scope(things: Things, scope: Scope) -> None:
    from datetime import timedelta

    services = things.house.services
    for role, who in PEOPLE.items():
        issued = services.tokens.issue(
            who, kind="api", scopes=ALL_SCOPES - {scope}, label="x", life=timedelta(days=1), by=who
        )
        for method, path, name in ROUTES:
            rule = PERMISSIONS[name]
            if rule.public or role not in rule.roles or rule.scope is not scope:
                continue
            filled = fill(path, {thing.value: of for thing, of in things.names.items()})
            answer = things.house.web.request(
                method, filled, headers={"Authorization": f"Bearer {issued.secret}"}
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "access.scope_needed"), name


@pytest.mark.parametrize("thing", [Thing.PROJECT, Thing.PERMIT, Thing.STATEMENT, Thing.JOB])
def test_who_reads_an_object_reads_its_thread_and_writes_there_unless_an_auditor(thing: Thing) -> None:
    read, thread = PERMISSIONS[f"{thing.value}_get"], PERMISSIONS[f"{thing.value}_thread"]
    write = PERMISSIONS[f"{thing.value}_thread_write"]
    assert thread == read
    assert (write.roles, write.thing, write.must_own) == (read.roles - {Role.AUDITOR}, thing, read.must_own)


def test_a_message_on_a_foreign_object_is_not_kept_and_says_nothing(things: Things) -> None:
    body = {"kind": "note", "text": "x"}
    for thing in (Thing.PROJECT, Thing.PERMIT, Thing.JOB):
        path, who = f"/v1/{thing.value}s/{things.names[thing]}/thread", "researcher-1"
        answers = [
            things.house.ask(who, "POST", each, json=body)
            for each in (path, path.replace(things.names[thing], MISSING))
        ]
        assert {(each.status_code, each.content) for each in answers} == {(404, answers[0].content)}
        assert things.house.ask("auditor-1", "GET", path).json()["messages"] == []
        assert things.house.ask("auditor-1", "POST", path, json=body).status_code == 403


def test_lists_show_only_what_single_entries_would(things: Things) -> None:
    for path in ("/v1/projects", "/v1/permits", "/v1/jobs"):
        assert things.house.ask("researcher-1", "GET", path).json()["items"] == []
        assert len(things.house.ask("researcher-2", "GET", path).json()["items"]) == 1
        assert len(things.house.ask("auditor-1", "GET", path).json()["items"]) == 1
        assert things.house.ask("hospital-9", "GET", path).json()["items"] == []


def test_a_hospital_sees_the_jobs_that_would_run_there(things: Things) -> None:
    house, names = things.house, things.names
    project, permit = names[Thing.PROJECT], names[Thing.PERMIT]
    job = house.submit(project, permit, by="researcher-2", title="Everywhere")
    assert house.ask("hospital-1", "GET", f"/v1/jobs/{job.id}").status_code == 200
    assert house.ask("hospital-1", "GET", f"/v1/jobs/{names[Thing.JOB]}").status_code == 404


def test_who_is_connected_is_told_only_to_those_whom_it_concerns(things: Things) -> None:
    def seen(who: str) -> dict[str, Any]:
        listed = things.house.ask(who, "GET", "/v1/hospitals").json()["hospitals"]
        return {one["site"]: one["connected"] for one in listed}

    assert set(seen("researcher-1").values()) == {None}
    assert set(seen("operator-1").values()) == {False}
    assert [site for site, up in seen("hospital-1").items() if up is not None] == ["cleveland"]


def test_ones_own_token_can_be_revoked_and_anothers_not(things: Things) -> None:
    house = things.house
    made = house.ask("hospital-9", "POST", "/v1/tokens", json={"label": "x", "scopes": ["read"]}).json()
    assert house.ask("researcher-1", "DELETE", f"/v1/tokens/{made['id']}").status_code == 404
    assert house.ask("hospital-9", "DELETE", f"/v1/tokens/{made['id']}").json() == {"done": True}


def test_logging_out_and_closing_an_account_end_tokens(things: Things) -> None:
    house = things.house
    made = house.ask("hospital-9", "POST", "/v1/tokens", json={"label": "x", "scopes": ["read"]}).json()
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert house.web.post("/v1/logout", headers=bearer).status_code == 200
    assert house.web.post("/v1/logout", headers=bearer).json()["code"] == "access.token_invalid"
    assert house.ask("operator-1", "POST", "/v1/accounts/hospital-9/close").status_code == 200
    assert house.ask("hospital-9", "GET", "/v1/me").status_code == 401


def test_a_token_for_a_program_can_do_no_more_than_its_maker(things: Things) -> None:
    house = things.house
    made = house.ask("researcher-1", "POST", "/v1/tokens", json={"label": "x", "scopes": ["account"]}).json()
    wider = house.web.post(
        "/v1/tokens",
        json={"label": "y", "scopes": ["read", "account"]},
        headers={"Authorization": f"Bearer {made['secret']}"},
    )
    assert (wider.status_code, wider.json()["facts"]) == (403, {"scope": "read"})


def test_a_route_without_a_rule_stops_the_start(things: Things) -> None:
    app = create_app(things.house.services)

    @app.get("/v1/backdoor", name="backdoor")
    def backdoor() -> str:
        return "open"

    with pytest.raises(RuntimeError, match="backdoor"):
        check_every_route_has_a_rule(app, ROUTERS)
    assert things.house.web.get("/v1/backdoor").status_code == 404
    router = APIRouter()
    router.get("/v1/backdoor", name="backdoor")(backdoor)
    with pytest.raises(RuntimeError, match="backdoor"):
        check_every_route_has_a_rule(FastAPI(), [*ROUTERS, router])
    with pytest.raises(RuntimeError, match="differ"):
        check_every_route_has_a_rule(FastAPI(), ROUTERS[1:])


def test_what_is_checked_is_what_is_served() -> None:
    assert sorted(routes_of(ROUTERS)) == sorted(ROUTES)


def test_a_route_without_a_rule_answers_nobody_even_if_it_is_served(things: Things) -> None:
    from tests.support.coordinator_house import TestClient

    app = create_app(things.house.services)
    app.get("/v1/backdoor", name="backdoor")(lambda: "open")
    token = things.house.tokens["operator-1"]
    answer = TestClient(app).get("/v1/backdoor", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
