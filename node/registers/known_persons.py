"""Gives each person of the hospital a permanent position: the same through all versions of its data.

Positions are what released sets are written in. A person's id is kept sealed under the data key, and a
position once given is never given to another, even when the person is in no version any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select
from sqlalchemy.orm import Session, SessionTransaction

from node.registers.audit import lock_registers
from node.registers.sealed_heads import begin_head, check_head, write_head
from node.registers.sealed_rows import RowSeal
from node.state.tables import KnownPersons, table_of
from onggi.errors import NotTrusted

Ids = npt.NDArray[np.int64]
_ROWS = table_of(KnownPersons)


@dataclass(frozen=True, slots=True)
class _Known:
    """Ids in ascending order, and the position of each."""

    ids: Ids = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    positions: Ids = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, persons: Ids) -> Ids:
        """-1 for whoever is not known."""
        if not len(self):
            return np.full(len(persons), -1, dtype=np.int64)
        at = np.searchsorted(self.ids, persons)
        at[at == len(self)] = 0
        return np.where(self.ids[at] == persons, self.positions[at], -1)

    def followed_by(self, added: Ids) -> _Known:
        """With further persons, who have the next positions."""
        ids = np.concatenate([self.ids, added])
        positions = np.concatenate([self.positions, len(self) + np.arange(len(added))])
        order = np.argsort(ids, kind="stable")
        return _Known(ids[order], positions[order])


class PersonPositions:
    """Positions by person id, as read from the register; `learn` adds to both."""

    def __init__(self, seal: RowSeal) -> None:
        self._seal = seal
        self._known = _Known()
        self._written_in: SessionTransaction | None = None

    def __len__(self) -> int:
        return len(self._known)

    def begin(self, session: Session) -> None:
        """At the start of a node: writes that nobody is known yet, where nobody ever was."""
        begin_head(session, _ROWS.name, self._seal, last="")

    def learn(self, session: Session, persons: Ids) -> Ids:
        """Each person's position; those who have none yet get the next ones.

        Args:
            persons: ids, shape (n,); written in the session's transaction where some are new.

        Raises:
            NotTrusted: ``differencing.register_damaged`` where a row cannot be opened, or one is missing.
        """
        lock_registers(session)
        known = self._read_further(session)
        if session.get_transaction() is not self._written_in:
            self._known = known
        positions = known.find(persons)
        fresh = np.unique(persons[positions < 0])
        if fresh.size:
            first = len(known)
            content = self._seal.close(_about(first), fresh.astype("<i8").tobytes())
            session.execute(_ROWS.insert(), {"first": first, "persons": int(fresh.size), "content": content})
            write_head(session, _ROWS.name, self._seal, rows=first + int(fresh.size), last="")
            session.flush()
            # Not kept here: should the transaction fail, these positions are not given.
            self._written_in = session.get_transaction()
            positions = np.where(positions < 0, first + np.searchsorted(fresh, persons), positions)
        return positions

    def _read_further(self, session: Session) -> _Known:
        """Everybody whom the session sees in the register."""
        next_one = len(self._known)
        added = []
        for row in session.execute(select(_ROWS).where(_ROWS.c.first >= next_one).order_by(_ROWS.c.first)):
            if row.first != next_one:  # whoever follows would get the positions of those who are missing
                raise NotTrusted("differencing.register_damaged")
            added.append(np.frombuffer(self._seal.open(_about(row.first), row.content), dtype="<i8"))
            next_one += len(added[-1])
        check_head(session, _ROWS.name, self._seal, rows=next_one, last="")
        return self._known.followed_by(np.concatenate(added).astype(np.int64)) if added else self._known


def check_known(session: Session) -> int:
    """How many persons have a position, without the data key.

    Raises:
        NotTrusted: ``differencing.register_damaged`` where some are missing.
    """
    known = int(session.scalar(select(func.coalesce(func.sum(_ROWS.c.persons), 0))) or 0)
    check_head(session, _ROWS.name, None, rows=known, last="")
    return known


def _about(first: int) -> str:
    return f"persons {first}"
