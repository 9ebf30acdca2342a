"""Every code that the coordinator introduces has words in both languages, and no words stand unused."""

from __future__ import annotations

import re
from pathlib import Path

from onggi.words.catalogue import find_words
from onggi.words.coordinator import WORDS as DOOR
from onggi.words.coordinator_acts import WORDS as ACTS

ROOT = Path(__file__).parents[2] / "coordinator"
OTHERS = {"link", "running"}
CODE = re.compile(
    r'(?:Refused|NotTrusted|Unreachable)\(\s*"([a-z_]+\.[a-z0-9_]+)"|code="([a-z_]+\.[a-z0-9_]+)"'
)
PARTICLE = re.compile(r"\}(은|는|이|가|을|를|과|와|의|에|로|으로)(\s|$)")
WORDS = DOOR | ACTS


def _sources() -> list[Path]:
    return [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in OTHERS]


def _raised() -> set[str]:
    found = {one or two for path in _sources() for one, two in CODE.findall(path.read_text())}
    return {code for code in found if code}


def test_every_code_has_words() -> None:
    assert len(_raised()) > 50
    wordless = {code for code in _raised() if find_words(code) is None}
    # Codes that the contract raises as well have their words beside the contract.
    contract = "".join(path.read_text() for path in (ROOT.parent / "onggi" / "protocol").glob("*.py"))
    assert {code for code in wordless if f'"{code}"' not in contract} == set()


def test_every_word_belongs_to_a_code() -> None:
    text = "".join(path.read_text() for path in _sources())
    named = {code for code in WORDS if f'"{code}"' in text}
    by_thing = {code for code in WORDS if code.endswith(".not_found")}
    assert set(WORDS) - named - by_thing == set()


def test_words_name_cause_and_next_act_in_both_languages() -> None:
    for code, words in WORDS.items():
        assert 200 <= words.exit < 256, code  # an exit status has one byte
        assert words.ko.endswith("니다.") or ": " in words.ko, code
        assert words.next_ko.endswith("시오."), code
        assert words.en[0].isupper(), code
        assert words.next_en, code
        assert not PARTICLE.search(words.ko), code
        assert set(re.findall(r"\{(\w+)\}", words.ko)) == set(re.findall(r"\{(\w+)\}", words.en)), code
