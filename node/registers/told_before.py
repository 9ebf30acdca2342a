"""What this hospital told before, for the guards of its runs; and which of them may claim sets just now.

Of two masked sums at the same time one must see the other's sets. So a hospital lets one run at a time hold
a claim, and a run gives its share for a sum only within `HOLD_S` of its share of keys. Every claim of a sum
lies later than that share, at every hospital: once a claim was held so long, its sum was opened or never will
be.

A run may end in between, and a process with it; others can open the sum without them. Where a set comes near
to what such a run claimed, its time is waited for as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from node.registers.known_persons import PersonPositions
from node.registers.released_persons import ReleasedRegister
from node.registers.sealed_rows import RowSeal
from node.sources import RandomBytes
from node.store.keys import DataKey
from onggi.errors import NotTrusted, Refused
from privacy.differencing.leaving_out import Order

HOLD_S: Final = 120.0
_LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Held:
    run: str
    until: float


class ToldBefore:
    """The registers of a node's guard, kept open while it runs."""

    def __init__(self, key: DataKey, random: RandomBytes) -> None:
        seal = RowSeal(key, random)
        self.positions = PersonPositions(seal)
        self.released = ReleasedRegister(seal)
        self.judging = asyncio.Lock()
        """From looking at the registers until what follows is written down."""
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"onggi leave out v1")
        # Single blocks that are never shown: a keyed order of positions.
        self._order = Cipher(AES(derive.derive(key.secret.reveal())), modes.ECB())  # noqa: S305
        self._held: _Held | None = None
        self._left: dict[str, float] = {}
        """Runs that ended with a claim, and when it will have been held long enough."""

    def __repr__(self) -> str:
        return "ToldBefore()"

    def order(self, persons: int) -> Order:
        """The secret order in which persons are left out: a rank for each position, the same for ever."""
        blocks = np.zeros((persons, 2), "<u8")
        blocks[:, 0] = np.arange(persons)
        ranks = self._order.encryptor().update(blocks.tobytes())
        return np.frombuffer(ranks, "<u8")[::2].astype(np.uint64)

    def check_free(self, run: str) -> None:
        """Raises Refused(``differencing.busy``) while another run holds a claim."""
        held = self._held
        if held is not None and held.run != run and time.monotonic() < held.until:
            raise Refused("differencing.busy")

    async def until_free(self, run: str) -> None:
        """Waits while another run holds a claim: for an answer in clear, which would be held against it."""
        while (held := self._held) is not None and held.run != run and time.monotonic() < held.until:
            await asyncio.sleep(_LOOK_S)

    def check_settled(self, run: str) -> None:
        """Raises Refused(``differencing.busy``) while the sum of another run that ended may yet be opened."""
        now = time.monotonic()
        if any(other != run and now < until for other, until in self._left.items()):
            raise Refused("differencing.busy")

    def is_held_by(self, run: str) -> bool:
        """Whether the run's claim is the one that stands."""
        return self._held is not None and self._held.run == run

    def hold(self, run: str) -> None:
        """The run's claim is written down: nobody else claims until it is freed or was held too long."""
        self._held = _Held(run, time.monotonic() + HOLD_S)
        self._left.pop(run, None)

    def free(self, run: str) -> None:
        """Every hospital of the run's sum has claimed, or the sum is certain never to be opened."""
        if self._held is not None and self._held.run == run:
            self._held = None

    def leave(self, run: str) -> None:
        """The run ends here; others may open its sum with what this hospital gave."""
        if self._held is not None and self._held.run == run:
            self._left[run] = self._held.until
            self._held = None

    def take_up(self, session: Session) -> None:
        """Goes on where another process stopped: whatever it claimed may have been claimed just now."""
        self.positions.begin(session)
        self.released.begin(session)
        until = time.monotonic() + HOLD_S
        # A node with a damaged register starts, so that somebody can look into it; it answers nothing.
        with contextlib.suppress(NotTrusted):
            self._left = dict.fromkeys(self.released.claiming(session), until)
