"""Says what the person on call and the visitor learn of a fault of ours in a page."""

from __future__ import annotations

import logging

from fastapi import Request

from onggi.errors import OnggiError, Unreachable

_LOG = logging.getLogger("coordinator.pages")


def tell_fault(request: Request, error: Exception) -> OnggiError:
    route = getattr(request.scope.get("route"), "name", "?")
    # The type alone: an exception's text may quote a value.
    _LOG.error("fault in page %s: %s", route, type(error).__name__)
    return Unreachable("coordinator.fault")
