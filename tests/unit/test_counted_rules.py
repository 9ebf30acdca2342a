"""Which disclosure rules counted for a result: facts and sentences, with noise and without."""

from __future__ import annotations

from typing import Any

import pytest

from onggi.client.replies import CountedReply
from onggi.spec.counted_rules import counted_rules, tell_counted
from onggi.spec.disclosure_rules import CODES, DisclosureRules
from onggi.spec.job import JobSpec
from onggi.spec.results import AddedNoise, ConceptReport, CountTable
from tests.support.console_house import make_order_spec


def _spec(**privacy: Any) -> JobSpec:
    plain = make_order_spec()
    return JobSpec.model_validate(plain.model_dump(mode="json") | {"privacy": privacy})


def _result(**changes: Any) -> CountTable:
    return CountTable(
        **{"sites": 3, "minimum_persons": 10, "steps": ("all",), "persons": (100,), "withheld": (None,)}
        | changes
    )


def _told(spec: JobSpec, result: CountTable | ConceptReport) -> str:
    return " ".join(en for _, en in tell_counted(counted_rules(spec, result)))


def test_every_rule_stands_with_its_number_and_default() -> None:
    rules = DisclosureRules(shown_digits=3, empty_step_is_small=True)
    found = counted_rules(_spec(rules=rules.model_dump()), _result()).rules
    assert [each.rule for each in found] == list(CODES)
    assert {each.rule: (each.value, each.usual) for each in found if each.is_stricter} == {
        "shown_digits": (3, 4),
        "empty_step_is_small": (True, False),
    }


def test_the_minimum_is_the_results_which_may_be_above_the_jobs() -> None:
    told = _told(_spec(minimum_persons=10), _result(minimum_persons=25))
    assert "fewer than 25" in told


@pytest.mark.parametrize(
    ("result", "words"),
    [(_result(rounded_to=5), "multiples of 5"), (_result(), "counts are not rounded")],
)
def test_rounding_is_told_as_it_was(result: CountTable, words: str) -> None:
    assert words in _told(_spec(), result)


def test_a_result_without_counts_says_nothing_of_rounding() -> None:
    assert "Rounding" not in _told(_spec(), ConceptReport(sites=3, minimum_persons=10, sets=()))


def test_no_rule_judged_noisy_numbers() -> None:
    noise = AddedNoise(mechanism="discrete_gaussian", standard_deviation=7.5)
    spec = _spec(differential_privacy={"micro_epsilon": 500_000, "delta": 1e-6})
    counted = counted_rules(spec, _result(noise=noise))
    assert not counted.judged
    assert (counted.micro_epsilon, counted.delta, counted.standard_deviation) == (500_000, 1e-6, 7.5)
    assert "counted number: 7.5." in _told(spec, _result(noise=noise))
    told = _told(spec, _result(noise=noise))
    assert "no rule looked at true numbers; a noisy number under 10 is not shown" in told
    assert "Small hospitals" not in told, "a noisy number may be small at a hospital"


def test_a_later_coordinator_may_say_more() -> None:
    facts = counted_rules(_spec(), _result()).model_dump(mode="json") | {"more": 1}
    facts["rules"][0] |= {"more": 1}
    read = CountedReply.model_validate(facts)
    assert read.rules[0].rule == "residual_dof"
    assert tell_counted(read)
