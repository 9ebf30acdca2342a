"""Makes text from elsewhere safe to show: it cannot redraw a terminal, turn a line around or hide in it."""

from __future__ import annotations

import unicodedata

_NOT_SHOWN = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
_LONGEST_LINE = 600


def plain_text(text: str) -> str:
    """Without control, bidirectional and invisible characters but line ends: it cannot redraw a terminal."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _NOT_SHOWN)


def plain_line(text: str) -> str:
    """`plain_text` on one line of bounded length."""
    line = " ".join(plain_text(text).split("\n"))
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
