"""Who may open which page of the console: one table, and what it does not name nobody opens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, Request

from node.console.permissions import DECIDING, PERMISSIONS, Rule, check_may_open
from node.console.services import ConsoleServices
from node.console.sessions import Caller, find_caller
from pages import gate
from pages.drawing import Door, Pages
from pages.entries import Entries
from pages.visit import Visit as PlainVisit
from pages.visit import frame_of

DOORS = (
    Door("/home", "door.home"),
    Door("/releases", "door.releases"),
    Door("/held", "door.held"),
    Door("/consents", "door.consents"),
    Door("/runs", "door.runs"),
    Door("/deletions", "door.deletions"),
    Door("/audit", "door.audit"),
    Door("/node", "door.node"),
    Door("/papers", "door.papers"),
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


class _Gate:
    no_rule = "console.role_needed"

    def find_rule(self, name: str) -> Rule | None:
        return PERMISSIONS.get(name)

    def make_visit(
        self, request: Request, *, session: str | None, secret: str | None, entries: Entries
    ) -> Visit:
        services = cast("ConsoleServices", request.app.state.services)
        caller = None if session is None else find_caller(services, session)
        viewer, doors = (None, ()) if caller is None else (caller.account, DOORS)
        return Visit(
            services=services,
            pages=cast("Pages", request.app.state.pages),
            frame=frame_of(request, site="site.node", viewer=viewer, doors=doors, secret=secret),
            caller=caller,
            entries=entries,
        )

    def check_may_open(self, visit: Visit, rule: Rule, _names: Mapping[str, str]) -> None:
        check_may_open(rule, visit.person.role)


GATE: Final = _Gate()


def open_visit(request: Request, entries: gate.Sent) -> None:
    """Raises Refused or SignInNeeded unless this visitor may see or do this."""
    gate.pass_gate(request, GATE, entries)


def get_visit(request: Request) -> Visit:
    return cast("Visit", request.state.visit)


Visiting = Annotated[Visit, Depends(get_visit)]


def check_every_page_has_a_rule(routers: Iterable[APIRouter]) -> None:
    """Raises RuntimeError at start-up where a page has no rule, or a rule no page."""
    gate.check_every_page_has_a_rule(routers, GATE, of_pages_alone=PERMISSIONS.keys())
