"""What a time-to-event outcome says of a few persons whose story anybody can follow on a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.variables.reads import find_reads
from analysis_jobs.variables.stage import stage_table
from analysis_jobs.variables.table_schema import table_schema
from infra.demo.study import count_job, glm_job
from node.decisions.judge_order import question_digest
from onggi.protocol.canonical import digest_of
from onggi.protocol.rendering import render_spec
from onggi.spec.builders.variables import event, outcome
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.ids import PermitId, ProjectId
from onggi.spec.job import CodeDigests, JobSpec
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import Variable
from tests.support.job_specs import make_spec
from tests.support.small_hospitals import Row, load_hospital

_KEY = b"0123456789abcdef"
_INDEX = date(2020, 1, 1)
_STROKE, _BLEED = 381316, 192671
_DEATH = event(domain="death")


def _day(number: int) -> date:
    return _INDEX + timedelta(days=number)


def _person(
    *, strokes: tuple[int, ...] = (), bleeds: tuple[int, ...] = (), death: int | None = None, until: int = 100
) -> dict[str, list[Row]]:
    conditions = [(_STROKE, each) for each in strokes] + [(_BLEED, each) for each in bleeds]
    return {
        "person": [{"person_id": 1, "year_of_birth": 1950}],
        "observation_period": [
            {
                "observation_period_id": 1,
                "person_id": 1,
                "observation_period_start_date": _INDEX,
                "observation_period_end_date": _day(until),
            }
        ],
        "condition_occurrence": [
            {
                "condition_occurrence_id": number,
                "person_id": 1,
                "condition_concept_id": concept,
                "condition_start_date": _day(at),
            }
            for number, (concept, at) in enumerate(conditions)
        ],
        "death": [] if death is None else [{"person_id": 1, "death_date": _day(death)}],
    }


def _asked(**changes: Any) -> Outcome:
    given: dict[str, Any] = {"horizon_days": 60, "prior_events": "missing", "competing": (_DEATH,)}
    return outcome("stroke", event([_STROKE]), **(given | changes))


def _spec(asked: Outcome, variables: tuple[Variable, ...] = ()) -> JobSpec:
    return make_spec(cohort(everyone()), variables).model_copy(update={"outcomes": (asked,)})


def _told(person: dict[str, list[Row]], asked: Outcome) -> tuple[float | None, float | None]:
    with duckdb.connect(":memory:") as connection:
        load_hospital(connection, person)
        [row] = stage_table(connection, _spec(asked), cdm=Cdm(), order_key=_KEY).to_pylist()
    return row["stroke_days"], row["stroke_event"]


@pytest.mark.parametrize(
    ("person", "changes", "wanted"),
    [
        ({}, {}, (60, 0)),
        ({"until": 40}, {}, (40, 0)),
        ({"strokes": (10, 20)}, {}, (10, 1)),
        ({"strokes": (60,)}, {}, (60, 1)),
        ({"strokes": (61,)}, {}, (60, 0)),
        ({"strokes": (40,), "until": 40}, {}, (40, 1)),
        ({"strokes": (41,), "until": 40}, {}, (40, 0)),
        ({"death": 30}, {}, (30, 2)),
        ({"strokes": (30,), "death": 30}, {}, (30, 1)),
        ({"strokes": (31,), "death": 30}, {}, (30, 2)),
        ({"strokes": (0,)}, {}, (None, None)),
        ({"strokes": (-400,)}, {}, (None, None)),
        ({"strokes": (0, 10)}, {"prior_events": "ignore"}, (10, 1)),
        ({"strokes": (0,)}, {"starts_after_days": -1}, (0, 1)),
        ({"strokes": (5, 40)}, {"starts_after_days": 30, "prior_events": "ignore"}, (10, 1)),
        ({"strokes": (95,)}, {"starts_after_days": 30}, (60, 0)),
        ({"until": 29}, {"starts_after_days": 30}, (None, None)),
        ({"until": 30}, {"starts_after_days": 30}, (0, 0)),
        ({"until": 0}, {}, (0, 0)),
        ({"death": 0}, {}, (60, 0)),
        ({"bleeds": (9,), "death": 9}, {"competing": (_DEATH, event([_BLEED]))}, (9, 2)),
        ({"bleeds": (9,), "death": 9}, {"competing": (event([_BLEED]), _DEATH)}, (9, 2)),
        ({"bleeds": (8,), "death": 9}, {"competing": (_DEATH, event([_BLEED]))}, (8, 3)),
        ({"strokes": (10,)}, {"censor_at_cohort_end": True}, (10, 1)),
    ],
)
def test_days_and_events(
    person: dict[str, Any], changes: dict[str, Any], wanted: tuple[float | None, float | None]
) -> None:
    assert _told(_person(**person), _asked(**changes)) == wanted


def test_the_cohort_may_end_before_the_observation() -> None:
    definition = cohort(everyone())
    definition["EndStrategy"] = {"DateOffset": {"DateField": "StartDate", "Offset": 14}}
    for asked, days in ((_asked(censor_at_cohort_end=True), 14), (_asked(), 60)):
        with duckdb.connect(":memory:") as connection:
            load_hospital(connection, _person())
            spec = make_spec(definition).model_copy(update={"outcomes": (asked,)})
            [row] = stage_table(connection, spec, cdm=Cdm(), order_key=_KEY).to_pylist()
        assert (row["stroke_days"], row["stroke_event"]) == (days, 0)


def test_columns_are_one_list() -> None:
    age = Variable(name="age", domain="age", kind="number", low=0, high=120)
    spec = _spec(_asked(), (age,))
    assert [each.name for each in spec.columns] == ["age", "stroke_days", "stroke_event"]
    assert table_schema(spec).names == ["age", "stroke_days", "stroke_event", "cohort_step"]
    days, happened = spec.columns[1:]
    assert (days.kind, days.low, days.high) == ("number", 0, 60)
    assert (happened.kind, happened.level_names) == ("category", ("censored", "event", "competing_1"))


@pytest.mark.parametrize("name", ["stroke_days", "stroke_event", "cohort_step"])
def test_no_two_columns_share_a_name(name: str) -> None:
    variable = Variable(name=name, domain="age", kind="number", low=0, high=120)
    spec = _spec(_asked()).model_dump(mode="json")
    with pytest.raises(ValidationError, match="share a name"):
        JobSpec.model_validate({**spec, "variables": [variable.model_dump(mode="json")]})


def test_an_outcome_needs_grants_for_all_that_it_reads() -> None:
    reads = find_reads(_spec(_asked(competing=(_DEATH, event([_BLEED])))))
    assert reads.concepts == {_STROKE, _BLEED}
    assert reads.whole_domains == {"death", "observation_period"}
    assert "death" not in find_reads(_spec(_asked(competing=()))).whole_domains


_DIGEST = "sha256:" + "0" * 64
_FIXED: dict[str, Any] = {
    "project": ProjectId("heart"),
    "permit": PermitId("permit-heart"),
    "code": CodeDigests(source=_DIGEST, environment=_DIGEST, sandbox=_DIGEST),
    "now": datetime(2026, 11, 22, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("make", "spec_digest", "question"),
    [
        (
            count_job,
            "sha256:9451b56956097c07d02f6e22e4366210703101249ee42a660caebc0e67d11744",
            "sha256:26add17a24abe768fed4b024a011fa598942a0d2cac68da955174f0b69db79e2",
        ),
        (
            glm_job,
            "sha256:a2135051813be7d6dd0935c6b81479e80af6a1d05ea85a22a46fb9e0b73aa2ea",
            "sha256:f056c1013f2b4c71113b0ec00c6e489aeaee4e0ac825845260b1e5e541d7583d",
        ),
    ],
)
def test_jobs_approved_before_outcomes_existed_keep_their_digests(
    make: Any, spec_digest: str, question: str
) -> None:
    made = make(**_FIXED)
    # Neither had they a word on small hospitals.
    spec = made.model_copy(update={"privacy": made.privacy.model_copy(update={"small_hospitals": False})})
    assert digest_of(spec) == spec_digest
    assert question_digest(spec) == question


def test_an_outcome_changes_the_job_and_its_question() -> None:
    plain, asked = count_job(**_FIXED), count_job(**_FIXED).model_copy(update={"outcomes": (_asked(),)})
    longer = plain.model_copy(update={"outcomes": (_asked(horizon_days=61),)})
    assert len({digest_of(each) for each in (plain, asked, longer)}) == 3
    assert len({question_digest(each) for each in (plain, asked, longer)}) == 3
    assert JobSpec.model_validate(asked.model_dump(mode="json")) == asked


def test_a_signer_reads_every_column() -> None:
    age = Variable(name="age", domain="age", kind="number", low=0, high=120)
    told = render_spec(_spec(_asked(), (age,)))
    assert "age: age in years on the index date, range 0..120" in told
    assert f"stroke_days, stroke_event: condition of concepts {_STROKE}, competing: any death" in told
    assert "for at most 60 days" in told
    assert "경쟁 사건 사망" in told
