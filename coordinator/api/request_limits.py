"""Refuses requests that are larger than the coordinator wants to hold in memory."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coordinator.api.errors import error_response
from onggi.errors import Refused


class _TooLarge(Exception):
    pass


class RequestSizeLimit:
    """Counts what arrives, whatever the sender said it would be."""

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._largest:
                raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if _announced(scope) > self._largest:
                raise _TooLarge
            await self._app(scope, counted, noted)
        except _TooLarge:
            if not started:
                answer = error_response(Refused("request.too_large", largest=self._largest))
                await answer(scope, receive, send)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
