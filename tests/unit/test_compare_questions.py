"""What two jobs ask alike: by what the definitions say, and not by names and places within them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from coordinator.decisions.compare_questions import Shared, question_of, shared_of
from tests.support.browser_questions import question
from tests.support.coordinator_house import house_spec


def _spec(kind: str = "count", **changes: Any) -> dict[str, Any]:
    spec = house_spec("project-1", "permit-1", **question(kind).asked | changes)
    return spec.model_dump(mode="json")


def _shared(one: dict[str, Any], other: dict[str, Any]) -> Shared:
    return shared_of(question_of(one), question_of(other))


def test_a_question_shares_everything_with_itself() -> None:
    spec = _spec("glm")
    shared = _shared(spec, deepcopy(spec))
    assert (shared.same_cohort, shared.same_entry, shared.rules, shared.of_rules) == (True, True, 1, 1)
    assert shared.variables == tuple(each["name"] for each in spec["variables"])


def test_rules_are_alike_whatever_they_and_their_concept_sets_are_called() -> None:
    spec, other = _spec(), _spec()
    cohort = other["cohort"]
    renumbered = {each["id"]: 100 + each["id"] for each in cohort["ConceptSets"]}

    def renumber(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: renumber(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [renumber(each) for each in value]
        return renumbered[value] if name.endswith("CodesetId") and value in renumbered else value

    other["cohort"] = renumber(cohort)
    for each in other["cohort"]["ConceptSets"]:
        each["id"], each["name"] = renumbered[each["id"]], "renamed"
    for rule in other["cohort"]["InclusionRules"]:
        rule["name"] = f"another name of {rule['name']}"
    shared = _shared(spec, other)
    assert renumbered
    assert (shared.same_cohort, shared.same_entry) == (False, True)
    assert shared.rules == shared.of_rules == len(spec["cohort"]["InclusionRules"])


def test_the_same_rule_about_other_concepts_is_another_rule() -> None:
    spec, other = _spec(), _spec()
    for each in other["cohort"]["ConceptSets"]:
        for item in each["expression"]["items"]:
            item["concept"]["CONCEPT_ID"] += 1
    shared = _shared(spec, other)
    without_concepts = [each for each in spec["cohort"]["InclusionRules"] if "CodesetId" not in str(each)]
    assert not shared.same_cohort
    assert shared.rules == len(without_concepts) < shared.of_rules


def test_a_variable_is_alike_under_another_name_and_not_with_another_range() -> None:
    spec, other = _spec("glm"), _spec("glm")
    numbers = [each for each in other["variables"] if each["kind"] == "number"]
    other["variables"][0]["name"] = "renamed"
    numbers[-1]["high"] += 1
    expected = {each["name"] for each in spec["variables"]} - {numbers[-1]["name"]}
    assert set(_shared(spec, other).variables) == expected


def test_each_cohort_of_an_overlap_counts() -> None:
    overlap, count = _spec("overlap"), _spec()
    count["cohort"] = overlap["parameters"]["cohorts"][0]["cohort"]
    assert _shared(overlap, count).same_cohort
    assert _shared(count, overlap).same_cohort


def test_another_cohort_of_the_same_persons_at_first_is_related_by_its_entry_alone() -> None:
    spec, other = _spec(), _spec()
    other["cohort"]["InclusionRules"] = []
    shared = _shared(spec, other)
    assert (shared.same_cohort, shared.same_entry, shared.rules) == (False, True, 0)
    assert shared.is_related
    other["cohort"]["PrimaryCriteria"] = {"CriteriaList": []}
    assert not _shared(spec, other).is_related


def test_what_no_definition_looks_like_shares_nothing_and_fails_nothing() -> None:
    odd = {
        "cohort": {"InclusionRules": 3, "ConceptSets": [{"id": []}, 7]},
        "variables": "x",
        "parameters": [],
    }
    assert not _shared(_spec(), odd).is_related
    assert not _shared(odd, {}).is_related
