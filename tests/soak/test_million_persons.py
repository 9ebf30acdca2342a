"""A hospital of 1.3 million persons: every definition that occurs, on one small machine."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from benchmarks.cohort_data import occurring_definitions
from tests.support.million_persons import MEMORY_LIMIT_GIB, PERSONS, TIMES, differing_definitions
from tests.support.shared_data import shared_data

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]


def test_every_definition_on_a_million_persons_in_the_memory_of_one_machine(tmp_path: Path) -> None:
    shared_data("omop", "gibleed")
    asked = occurring_definitions()
    # A process of its own, whose greatest memory is that of this work alone.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        differing, persons, most_bytes = process.submit(differing_definitions, tmp_path, asked).result()
    assert len(asked) > 100
    assert persons == PERSONS * TIMES
    assert differing == []
    assert most_bytes < (MEMORY_LIMIT_GIB + 4) * 2**30
