"""The applications that odd requests go to: the coordinator's API and pages, and a hospital's console."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from starlette.types import ASGIApp

from coordinator.api.app import create_app
from coordinator.pages.access import GATE
from coordinator.pages.site import ROUTERS, create_site
from coordinator.permissions import PERMISSIONS
from coordinator.roles import Role
from node.console import site as console
from node.console.permissions import PERMISSIONS as CONSOLE_PERMISSIONS
from onggi.protocol.dsse import Envelope, add_signature
from onggi.spec.base import as_instant
from pages.gate import routes_of
from pages.visitors import SESSION, VISITOR, form_token
from tests.support.console_house import ADDRESS as CONSOLE_ADDRESS
from tests.support.console_house import PASSWORD, PEOPLE, ConsoleHouse, furnished_console
from tests.support.coordinator_house import TestClient, house_root, house_spec, permit_fields, review_of
from tests.support.federation_root import NOW, SITES, key, signed_root
from tests.support.full_house import FullHouse, full_house
from tests.support.odd_requests import Sender, Site
from tests.support.page_descriptions import Names, describe_pages

ADDRESS: Final = "https://localhost"
NOBODY: Final = ""
_STRANGER: Final = "s" * 43
WHO: Final = {
    Role.RESEARCHER: "researcher-1",
    Role.COMMITTEE: "committee-1",
    Role.CHECKER: "checker-1",
    Role.HOSPITAL: "hospital-1",
    Role.OPERATOR: "operator-1",
    Role.AUDITOR: "auditor-1",
}
TYPED: Final = {
    "account": ("researcher-9", "researcher-1"),
    "completed": ("2026-11-20",),
    "concepts": ("312327, 8507",),
    "country": ("KR",),
    "day": ("2026-12-25",),
    "email": ("someone@university.example",),
    "ends": ("2026-12-20 18:00",),
    "english": ("Maintenance.",),
    "expires": ("2027-11-20",),
    "hour": ("14:00",),
    "id": ("company-1",),
    "korean": ("점검.",),
    "member": ("committee-5",),
    "nonce": ("n" * 43,),
    "password": (PASSWORD, "another long password"),
    "again": ("another long password",),
    "password_old": (PASSWORD,),
    "password_new": ("another long password",),
    "password_again": ("another long password",),
    "phone": ("+82 2-000-0000",),
    "pledged": ("2026-11-20",),
    "starts": ("2026-12-10 09:00",),
    "to": ("/en/jobs", "//elsewhere.example"),
    "until": ("2027-01-31",),
    "words": ("Because.",),
}
"""What a person might type into a field of this name."""
UNSEEN: Final = ("nonce", "credential", "client_data", "authenticator_data", "signature", "label", "verdict")
"""Fields of forms that scripts fill in, or that the full house has no reason to show."""


def api_site(folder: Path, *, backend: str = "sqlite") -> Site:
    """The coordinator's API."""
    full = full_house(folder, backend=backend)
    house = full.house
    app = create_app(house.services)
    senders = {who: Sender({"Authorization": f"Bearer {house.tokens[who]}"}) for who in WHO.values()}
    return Site(
        app=app,
        address=ADDRESS,
        description=app.openapi(),
        senders={**senders, NOBODY: Sender({})},
        senders_of=lambda name: _allowed(PERMISSIONS[name]),
        names=full.names,
        rewind=full.rewind,
        bodies=_bodies(full),
    )


def pages_site(folder: Path, *, backend: str = "sqlite") -> Site:
    """The coordinator's pages."""
    full = full_house(folder, backend=backend)
    services = full.house.services

    def token_of(who: str) -> str:
        found = services.page_sessions.find(full.sessions[who])
        assert found is not None
        services.page_sessions.confirm(found.caller.token)
        return found.form_token

    senders = {who: Sender(_cookie(SESSION, full.sessions[who]), token_of(who)) for who in WHO.values()}
    full.keep()
    return _site_of_pages(
        create_site(services),
        ROUTERS,
        address=ADDRESS,
        senders=senders,
        senders_of=lambda name: _allowed(GATE.find_rule(name)),
        names=full.names,
        rewind=full.rewind,
    )


