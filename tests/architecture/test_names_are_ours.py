"""No other installed distribution claims one of our top-level names: it could be imported in our place."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distributions

import pytest

OURS = ("node", "coordinator", "tools", "catalog", "privacy", "analysis_jobs", "infra", "onggi")


@cache
def _claims() -> dict[str, set[str]]:
    """Owners by top-level name, from the list of installed files that every distribution carries."""
    claimed: dict[str, set[str]] = {}
    for found in distributions():
        # The bare list: parsing it into paths takes half a minute.
        listed = (found.read_text("RECORD") or found.read_text("SOURCES.txt") or "").splitlines()
        tops = {line.partition("/")[0].partition(",")[0].removesuffix(".py") for line in listed}
        for top in tops | set((found.read_text("top_level.txt") or "").split()):
            claimed.setdefault(top, set()).add(found.metadata["Name"])
    return claimed


def test_the_search_sees_what_is_installed() -> None:
    claimed = _claims()
    assert "pydantic" in claimed["pydantic"]
    assert "typing_extensions" in claimed["typing_extensions"]


@pytest.mark.parametrize("name", OURS)
def test_nobody_else_claims_the_name(name: str) -> None:
    assert _claims().get(name, set()) <= {"onggi"}
