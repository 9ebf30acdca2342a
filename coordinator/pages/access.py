"""Stands before every page: the visitor's session, the page's rule, and that a form came from our own page.

A page that shows or does what the API does goes by the API's rule: its name is the route's with `page_`
before it. Only pages without a counterpart have a rule of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute

from coordinator.accounts.roles import Caller, Role
from coordinator.api.access import check_may_reach, get_services
from coordinator.pages.doors import doors_of
from coordinator.permissions import PERMISSIONS, Rule, check_may_ask
from coordinator.services import Services
from onggi.errors import Refused
from pages.drawing import Pages
from pages.entries import Entries, read_entries
from pages.visit import Visit as PlainVisit
from pages.visit import frame_of
from pages.visitors import SESSION, TOKEN_FIELD, VISITOR, check_form_token, check_own_page, find_secret

PREFIX: Final = "page_"
_REVIEWERS: Final = frozenset({Role.COMMITTEE, Role.CHECKER})
_PUBLIC: Final = Rule(public=True)
OWN_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "page_start": _PUBLIC,
        "page_start_in_language": _PUBLIC,
        "page_asset": _PUBLIC,
        "page_sign_in": _PUBLIC,
        "page_sign_in_send": _PUBLIC,
        "page_parts": _PUBLIC,
        "page_sign_out": Rule(roles=frozenset(Role)),
        "page_desk": Rule(roles=_REVIEWERS),
        "page_statement_withdraw_ask": PERMISSIONS["statement_withdraw"],
        "page_statement_ticket": PERMISSIONS["statement_sign"],
        "page_export_ticket": PERMISSIONS["export_vote"],
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(PlainVisit):
    """One look at one page of the coordinator, and who looks."""

    services: Services
    caller: Caller | None

    @property
    def person(self) -> Caller:
        """Who looks, on pages that nobody sees without signing in."""
        if self.caller is None:
            raise RuntimeError("a page without a rule asked who looks")
        return self.caller


class SignInNeeded(Exception):
    """Nobody is signed in, or the session ended. Leads to the sign-in page and back; nothing is lost."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self.visit = visit


def rule_of(name: str) -> Rule | None:
    """The rule of a page, or None: then nobody sees it."""
    own = OWN_RULES.get(name)
    return own if own is not None else PERMISSIONS.get(name.removeprefix(PREFIX))


async def sent_entries(request: Request) -> Entries:
    return await read_entries(request) if request.method == "POST" else Entries()


Sent = Annotated[Entries, Depends(sent_entries)]


def open_visit(request: Request, entries: Sent) -> None:
    """Raises Refused or SignInNeeded unless this visitor may see or do this."""
    services = get_services(request)
    session = find_secret(request, SESSION)
    secret = session or find_secret(request, VISITOR)
    caller = None if session is None else services.tokens.find_caller(session, kinds={"page"})
    request.state.visit = visit = _visit(request, caller=caller, secret=secret, entries=entries)
    if request.path_params.get("language", visit.language) != visit.language:
        raise Refused("page.no_such_page")
    if request.method == "POST":
        check_own_page(request)
    rule = rule_of(getattr(request.scope.get("route"), "name", ""))
    if rule is None:
        raise Refused("access.role_needed")
    if not rule.public and caller is None:
        raise SignInNeeded(visit)
    if request.method == "POST":
        check_form_token(secret, entries.text(TOKEN_FIELD))
    if caller is not None and not rule.public:
        check_may_ask(rule, caller)
        check_may_reach(rule, caller, services=services, names=request.path_params)


def _visit(request: Request, *, caller: Caller | None, secret: str | None, entries: Entries) -> Visit:
    viewer, doors = (None, ()) if caller is None else (caller.account, doors_of(caller))
    return Visit(
        services=get_services(request),
        pages=cast("Pages", request.app.state.pages),
        frame=frame_of(request, site="site.coordinator", viewer=viewer, doors=doors, secret=secret),
        caller=caller,
        entries=entries,
    )


def stranger(request: Request) -> Visit:
    """The visit of somebody of whom nothing is known, for errors before any page is reached."""
    return _visit(request, caller=None, secret=None, entries=Entries())


def get_visit(request: Request) -> Visit:
    return cast("Visit", request.state.visit)


Visiting = Annotated[Visit, Depends(get_visit)]


def check_every_page_has_a_rule(routers: Iterable[APIRouter]) -> None:
    """Raises RuntimeError at start-up where a page has no rule, or a rule no page."""
    names = [name for _, _, name in pages_of(routers)]
    if without := sorted(name for name in names if rule_of(name) is None or not name.startswith(PREFIX)):
        raise RuntimeError(f"pages without a rule: {without}")
    if unused := sorted(set(OWN_RULES) - set(names)):
        raise RuntimeError(f"rules without a page: {unused}")


def pages_of(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str, str]]:
    """(method, path, name) of every page."""
    for router in routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, route.path, route.name
