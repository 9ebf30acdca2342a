"""`onggi cohort validate | explain`: every problem with its place, and the text."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from onggi.errors import Refused
from onggi.spec.circe.explain import explain_cohort
from onggi.spec.circe.problems import find_problems
from onggi.spec.circe.read import read_cohort
from onggi.spec.circe.surprises import find_surprises
from onggi.words.catalogue import all_words
from onggi.words.cohort_cli import WORDS
from tests.support.cohort_commands import COHORT, MISTAKES, Run, broken, said, typing_in, written
from tests.support.shared_data import shared_data


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return typing_in(tmp_path / "home")


def test_validate_tells_every_problem_with_its_place(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, broken())
    told = run("validate", file, "--json")
    value = json.loads(told.stdout)
    assert {(each["code"], each["place"]) for each in value["problems"]} == MISTAKES
    assert (value["valid"], value["remarks"]) == (False, [])
    assert told.exit_code == all_words()[value["problems"][0]["code"]].exit
    for language, head in (("ko", "문제: 14건"), ("en", "Problems: 14")):
        text = run("validate", file, "--lang", language).stdout
        assert text.startswith(head)
        assert text.count("$.") >= 13


@pytest.mark.parametrize("at", range(14))
def test_problems_are_found_one_by_one_until_none_is_left(at: int) -> None:
    """Whatever is found first may be mended alone: it is gone then, and nothing new appears."""
    value: Any = broken()
    whole: Any = COHORT.to_dict()
    mended: list[Callable[[], object]] = [
        lambda: value.pop("Surprise"),
        lambda: value.update(ConceptSets=whole["ConceptSets"]),
        lambda: value["PrimaryCriteria"].pop("Odd"),
        lambda: value["PrimaryCriteria"]["CriteriaList"].__setitem__(1, {"Death": {}}),
        lambda: value["PrimaryCriteria"]["CriteriaList"][2]["Specimen"].pop("SpecimenSourceConcept"),
        lambda: value["PrimaryCriteria"]["CriteriaList"][2]["Specimen"].pop("Age"),
        lambda: value["PrimaryCriteria"]["CriteriaList"][2]["Specimen"].pop("CodesetId"),
        lambda: value["InclusionRules"][0]["expression"].update(Type="ALL"),
        lambda: _member(value)["StartWindow"]["Start"].pop("TimeUnit"),
        lambda: _inner(value)["Groups"].pop(),
        lambda: _inner(value)["DemographicCriteriaList"].pop(),
        lambda: value.pop("EndStrategy"),
        lambda: value["CensoringCriteria"][1]["Observation"].pop("First"),
        lambda: value["CensoringCriteria"].pop(),
    ]
    mended[at]()
    found = {(each.code, each.place) for each in find_problems(value)}
    assert found < MISTAKES
    assert len(found) == len(MISTAKES) - 1
    for mend in mended[:at] + mended[at + 1 :]:
        mend()
    assert find_problems(value) == ()


def _member(value: Any) -> Any:
    return value["InclusionRules"][0]["expression"]["CriteriaList"][0]


def _inner(value: Any) -> Any:
    return _member(value)["Criteria"]["ConditionOccurrence"]["CorrelatedCriteria"]


def test_a_published_definition_with_a_mistake_in_every_rule() -> None:
    for path in sorted(shared_data("omop", "phenotype-library", "cohorts").glob("*7.json")):
        value = json.loads(path.read_text())
        assert find_problems(value) == ()
        for each in value.get("InclusionRules") or []:
            each["expression"]["Odd"] = 1
        places = [each.place for each in find_problems(value)]
        assert places == [f"$.InclusionRules[{at}].expression" for at in range(len(places))], path.name
        assert len(places) == len(value.get("InclusionRules") or [])


_JUNK: tuple[Any, ...] = (1, -1, 1.5, True, "x", "", [], [None], {}, {"a": 1}, [[]], [{}])


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from _places(inner, (*path, step))


def _refusal(value: Any) -> Refused | None:
    try:
        read_cohort(value)
    except Refused as refused:
        return refused
    return None


@pytest.mark.parametrize("seed", range(4))
def test_whatever_stands_in_a_definition_is_told_or_explained(seed: int) -> None:
    """Junk in any place: the first problem is the reader's own, and what can be read can be told."""
    chance = random.Random(seed)
    folder = shared_data("omop", "phenotype-library", "cohorts")
    bases = [json.loads((folder / f"{number}.json").read_text()) for number in (213, 1009, 1408)]
    refused = 0
    for _ in range(150):
        value = copy.deepcopy(chance.choice(bases))
        for _ in range(chance.choice((1, 3))):
            *path, last = chance.choice(list(_places(value)))
            inner = value
            for step in path:
                inner = inner[step]
            inner[last] = chance.choice(_JUNK)
        problems = find_problems(value)
        first = _refusal(value)
        if first is not None:
            refused += 1
            assert (problems[0].code, problems[0].facts) == (first.code, first.facts)
        else:
            assert problems == ()
            find_surprises(value)
            assert explain_cohort(value, language="ko") != explain_cohort(value, language="en")
    assert 20 < refused < 150


