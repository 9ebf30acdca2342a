"""Builds the console's pages: one application, which serves its own style, fonts and scripts."""

from __future__ import annotations

from functools import cache

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response
from starlette.types import ASGIApp

from node.console import (
    budget_pages,
    consent_pages,
    diagnostics_pages,
    evidence_pages,
    held_pages,
    home_pages,
    ledger_pages,
    letter_pages,
    node_pages,
    policy_pages,
    population_pages,
    record_pages,
    release_pages,
    sign_in_pages,
    signing_pages,
    stop_pages,
)
from node.console.access import GATE, check_every_page_has_a_rule, open_visit
from node.console.faults import tell_fault, too_large
from node.console.phrases import PHRASES
from node.console.services import ConsoleServices
from pages.assets import Assets
from pages.drawing import Pages
from pages.error_pages import add_error_pages
from pages.gate import page_router
from pages.headers import StrictHeaders
from pages.languages import preferred_language
from pages.phrasebook import Phrasebook
from pages.phrases import common, leaving, signing_in
from pages.request_limits import RequestSizeLimit

_LARGEST_REQUEST = 2**20
_router = page_router()
ROUTERS = (
    _router,
    sign_in_pages.router,
    home_pages.router,
    release_pages.router,
    evidence_pages.router,
    held_pages.router,
    consent_pages.router,
    record_pages.router,
    stop_pages.router,
    signing_pages.router,
    policy_pages.router,
    budget_pages.router,
    population_pages.router,
    node_pages.router,
    ledger_pages.router,
    letter_pages.router,
    diagnostics_pages.router,
)


@cache
def _assets() -> Assets:
    return Assets("pages", "onggi.signing_page")


@cache
def console_pages() -> Pages:
    """The templates and words of these pages; they are the same for every hospital."""
    phrases = Phrasebook(common.PHRASES, leaving.PHRASES, signing_in.PHRASES, PHRASES)
    return Pages(phrases, _assets(), packages={"console": "node.console"})


def create_console(services: ConsoleServices) -> ASGIApp:
    """The console. It describes itself to nobody."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(open_visit)])
    app.state.services, app.state.pages = services, console_pages()
    for router in ROUTERS:
        app.include_router(router)
    add_error_pages(app, GATE, tell_fault=tell_fault, new_secret=services.new_secret)
    check_every_page_has_a_rule(ROUTERS)
    return RequestSizeLimit(StrictHeaders(app), largest=_LARGEST_REQUEST, refuse=too_large)


@_router.get("/", name="console_start")
def start(request: Request) -> Response:
    """To the language that the browser prefers of the two."""
    return RedirectResponse(f"/{preferred_language(request.headers.get('accept-language', ''))}/", 303)


@_router.get("/assets/{digest}/{name}", name="console_asset")
def asset(digest: str, name: str) -> Response:
    return _assets().answer(digest, name)
