"""Tells disclosure rules in short sentences, in Korean and in English: only what is stricter than usual."""

from __future__ import annotations

from onggi.spec.disclosure_rules import CODES, DEFAULT_RULES, DisclosureRules, RuleName, stated_value
from onggi.spec.explain_columns import Pair
from onggi.words.disclosure_rules import RULE_NAMES, YES_OR_NO


def stricter_rules(rules: DisclosureRules) -> tuple[RuleName, ...]:
    """The rules that differ from the defaults, which nobody may loosen."""
    return tuple(rule for rule in CODES if stated_value(rules, rule) != stated_value(DEFAULT_RULES, rule))


def tell_value(rules: DisclosureRules, rule: RuleName) -> Pair:
    """A rule's number, or yes or no."""
    return tell_number(getattr(rules, rule))


def tell_number(value: int | bool) -> Pair:
    """A number, or yes or no."""
    return YES_OR_NO[value] if isinstance(value, bool) else (str(value), str(value))


def tell_stricter(rules: DisclosureRules) -> tuple[Pair, ...]:
    """A sentence for each rule that is stricter than the default."""
    told = []
    for rule in stricter_rules(rules):
        (ko, en), (has_ko, has_en) = RULE_NAMES[rule], tell_value(rules, rule)
        usual_ko, usual_en = tell_value(DEFAULT_RULES, rule)
        told.append(
            (
                f"기본보다 엄격한 공개 규칙입니다. {ko}: {has_ko}(기본: {usual_ko})",
                f"A disclosure rule is stricter than usual. {en}: {has_en} (usually {usual_en}).",
            )
        )
    return tuple(told)