def test_a_definition_nested_without_end_has_an_end() -> None:
    value: Any = COHORT.to_dict()
    group: dict[str, Any] = {"Type": "ALL"}
    for _ in range(300):
        group = {"Type": "ALL", "Groups": [group]}
    value["InclusionRules"][0]["expression"] = group
    assert [each.facts["expected"] for each in find_problems(value)] == ["at most 24 levels"]


def test_remarks_tell_what_is_true_and_surprising(run: Run, tmp_path: Path) -> None:
    value: Any = COHORT.keep("all").to_dict()
    value["PrimaryCriteria"]["PrimaryCriteriaLimit"] = {"Type": "All"}
    value["PrimaryCriteria"]["CriteriaList"][0]["ConditionOccurrence"] |= {
        "First": True,
        "Age": {"Op": "bt", "Value": 65, "Extent": 18},
        "OccurrenceStartDate": {"Op": "!bt", "Value": "2026-02-01", "Extent": "2026-01-01"},
    }
    value["ConceptSets"].append({"id": 5, "name": "unused", "expression": {"items": []}})
    value["ConceptSets"].append({"id": 6, "name": "empty", "expression": {"items": []}})
    value["CensoringCriteria"] = [{"DrugExposure": {"CodesetId": 6}}]
    rule = value["InclusionRules"][0]
    rule["expression"]["CriteriaList"][0]["StartWindow"]["End"] = {"Days": 30, "Coeff": -1}
    always = copy.deepcopy(rule)
    always["expression"] |= {"Type": "AT_MOST", "Count": 1}
    always["expression"]["CriteriaList"][0]["Occurrence"] = {"Type": 2, "Count": 0}
    value["InclusionRules"].append(always)
    entry = "$.PrimaryCriteria.CriteriaList[0].ConditionOccurrence"
    second = "$.InclusionRules[1].expression"
    expected = {
        ("cohort.limit_without_effect", "$.QualifiedLimit"),
        ("cohort.concept_set_unused", "$.ConceptSets[1]"),
        ("cohort.concept_set_empty", "$.ConceptSets[2]"),
        ("cohort.rule_name_twice", "$.InclusionRules[1].name"),
        ("cohort.first_before_conditions", f"{entry}.First"),
        ("cohort.range_reversed", entry),
        ("cohort.window_reversed", "$.InclusionRules[0].expression.CriteriaList[0].StartWindow"),
        ("cohort.window_reversed", f"{second}.CriteriaList[0].StartWindow"),
        ("cohort.always_holds", second),
        ("cohort.always_holds", f"{second}.CriteriaList[0]"),
    }
    found = find_surprises(value)
    assert {(each.code, each.place) for each in found} == expected
    assert sorted(str(each.facts["range"]) for each in found if "range" in each.facts) == [
        "2026-02-01 - 2026-01-01",
        "65 - 18",
    ]
    file = written(tmp_path, value)
    told = said(run("validate", file, "--json"))
    assert told["valid"]
    assert len(told["remarks"]) == len(found)
    text = run("validate", file, "--lang", "ko").stdout
    assert text.startswith("읽을 수 있는 정의입니다.\n참고: 11건")
    assert {code for code, words in WORDS.items() if words.status == 200} == {code for code, _ in expected}


def test_a_plain_definition_has_no_remark(run: Run, tmp_path: Path) -> None:
    told = said(run("validate", written(tmp_path, COHORT.to_json()), "--json"))
    assert told == {"valid": True, "problems": [], "remarks": []}


def test_explain_in_either_language(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, {"id": 3, "expression": COHORT.to_json()})
    assert run("explain", file).stdout == COHORT.explain("en")
    assert run("explain", file, "--language", "ko").stdout == COHORT.explain("ko")
    assert said(run("explain", file, "--json", "--lang", "ko")) == {
        "language": "ko",
        "text": COHORT.explain("ko"),
    }
    refused = run("explain", written(tmp_path, broken(), "broken.json"))
    assert refused.exit_code == 312
    assert "onggi cohort explain [cohort.malformed]" in refused.stderr


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("[]", "cohort.malformed"),
        ("{", "client.file_malformed"),
        ('{"expression": "{"}', "cohort.malformed"),
        ('{"expression": "{\\"a\\": 1, \\"a\\": 2}"}', "cohort.malformed"),
        ('{"expression": {"a": 1}}', "cohort.malformed"),
    ],
)
def test_a_file_that_is_no_definition(run: Run, tmp_path: Path, content: str, code: str) -> None:
    for command in ("validate", "explain", "import"):
        result = run("--json", command, written(tmp_path, content))
        assert json.loads(result.stdout)["error"]["code"] == code
        assert result.exit_code == all_words()[code].exit


def test_an_object_without_any_part_is_told_what_is_missing(run: Run, tmp_path: Path) -> None:
    told = json.loads(run("validate", written(tmp_path, {"Odd": 1}), "--json").stdout)
    assert [each["facts"] for each in told["problems"]] == [
        {"expected": "PrimaryCriteria", "place": "$"},
        {"attribute": "Odd", "place": "$"},
    ]
