"""Builds the coordinator's API from its services; refuses to start with a route that has no rule."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from coordinator.api import (
    account_request_routes,
    application_routes,
    concept_set_routes,
    export_routes,
    job_routes,
    operating_routes,
    operation_routes,
    people_routes,
    project_routes,
    public_routes,
    review_routes,
    sample_routes,
    signing_routes,
    statement_routes,
    thread_routes,
)
from coordinator.api.access import authorise, check_every_route_has_a_rule
from coordinator.api.errors import add_error_answers, error_response
from coordinator.services import Services
from pages.request_limits import RequestSizeLimit

DEFAULT_LARGEST_REQUEST = 8 * 2**20
ROUTERS = (
    public_routes.router,
    people_routes.router,
    project_routes.router,
    statement_routes.router,
    application_routes.router,
    review_routes.router,
    signing_routes.router,
    concept_set_routes.router,
    job_routes.router,
    export_routes.router,
    thread_routes.router,
    sample_routes.router,
    operation_routes.router,
    operating_routes.router,
    account_request_routes.router,
)


def create_app(services: Services, *, largest_request: int = DEFAULT_LARGEST_REQUEST) -> FastAPI:
    """The API. No interactive pages: they would load scripts from elsewhere."""
    app = FastAPI(
        title="Onggi coordinator",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(authorise)],
        generate_unique_id_function=_route_name,
    )
    app.state.services = services
    for router in ROUTERS:
        app.include_router(router)
    add_error_answers(app)
    app.add_middleware(RequestSizeLimit, largest=largest_request, refuse=error_response)
    check_every_route_has_a_rule(app, ROUTERS)
    return app


def _route_name(route: APIRoute) -> str:
    return route.name
