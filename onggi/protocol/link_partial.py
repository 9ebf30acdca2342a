"""A large body on its way in: put together and hashed on arrival, given out only if its digest agrees."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import deque

from onggi.protocol import node_service_pb2 as pb


class Partial:
    """The beginning of one announced body. Survives the connection that brought it."""

    def __init__(self, begin: pb.Begin, *, now: float) -> None:
        self.begin = begin
        self.touched = now
        self.received = 0
        self._fresh: deque[bytes | memoryview] = deque()
        self._hasher = hashlib.sha256()
        # Joined once, at the end: a body that grows is copied again and again, and one that is set aside
        # whole at its announcement would cost memory for bytes that may never come.
        self._pieces: list[bytes | memoryview] = []
        self._digesting: asyncio.Task[None] | None = None

    def same_as(self, begin: pb.Begin) -> bool:
        """Whether a new announcement speaks of this very body."""
        mine = self.begin
        return (mine.length, mine.kind, mine.about) == (begin.length, begin.kind, begin.about)

    def add(self, data: bytes | memoryview, *, now: float) -> None:
        """Take the next piece. The caller has checked offset and length."""
        self.touched = now
        self._fresh.append(data)
        self._pieces.append(data)
        self.received += len(data)
        if self._digesting is None or self._digesting.done():
            self._digesting = asyncio.create_task(self._digest_fresh())

    async def _digest_fresh(self) -> None:
        # In a thread, and hashlib lets others run: the next piece is received meanwhile.
        while self._fresh:
            await asyncio.to_thread(self._hasher.update, self._fresh.popleft())

    async def finish(self, sha256: bytes) -> bytes | None:
        """The whole body, or None where its digest disagrees."""
        while self._digesting is not None and not self._digesting.done():
            await self._digesting
        assert not self._fresh
        if not hmac.compare_digest(self._hasher.digest(), sha256):
            return None
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
