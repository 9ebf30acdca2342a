"""Every sentence of the pages in both languages. A template names a sentence and holds no words itself.

Korean puts placeholders where no particle follows them: a name's last letter would decide the particle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pages.languages import Language


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence; it may hold `{fact}` placeholders."""

    ko: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.ko if language == "ko" else self.en


class Phrasebook:
    """The sentences of one site, by key."""

    def __init__(self, *areas: Mapping[str, Phrase]) -> None:
        merged: dict[str, Phrase] = {}
        for area in areas:
            if twice := merged.keys() & area.keys():
                raise RuntimeError(f"phrases with words in two places: {sorted(twice)}")
            merged |= area
        self._phrases = merged

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._phrases)

    def get(self, key: str) -> Phrase:
        """Raises KeyError: a page that names a sentence which nobody wrote is a fault of ours."""
        return self._phrases[key]

    def say(self, key: str, language: Language, **facts: object) -> str:
        """The sentence with its facts. Raises KeyError where sentence or fact is missing."""
        return self._phrases[key].in_language(language).format(**facts)
