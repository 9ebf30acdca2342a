"""Fetches one paper from the coordinator for its signer, and hands one signature in, by a ticket alone.

The coordinator is not believed: what it sends is checked by this node's own federation root, and the text
that the signer reads is made here.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpx
from pydantic import JsonValue, ValidationError

from node.settings import SigningPage
from onggi.errors import Refused, Unreachable
from onggi.protocol.canonical import canonical_json
from onggi.protocol.dsse import Envelope
from onggi.spec.base import Frozen
from onggi.words import find_words

_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")
_LARGEST: Final = 8 * 2**20
_PATIENCE_S: Final = 10.0
MOST_IN_A_MINUTE: Final = 60
_MINUTE: Final = timedelta(minutes=1)


class FetchedPaper(Frozen):
    """What the coordinator answered: the paper, and what it names by digest."""

    envelope: Envelope
    named: JsonValue | None


@dataclass(slots=True)
class Throttle:
    """The page is open to everybody who reaches the console: so many looks a minute, for all together."""

    clock: Callable[[], datetime]
    begun: datetime | None = None
    used: int = 0

    def count(self) -> None:
        """Raises Refused(``signing.too_many``)."""
        now = self.clock()
        if self.begun is None or not self.begun <= now < self.begun + _MINUTE:
            self.begun, self.used = now, 0
        self.used += 1
        if self.used > MOST_IN_A_MINUTE:
            raise Refused("signing.too_many")


@dataclass(frozen=True, slots=True, kw_only=True)
class PapersToSign:
    """The way to the coordinator's tickets."""

    page: SigningPage
    throttle: Throttle = field(repr=False)

    def fetch(self, ticket: str) -> FetchedPaper:
        """Raises Refused(``signing.ticket_unknown``), Unreachable(``signing.coordinator_unreachable``)."""
        content = self._ask("GET", ticket)
        try:
            return FetchedPaper.model_validate_json(content)
        except ValidationError:
            raise Unreachable("signing.coordinator_unreachable") from None

    def hand_in(self, ticket: str, signed: Envelope) -> None:
        """Raises Refused with the coordinator's own code where it is one of ours."""
        self._ask("POST", ticket, canonical_json(signed))

    def _ask(self, method: str, ticket: str, body: bytes | None = None) -> bytes:
        if not _TICKET.fullmatch(ticket):
            raise Refused("signing.ticket_unknown")
        self.throttle.count()
        address = f"{self.page.coordinator}/v1/signing/{ticket}"
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            with (
                httpx.Client(verify=self._trust(), timeout=_PATIENCE_S, trust_env=False) as client,
                client.stream(method, address, content=body, headers=headers) as answer,
            ):
                content = _bounded(answer)
        except (httpx.HTTPError, OSError, ValueError):
            raise Unreachable("signing.coordinator_unreachable") from None
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise _refusal(answer.status_code, content)
        return content

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=None if self.page.ca is None else str(self.page.ca))


def _bounded(answer: httpx.Response) -> bytes:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > _LARGEST:
            raise ValueError("more than any paper holds")
    return bytes(content)


def _refusal(status: int, content: bytes) -> Refused | Unreachable:
    """The coordinator's code where it is known here; its words are not shown."""
    found = re.search(rb'"code"\s*:\s*"([a-z_]+\.[a-z0-9_]+)"', content[:10_000])
    code = found[1].decode() if found else ""
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or find_words(code) is None:
        return Unreachable("signing.coordinator_unreachable")
    return Refused(code)
