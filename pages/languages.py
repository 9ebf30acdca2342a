"""The languages of the pages: Korean first, English complete; the first part of each address names it."""

from __future__ import annotations

from typing import Final

from onggi.words.catalogue import Language

LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en")
OWN_NAMES: Final[dict[Language, str]] = {"ko": "한국어", "en": "English"}
ADDRESS_PATTERN: Final = "^(ko|en)$"


def find_language(path: str) -> Language:
    """The language that an address names; Korean where it names none."""
    first = path.removeprefix("/").split("/", 1)[0]
    return "en" if first == "en" else "ko"


def other_language(language: Language) -> Language:
    return "en" if language == "ko" else "ko"


def preferred_language(accepted: str) -> Language:
    """The one that a browser names first of the two; Korean where it names neither."""
    wanted = accepted.lower()
    found = [language for language in LANGUAGES if language in wanted]
    return min(found, key=wanted.index, default="ko")


def in_language(path: str, language: Language) -> str:
    """The same page in a language: only the first part of its address changes."""
    parts = path.removeprefix("/").split("/", 1)
    rest = (
        parts[1] if parts[0] in LANGUAGES and len(parts) == 2 else "" if parts[0] in LANGUAGES else path[1:]
    )
    return f"/{language}/{rest}"


__all__ = [
    "ADDRESS_PATTERN",
    "LANGUAGES",
    "OWN_NAMES",
    "Language",
    "find_language",
    "in_language",
    "other_language",
    "preferred_language",
]
