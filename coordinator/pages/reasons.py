"""The words of a code that was raised elsewhere and kept: why a job ended, or which bound it oversteps."""

from __future__ import annotations

from coordinator.pages.access import Visit
from onggi.errors import Refused
from onggi.words import public_words


def words_of_code(visit: Visit, code: str) -> tuple[str, str]:
    """(cause, next act) in the visitor's language."""
    return public_words(Refused(code), visit.language)
