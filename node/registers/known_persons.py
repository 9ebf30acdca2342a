"""Gives each person of the hospital a permanent position: the same through all versions of its data.

Positions are what released sets are written in. A person's id is kept sealed under the data key, and a
position once given is never given to another, even when the person is in no version any more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.registers.audit import lock_registers
from node.registers.sealed_rows import RowSeal
from node.state.tables import KnownPersons, table_of

Ids = npt.NDArray[np.int64]
_ROWS = table_of(KnownPersons)


class PersonPositions:
    """Positions by person id, as read from the register; `learn` adds to both."""

    def __init__(self, seal: RowSeal) -> None:
        self._seal = seal
        self._sorted: Ids = np.zeros(0, dtype=np.int64)
        self._positions: Ids = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._sorted)

    def learn(self, session: Session, persons: Ids) -> Ids:
        """Each person's position; those who have none yet get the next ones.

        Args:
            persons: ids, shape (n,); written in the session's transaction where some are new.
        """
        lock_registers(session)
        self._read_further(session)
        positions = self._find(persons)
        fresh = np.unique(persons[positions < 0])
        if fresh.size:
            first = len(self)
            content = self._seal.close(_about(first), fresh.astype("<i8").tobytes())
            session.execute(_ROWS.insert(), {"first": first, "persons": int(fresh.size), "content": content})
            session.flush()
            # Not kept here: should the transaction fail, these positions are not given.
            positions = np.where(
                positions < 0, first + np.searchsorted(fresh, persons).astype(np.int64), positions
            )
        return positions

    def _find(self, persons: Ids) -> Ids:
        """-1 for whoever is not known."""
        at = np.searchsorted(self._sorted, persons)
        at[at == len(self._sorted)] = 0
        if not len(self._sorted):
            return np.full(len(persons), -1, dtype=np.int64)
        return np.where(self._sorted[at] == persons, self._positions[at], -1)

    def _read_further(self, session: Session) -> None:
        known = len(self)
        rows = session.execute(select(_ROWS).where(_ROWS.c.first >= known).order_by(_ROWS.c.first)).all()
        if not rows:
            return
        ids = [np.frombuffer(self._seal.open(_about(row.first), row.content), dtype="<i8") for row in rows]
        added = np.concatenate(ids).astype(np.int64)
        everybody = np.concatenate([self._sorted, added])
        positions = np.concatenate([self._positions, known + np.arange(len(added))])
        order = np.argsort(everybody, kind="stable")
        self._sorted, self._positions = everybody[order], positions[order]


def _about(first: int) -> str:
    return f"persons {first}"
