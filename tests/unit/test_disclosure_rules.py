"""The numbers of the disclosure rules: only ever tightened, bound by digests, and each decides something."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from pydantic import ValidationError

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.pooled import run_fixed_point
from analysis_jobs.kinds.ranges import SQUARES_UNIT
from analysis_jobs.kinds.registry import get_kind
from node.decisions.preview_policy import OF_POLICY, PastJob, preview_policy
from node.decisions.site_policy import SitePolicy, check_minimum
from onggi.errors import Refused
from onggi.protocol.bounds import check_job_floors
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.trust_root import Floors
from onggi.spec.disclosure_rules import (
    CODES,
    DEFAULT_RULES,
    DisclosureRules,
    RuleName,
    find_looser,
    strictest,
)
from onggi.spec.explain_job import tell_job
from onggi.spec.explain_rules import tell_stricter, tell_value
from onggi.spec.job import JobSpec, Privacy
from onggi.spec.kinds import CorrelationParameters, CountParameters, OverlapParameters
from onggi.spec.results import CountTable, Rates
from onggi.words import find_words
from onggi.words.disclosure_rules import RULE_NAMES
from privacy.disclosure.looks import listen_to_looks
from privacy.disclosure.rounding import round_to_digits
from privacy.disclosure.statbarns import CHECKS_OF_NUMBERS
from tests.support.described_questions import DESCRIPTIONS, described_question, described_tables
from tests.support.statistics_specs import asking, number, table_of
from tests.support.survival_specs import death, survival_spec
from tests.unit.test_kinds_person_sets import CASES

STRICTER: Mapping[RuleName, int | bool] = {
    "residual_dof": 30,
    "effective_contributors": 12,
    "effective_event_holders": 40,
    "rounding_base": 20,
    "shown_digits": 2,
    "zero_drop_is_small": True,
    "empty_step_is_small": True,
    "empty_combination_is_small": True,
}
each_rule = pytest.mark.parametrize("rule", STRICTER)


def tightened(rule: RuleName) -> DisclosureRules:
    return DisclosureRules.model_validate({rule: STRICTER[rule]})


def with_rules(spec: JobSpec, rules: DisclosureRules) -> JobSpec:
    return spec.model_copy(update={"privacy": spec.privacy.model_copy(update={"rules": rules})})


def job(rules: DisclosureRules = DEFAULT_RULES) -> JobSpec:
    return with_rules(asking(CountParameters(), minimum_sites=3, sites=3), rules)


# --- one list of rules -------------------------------------------------------------------------------------


def test_every_number_is_a_rule_with_a_direction_words_codes_and_checks() -> None:
    numbers = set(DisclosureRules.model_fields) - {"version"}
    assert numbers == set(CODES) == set(RULE_NAMES) == set(CHECKS_OF_NUMBERS) == set(STRICTER)
    assert numbers == set(get_args(RuleName))
    for codes in CODES.values():
        for code in codes.values():
            assert find_words(code) is not None, code


@each_rule
def test_the_stricter_of_two_sets_wins_whichever_comes_first(rule: RuleName) -> None:
    strict = tightened(rule)
    assert find_looser(DEFAULT_RULES, strict) == rule
    assert find_looser(strict, DEFAULT_RULES) is None
    assert strictest(strict, DEFAULT_RULES) == strictest(DEFAULT_RULES, strict) == strict


def test_of_two_sets_that_are_each_stricter_somewhere_the_strictest_is_looser_than_neither() -> None:
    one, other = DisclosureRules(residual_dof=20), DisclosureRules(shown_digits=3, rounding_base=10)
    both = strictest(one, other)
    assert (both.residual_dof, both.shown_digits, both.rounding_base) == (20, 3, 10)
    assert find_looser(both, one) is None
    assert find_looser(both, other) is None


@pytest.mark.parametrize(
    "looser",
    [
        {"residual_dof": 9},
        {"effective_contributors": 4},
        {"effective_event_holders": 3},
        {"rounding_base": 4},
        {"shown_digits": 5},
        {"shown_digits": 0},
        {"version": 2},
        {"minimum_persons": 5},
    ],
)
def test_no_set_is_looser_than_the_defaults_or_says_what_is_not_known(looser: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        DisclosureRules.model_validate(looser)


def test_the_manual_lists_every_rule_with_its_default_and_its_checks() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
    for rule, checks in CHECKS_OF_NUMBERS.items():
        line = next(each for each in manual.splitlines() if each.startswith(f"| `{rule}` |"))
        assert f"| {tell_value(DEFAULT_RULES, rule)[1]} |" in line
        assert all(check in line for check in checks)


# --- who may state which -----------------------------------------------------------------------------------


@each_rule
def test_a_job_looser_than_the_federation_is_refused_with_the_rule_s_own_code(rule: RuleName) -> None:
    floors = Floors(rules=tightened(rule))
    with pytest.raises(Refused) as refused:
        check_job_floors(job(), floors)
    assert refused.value.code == f"floor.{rule}"
    usual = int(getattr(DEFAULT_RULES, rule))
    assert refused.value.facts == {"has": usual, "needed": int(STRICTER[rule])}
    check_job_floors(job(tightened(rule)), floors)
    check_job_floors(job(tightened(rule)), Floors())


@each_rule
def test_a_job_looser_than_the_hospital_is_refused_and_the_preview_says_so(rule: RuleName) -> None:
    policy = SitePolicy(rules=tightened(rule))
    with pytest.raises(Refused) as refused:
        check_minimum(policy, job())
    assert refused.value.code == f"floor.site_{rule}"
    assert refused.value.code in OF_POLICY
    check_minimum(policy, job(tightened(rule)))
    past = [PastJob(run="run-1", spec=job(), answers=1)]
    seen = preview_policy(policy, past, now=SitePolicy())
    assert (seen.refused, [each.would for each in seen.changed]) == (1, ["refuses"])


# --- what is signed ----------------------------------------------------------------------------------------


def test_the_defaults_are_left_out_of_everything_that_is_signed_or_remembered() -> None:
    for plain, stated in (
        (Privacy(), Privacy(rules=DisclosureRules(residual_dof=10))),
        (Floors(), Floors(rules=DisclosureRules())),
        (SitePolicy(), SitePolicy(rules=DisclosureRules())),
    ):
        assert b"rules" not in canonical_json(plain)
        assert digest_of(plain) == digest_of(stated)


@each_rule
def test_every_number_that_differs_changes_the_digest_of_a_job(rule: RuleName) -> None:
    strict = job(tightened(rule))
    assert digest_of(strict) != digest_of(job())
    assert JobSpec.model_validate_json(canonical_json(strict)) == strict


@each_rule
def test_the_committee_s_card_tells_what_differs_and_nothing_else(rule: RuleName) -> None:
    def sentences(spec: JobSpec) -> str:
        return "\n".join(en for told in tell_job(spec) for _, en in told.sentences)

    (told,) = tell_stricter(tightened(rule))
    assert RULE_NAMES[rule][0] in told[0]
    assert told[1] in sentences(job(tightened(rule)))
    assert "stricter" not in sentences(job())


# --- small cells -------------------------------------------------------------------------------------------


def test_a_job_in_clear_cannot_rely_on_small_cells() -> None:
    with pytest.raises(ValidationError):
        Privacy(masked=False, small_hospitals=True)
    assert b"small" not in canonical_json(Privacy())
    assert b"small_hospitals" in canonical_json(Privacy(small_hospitals=True))


# --- what each number decides ------------------------------------------------------------------------------


def _pooled(spec: JobSpec, ask: Ask, **evidence: list[float]) -> None:
    kind = get_kind(spec.kind)
    kind.check_pooled(spec, ask, {name: np.array(given) for name, given in evidence.items()})


def _few_coefficients(rules: DisclosureRules) -> None:
    """25 persons, 2 parameters: 23 are left."""
    spec = with_rules(asking(CorrelationParameters(variables=("x", "y")), variables=_NUMBERS), rules)
    _pooled(spec, Ask(1, "products", {}), persons=[25.0])


def _dominated_sum(rules: DisclosureRules) -> None:
    """Of 40 persons the effective number is 8: a geometric series of ratio r has (1 + r) / (1 - r)."""
    spec = with_rules(asking(CorrelationParameters(variables=("x", "y")), variables=_NUMBERS), rules)
    values, ask = 50 * (7 / 9) ** np.arange(40), Ask(0, "survey", {})
    kind = get_kind("correlation")
    kind.check_pooled(spec, ask, kind.local(spec, table_of({"x": values, "y": values}), ask).evidence)


def _few_with_many_events(rules: DisclosureRules) -> None:
    """30 persons with one further event each."""
    spec = with_rules(asking(CountParameters(events=True), cohort=_ONE_RULE), rules)
    further = {name: [30.0, 30.0] for name in ("further_persons", "further_events")}
    squares, events = [30.0 * SQUARES_UNIT] * 2, [120.0, 90.0]
    persons = [90.0, 60.0]
    _pooled(spec, Ask(0, "funnel", {}), persons=persons, events=events, further_squares=squares, **further)


def _nobody_drops_out(rules: DisclosureRules) -> None:
    _pooled(
        with_rules(asking(CountParameters(), cohort=_ONE_RULE), rules),
        Ask(0, "funnel", {}),
        persons=[60.0, 60.0],
    )


def _nobody_drops_out_of_a_choice(rules: DisclosureRules) -> None:
    spec = with_rules(asking(CountParameters(funnels=((1, 0),)), cohort=_TWO_RULES), rules)
    evidence = {"persons": [90.0, 60.0, 40.0], "selections": [90.0], "apart": [30.0] * 6}
    _pooled(spec, Ask(0, "funnel", {}), **evidence)


def _empty_combination(rules: DisclosureRules) -> None:
    named = OverlapParameters.model_validate(
        {"kind": "overlap", "name": "a", "cohorts": [{"name": "b", "cohort": {}}]}
    )
    _pooled(with_rules(asking(named), rules), Ask(0, "combinations", {}), persons=[90.0, 0.0, 60.0])


def _empty_step(rules: DisclosureRules) -> None:
    """Nobody is censored at the second of two steps."""
    spec = with_rules(survival_spec(death(200), steps=(100, 200)), rules)
    _pooled(spec, Ask(0, "steps", {}), persons=[20.0, 20.0, 0.0, 20.0, 20.0])


_NUMBERS = (number("x"), number("y"))
_ONE_RULE = {"InclusionRules": [{"name": "one"}]}
_TWO_RULES = {"InclusionRules": [{"name": "one"}, {"name": "two"}]}
DECISIONS: list[tuple[RuleName, Callable[[DisclosureRules], None], str]] = [
    ("residual_dof", _few_coefficients, "disclosure.low_dof"),
    ("effective_contributors", _dominated_sum, "disclosure.effective_sample"),
    ("effective_event_holders", _few_with_many_events, "disclosure.effective_sample"),
    ("zero_drop_is_small", _nobody_drops_out, "disclosure.small_difference"),
    ("zero_drop_is_small", _nobody_drops_out_of_a_choice, "disclosure.small_difference"),
    ("empty_combination_is_small", _empty_combination, "disclosure.small_cell"),
    ("empty_step_is_small", _empty_step, "disclosure.small_step"),
]


@pytest.mark.parametrize(("rule", "asked", "code"), DECISIONS)
def test_a_tightened_number_refuses_what_the_default_lets_pass(
    rule: RuleName, asked: Callable[[DisclosureRules], None], code: str
) -> None:
    asked(DEFAULT_RULES)
    with pytest.raises(Refused) as refused:
        asked(tightened(rule))
    assert refused.value.code == code


@pytest.mark.parametrize("kind", DESCRIPTIONS)
def test_counts_are_shown_in_steps_of_the_job_s_base(kind: str) -> None:
    spec = with_rules(described_question(kind), tightened("rounding_base"))
    shown = get_kind(kind).release(spec, run_fixed_point(spec, described_tables()), exact=False)
    assert getattr(shown, "rounded_to", None) == 20
    counted = [int(told) for told in re.findall(r'"(?:persons|n|total)":(\d+)', shown.model_dump_json())]
    assert all(count % 20 == 0 for count in counted)
    assert counted or kind in ("table_one", "distribution")


def test_a_sum_is_shown_with_the_job_s_digits() -> None:
    spec = with_rules(described_question("rates"), tightened("shown_digits"))
    shown = get_kind("rates").release(spec, run_fixed_point(spec, described_tables()), exact=False)
    assert isinstance(shown, Rates)
    years = [group.person_years for group in shown.groups]
    assert years == [round_to_digits(each, digits=2) for each in years]
    assert any(years)


def test_a_funnel_is_withheld_and_rounded_by_the_job_s_rules() -> None:
    spec = asking(CountParameters(), cohort=_ONE_RULE)
    counted = CountTable(
        sites=3, minimum_persons=10, steps=("all", "one"), persons=(60, 60), withheld=(None, None)
    )
    usual = get_kind("count").release(spec, counted, exact=False)
    strict = DisclosureRules(zero_drop_is_small=True, rounding_base=50)
    shown = get_kind("count").release(with_rules(spec, strict), counted, exact=False)
    assert isinstance(usual, CountTable)
    assert isinstance(shown, CountTable)
    assert (usual.persons, shown.persons) == ((60, 60), (50, None))


@pytest.mark.parametrize("case", CASES)
def test_every_kind_asks_its_rules_with_the_job_s_numbers(case: str) -> None:
    spec, table = CASES[case]
    rules = DisclosureRules(residual_dof=11, effective_contributors=6)
    spec, kind, history = with_rules(spec, rules), get_kind(spec.kind), []
    with listen_to_looks() as looks, contextlib.suppress(Refused):
        while isinstance(ask := kind.next(spec, history, sites=1), Ask):
            summary = kind.local(spec, table, replace(ask, position=0))
            kind.check_site(spec, ask, summary)
            history.append(summary.arrays)
    asked: dict[str, set[int]] = {}
    for each in looks:
        asked.setdefault(each.code, set()).add(each.threshold)
    assert asked.get("disclosure.low_dof", {11}) == {11}
    assert case in _REFUSED_BEFORE or ("disclosure.low_dof" in asked) == (spec.kind in _MODELS)
    effective = asked.get("disclosure.effective_sample", set()) - {spec.privacy.minimum_persons}
    assert case in _REFUSED_BEFORE or effective == ({6} if spec.kind in _SUMS else set())


_REFUSED_BEFORE = ("evaluation-by-group", "meta-without-an-estimate")
_MODELS = ("correlation", "cox", "evaluation", "glm", "meta", "penalised", "table_one")
_SUMS = ("correlation", "cox", "glm", "meta", "penalised", "rates", "table_one")
