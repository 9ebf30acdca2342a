"""Definitions written with the builders are Circe JSON that is read back as what was meant."""

from __future__ import annotations

import csv
import json
from datetime import date
from itertools import chain

import duckdb
import pytest

from onggi.spec.circe.plan import Column, NumberIs, NumberRange
from onggi.spec.circe.read import read_cohort
from onggi.spec.cohorts import (
    age_at_least,
    age_at_most,
    age_between,
    all_of,
    any_of,
    at_least,
    cohort,
    everyone,
    first_record,
    gender_is,
    has_condition,
    has_drug,
    has_measurement,
    has_no,
    has_observation,
    has_procedure,
    has_visit,
    rule,
)
from onggi.spec.variables import Window
from tests.support.cohort_oracle.entries import oracle_entries
from tests.support.engine_answers import engine_entries
from tests.support.shared_data import shared_data
from tests.support.small_hospitals import Row, load_hospital, with_vocabulary

_HEART = ["cleveland", "hungarian", "switzerland", "va"]
_CHEST_PAIN, _EXERCISE_ANGINA, _YES = 501, 502, 600


def _heart_hospital() -> dict[str, list[Row]]:
    """The four public files pooled, with concept ids of this test and everybody seen on one day."""
    day = date(1988, 6, 1)
    lines = chain.from_iterable(
        csv.reader(shared_data("heart", f"processed.{place}.data").read_text().splitlines())
        for place in _HEART
    )
    hospital: dict[str, list[Row]] = {"person": [], "observation_period": [], "observation": []}
    for person, line in enumerate(lines, start=-300):
        hospital["person"].append({"person_id": person, "year_of_birth": day.year - int(float(line[0]))})
        hospital["observation_period"].append(
            {
                "observation_period_id": person,
                "person_id": person,
                "observation_period_start_date": day,
                "observation_period_end_date": day,
            }
        )
        for concept, text in ((_CHEST_PAIN, line[2]), (_EXERCISE_ANGINA, line[8])):
            if text != "?":
                value = int(float(text)) + (_YES - 1 if concept == _EXERCISE_ANGINA else 0)
                hospital["observation"].append(
                    {
                        "observation_id": len(hospital["observation"]),
                        "person_id": person,
                        "observation_concept_id": concept,
                        "observation_date": day,
                        "value_as_concept_id": value,
                    }
                )
    return hospital


def test_the_funnel_of_the_demo() -> None:
    definition = cohort(
        everyone(),
        rule("Age 50 or more", age_at_least(50)),
        rule("Asymptomatic chest pain", has_observation([_CHEST_PAIN], [4])),
        rule("Exercise-induced angina", has_observation([_EXERCISE_ANGINA], [_YES])),
    )
    with duckdb.connect(":memory:") as connection:
        load_hospital(connection, _heart_hospital())
        steps = [step for _, _, step in engine_entries(connection, definition)]
    assert [sum(step >= rule_number for step in steps) for rule_number in range(4)] == [920, 628, 370, 217]


def test_every_builder_is_read_back() -> None:
    window = Window(start_days=-365, end_days=-1)
    definition = cohort(
        first_record(has_condition([1], include_descendants=True), prior_days=180),
        rule("people", age_between(18, 65), gender_is(8507, 8532)),
        rule("records", has_drug([2], window=window, at_least=2), has_no(has_procedure([3])), has_visit([4])),
        rule(
            "groups",
            any_of(age_at_most(30), all_of(age_at_least(40), has_condition([1]))),
            at_least(1, has_measurement([5], value=("bt", 1, 2.5), units=[6]), has_observation([7], [8, 9])),
        ),
    )
    plan = read_cohort(definition)
    assert json.loads(json.dumps(definition)) == definition
    assert [each.name for each in plan.rules] == ["people", "records", "groups"]
    assert plan.primary[0].first
    assert plan.prior_days == 180
    drugs, no_procedure, _ = plan.rules[1].group.criteria
    assert (drugs.start_window.start.days, drugs.start_window.end.days) == (-365, -1)
    assert (drugs.occurrence, drugs.count) == ("at_least", 2)
    assert (no_procedure.occurrence, no_procedure.count) == ("exactly", 0)
    measured = plan.rules[2].group.groups[1].criteria[0].criterion
    assert NumberIs(Column("record", "value_as_number"), NumberRange("bt", 1, 2.5), integer=False) in (
        measured.conditions
    )
    # [1] with and without descendants are two concept sets; equal lists share one.
    assert len(plan.concept_sets) == 7


def test_equal_arguments_give_equal_json() -> None:
    def build() -> str:
        return json.dumps(cohort(everyone(), rule("a", has_condition([2, 1])), rule("b", has_condition([1]))))

    assert build() == build()


def test_a_builder_without_concepts_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no concept"):
        has_condition([])


def test_somebody_with_two_entries_counts_with_the_one_that_gets_furthest() -> None:
    """All first visits fail the rule, the second visit passes it: Circe lets the person in at the second."""
    visits = [(1, date(2001, 1, 1)), (2, date(2002, 1, 1)), (3, date(2003, 1, 1))]
    hospital: dict[str, list[Row]] = {
        "person": [{"person_id": 5, "year_of_birth": 1952}],
        "observation_period": [
            {
                "observation_period_id": 1,
                "person_id": 5,
                "observation_period_start_date": date(2000, 1, 1),
                "observation_period_end_date": date(2004, 1, 1),
            }
        ],
        "visit_occurrence": [
            {"visit_occurrence_id": key, "person_id": 5, "visit_concept_id": 1, "visit_start_date": day}
            for key, day in visits
        ],
    }
    definition = cohort(everyone(), rule("50", age_at_least(50)))
    definition["PrimaryCriteria"] = {
        "CriteriaList": [{"VisitOccurrence": {}}],
        "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "All"},
    }
    with duckdb.connect(":memory:") as connection:
        load_hospital(connection, hospital)
        assert engine_entries(connection, definition) == [(5, date(2002, 1, 1), 1)]
    assert oracle_entries(definition, with_vocabulary(hospital)) == {5: (date(2002, 1, 1), 1)}
