"""Every disclosure rule that a verdict names has words in both languages."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from coordinator.pages.rule_words import told_rule
from coordinator.running.run_job import verdict_of
from tests.support.answers_to_tell import RESULTS


def _visit(language: Any) -> Any:
    return SimpleNamespace(language=language)


@pytest.mark.parametrize("name", RESULTS)
def test_a_verdicts_rules_are_told_in_the_readers_language(name: str) -> None:
    rules = verdict_of(RESULTS[name]).rules
    assert rules
    for rule in rules:
        assert re.search("[가-힣]", told_rule(_visit("ko"), rule.rule)), rule.rule
        assert not re.search("[가-힣]", told_rule(_visit("en"), rule.rule)), rule.rule
    assert "10" in told_rule(_visit("en"), "at least 10 persons")


def test_another_name_is_shown_as_it_stands_and_as_text() -> None:
    assert told_rule(_visit("ko"), "<b>new</b>") == "<code>&lt;b&gt;new&lt;/b&gt;</code>"
