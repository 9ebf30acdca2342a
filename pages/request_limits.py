"""Refuses requests that are larger than a server wants to hold in memory."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onggi.errors import OnggiError, Refused

_DIGITS_READ = 18


class RequestSizeLimit:
    """Reads the body first, counting what arrives whatever the sender said it would be.

    Counting while the route reads would be leaner, but the framework turns an error in the middle of a
    body into its own.

    Args:
        refuse: the answer to a request that is too large.
    """

    def __init__(self, app: ASGIApp, *, largest: int, refuse: Callable[[OnggiError], ASGIApp]) -> None:
        self._app = app
        self._largest = largest
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = None if _announced(scope) > self._largest else await _read(receive, largest=self._largest)
        if body is None:
            answer = self._refuse(Refused("request.too_large", largest=self._largest))
            await answer(scope, receive, send)
            return
        waiting = [body]

        async def replay() -> Message:
            if waiting:
                return {"type": "http.request", "body": waiting.pop(), "more_body": False}
            return await receive()

        await self._app(scope, replay, send)


async def _read(receive: Receive, *, largest: int) -> bytes | None:
    """The whole body, or None where it is too large. A sender who leaves early has sent what arrived."""
    parts, size = [], 0
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
        if message["type"] != "http.request" or not message.get("more_body", False):
            return b"".join(parts)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            # Cut before reading: Python refuses to read thousands of digits, and none of them matters.
            return int(value[:_DIGITS_READ])
    return 0
