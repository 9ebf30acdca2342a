"""Spark is held to the contract of the other engines: rows, masks and entries are the oracle's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from analysis_jobs.cohort.cdm_tables import Cdm
from tests.support.cohort_contract import Case, assume_readable, check_agrees
from tests.support.generated_cohorts import cases
from tests.support.spark import VIEWS, load_views, spark_session

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(7200),
    # Spark's Python side leaves the closing of its sockets to the collector of garbage.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
_VIEWS = Cdm(VIEWS)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return spark_session(tmp_path_factory.mktemp("spark"))


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=cases(overlapping=True))
def test_spark_agrees_with_the_oracle(session: Any, case: Case) -> None:
    assume_readable(case)
    load_views(session, case[1])
    check_agrees(case, session, _VIEWS)
