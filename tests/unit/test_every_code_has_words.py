"""Whatever the project can refuse, a person can read: each code has words in Korean and English."""

from __future__ import annotations

import re
import string
from functools import cache

import pytest

from onggi.words.catalogue import all_words
from onggi.words.node import WORDS as NODE
from onggi.words.orders import WORDS as ORDERS
from tests.support.raised_codes import Raised, find_raised_codes

_PARTICLE = re.compile(r"\}(은|는|이|가|을|를|와|과|의|에|로|으로)(?![가-힣])")


@cache
def raised() -> Raised:
    return find_raised_codes()


def test_every_code_that_is_raised_has_words() -> None:
    missing = {code: sorted(places) for code, places in raised().codes.items() if code not in all_words()}
    assert missing == {}


def test_no_code_is_put_together_where_it_cannot_be_found() -> None:
    """A code made up at run time could reach a person without words.

    Those listed hand on a code, or ask for its words: it was raised, and found, elsewhere.
    """
    handed_on = {
        "node/link/channel.py: details",
        "node/console/home_pages.py: code",
        "node/console/record_pages.py: code",
        "node/console/shown_data.py: code",
        "node/cli/desk.py: code",
        "coordinator/api/job_routes.py: code",
        "coordinator/pages/reasons.py: code",
    }
    assert raised().unresolved <= handed_on


def test_the_search_finds_codes_in_every_form() -> None:
    codes = raised().codes
    for code in (
        "node.paused",  # written where it is raised
        "node.disk_full",  # chosen by a condition
        "link.proxy_unreachable",  # in a variable
        "root.member_twice",  # handed to the function that raises
        "node.folder_open",  # found by the doctor
    ):
        assert code in codes
    assert len(codes) > 250


@pytest.mark.parametrize("code", sorted({*NODE, *ORDERS}))
def test_words_of_the_node_are_fit_for_a_person(code: str) -> None:
    words = (NODE | ORDERS)[code]
    assert code in raised().codes, "words for a code that nothing raises"
    assert 100 <= words.exit <= 199
    assert 400 <= words.status <= 599
    assert _facts(words.ko) == _facts(words.en)
    assert _facts(words.next_ko) == _facts(words.next_en)
    assert not _PARTICLE.search(words.ko)
    assert not _PARTICLE.search(words.next_ko)
    assert words.ko.endswith((".", "}", "}명", "}건", "이상", "MiB", "}개 이상", "}명 이상"))
    assert re.search("[가-힣]", words.ko)
    assert re.search("[가-힣]", words.next_ko)
    assert not re.search("[가-힣]", words.en + words.next_en)


@pytest.mark.parametrize("code", sorted(all_words()))
def test_all_words_hold_the_same_facts_in_both_languages(code: str) -> None:
    words = all_words()[code]
    assert _facts(words.ko) == _facts(words.en)
    assert words.next_ko
    assert words.next_en
    assert 100 <= words.exit <= 399


@pytest.mark.parametrize("code", sorted({*NODE, *ORDERS}))
def test_each_names_one_next_act(code: str) -> None:
    words = (NODE | ORDERS)[code]
    for following in (words.next_ko, words.next_en):
        assert following.count("onggi-node ") <= 1
        assert "\n" not in following


def _facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
