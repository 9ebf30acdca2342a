"""The hospital's disclosure rules on its policy's pages: beside the federation's, as a form, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from node.console.access import Visit
from onggi.errors import Refused
from onggi.spec.disclosure_rules import CODES, DEFAULT_RULES, DisclosureRules, strictest
from onggi.spec.explain_rules import stricter_rules, tell_value
from onggi.words.disclosure_rules import RULE_NAMES
from pages.problems import Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleField:
    """One rule of the form: a number to type, or yes and no to choose from."""

    name: str
    label: str
    value: str
    federation: str
    is_choice: bool


def _said(visit: Visit, pair: tuple[str, str]) -> str:
    return pair[0 if visit.language == "ko" else 1]


def rule_rows(visit: Visit, own: DisclosureRules, floor: DisclosureRules) -> list[tuple[str, ...]]:
    """(rule, the federation's, the hospital's own, which one counts) of every rule."""
    sets = (floor, own, strictest(own, floor))
    return [
        tuple(_said(visit, pair) for pair in (RULE_NAMES[rule], *(tell_value(each, rule) for each in sets)))
        for rule in CODES
    ]


def rule_fields(visit: Visit, typed: Mapping[str, str], floor: DisclosureRules) -> list[RuleField]:
    """The form's fields, with what was typed."""
    return [
        RuleField(
            name=f"rule.{rule}",
            label=_said(visit, RULE_NAMES[rule]),
            value=typed[rule],
            federation=_said(visit, tell_value(floor, rule)),
            is_choice=isinstance(getattr(floor, rule), bool),
        )
        for rule in CODES
    ]


def check_typed_rules(typed: Iterable[tuple[str, str]], problems: Problems) -> None:
    """Names each rule that is no number, or looser than anybody may state."""
    given = dict(typed)
    for rule in CODES:
        with problems.at(f"rule.{rule}"):
            try:
                DisclosureRules.model_validate({rule: given[rule]})
            except ValidationError:
                raise Refused("policy.rule_wrong", usual=tell_value(DEFAULT_RULES, rule)[1]) from None


def told_rules(visit: Visit, rules: DisclosureRules) -> list[tuple[str, str]]:
    """(rule, its number) of the rules that this hospital tightened."""
    return [
        (_said(visit, RULE_NAMES[rule]), _said(visit, tell_value(rules, rule)))
        for rule in stricter_rules(rules)
    ]
