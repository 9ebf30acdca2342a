"""Two engines, one answer: for any small hospital and any variables, the staged table is the plain one."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.variables.stage import stage_table
from onggi.spec.variables import Variable
from tests.support.cohort_oracle.entries import oracle_entries
from tests.support.generated_cdm import definitions, hospitals, variables
from tests.support.job_specs import make_spec
from tests.support.plain_variables import order_of, plain_value
from tests.support.small_hospitals import Hospital, load_hospital, with_vocabulary

_CONNECTION = duckdb.connect(":memory:", config={"threads": 1})
_KEY = b"an order key of the test"
_QUICK = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
_COLUMNS = st.tuples(*(variables(f"v{at}") for at in range(5)))
_ENTRIES: dict[str, Any] = {
    "PrimaryCriteria": {
        "CriteriaList": [{"ObservationPeriod": {}}],
        "ObservationWindow": {},
        "PrimaryCriteriaLimit": {"Type": "First"},
    },
    "ExpressionLimit": {"Type": "First"},
    "InclusionRules": [],
}


def _agrees(
    definition: dict[str, Any], columns: tuple[Variable, ...], hospital: Hospital, *, counting: bool
) -> None:
    connection = _CONNECTION.cursor()
    load_hospital(connection, hospital)
    spec = make_spec(definition, columns, counting=counting)
    table = stage_table(connection, spec, cdm=Cdm(), order_key=_KEY)
    persons = oracle_entries(definition, with_vocabulary(hospital))
    if not counting:
        rules = len(definition["InclusionRules"])
        persons = {person: found for person, found in persons.items() if found[1] == rules}
    wanted = [
        {
            **{each.name: plain_value(each, person, persons[person][0], hospital) for each in columns},
            "cohort_step": persons[person][1],
        }
        for person in order_of(list(persons), order_key=_KEY)
    ]
    assert table.to_pylist() == wanted


@settings(max_examples=60, **_QUICK)
@given(columns=_COLUMNS, hospital=hospitals())
def test_staged_values_agree_with_plain_python(columns: tuple[Variable, ...], hospital: Hospital) -> None:
    _agrees(_ENTRIES, columns, hospital, counting=True)


@settings(max_examples=30, **_QUICK)
@given(definition=definitions(), columns=_COLUMNS, hospital=hospitals())
def test_staged_rows_agree_for_any_cohort(
    definition: dict[str, Any], columns: tuple[Variable, ...], hospital: Hospital
) -> None:
    _agrees(definition, columns, hospital, counting=False)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=5000, **_QUICK)
@given(definition=definitions(), columns=_COLUMNS, hospital=hospitals(), counting=st.booleans())
def test_staged_rows_agree_for_long(
    definition: dict[str, Any], columns: tuple[Variable, ...], hospital: Hospital, counting: bool
) -> None:
    _agrees(definition, columns, hospital, counting=counting)
