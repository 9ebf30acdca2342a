"""Builds the coordinator's pages and puts them beside the API: one address, one certificate."""

from __future__ import annotations

from functools import cache

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from coordinator.api.app import DEFAULT_LARGEST_REQUEST, create_app
from coordinator.api.errors import error_response
from coordinator.pages import (
    desk_pages,
    export_pages,
    job_pages,
    project_pages,
    sign_in_pages,
    signing_pages,
    statement_pages,
)
from coordinator.pages.access import Visiting, check_every_page_has_a_rule, open_visit
from coordinator.pages.errors import add_error_pages
from coordinator.pages.phrases import PHRASES
from coordinator.pages.routes import page_router
from coordinator.services import Services
from pages.assets import Assets
from pages.drawing import Pages
from pages.gallery import GALLERY
from pages.headers import StrictHeaders
from pages.languages import preferred_language
from pages.phrasebook import Phrasebook
from pages.phrases import common, gallery, signing_in
from pages.request_limits import RequestSizeLimit

_router = page_router()
ROUTERS = (
    _router,
    sign_in_pages.router,
    desk_pages.router,
    statement_pages.router,
    signing_pages.router,
    job_pages.router,
    export_pages.router,
    project_pages.router,
)


@cache
def shared_assets() -> Assets:
    return Assets("pages")


@cache
def coordinator_pages() -> Pages:
    """The templates and words of these pages; they are the same for every coordinator."""
    phrases = Phrasebook(common.PHRASES, gallery.PHRASES, signing_in.PHRASES, PHRASES)
    return Pages(phrases, shared_assets(), packages={"coordinator": "coordinator.pages"})


def create_pages(services: Services) -> FastAPI:
    """The pages alone. They describe themselves to nobody."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(open_visit)])
    app.state.services, app.state.pages = services, coordinator_pages()
    for router in ROUTERS:
        app.include_router(router)
    add_error_pages(app)
    check_every_page_has_a_rule(ROUTERS)
    return app


def create_site(services: Services, *, largest_request: int = DEFAULT_LARGEST_REQUEST) -> ASGIApp:
    """Pages and API."""
    api = create_app(services, largest_request=largest_request)
    drawn = StrictHeaders(create_pages(services))
    pages = RequestSizeLimit(drawn, largest=largest_request, refuse=error_response)

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and not scope["path"].startswith("/v1/")
        await (pages if is_page else api)(scope, receive, send)

    return site


@_router.get("/", name="page_start")
def start(request: Request) -> Response:
    """To the language that the browser prefers of the two; Korean where it says nothing."""
    return RedirectResponse(f"/{preferred_language(request.headers.get('accept-language', ''))}/", 303)


@_router.get("/{language}/", name="page_start_in_language")
def start_in_language(visit: Visiting) -> Response:
    return sign_in_pages.sign_in(visit)


@_router.get("/assets/{digest}/{name}", name="page_asset")
def asset(digest: str, name: str) -> Response:
    return shared_assets().answer(digest, name)


@_router.get("/{language}/parts", name="page_parts")
def parts(visit: Visiting) -> HTMLResponse:
    """Every part of which pages are made, in every state: for whoever builds or judges pages."""
    return visit.answer("pages/gallery.html", gallery=GALLERY)
