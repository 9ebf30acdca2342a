"""Reads a list to its end, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from onggi.client.replies import PageReply
from onggi.client.transport import Transport
from onggi.errors import NotTrusted

T = TypeVar("T")
_PART = 100


def all_pages(
    transport: Transport, path: str, page: type[PageReply[T]], *, query: Mapping[str, Any]
) -> Iterator[T]:
    """Every item in order. A list that does not move on is not believed: it would never end."""
    after: str | None = None
    while True:
        asked = {**query, "limit": _PART, "after": after}
        part = transport.ask("GET", path, page, query=asked)
        yield from part.items
        if part.next is None:
            return
        if after is not None and part.next <= after:
            raise NotTrusted("client.answer_malformed", status=200)
        after = part.next