def console_site(folder: Path) -> Site:
    """The console of a node that has been at work."""
    house = furnished_console(folder)
    house.clock.forward(days=2)
    house.write_letter("2026-W47")
    senders = {}
    for who in PEOPLE:
        visitor = house.visitor()
        visitor.sign_in(who, password=PASSWORD)
        secret = visitor.cookies[SESSION]
        senders[who] = Sender(_cookie(SESSION, secret), form_token(secret))
    names = {
        "language": ("en", "ko"),
        "entry": ("1", "2"),
        "number": ("1",),
        "run": ("run-asked", "run-held", "run-left", "run-stopped", "run-masked"),
        "week": ("2026-W47", "2026-W46"),
        "answer": ("approve", "refuse", "give"),
    }
    return _site_of_pages(
        console.create_console(house.services),
        console.ROUTERS,
        address=CONSOLE_ADDRESS,
        senders=senders,
        senders_of=_allowed_at_console,
        names=names,
        rewind=_keep_console(house, folder / "kept"),
    )


def _site_of_pages(
    app: ASGIApp,
    routers: Sequence[APIRouter],
    *,
    address: str,
    senders: dict[str, Sender],
    senders_of: Callable[[str], tuple[str, ...]],
    names: Names,
    rewind: Callable[[], None],
) -> Site:
    client = TestClient(app, base_url=address)
    stranger = Sender(_cookie(VISITOR, _STRANGER), form_token(_STRANGER))
    everybody = {**senders, NOBODY: stranger}

    def read(name: str, at: str) -> str:
        shown = [
            client.get(at, headers=everybody[who].headers, follow_redirects=False) for who in senders_of(name)
        ]
        html = (each for each in shown if each.headers.get("content-type", "").startswith("text/html"))
        return "".join(each.text for each in html)

    description = describe_pages(routers, read=read, names=names)
    for methods in description["paths"].values():
        for operation in methods.values():
            if "x-fields" in operation and not operation["x-fields"]:
                operation["x-fields"] = dict.fromkeys(UNSEEN, ())
    return Site(
        app=app,
        address=address,
        description=description,
        senders=everybody,
        senders_of=senders_of,
        names=names,
        rewind=rewind,
        typed=TYPED,
    )


def _cookie(name: str, secret: str) -> dict[str, str]:
    return {"Cookie": f"{name}={secret}"}


def _allowed(rule: Any) -> tuple[str, ...]:
    return (NOBODY,) if rule.public else tuple(WHO[role] for role in sorted(rule.roles))


def _allowed_at_console(name: str) -> tuple[str, ...]:
    rule = CONSOLE_PERMISSIONS[name]
    return (NOBODY,) if rule.public else tuple(who for who, role in PEOPLE.items() if role in rule.roles)


def _keep_console(house: ConsoleHouse, kept: Path) -> Callable[[], None]:
    now, home = house.clock(), house.desk.home
    house.close()
    shutil.copytree(home, kept)

    def rewind() -> None:
        house.clock.now = now
        house.close()
        shutil.rmtree(home)
        shutil.copytree(kept, home)

    return rewind


