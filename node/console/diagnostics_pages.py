"""The bundle for support: every file of it is shown before it can be downloaded."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from node.console.access import Visiting
from node.console.release_pages import as_file
from node.doctor.examine import examine_without_keys
from node.papers.bundle import make_bundle
from pages.gate import page_router

router = page_router()
Digest = Annotated[str, Query(max_length=64)]


@router.get("/{language}/papers/diagnostics", name="console_diagnostics")
def diagnostics(visit: Visiting) -> HTMLResponse:
    """Made anew at each look. The console holds no key of the data, so that parts are not examined."""
    services = visit.services
    settings, now = services.settings, services.clock()
    with services.reading() as session:
        bundle = make_bundle(
            settings.home,
            settings,
            session,
            examine=lambda: examine_without_keys(settings, now=now, books=True),
            whole=False,
            log=None,
            now=now,
            random=secrets.token_bytes,
        )
    services.bundles.keep(bundle)
    files = [(name, data.decode()) for name, data in bundle.files]
    return visit.answer(
        "console/diagnostics.html",
        files=files,
        digest=bundle.digest,
        size=len(bundle.content),
        address=visit.address("papers", "diagnostics", "file", digest=bundle.digest),
    )


@router.get("/{language}/papers/diagnostics/file", name="console_diagnostics_file")
def diagnostics_file(visit: Visiting, digest: Digest = "") -> Response:
    """The bytes that were shown."""
    if not digest:
        return RedirectResponse(visit.address("papers", "diagnostics"), HTTPStatus.SEE_OTHER)
    return as_file(visit.services.bundles.get(digest).content, "onggi-diagnostics.zip")
