"""Every way in which a masked sum says no has words, and no words are left without a use."""

from __future__ import annotations

import re
import string
from pathlib import Path

import privacy.masks
from onggi.words.masks import WORDS


def test_codes_raised_and_codes_with_words_are_the_same() -> None:
    room = Path(privacy.masks.__file__).parent
    raised = {
        code
        for source in room.glob("*.py")
        for code in re.findall(r'"(masks\.[a-z_]+)"', source.read_text(encoding="utf-8"))
    }
    assert raised == set(WORDS)


def test_both_languages_use_the_same_facts() -> None:
    def facts(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for code, words in WORDS.items():
        assert facts(words.ko) == facts(words.en), code
        assert facts(words.next_ko + words.next_en) == set(), code
        assert 100 <= words.exit <= 199, code
