"""Stands before every page: the visitor's session, the page's rule, and that a form came from our own page.

A page that shows or does what the API does goes by the API's rule: its name is the route's with `page_`
before it. Only pages without a counterpart have a rule of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Final, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from coordinator.accounts.roles import Caller, Role
from coordinator.api.access import check_may_reach, get_services
from coordinator.pages.doors import doors_of
from coordinator.permissions import PERMISSIONS, Rule, check_may_ask
from coordinator.services import Services
from onggi.errors import Refused
from pages.drawing import Frame, Pages
from pages.entries import Entries, read_entries
from pages.languages import Language, find_language
from pages.visitors import SESSION, TOKEN_FIELD, VISITOR, check_sender, find_secret, form_token

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
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One look at one page: who looks, in which language, and what draws the answer."""

    services: Services
    pages: Pages
    frame: Frame
    caller: Caller | None
    entries: Entries = field(default_factory=Entries)
    """What a form sent; empty where the page was only asked for."""

    @property
    def language(self) -> Language:
        return self.frame.language

    @property
    def person(self) -> Caller:
        """Who looks, on pages that nobody sees without signing in."""
        if self.caller is None:
            raise RuntimeError("a page without a rule asked who looks")
        return self.caller

    def say(self, key: str, **facts: object) -> str:
        return self.pages.phrases.say(key, self.language, **facts)

    def answer(self, template: str, *, http_status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(self.pages.draw(template, self.frame, **values), status_code=http_status)

    def address(self, *parts: str, **query: str) -> str:
        """The address of a page in the visitor's language."""
        path = "/".join(("", self.language, *parts))
        return f"{path}?{urlencode(query)}" if query else path


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
    services, pages = get_services(request), cast("Pages", request.app.state.pages)
    session = find_secret(request, SESSION)
    secret = session or find_secret(request, VISITOR)
    caller = None if session is None else services.tokens.find_caller(session, kinds={"page"})
    request.state.visit = visit = Visit(
        services=services,
        pages=pages,
        frame=frame_of(request, caller=caller, secret=secret),
        caller=caller,
        entries=entries,
    )
    if request.path_params.get("language", visit.language) != visit.language:
        raise Refused("page.no_such_page")
    rule = rule_of(getattr(request.scope.get("route"), "name", ""))
    if rule is None:
        raise Refused("access.role_needed")
    if not rule.public and caller is None:
        raise SignInNeeded(visit)
    if request.method == "POST":
        check_sender(request, secret=secret, token=entries.text(TOKEN_FIELD))
    if caller is not None and not rule.public:
        check_may_ask(rule, caller)
        check_may_reach(rule, caller, services=services, names=request.path_params)


def frame_of(request: Request, *, caller: Caller | None, secret: str | None) -> Frame:
    """What surrounds the page."""
    return Frame(
        language=find_language(request.url.path),
        path=request.url.path,
        query=request.url.query if request.method == "GET" else "",
        site="site.coordinator",
        viewer=None if caller is None else caller.account,
        doors=() if caller is None else doors_of(caller),
        form_token="" if secret is None else form_token(secret),
    )


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
