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
    account_pages,
    account_request_pages,
    announcement_pages,
    application_pages,
    ceremony_pages,
    code_pages,
    confirm_pages,
    delegation_pages,
    desk_pages,
    export_pages,
    grant_pages,
    hospital_pages,
    job_pages,
    meeting_pages,
    oidc_pages,
    operator_pages,
    organisation_pages,
    own_passkey_pages,
    passkey_pages,
    people_pages,
    project_pages,
    recovery_pages,
    review_pages,
    sample_pages,
    setup_pages,
    sign_in_pages,
    signing_pages,
    statement_pages,
    thread_pages,
    year_pages,
)
from coordinator.pages.access import GATE, Visiting, check_every_page_has_a_rule, open_visit
from coordinator.pages.faults import tell_fault
from coordinator.pages.phrases import PHRASES
from coordinator.pages.renewing import RenewedSessions
from coordinator.services import Services
from pages.assets import Assets
from pages.drawing import Pages
from pages.error_pages import add_error_pages
from pages.gallery import GALLERY
from pages.gate import page_router
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
    code_pages.router,
    project_pages.router,
    application_pages.router,
    grant_pages.router,
    review_pages.router,
    meeting_pages.router,
    delegation_pages.router,
    thread_pages.router,
    sample_pages.router,
    operator_pages.router,
    organisation_pages.router,
    account_request_pages.router,
    setup_pages.router,
    people_pages.router,
    hospital_pages.router,
    announcement_pages.router,
    year_pages.router,
    ceremony_pages.router,
    passkey_pages.router,
    account_pages.router,
    confirm_pages.router,
    own_passkey_pages.router,
    oidc_pages.router,
    recovery_pages.router,
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
    add_error_pages(app, GATE, tell_fault=tell_fault, new_secret=services.new_secret)
    check_every_page_has_a_rule(ROUTERS)
    return app


def create_site(services: Services, *, largest_request: int = DEFAULT_LARGEST_REQUEST) -> ASGIApp:
    """Pages and API."""
    api = create_app(services, largest_request=largest_request)
    elsewhere = () if services.oidc is None else (services.oidc.settings.origin,)
    drawn = StrictHeaders(RenewedSessions(create_pages(services)), forms_to=elsewhere)
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
