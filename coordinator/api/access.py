"""Stands before every route: finds out who asks, and applies the route's rule from the permission table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.routing import Mount

from coordinator.accounts.source_limits import find_source
from coordinator.database.committee import ApplicationRow
from coordinator.database.operating import AccountRequestRow
from coordinator.database.people import TokenRow
from coordinator.database.ways_in import PasskeyRow
from coordinator.database.work import JobRow, PermitRow, StatementRow
from coordinator.jobs.job_store import job_in
from coordinator.permissions import PERMISSIONS, Rule, Thing, check_may_ask, needs_to_own
from coordinator.projects.project_store import is_member
from coordinator.roles import Caller, Role
from coordinator.services import Services
from onggi.errors import Refused
from pages.gate import routes_of

_LONGEST_TOKEN = 200


def get_services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def get_caller(request: Request) -> Caller:
    """Who asks. Only on routes that are not public: `authorise` has run before."""
    return cast("Caller", request.state.caller)


def get_source(request: Request) -> str:
    """Where the request comes from, as far as the coordinator believes it."""
    peer = "" if request.client is None else request.client.host
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    return find_source(peer, forwarded=forwarded, proxies=get_services(request).proxies)


Source = Annotated[str, Depends(get_source)]
Wired = Annotated[Services, Depends(get_services)]
Asking = Annotated[Caller, Depends(get_caller)]


def authorise(request: Request) -> None:
    """Raises Refused unless the table lets this caller use this route on this object."""
    rule = PERMISSIONS.get(getattr(request.scope.get("route"), "name", ""))
    if rule is None:
        raise Refused("access.role_needed")
    if rule.public:
        return
    services = get_services(request)
    caller = services.tokens.find_caller(_bearer(request))
    if caller is None:
        raise Refused("access.token_invalid")
    check_may_ask(rule, caller)
    check_may_reach(rule, caller, services=services, names=request.path_params)
    request.state.caller = caller


def check_may_reach(rule: Rule, caller: Caller, *, services: Services, names: Mapping[str, str]) -> None:
    """Raises Refused, as for what does not exist, where the named thing is not the caller's and must be."""
    if rule.thing is not None and needs_to_own(rule, caller):
        with services.database.reading() as session:
            if not owns(session, rule.thing, names[rule.thing.value], caller):
                raise Refused(not_found_code(rule))


def not_found_code(rule: Rule) -> str:
    assert rule.thing is not None
    return f"{rule.thing.value}.not_found"


def _bearer(request: Request) -> str:
    word, _, secret = request.headers.get("authorization", "").partition(" ")
    if word.lower() != "bearer" or not 0 < len(secret) <= _LONGEST_TOKEN or not secret.isascii():
        raise Refused("access.token_missing")
    return secret


def owns(session: Session, thing: Thing, name: str, caller: Caller) -> bool:
    """Whether the thing exists and is the caller's."""
    if "\x00" in name:
        return False  # no stored name has one, and PostgreSQL cannot even be asked
    match thing:
        case Thing.ACCOUNT:
            return name == caller.account
        case Thing.SITE:
            return name == caller.site
        case Thing.TOKEN:
            token = session.get(TokenRow, name)
            return token is not None and token.account == caller.account
        case Thing.PASSKEY:
            passkey = session.get(PasskeyRow, name)
            return passkey is not None and passkey.account == caller.account
        case Thing.STATEMENT:
            statement = session.get(StatementRow, name)
            return statement is not None and statement.created_by == caller.account
        case Thing.PROJECT:
            return is_member(session, name, caller.account)
        case Thing.PERMIT:
            permit = session.get(PermitRow, name)
            return permit is not None and is_member(session, permit.project, caller.account)
        case Thing.APPLICATION:
            application = session.get(ApplicationRow, name)
            return application is not None and is_member(session, application.project, caller.account)
        case Thing.ACCOUNT_REQUEST:
            request = session.get(AccountRequestRow, name)
            return request is not None and request.organisation == caller.organisation
        case Thing.JOB:
            return _owns_job(session, name, caller)


def _owns_job(session: Session, name: str, caller: Caller) -> bool:
    """A researcher's: of their projects. A hospital's: those that would run there."""
    job = session.get(JobRow, name)
    if job is None:
        return False
    if Role.RESEARCHER in caller.roles and is_member(session, job.project, caller.account):
        return True
    return Role.HOSPITAL in caller.roles and caller.site in job_in(job).spec.participants


def check_every_route_has_a_rule(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Raises RuntimeError at start-up where table and routes differ in either direction."""
    names = [name for _, _, name in routes_of(routers)]
    if len(set(names)) != len(names):
        raise RuntimeError("two routes share a name")
    if set(names) != set(PERMISSIONS):
        raise RuntimeError(f"routes and permission table differ: {sorted(set(names) ^ set(PERMISSIONS))}")
    if others := [route for route in app.routes if isinstance(route, Mount | APIRoute)]:
        raise RuntimeError(f"routes beside the routers: {others}")
