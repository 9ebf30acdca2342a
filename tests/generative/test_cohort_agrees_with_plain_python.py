"""Two engines, one answer: for any small hospital and any supported definition, SQL says what Python says."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.engine_answers import engine_entries
from tests.support.generated_cdm import definitions, hospitals
from tests.support.plain_cohort import plain_cohort
from tests.support.small_hospitals import Hospital, load_hospital

_CONNECTION = duckdb.connect(":memory:", config={"threads": 1})
_QUICK = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def _agrees(definition: dict[str, Any], hospital: Hospital) -> int:
    connection = _CONNECTION.cursor()
    load_hospital(connection, hospital)
    rows = engine_entries(connection, definition)
    told = {person: (day, step) for person, day, step in rows}
    assert len(told) == len(rows), "one row per person"
    assert told == plain_cohort(definition, hospital)
    return len(told)


@settings(max_examples=80, **_QUICK)
@given(definition=definitions(), hospital=hospitals())
def test_sql_agrees_with_plain_python(definition: dict[str, Any], hospital: Hospital) -> None:
    _agrees(definition, hospital)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=5000, **_QUICK)
@given(definition=definitions(), hospital=hospitals())
def test_sql_agrees_with_plain_python_for_long(definition: dict[str, Any], hospital: Hospital) -> None:
    _agrees(definition, hospital)
