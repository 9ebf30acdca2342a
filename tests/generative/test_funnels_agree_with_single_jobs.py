"""Many funnels in one job count what each counts in a job of its own, from one pass over the events."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.kinds.count.kind import KIND
from analysis_jobs.kinds.pooled import run_in_clear
from analysis_jobs.variables.sql import table_query
from analysis_jobs.variables.stage import stage_table
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters
from onggi.spec.results import CountTable
from tests.support.cohort_oracle import evaluate
from tests.support.generated_cdm import definitions, hospitals
from tests.support.job_specs import make_spec
from tests.support.small_hospitals import Hospital, load_hospital, with_vocabulary

_CONNECTION = duckdb.connect(":memory:", config={"threads": 1})
_KEY = b"an order key of the test"


def _counted(connection: duckdb.DuckDBPyConnection, spec: JobSpec) -> CountTable:
    KIND.check_spec(spec)
    answer = run_in_clear(spec, [stage_table(connection, spec, cdm=Cdm(), order_key=_KEY)])
    assert isinstance(answer, CountTable)
    return answer


def _asking(definition: dict[str, Any], funnels: list[tuple[int, ...]]) -> JobSpec:
    parameters = CountParameters(funnels=tuple(funnels), events=True)
    return make_spec(definition).model_copy(update={"parameters": parameters})


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(definition=definitions(), hospital=hospitals(), data=st.data())
def test_each_funnel_counts_what_its_own_job_counts(
    definition: dict[str, Any], hospital: Hospital, data: st.DataObject
) -> None:
    rules = definition["InclusionRules"]
    choices = [some for size in range(1, len(rules) + 1) for some in permutations(range(len(rules)), size)]
    funnels = data.draw(st.lists(st.sampled_from(choices), max_size=6)) if choices else []
    connection = _CONNECTION.cursor()
    load_hospital(connection, hospital)
    told = _counted(connection, _asking(definition, funnels))
    assert told.persons == _counted(connection, make_spec(definition)).persons
    for funnel, chosen in zip(told.funnels, funnels, strict=True):
        alone = definition | {"InclusionRules": [rules[at] for at in chosen]}
        assert funnel.persons == _counted(connection, make_spec(alone)).persons
    masks = [each[-1] for each in evaluate(definition, with_vocabulary(hospital)).masks]
    wanted = [
        sum(mask & ((1 << step) - 1) == (1 << step) - 1 for mask in masks) for step in range(len(rules) + 1)
    ]
    assert told.events == tuple(wanted)


def _reads(funnels: int) -> list[str]:
    """The CDM tables of the statement, each as often as it is read."""
    rules = [
        {
            "name": f"rule {at}",
            "expression": {
                "Type": "ALL",
                "CriteriaList": [],
                "DemographicCriteriaList": [{"Age": {"Op": "gte", "Value": at}}],
                "Groups": [],
            },
        }
        for at in range(4)
    ]
    definition = {
        "PrimaryCriteria": {
            "CriteriaList": [{"ConditionOccurrence": {}}],
            "ObservationWindow": {},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "ExpressionLimit": {"Type": "All"},
        "InclusionRules": rules,
    }
    spec = _asking(definition, list(permutations(range(4)))[:funnels])
    query = table_query(spec, [read_cohort(definition)], cdm=Cdm(), concept_sets=[ConceptSets({})])
    assert sum(each.name == "event_masks" for each in query.find_all(exp.Table)) == 1
    return sorted(each.name for each in query.find_all(exp.Table) if each.db)


def test_sixteen_funnels_read_the_data_as_often_as_one() -> None:
    once = _reads(1)
    assert once.count("condition_occurrence") == 1
    assert _reads(16) == once
