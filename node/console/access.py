"""Stands before every page: the visitor's session, the page's rule, and that a form is one of our own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from node.console.permissions import DECIDING, PERMISSIONS, check_may_open
from node.console.services import ConsoleServices
from node.console.sessions import Caller, find_caller
from onggi.errors import Refused
from pages.drawing import Door, Pages
from pages.entries import Entries, read_entries
from pages.visit import Visit as PlainVisit
from pages.visit import frame_of
from pages.visitors import SESSION, TOKEN_FIELD, VISITOR, check_form_token, check_own_page, find_secret

DOORS = (
    Door("/home", "door.home"),
    Door("/releases", "door.releases"),
    Door("/held", "door.held"),
    Door("/consents", "door.consents"),
    Door("/runs", "door.runs"),
    Door("/deletions", "door.deletions"),
    Door("/audit", "door.audit"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(PlainVisit):
    """One look at one page of the console, and who looks."""

    services: ConsoleServices
    caller: Caller | None

    @property
    def person(self) -> Caller:
        """Who looks, on pages that nobody sees without signing in."""
        if self.caller is None:
            raise RuntimeError("a page without a rule asked who looks")
        return self.caller

    @property
    def may_decide(self) -> bool:
        """Whether acts are offered; an auditor reads in their place why they are not."""
        return self.person.role in DECIDING


class SignInNeeded(Exception):
    """Nobody is signed in, or the session ended. Leads to the sign-in page and back; nothing is lost."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self.visit = visit


def page_router() -> APIRouter:
    """Plain HTML, not described to programs."""
    return APIRouter(default_response_class=HTMLResponse)


async def sent_entries(request: Request) -> Entries:
    return await read_entries(request) if request.method == "POST" else Entries()


Sent = Annotated[Entries, Depends(sent_entries)]


def open_visit(request: Request, entries: Sent) -> None:
    """Raises Refused or SignInNeeded unless this visitor may see or do this."""
    session = find_secret(request, SESSION)
    secret = session or find_secret(request, VISITOR)
    caller = None if session is None else find_caller(_services(request), session)
    request.state.visit = visit = _visit(request, caller=caller, secret=secret, entries=entries)
    if request.path_params.get("language", visit.language) != visit.language:
        raise Refused("page.no_such_page")
    if request.method == "POST":
        check_own_page(request)
    rule = PERMISSIONS.get(getattr(request.scope.get("route"), "name", ""))
    if rule is None:
        raise Refused("console.role_needed")
    if not rule.public and caller is None:
        raise SignInNeeded(visit)
    if request.method == "POST":
        check_form_token(secret, entries.text(TOKEN_FIELD))
    if caller is not None and not rule.public:
        check_may_open(rule, caller.role)


def _services(request: Request) -> ConsoleServices:
    return cast("ConsoleServices", request.app.state.services)


def _visit(request: Request, *, caller: Caller | None, secret: str | None, entries: Entries) -> Visit:
    viewer, doors = (None, ()) if caller is None else (caller.account, DOORS)
    return Visit(
        services=_services(request),
        pages=cast("Pages", request.app.state.pages),
        frame=frame_of(request, site="site.node", viewer=viewer, doors=doors, secret=secret),
        caller=caller,
        entries=entries,
    )


def stranger(request: Request) -> Visit:
    """The visit of somebody of whom nothing is known, for errors before any page is reached."""
    return _visit(request, caller=None, secret=None, entries=Entries())


def get_visit(request: Request) -> Visit:
    return cast("Visit", request.state.visit)


Visiting = Annotated[Visit, Depends(get_visit)]


def pages_of(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str, str]]:
    """(method, path, name) of every page."""
    for router in routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, route.path, route.name


def check_every_page_has_a_rule(routers: Iterable[APIRouter]) -> None:
    """Raises RuntimeError at start-up where a page has no rule, or a rule no page."""
    names = {name for _, _, name in pages_of(routers)}
    if without := sorted(names - set(PERMISSIONS)):
        raise RuntimeError(f"pages without a rule: {without}")
    if unused := sorted(set(PERMISSIONS) - names):
        raise RuntimeError(f"rules without a page: {unused}")
