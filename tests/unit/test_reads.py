"""What a job reads is found in its cohort as well as in its variables, whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from analysis_jobs.variables.reads import find_reads
from infra.demo.heart import concepts as c
from infra.demo.study import count_job, glm_job, granted_concepts
from onggi.protocol.statements import DatasetGrant
from onggi.spec.cohorts import cohort, everyone, gender_is, has_condition, rule
from onggi.spec.ids import PermitId, ProjectId
from onggi.spec.job import CodeDigests, JobSpec
from onggi.spec.variables import WITHOUT_CONCEPTS, Variable

_DIGEST = "sha256:" + "0" * 64
_FIXED = {
    "project": ProjectId("heart"),
    "permit": PermitId("permit-heart"),
    "code": CodeDigests(source=_DIGEST, environment=_DIGEST, sandbox=_DIGEST),
    "now": datetime(2026, 11, 22, tzinfo=UTC),
}


def test_the_count_reads_age_though_it_has_no_variable() -> None:
    reads = find_reads(count_job(**_FIXED))  # type: ignore[arg-type]  # one mapping for both jobs
    assert reads.demographics == {"age"}
    assert reads.whole_domains == {"observation_period"}
    assert reads.concepts == {c.CHEST_PAIN_TYPE, c.EXERCISE_ANGINA}


def test_the_regression_reads_what_its_permit_grants_and_no_more() -> None:
    reads = find_reads(glm_job(**_FIXED))  # type: ignore[arg-type]  # one mapping for both jobs
    concepts = set(granted_concepts()) - {c.MALE}
    assert (reads.concepts, reads.demographics) == (concepts, {"age", "sex"})


def test_a_gender_rule_reads_sex() -> None:
    spec = count_job(**_FIXED)  # type: ignore[arg-type]  # one mapping for both jobs
    rules = rule("Women", gender_is(c.FEMALE), has_condition([c.CORONARY_DISEASE]))
    changed = JobSpec.model_validate({**spec.model_dump(mode="json"), "cohort": cohort(everyone(), rules)})
    assert find_reads(changed).demographics == {"sex"}
    assert find_reads(changed).concepts == {c.CORONARY_DISEASE}


def _asking(criterion: dict[str, Any], demographic: dict[str, Any] | None = None) -> JobSpec:
    definition = cohort(everyone(), rule("asked", has_condition([c.CORONARY_DISEASE])))
    group = definition["InclusionRules"][0]["expression"]  # type: ignore[index, call-overload]  # plain JSON
    group["CriteriaList"][0]["Criteria"] = criterion  # type: ignore[index, call-overload]  # plain JSON
    group["DemographicCriteriaList"] = [demographic or {}]  # type: ignore[index, call-overload]  # plain JSON
    spec = count_job(**_FIXED)  # type: ignore[arg-type]  # one mapping for both jobs
    return JobSpec.model_validate({**spec.model_dump(mode="json"), "cohort": definition})


_LISTED = [{"CONCEPT_ID": 9201}]


@pytest.mark.parametrize(
    ("criterion", "concepts", "domains"),
    [
        ({"ConditionOccurrence": {"CodesetId": 0}}, set(), set()),
        ({"ConditionOccurrence": {"ConditionSourceConcept": 0}}, set(), set()),
        ({"ConditionOccurrence": {}}, None, {"condition_occurrence"}),
        ({"Death": {}}, None, {"death"}),
        ({"ConditionOccurrence": {"CodesetId": 0, "VisitType": _LISTED}}, {9201}, set()),
        ({"ConditionOccurrence": {"CodesetId": 0, "ProviderSpecialty": _LISTED}}, {9201}, set()),
        (
            {
                "ConditionOccurrence": {
                    "CodesetId": 0,
                    "VisitTypeCS": {"CodesetId": 0, "IsExclusion": True},
                }
            },
            set(),
            {"visit_occurrence"},
        ),
    ],
)
def test_what_lies_beside_a_record_is_read_too(
    criterion: dict[str, Any], concepts: set[int] | None, domains: set[str]
) -> None:
    reads = find_reads(_asking(criterion))
    named = set() if concepts is None else {c.CORONARY_DISEASE, *concepts}
    assert reads.concepts == named
    assert reads.whole_domains == {"observation_period", *domains}


@pytest.mark.parametrize(
    ("asked", "variable"),
    [
        ({"Race": _LISTED}, "race"),
        ({"EthnicityCS": {"CodesetId": 0}}, "ethnicity"),
        ({"AgeInDays": {"Op": "lt", "Value": 28}}, "age"),
    ],
)
def test_what_is_asked_of_the_person_needs_a_grant_that_a_permit_can_give(
    asked: dict[str, Any], variable: str
) -> None:
    reads = find_reads(_asking({"ConditionOccurrence": {"CodesetId": 0}}, asked))
    assert reads.demographics == {variable}
    grant = DatasetGrant.model_validate(
        {"site": "a", "dataset": "b", "concepts": [1], "demographics": [variable]}
    )
    assert grant.demographics == (variable,)


@pytest.mark.parametrize(
    ("domain", "demographics", "domains", "concepts"),
    [
        ("age_days", {"age"}, set(), set()),
        ("index_year", {"index_year"}, set(), set()),
        ("race", {"race"}, set(), set()),
        ("ethnicity", {"ethnicity"}, set(), set()),
        ("death", set(), {"death"}, set()),
        ("drug_era", set(), set(), {7}),
        ("specimen", set(), set(), {7}),
        ("observation_period", set(), {"observation_period"}, set()),
    ],
)
def test_a_variable_of_any_domain_needs_a_grant(
    domain: str, demographics: set[str], domains: set[str], concepts: set[int]
) -> None:
    given: dict[str, Any] = {"name": "v", "domain": domain, "kind": "flag", "concepts": (7,)}
    if domain in WITHOUT_CONCEPTS:
        given |= {"kind": "number", "low": 0, "high": 9, "concepts": (), "summary": "count"}
    spec = count_job(**_FIXED)  # type: ignore[arg-type]  # one mapping for both jobs
    primary: dict[str, Any] = {
        "CriteriaList": [{"Death": {}}],
        "ObservationWindow": {},
        "PrimaryCriteriaLimit": {"Type": "First"},
    }
    bare = {"PrimaryCriteria": primary, "InclusionRules": []}
    asked = spec.model_copy(update={"cohort": bare, "variables": (Variable.model_validate(given),)})
    reads = find_reads(asked)
    assert reads.demographics == demographics
    assert reads.whole_domains == {"death", *domains}
    assert reads.concepts == concepts
