"""Builders write the same specification as the long form, and say where one is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import onggi
from analysis_jobs.kinds.check_job import check_job
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.rendering import render_spec
from onggi.spec import cohorts as base
from onggi.spec.builders import cohorts, variables
from onggi.spec.builders.jobs import read_spec
from onggi.spec.builders.unchosen import CODE_UNSET, end_of_day
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters, GroupsBy, OverlapParameters
from onggi.spec.variables import Variable

EXPIRES = datetime(2027, 1, 1, tzinfo=UTC)
FRAME: dict[str, Any] = {
    "title": "Heart",
    "project": "project-1",
    "permit": "permit-0001",
    "dataset": "heart",
    "participants": ["zurich", "budapest", "cleveland", "zurich"],
    "expires": EXPIRES,
}


def glm(**changes: Any) -> JobSpec:
    given: dict[str, Any] = {
        **FRAME,
        "outcome": "disease",
        "terms": ["age", "cp"],
        "family": "binomial",
        "references": {"cp": "typical"},
        "cohort": cohorts.everyone(),
        "variables": [
            variables.age(),
            variables.category("cp", [1], levels={"typical": 10, "other": 11}),
            variables.answer("disease", [2], no=20, yes=21),
        ],
    }
    return onggi.glm(**(given | changes))


def test_a_sentence_and_the_long_form_are_the_same_cohort() -> None:
    sentence = (
        cohorts.everyone()
        .rule("50 or more", cohorts.age(at_least=50))
        .rule("Pain", cohorts.has_observation([77670], [4]), cohorts.has_no(cohorts.has_drug([5])))
    )
    long_form = base.cohort(
        base.everyone(),
        base.rule("50 or more", base.age_at_least(50)),
        base.rule("Pain", base.has_observation([77670], [4]), base.has_no(base.has_drug([5]))),
    )
    assert sentence.as_circe() == long_form
    assert cohorts.as_circe(long_form) == long_form == cohorts.from_atlas(json.dumps(long_form))
    record = cohorts.has_condition([1])
    assert cohorts.first_record(record).as_circe() == base.cohort(base.first_record(record))


def test_a_rule_makes_a_new_definition_and_leaves_the_old_one() -> None:
    start = cohorts.everyone()
    assert start.rule("a", cohorts.age(at_most=9)).rules
    assert start.rules == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"at_least": 50}, base.age_at_least(50)),
        ({"at_most": 80}, base.age_at_most(80)),
        ({"at_least": 50, "at_most": 80}, base.age_between(50, 80)),
    ],
)
def test_ages(given: dict[str, int], expected: base.Person) -> None:
    assert cohorts.age(**given) == expected


@pytest.mark.parametrize(
    "write",
    [
        lambda: cohorts.age(),
        lambda: cohorts.age(at_least=80, at_most=50),
        lambda: cohorts.everyone().rule("nothing"),
        lambda: cohorts.everyone().rule("a", cohorts.age(at_least=1)).rule("a", cohorts.age(at_least=2)),
    ],
)
def test_a_rule_that_means_nothing_is_refused(write: Any) -> None:
    with pytest.raises(Refused) as error:
        write()
    assert error.value.code == "client.cohort_rule"


def test_a_job_is_a_real_spec_with_sorted_participants_and_code_unset() -> None:
    spec = onggi.count(**FRAME, cohort=cohorts.everyone())
    assert isinstance(spec, JobSpec)
    assert spec.participants == ("budapest", "cleveland", "zurich")
    assert (spec.minimum_sites, spec.code, spec.kind) == (3, CODE_UNSET, "count")
    assert spec.privacy.masked
    assert [release.result for release in glm().releases] == ["model_fit"]
    assert glm(masked=False, minimum_sites=2).privacy.masked is False


def test_a_plain_count_keeps_the_digest_that_it_had_before_counts_could_ask_for_more() -> None:
    parameters = onggi.count(**FRAME, cohort=cohorts.everyone()).parameters
    assert canonical_json(parameters) == b'{"kind":"count"}'
    stated = {"kind": "count", "funnels": [], "events": False, "by": []}
    assert canonical_json(CountParameters.model_validate(stated)) == b'{"kind":"count"}'


def test_further_counts_become_parameters_and_variables() -> None:
    asked = onggi.count(
        **FRAME,
        cohort=cohorts.everyone().rule("50+", cohorts.age(at_least=50)),
        funnels=[[0]],
        events=True,
        by=[(variables.age(), [65]), (variables.sex(), []), (variables.index_year(low=2020, high=2024), [])],
    )
    assert [each.name for each in asked.variables] == ["age", "sex", "index_year"]
    assert asked.parameters == CountParameters(
        funnels=((0,),),
        events=True,
        by=(
            GroupsBy(variable="age", edges=(65,)),
            GroupsBy(variable="sex"),
            GroupsBy(variable="index_year"),
        ),
    )
    check_job(asked)


def test_an_overlap_names_its_cohorts_and_a_report_needs_concepts() -> None:
    everyone = cohorts.everyone()
    old = everyone.rule("50+", cohorts.age(at_least=50))
    asked = onggi.overlap(**FRAME, cohorts={"everyone": everyone, "old": old})
    assert isinstance(asked.parameters, OverlapParameters)
    assert asked.parameters.names == ("everyone", "old")
    assert len(asked.cohorts) == 2
    check_job(asked)
    assert "everyone | old" in render_spec(asked)
    with pytest.raises(Refused, match=r"^client\.spec_malformed"):
        onggi.overlap(**FRAME, cohorts={"everyone": everyone})
    report = onggi.concept_report(**FRAME, cohort=everyone)
    assert [each.result for each in report.releases] == ["concept_report"]
    with pytest.raises(Refused, match=r"^concepts\.none_named"):
        check_job(report)


def test_a_spec_survives_its_file_and_code_may_be_absent() -> None:
    spec = glm()
    value = spec.model_dump(mode="json")
    assert digest_of(read_spec(value)) == digest_of(spec)
    del value["code"]
    assert read_spec(value) == spec


def test_the_same_question_on_the_same_day_is_the_same_job() -> None:
    morning = datetime(2026, 11, 22, 0, 0, 1, tzinfo=UTC)
    assert (
        end_of_day(morning) == end_of_day(morning + timedelta(hours=23)) == datetime(2026, 12, 23, tzinfo=UTC)
    )
    assert end_of_day(morning + timedelta(days=1)) > end_of_day(morning)
    spec = onggi.count(**(FRAME | {"expires": None}), cohort=cohorts.everyone())
    assert timedelta(days=29) < spec.expires - datetime.now(UTC) < timedelta(days=32)


@pytest.mark.parametrize(
    ("write", "place", "problem"),
    [
        (lambda: glm(outcome="age"), "", "stands twice"),
        (lambda: glm(family="cox"), "family", "gaussian"),
        (lambda: glm(title="two\nlines"), "title", "pattern"),
        (lambda: glm(minimum_sites=9), "spec", "minimum_sites"),
        (lambda: glm(participants=[]), "participants", "at least 1"),
        (lambda: variables.number("bp", [1], low=9, high=1), "variables.bp", "low < high"),
        (lambda: variables.category("cp", [1], levels={"a": 1}), "variables.cp", "two levels"),
        (lambda: read_spec([1]), "spec", "valid"),
    ],
)
def test_a_wrong_spec_is_refused_with_its_place(write: Any, place: str, problem: str) -> None:
    with pytest.raises(Refused) as error:
        write()
    assert error.value.code == "client.spec_malformed"
    assert str(error.value.facts["place"]).startswith(place)
    assert problem in str(error.value.facts["problem"])


def test_variables_say_what_they_read() -> None:
    pressure = variables.number("bp", [3004249], low=1, high=300, unit=8876)
    assert pressure == Variable(
        name="bp", domain="measurement", kind="number", concepts=(3004249,), low=1, high=300, unit=8876
    )
    assert variables.is_gender("male").concepts == (8507,)
    assert variables.answer("exang", [1], no=5, yes=6).levels == (5, 6)
    assert variables.has_record("mi", [1]).window.start_days is None


def test_the_packages_names_and_their_types_are_the_same_list() -> None:
    from pathlib import Path

    stub = (Path(onggi.__file__).with_suffix(".pyi")).read_text()
    typed = {line.rsplit(" ", 1)[1] for line in stub.splitlines() if " as " in line and "import" in line}
    assert typed == set(onggi.__all__) - {"__version__"}
    for name in onggi.__all__:
        assert getattr(onggi, name) is not None
        assert name in dir(onggi)
    with pytest.raises(AttributeError):
        _ = onggi.nothing_of_that_name  # type: ignore[attr-defined]  # the point of the test
