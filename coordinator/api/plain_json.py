"""Reads a body as JSON whose text can be written anywhere.

JSON can spell half of a sign (a lone surrogate), which no encoding can write, and the sign of number zero,
which PostgreSQL cannot even be asked for. Both are refused where they come in, instead of by each type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

_ZERO: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class _PlainRequest(Request):
    async def json(self) -> Any:
        """Raises JSONDecodeError, as for what is no JSON at all."""
        read = await super().json()
        written = json.dumps(read, ensure_ascii=False)
        if _ZERO.search(written) or not _is_writable(written):
            raise json.JSONDecodeError("text that cannot be kept", "", 0)
        return read


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class PlainJsonRoute(APIRoute):
    """A route that reads its body so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_plain(request: Request) -> Response:
            return await handle(_PlainRequest(request.scope, request.receive))

        return handle_plain
