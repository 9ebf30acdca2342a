"""Says what the person on call and the visitor learn of a fault in a page, or of a request never read."""

from __future__ import annotations

import logging

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from node.logging_guard import describe_fault
from node.machine_faults import find_machine_fault
from onggi.errors import OnggiError, Refused
from onggi.words import http_status, public_words
from pages.languages import LANGUAGES

_LOG = logging.getLogger("onggi.node.console")


def tell_fault(_request: Request, error: Exception) -> OnggiError:
    if (machine := find_machine_fault(error)) is not None:
        return machine
    _LOG.error("fault in a page of the console", exc_info=error)
    return Refused("node.fault", where=describe_fault(error))


def too_large(error: OnggiError) -> Response:
    """The answer to a request of which nothing was read, in both languages."""
    told = "\n".join(" ".join(public_words(error, language)) for language in LANGUAGES)
    return PlainTextResponse(told, status_code=http_status(error))
