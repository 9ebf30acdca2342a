"""Twenty thousand odd requests to the API and to all pages, over both databases: no fault among them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from schemathesis.schemas import APIOperation

from tests.support.odd_answers import operations_of, try_operation, try_places
from tests.support.odd_requests import Site
from tests.support.odd_sites import MAKERS, names_of

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

CASES = {"api": 70, "pages": 70, "console": 70, "api on postgresql": 15, "pages on postgresql": 15}
"""For each operation. Putting PostgreSQL back takes twenty times as long as SQLite."""
SEED = 20_000


@cache
def _site(kind: str) -> tuple[Site, dict[str, APIOperation[Any]]]:
    """One for each process, with its operations: building it costs more than asking one of them."""
    folder = tempfile.mkdtemp(prefix="onggi-odd-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    site = MAKERS[kind](Path(folder))
    return site, operations_of(site)


def test_they_are_twenty_thousand() -> None:
    assert set(CASES) == set(MAKERS)
    assert sum(len(names_of(kind)) * cases for kind, cases in CASES.items()) >= 20_000


OPERATIONS = [(kind, name) for kind in CASES for name in sorted(names_of(kind))]


@pytest.mark.parametrize(("kind", "name"), OPERATIONS)
def test_no_odd_value_in_any_place_is_a_fault(kind: str, name: str) -> None:
    site, operations = _site(kind)
    try_places(site, operations[name], every=4 if "postgresql" in kind else 1)


@pytest.mark.parametrize(("kind", "name"), OPERATIONS)
def test_no_odd_request_is_a_fault(kind: str, name: str) -> None:
    site, operations = _site(kind)
    counted = try_operation(site, operations[name], cases=CASES[kind], number=SEED)
    assert counted.sent >= CASES[kind]
