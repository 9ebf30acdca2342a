"""Chooses Korean or English, and makes text from elsewhere safe to print."""

from __future__ import annotations

from collections.abc import Mapping

from onggi.report.plain_text import plain_line, plain_text
from onggi.words.catalogue import Language

__all__ = ["plain_line", "plain_text", "preferred_language"]


def preferred_language(environment: Mapping[str, str]) -> Language:
    """Korean where the locale says so, otherwise English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"
