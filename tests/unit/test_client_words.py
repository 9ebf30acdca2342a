"""Every code of the SDK and the command has words, every word is used, and its number is in our range."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import onggi
from onggi.words import find_words
from onggi.words.client import WORDS

_PACKAGE = Path(onggi.__file__).parent
_CODE = re.compile(r'"((?:client|cli|keys)\.[a-z0-9_]+)"')


def _used() -> set[str]:
    found: set[str] = set()
    for folder in ("client", "cli", "spec/builders"):
        for file in (_PACKAGE / folder).glob("*.py"):
            found |= set(_CODE.findall(file.read_text()))
    return found


def test_codes_and_words_are_the_same_list() -> None:
    assert len(_used()) > 30
    assert _used() == set(WORDS)


@pytest.mark.parametrize("code", sorted(WORDS))
def test_words_are_whole(code: str) -> None:
    words = WORDS[code]
    assert find_words(code) is words
    assert 300 <= words.exit < 400
    placeholders = [set(re.findall(r"\{(\w+)\}", text)) for text in (words.ko, words.en)]
    assert placeholders[0] == placeholders[1]
    assert re.search(r"(니다|십시오)\.$|\}$", words.ko), words.ko
    assert words.next_ko.endswith(("십시오.", "`"))
    assert not re.search(r"\}(은|는|이|가|을|를|와|과|으로|로)(?![가-힣])", words.ko + words.next_ko)


def test_each_number_means_one_thing() -> None:
    numbers = [words.exit for words in WORDS.values()]
    assert len(set(numbers)) == len(numbers)
