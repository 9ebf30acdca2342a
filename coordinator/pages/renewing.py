"""Hands a browser the new secret of its session with whatever page it asked for."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.visitors import SESSION, keep_secret

_RENEWED: Final = "renewed_session"


def note_renewed(request: Request, secret: str | None) -> None:
    """To go out with this request's answer. None: another request changed it."""
    if secret is not None:
        setattr(request.state, _RENEWED, secret)


class RenewedSessions:
    """Sets the cookie beside whatever cookies the page itself sets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})

        async def add(message: Message) -> None:
            secret = state.pop(_RENEWED, None) if message["type"] == "http.response.start" else None
            if secret is not None:
                cookie = Response()
                keep_secret(cookie, SESSION, secret)
                MutableHeaders(scope=message).append("set-cookie", cookie.headers["set-cookie"])
            await send(message)

        await self._app(scope, receive, add)
