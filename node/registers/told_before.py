"""What this hospital told before, for the guards of its runs; and which of them may claim sets just now.

Of two masked sums at the same time one must see the other's sets. So a hospital lets one run at a time hold
a claim, and a run gives its share for a sum only within `HOLD_S` of its share of keys. Every claim of a sum
lies later than that share, at every hospital: once a claim was held so long, its sum was opened or never will
be.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from node.registers.known_persons import PersonPositions
from node.registers.released_persons import ReleasedRegister
from node.registers.sealed_rows import RowSeal
from node.sources import RandomBytes
from node.store.keys import DataKey
from onggi.errors import Refused
from privacy.differencing.leaving_out import Order

HOLD_S: Final = 120.0


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

    def is_held_by(self, run: str) -> bool:
        """Whether the run's claim is the one that stands."""
        return self._held is not None and self._held.run == run

    def hold(self, run: str) -> None:
        """The run's claim is written down: nobody else claims until it is freed or was held too long."""
        self._held = _Held(run, time.monotonic() + HOLD_S)

    def free(self, run: str) -> None:
        """The run's share was given, or never will be."""
        if self._held is not None and self._held.run == run:
            self._held = None
