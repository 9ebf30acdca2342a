"""Stands before every page of a site: who looks, by which rule, and that a form came from our own page.

A site brings its own people, rules and visit; the order in which things are asked is the same for all:
our own page before anything of a form is looked at, the rule, signing in, the form's token, the role.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Annotated, Generic, Protocol, TypeVar, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from onggi.errors import Refused
from pages.entries import Entries, read_entries
from pages.visit import Visit
from pages.visitors import (
    SESSION,
    TOKEN_FIELD,
    VISITOR,
    check_form_token,
    check_own_page,
    find_secret,
)


class PageRule(Protocol):
    """What a site's rule must say; all else of it is the site's own."""

    @property
    def public(self) -> bool:
        """Whether the page is for anybody, without signing in."""
        ...


R = TypeVar("R", bound=PageRule)
V = TypeVar("V", bound=Visit)


class SignInNeeded(Exception):
    """Nobody is signed in, or the session ended. Leads to the sign-in page and back; nothing is lost."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self.visit = visit


class Gate(Protocol, Generic[V, R]):
    """A site's own part of the gate."""

    no_rule: str
    """The code with which a page without a rule refuses everybody."""

    def find_rule(self, name: str) -> R | None:
        """The rule of a page, or None: then nobody sees it."""
        ...

    def make_visit(self, request: Request, *, session: str | None, secret: str | None, entries: Entries) -> V:
        """The visit. `session` is the secret of a session cookie, if there is one; `secret` that of forms."""
        ...

    def check_may_open(self, visit: V, rule: R, names: Mapping[str, str]) -> None:
        """Raises Refused where somebody who is signed in may not see or do this. `names` are the path's."""
        ...


async def sent_entries(request: Request) -> Entries:
    return await read_entries(request) if request.method == "POST" else Entries()


Sent = Annotated[Entries, Depends(sent_entries)]


def pass_gate(request: Request, gate: Gate[V, R], entries: Entries) -> None:
    """Puts the visit into the request's state.

    Raises:
        Refused: ``page.no_such_page``, ``page.other_site``, ``page.form_too_old``, and the site's own.
        SignInNeeded: where nobody is signed in.
    """
    session = find_secret(request, SESSION)
    secret = session or find_secret(request, VISITOR)
    visit = gate.make_visit(request, session=session, secret=secret, entries=entries)
    request.state.visit = visit
    if request.path_params.get("language", visit.language) != visit.language:
        raise Refused("page.no_such_page")
    if request.method == "POST":
        check_own_page(request)
    rule = gate.find_rule(getattr(request.scope.get("route"), "name", ""))
    if rule is None:
        raise Refused(gate.no_rule)
    if not rule.public and visit.frame.viewer is None:
        raise SignInNeeded(visit)
    if request.method == "POST":
        # The visit's own: a site may keep it while the cookie's secret changes.
        check_form_token(visit.frame.form_token, entries.text(TOKEN_FIELD))
    if not rule.public:
        gate.check_may_open(visit, rule, request.path_params)


def visit_of(request: Request, gate: Gate[V, R]) -> V:
    """The visit as far as it came; a stranger's where no page was even reached."""
    found = cast("V | None", getattr(request.state, "visit", None))
    return gate.make_visit(request, session=None, secret=None, entries=Entries()) if found is None else found


def page_router() -> APIRouter:
    """The router of pages: plain HTML, not described to programs."""
    return APIRouter(default_response_class=HTMLResponse)


def routes_of(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str, str]]:
    """(method, path, name) of each."""
    for router in routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, route.path, route.name


def check_every_page_has_a_rule(
    routers: Iterable[APIRouter], gate: Gate[V, R], *, of_pages_alone: Set[str]
) -> None:
    """Raises RuntimeError at start-up where a page has no rule, or one of these rules no page."""
    names = {name for _, _, name in routes_of(routers)}
    if without := sorted(name for name in names if gate.find_rule(name) is None):
        raise RuntimeError(f"pages without a rule: {without}")
    if unused := sorted(of_pages_alone - names):
        raise RuntimeError(f"rules without a page: {unused}")
