"""The router of pages: plain HTML, not described to programs."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse


def page_router() -> APIRouter:
    return APIRouter(default_response_class=HTMLResponse)
