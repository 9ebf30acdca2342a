"""Every code that the link can raise or send has words, and every word belongs to a code."""

from __future__ import annotations

import re
from pathlib import Path

from onggi.words import enrol, link

WORDS = link.WORDS | enrol.WORDS
ROOT = Path(__file__).parents[2]
SOURCES = (
    *(ROOT / "onggi/protocol").glob("link_*.py"),
    ROOT / "onggi/protocol/duplex.py",
    ROOT / "onggi/protocol/enrolment.py",
    *(ROOT / "node/link").glob("*.py"),
    *(ROOT / "coordinator/link").glob("*.py"),
)


def test_codes_and_words_are_the_same_set() -> None:
    used = {
        code
        for source in SOURCES
        for code in re.findall(r'"((?:link|enrol)\.[a-z0-9_]+)"', source.read_text())
    }
    assert used == set(WORDS)


def test_every_next_act_holds_one_command_in_both_languages() -> None:
    for code, words in WORDS.items():
        for text in (words.next_ko, words.next_en):
            assert "`" in text, code
        assert set(re.findall(r"\{(\w+)\}", words.ko)) == set(re.findall(r"\{(\w+)\}", words.en)), code
