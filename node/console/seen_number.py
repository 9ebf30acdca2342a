"""The number of what a person looked at, as a form carries it: nobody changes what they did not see."""

from __future__ import annotations

from typing import Final

from node.console.access import Visit

NONE_SEEN: Final = -1
"""Nothing has this number: what was sent from no page of ours changes nothing."""
_MOST_DIGITS: Final = 10


def read_seen(visit: Visit, otherwise: int) -> int:
    """The number that was sent, `otherwise` where none was, `NONE_SEEN` for what no form of ours has."""
    typed = visit.entries.text("seen")
    if not typed:
        return otherwise
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= _MOST_DIGITS
    return int(typed) if is_number else NONE_SEEN
