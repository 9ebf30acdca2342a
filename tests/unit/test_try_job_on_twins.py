"""A dry run goes the whole way of a job, tells a wrong job from odd data, and practises rare concepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.dry_run.findings import Finding
from analysis_jobs.dry_run.try_job import try_job
from analysis_jobs.dry_run.twin_file import affordable, file_name, write_twin_file
from catalog.generic_card import generic_card
from infra.demo.study import count_job, glm_job
from onggi.errors import Refused
from onggi.spec.cohorts import age_at_least, cohort, everyone, first_record, has_condition, rule
from onggi.spec.job import CodeDigests, JobSpec
from onggi.spec.outcomes import Outcome, OutcomeEvent
from onggi.spec.variables import Variable
from tests.support.federation_root import NOW
from tests.support.shared_data import shared_data

_DIGEST = "sha256:" + "0" * 64
CODE = CodeDigests(source=_DIGEST, environment=_DIGEST, sandbox=_DIGEST)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("twins")
    files = [folder / file_name(generic_card().digest, seed=seed) for seed in range(2)]
    for seed, file in enumerate(files):
        write_twin_file(generic_card(), file, seed=seed)
    return files


def job(make: Any = count_job, **changes: Any) -> JobSpec:
    made = make(project="project-1", permit="permit-1", code=CODE, now=NOW)
    return JobSpec.model_validate({**made.model_dump(mode="json"), **changes})


def codes(found: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    return [(each.severity, each.stage, each.code) for each in found]


UNLISTED = ("remark", "staging", "dry_run.concepts_not_listed")


@pytest.mark.parametrize("make", [count_job, glm_job])
def test_the_demos_jobs_pass_although_no_card_lists_their_concepts(twins: list[Path], make: Any) -> None:
    found = try_job(job(make), twins)
    assert codes(found) == [UNLISTED]
    assert "2000000010" in str(found[0].facts["concepts"])


def test_a_job_in_clear_is_tried_in_clear(twins: list[Path]) -> None:
    assert codes(try_job(job(glm_job, privacy={"masked": False}), twins)) == [UNLISTED]


def test_listed_concepts_need_no_practice_records(twins: list[Path]) -> None:
    flag = Variable(name="diabetes", domain="condition", kind="flag", concepts=(201826,))
    spec = job(
        variables=[flag.model_dump(mode="json")], cohort=cohort(everyone(), rule("Adults", age_at_least(40)))
    )
    assert try_job(spec, twins) == ()


RARE = 2000000777


def test_an_overlap_and_an_outcome_practise_the_concepts_that_they_name(twins: list[Path]) -> None:
    second = cohort(first_record(has_condition([RARE])))
    overlap = job(
        cohort=cohort(everyone()),
        variables=[],
        parameters={"kind": "overlap", "name": "all", "cohorts": [{"name": "ill", "cohort": second}]},
        releases=[{"result": "overlap_table"}],
    )
    died = Outcome(
        name="ill",
        event=OutcomeEvent(domain="condition", concepts=(RARE,)),
        horizon_days=365,
        prior_events="ignore",
    )
    followed = job(cohort=cohort(everyone()), variables=[], outcomes=[died.model_dump(mode="json")])
    for spec in (overlap, followed):
        found = try_job(spec, twins)
        assert codes(found) == [UNLISTED]
        assert str(RARE) in str(found[0].facts["concepts"])


def test_a_report_on_concepts_is_tried_too(twins: list[Path]) -> None:
    asked = job(
        cohort=cohort(first_record(has_condition([201826]))),
        variables=[],
        parameters={"kind": "concepts"},
        releases=[{"result": "concept_report"}],
    )
    assert try_job(asked, twins) == ()


@pytest.mark.parametrize(
    ("changes", "stage", "code"),
    [
        ({"cohort": {"PrimaryCriteria": 1}}, "definition", "cohort.malformed"),
        ({"cohort": {**cohort(everyone()), "Surprise": 1}}, "definition", "cohort.unsupported"),
        (
            {
                "variables": [
                    Variable(name="age", domain="age", kind="number", low=0, high=9, unit=8876).model_dump(
                        mode="json"
                    )
                ]
            },
            "definition",
            "variables.contradictory",
        ),
    ],
)
def test_a_wrong_job_fails_with_its_code_and_place(
    twins: list[Path], changes: dict[str, Any], stage: str, code: str
) -> None:
    found = try_job(job(**changes), twins)
    assert codes(found) == [("failure", stage, code)]
    assert found[0].facts


def test_a_regression_without_its_variables_fails(twins: list[Path]) -> None:
    found = try_job(job(glm_job, variables=[]), twins)
    assert codes(found) == [("failure", "definition", "glm.unknown_variable")]


def test_nobody_found_is_a_remark(twins: list[Path]) -> None:
    ancient = cohort(everyone(), rule("Two hundred years", age_at_least(200)))
    regression = try_job(job(glm_job, cohort=ancient), twins)
    assert ("remark", "staging", "dry_run.nobody_found") in codes(regression)
    assert all(each.severity == "remark" for each in regression)


def test_what_the_data_do_is_a_remark(twins: list[Path]) -> None:
    twice = job(glm_job)
    variables = [each.model_dump(mode="json") for each in twice.variables]
    copied = [{**each, "name": "again"} for each in variables if each["name"] == "trestbps"]
    parameters = {**twice.parameters.model_dump(mode="json"), "terms": [*twice.parameters.terms, "again"]}
    found = try_job(job(glm_job, variables=[*variables, *copied], parameters=parameters), twins)
    assert codes(found) == [UNLISTED, ("remark", "statistic", "glm.collinear")]


def test_a_rare_cell_is_a_remark_on_disclosure(twins: list[Path]) -> None:
    rare = cohort(everyone(), rule("A hundred years", age_at_least(104)))
    found = try_job(job(cohort=rare), twins)
    assert [each.stage for each in found] == ["disclosure"]
    assert found[0].code.startswith("disclosure.")


def test_published_definitions_pass(twins: list[Path]) -> None:
    """Every table and column that they read exists on twins, in the type that hospitals have."""
    folder = shared_data("omop", "phenotype-library", "cohorts")
    odd = (27, 36, 268, 726, 1021, 1029, 1098, 1228, 1356)
    for number in odd:
        definition = json.loads((folder / f"{number}.json").read_text())
        found = try_job(job(cohort=definition), twins[:1])
        assert [each for each in found if each.severity == "failure"] == [], number


def test_a_card_of_very_much_still_gives_a_small_twin(tmp_path: Path) -> None:
    one = generic_card().concepts[0]
    crowd = [
        one.model_copy(update={"concept": number, "persons": generic_card().persons, "table": "observation"})
        for number in range(1, 501)
    ]
    card = generic_card().model_copy(update={"concepts": tuple(crowd)})
    assert 50 <= len(affordable(card).concepts) <= 100
    assert affordable(generic_card()).concepts != ()
    write_twin_file(card, tmp_path / "twin.duckdb", seed=0)
    assert (tmp_path / "twin.duckdb").stat().st_size < 32 * 2**20
    assert [each.severity for each in try_job(job(), [tmp_path / "twin.duckdb"])] == ["remark"]


def test_eras_of_unlisted_concepts_are_practised_too(twins: list[Path]) -> None:
    era = {
        **cohort(everyone()),
        "ConceptSets": [
            {
                "id": 0,
                "name": "rare",
                "expression": {"items": [{"concept": {"CONCEPT_ID": 4_030_518}, "isExcluded": False}]},
            }
        ],
        "PrimaryCriteria": {
            "CriteriaList": [{"ConditionEra": {"CodesetId": 0}}],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "First"},
        },
    }
    assert codes(try_job(job(cohort=era), twins)) == [UNLISTED]


def test_want_of_memory_is_the_rooms_to_name(twins: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(*_: Any, **__: Any) -> None:
        raise Refused("variables.too_much_memory")

    monkeypatch.setattr("analysis_jobs.dry_run.try_job.stage_table", starved)
    with pytest.raises(MemoryError):
        try_job(job(), twins)


def test_the_same_job_finds_the_same(twins: list[Path]) -> None:
    assert try_job(job(glm_job), twins) == try_job(job(glm_job), twins)
