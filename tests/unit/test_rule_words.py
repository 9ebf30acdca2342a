"""Every disclosure rule that a verdict names has words in both languages."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from coordinator.pages.rule_words import told_rule
from coordinator.running.verdict import NAMES, verdict_of
from onggi.spec.results import ModelFit
from privacy.disclosure.looks import Look
from privacy.disclosure.statbarns import CHECKS_OF_RULES
from tests.support.answers_to_tell import RESULTS


def _visit(language: Any) -> Any:
    return SimpleNamespace(language=language)


@pytest.mark.parametrize("name", RESULTS)
def test_a_verdicts_rules_are_told_in_the_readers_language(name: str) -> None:
    rules = verdict_of(RESULTS[name], [Look(code, 1, 10, True) for code in NAMES]).rules
    assert rules
    for rule in rules:
        assert re.search("[가-힣]", told_rule(_visit("ko"), rule.rule)), rule.rule
        assert not re.search("[가-힣]", told_rule(_visit("en"), rule.rule)), rule.rule
    assert "10" in told_rule(_visit("en"), "at least 10 persons")


def test_another_name_is_shown_as_it_stands_and_as_text() -> None:
    assert told_rule(_visit("ko"), "<b>new</b>") == "<code>&lt;b&gt;new&lt;/b&gt;</code>"


def test_a_verdict_names_every_rule_that_there_is() -> None:
    assert set(NAMES) == set(CHECKS_OF_RULES)


def test_a_verdict_names_the_rules_that_were_asked_and_no_others() -> None:
    fit = next(each for each in RESULTS.values() if isinstance(each, ModelFit))
    asked = [Look("disclosure.low_dof", 1, 10, True), Look("disclosure.low_dof", 1, 10, True)]
    told = [each.rule for each in verdict_of(fit, asked).rules]
    assert told == ["at least 10 persons", "residual degrees of freedom"]
