"""A definition is read whole or refused by name and place; nothing in it is overlooked."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from onggi.errors import Refused
from onggi.spec.circe.attributes import ATTRIBUTES
from onggi.spec.circe.plan import OffsetExit
from onggi.spec.circe.read import read_cohort
from onggi.words import find_words, public_words
from tests.support.shared_data import shared_data

_CONCEPT = {"CONCEPT_ID": 5, "CONCEPT_NAME": "five"}
_CORRELATED = {
    "Criteria": {
        "Measurement": {"CodesetId": 0, "ValueAsConcept": [{"CONCEPT_ID": 6}], "Unit": [{"CONCEPT_ID": 7}]}
    },
    "StartWindow": {"Start": {"Days": 30, "Coeff": -1}, "End": {"Coeff": 1}},
    "Occurrence": {"Type": 2, "Count": 1},
}
_DEFINITION: dict[str, Any] = {
    "cdmVersionRange": ">=5.0.0",
    "ConceptSets": [{"id": 0, "name": "set", "expression": {"items": [{"concept": _CONCEPT}]}}],
    "PrimaryCriteria": {
        "CriteriaList": [
            {"VisitOccurrence": {"VisitTypeExclude": False, "VisitType": None, "ProviderSpecialty": []}}
        ],
        "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "First"},
    },
    "InclusionRules": [
        {"name": "rule", "expression": {"Type": "ALL", "CriteriaList": [_CORRELATED], "Groups": []}},
    ],
    "CensorWindow": {},
    "EndStrategy": {"DateOffset": {"DateField": "EndDate", "Offset": 0}},
    "CollapseSettings": {"CollapseType": "ERA", "EraPad": 30},
}
_RULE = ("InclusionRules", 0, "expression")
_MEMBER = (*_RULE, "CriteriaList", 0)
_VISIT = ("PrimaryCriteria", "CriteriaList", 0, "VisitOccurrence")


def _with(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    definition: Any = copy.deepcopy(_DEFINITION)
    inner = definition
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return definition  # type: ignore[no-any-return]  # walked as Any


def test_the_definition_of_this_file_is_read() -> None:
    plan = read_cohort(_DEFINITION)
    assert plan.exit == OffsetExit("end", 0)
    assert plan.era_pad == 30
    assert plan.rules[0].group.criteria[0].start_window.start.days == -30


@pytest.mark.parametrize(
    ("path", "value", "attribute", "place"),
    [
        (("Surprise",), 1, "Surprise", "$"),
        (("CensorWindow", "Surprise"), "2000-01-01", "Surprise", "$.CensorWindow"),
        (("EndStrategy",), {"NextEra": {"Offset": 0}}, "NextEra", "$.EndStrategy"),
        (("EndStrategy", "DateOffset", "DateField"), "MiddleDate", "MiddleDate", "$.EndStrategy.DateOffset"),
        (("CollapseSettings", "CollapseType"), "NONE", "NONE", "$.CollapseSettings"),
        (("PrimaryCriteria", "Surprise"), True, "Surprise", "$.PrimaryCriteria"),
        (
            ("PrimaryCriteria", "CriteriaList", 0),
            {"LocationRegion": {}},
            "LocationRegion",
            "$.PrimaryCriteria.CriteriaList[0]",
        ),
        (
            (*_VISIT, "PlaceOfServiceLocation"),
            3,
            "PlaceOfServiceLocation",
            "$.PrimaryCriteria.CriteriaList[0].VisitOccurrence",
        ),
        (
            (*_VISIT, "ValueAsNumber"),
            {},
            "ValueAsNumber",
            "$.PrimaryCriteria.CriteriaList[0].VisitOccurrence",
        ),
        (
            ("PrimaryCriteria", "CriteriaList", 0),
            {"DrugExposure": {"EffectiveDrugDose": {"Op": "gt", "Value": 1}}},
            "EffectiveDrugDose",
            "$.PrimaryCriteria.CriteriaList[0].DrugExposure",
        ),
        (
            (*_VISIT, "CorrelatedCriteria"),
            {"Type": "ALL", "Surprise": 1},
            "Surprise",
            "$.PrimaryCriteria.CriteriaList[0].VisitOccurrence.CorrelatedCriteria",
        ),
        ((*_RULE, "Type"), "NONE_OF", "NONE_OF", "$.InclusionRules[0].expression.Type"),
        ((*_RULE, "DemographicCriteriaList"), [{"Height": [_CONCEPT]}], "Height", None),
        ((*_MEMBER, "Occurrence", "CountColumn"), "QUANTITY", "QUANTITY", None),
        ((*_MEMBER, "StartWindow", "Start", "TimeUnit"), "hour", "TimeUnit", None),
        (("ConceptSets", 0, "expression", "items", 0, "concept", "SURPRISE"), 1, "SURPRISE", None),
    ],
)
def test_what_is_not_supported_is_named_with_its_place(
    path: tuple[str | int, ...], value: Any, attribute: str, place: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        read_cohort(_with(path, value))
    assert refused.value.code == "cohort.unsupported"
    assert refused.value.facts["attribute"] == attribute
    assert str(refused.value.facts["place"]).startswith("$")
    if place is not None:
        assert refused.value.facts["place"] == place
    for language in ("ko", "en"):
        assert attribute in public_words(refused.value, language)[0]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ((*_VISIT, "CodesetId"), 9, "cohort.contradictory"),
        (("PrimaryCriteria", "CriteriaList"), [], "cohort.contradictory"),
        (("ConceptSets",), _DEFINITION["ConceptSets"] * 2, "cohort.contradictory"),
        ((*_RULE, "Type"), "AT_LEAST", "cohort.contradictory"),
        (_RULE, {"Type": "AT_LEAST", "Count": 2, "CriteriaList": [_CORRELATED]}, "cohort.contradictory"),
        ((*_MEMBER, "Occurrence", "Count"), -1, "cohort.contradictory"),
        (("EndStrategy",), {"DateOffset": {"DateField": "StartDate", "Offset": -1}}, "cohort.contradictory"),
        (("CensorWindow",), {"StartDate": "2001-1-2", "EndDate": "2001-1-1"}, "cohort.contradictory"),
        (("CensoringCriteria",), [{"Death": {"CodesetId": 9}}], "cohort.contradictory"),
        (("EndStrategy",), {"CustomEra": {"DrugCodesetId": 9}}, "cohort.contradictory"),
        (("EndStrategy",), {"CustomEra": {"GapDays": 3}}, "cohort.malformed"),
        (("EndStrategy",), {"CustomEra": {"DrugCodesetId": 0, "GapDays": -1}}, "cohort.malformed"),
        (("CollapseSettings", "EraPad"), 10**7, "cohort.malformed"),
        (("PrimaryCriteria",), None, "cohort.malformed"),
        (("PrimaryCriteria", "ObservationWindow"), None, "cohort.malformed"),
        (("InclusionRules",), {"name": "rule"}, "cohort.malformed"),
        (("InclusionRules", 0, "expression"), None, "cohort.malformed"),
        ((*_MEMBER, "StartWindow"), None, "cohort.malformed"),
        ((*_MEMBER, "StartWindow", "Start", "Coeff"), 2, "cohort.malformed"),
        ((*_MEMBER, "StartWindow", "Start", "Days"), 1.5, "cohort.malformed"),
        ((*_MEMBER, "StartWindow", "Start", "Days"), 10**400, "cohort.malformed"),
        ((*_MEMBER, "StartWindow", "Start", "Days"), True, "cohort.malformed"),
        ((*_MEMBER, "Occurrence", "Type"), 3, "cohort.malformed"),
        ((*_VISIT, "Age"), {"Op": "bt", "Value": 1}, "cohort.malformed"),
        ((*_VISIT, "Age"), {"Op": "gt", "Value": 1.5}, "cohort.malformed"),
        ((*_VISIT, "OccurrenceStartDate"), {"Op": "gt", "Value": "2000-02-30"}, "cohort.malformed"),
        ((*_VISIT, "First"), "yes", "cohort.malformed"),
        ((*_VISIT, "Gender"), "male", "cohort.malformed"),
        (("PrimaryCriteria", "CriteriaList", 0), {}, "cohort.malformed"),
    ],
)
def test_what_means_nothing_is_refused(path: tuple[str | int, ...], value: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_cohort(_with(path, value))
    assert refused.value.code == code
    assert find_words(code) is not None


def test_a_definition_nested_without_end_is_refused() -> None:
    group: dict[str, Any] = {"Type": "ALL"}
    for _ in range(400):
        group = {"Type": "ALL", "Groups": [group]}
    with pytest.raises(Refused) as refused:
        read_cohort(_with(_RULE, group))
    assert refused.value.code == "cohort.malformed"


def test_a_name_from_the_file_cannot_redraw_a_terminal() -> None:
    with pytest.raises(Refused) as refused:
        read_cohort(_with(("\x1b[2J" + "x" * 500,), 1))
    assert refused.value.facts["attribute"] == "?[2J" + "x" * 76


def test_a_concept_set_that_nothing_uses_is_left_out() -> None:
    unused = {"id": 4, "name": "unused", "expression": {"items": [{"concept": {"CONCEPT_ID": 99}}]}}
    plan = read_cohort(_with(("ConceptSets",), [*_DEFINITION["ConceptSets"], unused]))
    assert [each.id for each in plan.concept_sets] == [0]


def test_the_public_library_is_read_whole() -> None:
    found = sorted(shared_data("omop", "phenotype-library", "cohorts").glob("*.json"))
    for path in found:
        assert read_cohort(json.loads(path.read_text())).primary, path.name
    assert len(found) > 800


def test_every_attribute_of_the_table_is_read() -> None:
    """A definition that carries each attribute of each domain in each of its forms."""
    day, number = {"Op": "gt", "Value": "2001-2-3"}, {"Op": "!bt", "Value": 1, "Extent": 2}
    values: dict[str, Any] = {
        "number": number,
        "integer": number,
        "day": day,
        "text": {"Op": "!contains", "Text": "50% of it"},
        "concepts": [_CONCEPT],
        "codeset": 0,
    }
    chosen = {"CodesetId": 0, "IsExclusion": True}
    for domain, attributes in ATTRIBUTES.items():
        inner: dict[str, Any] = {}
        expected = 0
        for attribute in attributes:
            if attribute.kind != "concept_set":
                inner[attribute.name] = values[attribute.kind]
                expected += 1
            if attribute.kind in ("concepts", "concept_set"):
                inner[f"{attribute.name}CS"] = chosen
                expected += 1
        plan = read_cohort(_with(("PrimaryCriteria", "CriteriaList"), [{domain: inner}]))
        assert len(plan.primary[0].conditions) == expected, domain
