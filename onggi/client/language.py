"""Chooses Korean or English, and makes text from elsewhere safe to print."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from onggi.words.catalogue import Language

_NOT_SHOWN = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
_LONGEST_LINE = 600


def preferred_language(environment: Mapping[str, str]) -> Language:
    """Korean where the locale says so, otherwise English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"


def plain_text(text: str) -> str:
    """Without control, bidirectional and invisible characters but line ends: it cannot redraw a terminal."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _NOT_SHOWN)


def plain_line(text: str) -> str:
    """`plain_text` on one line of bounded length."""
    line = " ".join(plain_text(text).split("\n"))
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
