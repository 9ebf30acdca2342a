"""Looks now and then whether the hospital's books are whole: their chains, and the heads kept elsewhere.

The first page shows the outcome. Whole chains are walked, so not at every look: once in `EVERY`. The stored
contents are read again only when a person asks for it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from node.doctor.books import walk_books
from node.settings import NodeSettings
from onggi.errors import OnggiError

EVERY: Final = timedelta(minutes=5)


@dataclass(slots=True)
class BooksWatch:
    """What the last look found."""

    settings: NodeSettings
    _looked: datetime | None = None
    _damage: OnggiError | None = None
    _one: threading.Lock = field(default_factory=threading.Lock)

    def find_damage(self, session: Session, *, now: datetime) -> OnggiError | None:
        """What is wrong with a book, or None. A finding is looked at again each time: it may be mended."""
        with self._one:
            is_fresh = self._looked is not None and now - self._looked < EVERY
            if self._damage is not None or not is_fresh:
                self._damage, self._looked = _look(session, self.settings), now
            return self._damage


def _look(session: Session, settings: NodeSettings) -> OnggiError | None:
    try:
        walk_books(session, settings)
    except OnggiError as error:
        return error
    return None
