"""Every code that the trust modules can raise has words in both languages, fit for their facts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from onggi import protocol
from onggi.words.entry import Words
from onggi.words.trust import WORDS as TRUST
from onggi.words.trust_history import WORDS as HISTORY

MODULES = (
    "canonical",
    "keys",
    "passkey",
    "dsse",
    "quorum",
    "checkpoint",
    "log_view",
    "trust_root",
    "trusted_roots",
)
ALL = TRUST | HISTORY
_CODE = re.compile(r'"((?:canonical|key|signature|envelope|passkey|quorum|root|log)\.[a-z0-9_]+)"')
_PARTICLE = re.compile(r"\}(은|는|이|가|을|를|와|과|의|에|로|으로)(?![가-힣])")


def test_codes_and_words_are_the_same_set() -> None:
    folder = Path(next(iter(protocol.__path__)))
    raised = {code for name in MODULES for code in _CODE.findall((folder / f"{name}.py").read_text("utf-8"))}
    assert raised == set(ALL)
    assert not TRUST.keys() & HISTORY.keys()


@pytest.mark.parametrize("code", sorted(ALL))
def test_both_languages_say_the_same_facts(code: str) -> None:
    words: Words = ALL[code]
    facts = re.findall(r"\{(\w+)\}", words.ko)
    assert sorted(facts) == sorted(re.findall(r"\{(\w+)\}", words.en))
    assert not _PARTICLE.search(words.ko + words.next_ko)
    assert words.ko.endswith((".", "}", "}명", "}초", "바이트", "단계", "초)"))
    assert words.next_ko.endswith("오.")
    assert words.next_en