def _bodies(full: FullHouse) -> Mapping[str, tuple[Any, ...]]:
    """What would do as the body of an operation."""
    house, names = full.house, full.names
    project, permit, job = names["project"][0], names["permit"][0], names["job"][0]
    terms = {name: value for name, value in permit_fields(project).items() if name != "project"}
    spec = house_spec(project, permit).model_dump(mode="json")
    statement = house.services.statements.get(names["statement"][1])
    signed = _json(add_signature(statement.envelope, key=key("committee-1")))
    ballot = house.services.exports.draw_ballot(
        job, "approve", reason=None, caller=house.caller("checker-1")
    ).envelope
    review = review_of(project, SITES[0]).model_dump(mode="json")
    review = {name: review[name] for name in _FINDINGS}
    until = as_instant(NOW + timedelta(days=120))
    message = {"kind": "note", "text": "As last month?"}
    answer = {"kind": "answer", "text": "Yes.", "answers": names["message"][0]}
    account = {"organisation": "university-1", "roles": ["researcher"], "country_of_access": "KR"}
    contents = [
        {"kind": "permit", "terms": terms},
        {"kind": "amendment", "permit": permit, "terms": terms},
        {"kind": "extension", "permit": permit, "expires": until},
        {"kind": "closing", "permit": permit, "report": "Done."},
        {"kind": "feasibility", "expires": until, "per_day": 5, "people": terms["people"]}
        | {"datasets": terms["datasets"]},
    ]
    applications = tuple({"content": each, "reason": "A first look"} for each in contents)
    ended = {"reason": "x", "expires": until}
    acts = (
        {"act": "project-permit", "fields": permit_fields(project)},
        {"act": "revocation", "fields": {"what": "permit", "target": permit} | ended},
        {"act": "revocation", "fields": {"what": "job", "target": job} | ended},
    )
    moments = {"starts": "2026-12-10T09:00:00Z", "ends": "2026-12-20T09:00:00+09:00"}
    return {
        "login": ({"account": "researcher-1", "password": PASSWORD},),
        "password_change": ({"old": PASSWORD, "new": "another long password"},),
        "token_create": ({"label": "x", "scopes": ["read"], "days": 3},),
        "organisation_add": ({"id": "x-1", "name": "X", "kind": "company", "country": "KR"},),
        "account_add": ({"id": "researcher-9", "password": PASSWORD, "pledged": "2026-11-20"} | account,),
        "account_request_create": ({"account": "researcher-10"} | account,),
        "account_request_vouch": ({"reason": "Known"}, {}),
        "account_request_refuse": ({"reason": "Unknown"},),
        "account_setup_use": (
            {"account": "researcher-8", "secret": names["secret"][0], "password": PASSWORD},
        ),
        "contact_add": ({"name": "Team", "purpose": "incident", "email": "a@university.example"},),
        "training_record": ({"name": "Ethics", "completed": "2026-11-20", "expires": "2027-11-20"},),
        "pledge_record": ({"pledged": "2026-11-20"},),
        "announcement_add": ({"korean": "점검.", "english": "Maintenance."} | moments,),
        "project_create": ({"title": "Heart", "purpose": "Pain"},),
        "application_write": applications,
        "application_rewrite": applications,
        "application_send_back": ({"words": "A name is missing."},),
        "review_record": (review,),
        "conflict_declare": ({"reason": "A colleague"},),
        "concept_set_save": (
            {"name": "pain", "items": [{"concept": 77670}]},
            {"name": "pain", "project": project, "items": [{"concept": 77670}]},
        ),
        "job_submit": (spec, spec | {"seed": 7}),
        "job_check": (spec,),
        "job_cost": (spec,),
        "job_dry_run": (spec,),
        "statement_draft": acts,
        "statement_take_signed": (signed,),
        "statement_sign": (signed,),
        "signing_hand_in": (signed,),
        "export_ballot": ({"verdict": "approve"}, {"verdict": "refuse", "reason": "Too small"}),
        "export_vote": (_json(add_signature(ballot, key=key("checker-1"))),),
        "sample_judge": ({"opinion": "agrees", "reason": "The same"},),
        "federation_root_advance": (_json(signed_root(house_root(version=2, issued=NOW))),),
        **{
            f"{thing}_thread_write": (message, message | {"audience": "reviewers"}, answer)
            for thing in ("project", "permit", "statement", "job")
        },
    }


_FINDINGS: Final = ("site", "dataset", "items", "last_check", "checked_on", "conclusion")


def _json(envelope: Envelope) -> Any:
    return envelope.model_dump(mode="json", by_alias=True)


MAKERS: Final[Mapping[str, Callable[[Path], Site]]] = {
    "api": api_site,
    "pages": pages_site,
    "console": console_site,
    "api on postgresql": partial(api_site, backend="postgresql"),
    "pages on postgresql": partial(pages_site, backend="postgresql"),
}


def names_of(site: str) -> frozenset[str]:
    """The operations of a site."""
    kind = site.partition(" ")[0]
    if kind == "api":
        return frozenset(PERMISSIONS)
    routers = ROUTERS if kind == "pages" else console.ROUTERS
    return frozenset(name for _, _, name in routes_of(routers))
